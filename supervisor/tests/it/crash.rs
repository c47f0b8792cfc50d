//! The demo killed with -9 at every named point before and after each action, and at random moments, alone or together
//! with the worker, the stand-in and the narrator; started again with the same folder it reaches the same end.
//!
//! The points come from the action enum: a new action is covered by itself.

use crate::{
    stage::{kill_machines_of, longshore},
    story::{demo, outcome},
};
use domain::pull_request::PullRequest;
use engine::Workflow;
use std::{
    path::Path,
    process::{Child, Output, Stdio},
    time::{Duration, Instant},
};
use testkit::Dice;

/// Who dies with the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victims {
    Supervisor,
    SupervisorAndWorker,
    Everybody,
}

const VICTIMS: [Victims; 3] = [Victims::Supervisor, Victims::SupervisorAndWorker, Victims::Everybody];
/// Actions that the demo's story does not come to, since nobody comments in it; `questions` crashes around them.
pub const BY_COMMENTS: [&str; 1] = ["react"];
/// Longest a telling may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// `LONGSHORE_SEEDS`: how many rounds of random moments; 1 is what `--quick` sets.
fn rounds() -> u64 {
    std::env::var("LONGSHORE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

#[test]
fn killed_before_an_action_it_reaches_the_same_end() {
    every_point("before");
}

#[test]
fn killed_after_an_action_it_reaches_the_same_end() {
    every_point("after");
}

/// Each point with each company; `--quick` gives each point one of them in turn.
fn every_point(when: &str) {
    let quick = rounds() == 1;
    for (place, action) in of_the_story().enumerate() {
        for (company, victims) in VICTIMS.into_iter().enumerate() {
            if quick && company != place % VICTIMS.len() {
                continue;
            }
            println!("{when} {action}, {victims:?}");
            let folder = tempfile::tempdir().expect("a folder");
            let point = format!("{when}:{action}");
            let reached = die_at(folder.path(), &[(supervisor::crash::VARIABLE, &point)], victims);
            assert!(reached, "the story never came to {point}");
            ends_well(folder.path(), &point);
        }
    }
}

fn of_the_story() -> impl Iterator<Item = &'static str> {
    PullRequest::action_names().iter().copied().filter(|action| !BY_COMMENTS.contains(action))
}

/// The worker alone dies while the supervisor is held at the point; the supervisor finds out and the story goes on.
#[test]
fn with_its_worker_killed_around_an_action_it_reaches_the_same_end() {
    for when in ["before", "after"] {
        for action in of_the_story() {
            let folder = tempfile::tempdir().expect("a folder");
            let (point, hold) = (format!("{when}:{action}"), folder.path().join("held"));
            println!("{point}, the worker alone");
            let hold_at = hold.display().to_string();
            let variables =
                [(supervisor::crash::VARIABLE, point.as_str()), (supervisor::crash::HOLD_VARIABLE, hold_at.as_str())];
            let narrator = narrator(folder.path(), &variables);
            let (held, output) = watch(narrator, &hold, folder.path(), &point);
            assert!(held, "the story never came to {point}");
            ended_well(&output, folder.path(), &point);
        }
    }
}

/// Kills the machines once the supervisor is held, lets it go, and waits for the end.
fn watch(mut narrator: Child, hold: &Path, folder: &Path, point: &str) -> (bool, Output) {
    let (mut held, since) = (false, Instant::now());
    while narrator.try_wait().expect("its status").is_none() {
        if hold.exists() {
            held = true;
            kill_machines_of(folder);
            std::fs::remove_file(hold).expect("it is let go");
        }
        assert!(since.elapsed() < PATIENCE, "{point}: the story hangs\n{}", log(folder));
        std::thread::sleep(Duration::from_millis(2));
    }
    (held, narrator.wait_with_output().expect("its output"))
}

#[test]
fn killed_at_random_moments_it_reaches_the_same_end() {
    for seed in 1..=rounds() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut dice = Dice::new(seed);
        let kills = 1 + dice.roll(3);
        for kill in 0..kills {
            let after = Duration::from_millis(dice.roll(3500) as u64);
            let victims = VICTIMS[dice.roll(3)];
            println!("seed {seed}: kill {kill} after {after:?}, {victims:?}");
            kill_after(folder.path(), after, victims);
        }
        ends_well(folder.path(), &format!("seed {seed}"));
    }
}

fn narrator(folder: &Path, variables: &[(&str, &str)]) -> Child {
    let mut command = longshore();
    command.args(["demo", "--auto", "--json", "--data"]).arg(folder).envs(variables.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// Runs the demo until its supervisor dies by itself; true if it did.
fn die_at(folder: &Path, variables: &[(&str, &str)], victims: Victims) -> bool {
    let mut narrator = narrator(folder, variables);
    let (mut company_is_dead, since) = (false, Instant::now());
    loop {
        if !company_is_dead && victims != Victims::Supervisor && supervisor_has_died(folder) {
            company_is_dead = true;
            kill_machines_of(folder);
            if victims == Victims::Everybody {
                let _ = narrator.kill();
            }
        }
        if let Some(status) = narrator.try_wait().expect("its status") {
            also_kill(folder, victims);
            return !status.success();
        }
        assert!(since.elapsed() < PATIENCE, "the story hangs in {}", folder.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn kill_after(folder: &Path, after: Duration, victims: Victims) {
    let mut narrator = narrator(folder, &[]);
    std::thread::sleep(after);
    if victims == Victims::Everybody {
        let _ = narrator.kill();
    }
    for process in processes(folder).into_iter().skip(usize::from(victims != Victims::Everybody)) {
        kill(process);
    }
    also_kill(folder, victims);
    let since = Instant::now();
    while narrator.try_wait().expect("its status").is_none() {
        assert!(since.elapsed() < PATIENCE, "the narrator hangs in {}", folder.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn also_kill(folder: &Path, victims: Victims) {
    if victims != Victims::Supervisor {
        kill_machines_of(folder);
    }
    if victims == Victims::Everybody {
        processes(folder).into_iter().for_each(kill);
    }
}

/// What the demo started: the stand-in first, then supervisors.
fn processes(folder: &Path) -> Vec<i32> {
    let story = std::fs::read(folder.join("demo.json")).unwrap_or_default();
    let story: serde_json::Value = serde_json::from_slice(&story).unwrap_or_default();
    let pid = |process: &serde_json::Value| i32::try_from(process["pid"].as_i64()?).ok();
    story["processes"].as_array().map(|list| list.iter().filter_map(pid).collect()).unwrap_or_default()
}

fn supervisor_has_died(folder: &Path) -> bool {
    let all = processes(folder);
    all.len() >= 2 && all.last().is_some_and(|pid| !is_running(*pid))
}

fn is_running(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

fn kill(pid: i32) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _gone = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

/// Told again without accidents, the story comes to its one end: one submitted review, one pushed commit, every check
/// concluded, nothing left. `ok` says all of that; what it says is checked here once more.
fn ends_well(folder: &Path, what: &str) {
    ended_well(&demo(folder, &[]), folder, what);
}

fn ended_well(output: &Output, folder: &Path, what: &str) {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{what}: {errors}\n{}", log(folder));
    let told = outcome(output);
    assert_eq!(told["ok"], true, "{what}: {told}");
    assert!(told["pushed_sha"].is_string(), "{what}: {told}");
    let of_pushed = told["checks"].as_array().expect("checks").iter().filter(|it| it["sha"] == told["pushed_sha"]);
    assert!(of_pushed.clone().count() >= 1, "{what}: {told}");
    assert!(of_pushed.clone().all(|check| check["conclusion"].is_string()), "{what}: {told}");
    assert_eq!(told["review"]["resolved"], told["review"]["comments"], "{what}: {told}");
    assert_eq!(told["volume_deleted"], true, "{what}: {told}");
}

fn log(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("supervisor.log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().filter(|line| !line.contains("/api/v1/")).collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
