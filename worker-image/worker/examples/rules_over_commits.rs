//! The fixed checks over the commits of a repository on this machine: each against its parent, as a pull request of one.
//!
//! `cargo run -p worker --example rules_over_commits -- OWNER/NAME GIT_DIRECTORY COUNT [JUDGEMENTS]` reads the newest
//! COUNT commits of HEAD that are no merges and have a parent (`100..300`: the next 200 after the newest 100; an
//! id: that commit alone), by the code that reads pull requests, and prints each finding as a line of JSON. With the judgements of `evaluation/` it says which findings a person has read, and what
//! came of it; the sums go to standard error.

use environment::Environment;
use protocol::{Finding, RulesOptions, TaskLimits};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use worker::agents::{input_of, rules};
use worker::change::Change;

/// Characters of a line that are shown: enough to judge by.
const EXCERPT_CHARACTERS_MAX: usize = 300;
/// What a supervisor allows by default.
const LIMITS: TaskLimits = TaskLimits {
    total_ms: 0,
    heartbeat_ms: 0,
    supervisor_away_ms: 0,
    files_max: 3_000,
    file_bytes_max: 2 * 1024 * 1024,
};

/// Verdicts of people, by repository, commit and finding.
type Judgements = HashMap<(String, String, String), String>;

struct Asked {
    repository: String,
    git_dir: PathBuf,
    /// How many of the newest are left out, and how many are read.
    skip: u32,
    count: u32,
    /// Where to begin.
    newest: String,
    judgements: Judgements,
}

/// What the commits of a repository came to.
#[derive(Default)]
struct Sums {
    commits: usize,
    not_read: usize,
    files: usize,
    panics: usize,
    /// By rule: found, true, false, not judged.
    rules: BTreeMap<String, [usize; 4]>,
    /// Milliseconds of the checks alone, and the commit.
    times: Vec<(u64, String)>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match asked(&words) {
        Err(sentence) => {
            eprintln!("rules_over_commits: {sentence}\n\nusage: OWNER/NAME GIT_DIRECTORY COUNT [JUDGEMENTS]");
            ExitCode::from(2)
        }
        Ok(asked) => match run(&asked).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(sentence) => {
                eprintln!("rules_over_commits: {sentence}");
                ExitCode::FAILURE
            }
        },
    }
}

fn asked(words: &[String]) -> Result<Asked, String> {
    let (repository, git_dir, count, judged) = match words {
        [repository, git_dir, count] => (repository, git_dir, count, None),
        [repository, git_dir, count, judged] => (repository, git_dir, count, Some(judged)),
        _ => return Err("three or four words are needed".into()),
    };
    let judgements = judged.map(|path| judgements(Path::new(path))).transpose()?.unwrap_or_default();
    let is_id = count.len() == 40;
    let (skip, end) = if is_id { ("0", "1") } else { count.split_once("..").unwrap_or(("0", count)) };
    let number = |word: &str| word.parse::<u32>().map_err(|_| format!("`{count}` is not a number of commits"));
    let (skip, end) = (number(skip)?, number(end)?);
    Ok(Asked {
        repository: repository.clone(),
        git_dir: std::path::absolute(git_dir).map_err(|error| format!("`{git_dir}`: {error}"))?,
        skip,
        count: end.saturating_sub(skip),
        newest: if is_id { count.clone() } else { "HEAD".to_owned() },
        judgements,
    })
}

/// Reads the columns that this needs, by the names in the first line.
fn judgements(path: &Path) -> Result<Judgements, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap_or_default().split('\t').collect();
    let place = |name: &str| names.iter().position(|it| *it == name).ok_or(format!("no column `{name}`"));
    let (repository, commit, id, verdict) = (place("repository")?, place("commit")?, place("id")?, place("verdict")?);
    let row = |line: &str| {
        let cells: Vec<_> = line.split('\t').collect();
        let cell = |at: usize| cells.get(at).map_or(String::new(), ToString::to_string);
        ((cell(repository), cell(commit), cell(id)), cell(verdict))
    };
    Ok(lines.map(row).collect())
}

async fn run(asked: &Asked) -> Result<(), String> {
    let environment = Environment::real();
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut sums = Sums::default();
    for (commit, parent, title) in commits(asked)? {
        let dirs = (asked.git_dir.as_path(), home.path());
        let change = Change::between(&environment, dirs, (&parent, &commit), &LIMITS).await;
        let change = match change {
            Ok(change) => change,
            // A copy may lack its largest files; what it has can be read all the same.
            Err(error) => {
                eprintln!("{}\t{commit}\tnot read: {error}", asked.repository);
                sums.not_read += 1;
                continue;
            }
        };
        let input = input_of(&change, &asked.repository, &title);
        let began = environment.now();
        let report = catch_unwind(AssertUnwindSafe(|| rules::review(&input, &RulesOptions::default())));
        let took = environment.now().since(began).as_millis();
        sums.commits += 1;
        sums.files += change.files.len();
        sums.times.push((u64::try_from(took).unwrap_or(u64::MAX), commit.clone()));
        let Ok(report) = report else {
            sums.panics += 1;
            println!("{}", json!({"repository": asked.repository, "commit": commit, "panic": true}));
            continue;
        };
        for finding in &report.findings {
            let key = (asked.repository.clone(), commit.clone(), finding.id.clone());
            let verdict = asked.judgements.get(&key).map(String::as_str);
            let sum = sums.rules.entry(finding.rule.clone()).or_default();
            sum[0] += 1;
            sum[match verdict {
                Some("true") => 1,
                Some("false") => 2,
                _ => 3,
            }] += 1;
            println!(
                "{}",
                json!({
                    "repository": asked.repository, "commit": commit, "rule": finding.rule, "id": finding.id,
                    "path": finding.path, "line": finding.line.unwrap_or(0), "title": finding.title,
                    "detail": finding.detail, "in_patch": finding.in_patch, "suggestion": finding.suggestion,
                    "excerpt": excerpt(&change, finding), "verdict": verdict,
                })
            );
        }
    }
    say(&asked.repository, &mut sums);
    Ok(())
}

/// Ids of the newest commits and of the parent of each, and their titles.
fn commits(asked: &Asked) -> Result<Vec<(String, String, String)>, String> {
    let out = Command::new("git")
        .arg("--git-dir")
        .arg(&asked.git_dir)
        .args(["log", "--no-merges", "--min-parents=1", "--format=%H %P %s"])
        .args([format!("--skip={}", asked.skip), format!("--max-count={}", asked.count), asked.newest.clone()])
        .output()
        .map_err(|error| format!("`git` cannot be started: {error}"))?;
    if !out.status.success() {
        return Err(format!("git says: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    let row = |line: &str| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        Some((words.next()?, words.next()?, words.next().unwrap_or_default()))
    };
    Ok(String::from_utf8_lossy(&out.stdout).lines().filter_map(row).collect())
}

/// The finding's line; a secret is not even shown in part.
fn excerpt(change: &Change, finding: &Finding) -> String {
    let file = change.files.iter().find(|file| file.path == finding.path && finding.rule != "secrets");
    let content = file.and_then(|file| file.new.as_deref()).map(String::from_utf8_lossy).unwrap_or_default();
    let line = finding.line.and_then(|line| content.lines().nth(line.saturating_sub(1) as usize)).unwrap_or("");
    rules::mask_secrets(line).trim().chars().take(EXCERPT_CHARACTERS_MAX).collect()
}

fn say(repository: &str, sums: &mut Sums) {
    sums.times.sort();
    let median = sums.times.get(sums.times.len() / 2).map_or(0, |(time, _)| *time);
    let (max, slowest) = sums.times.last().map_or((0, ""), |(time, commit)| (*time, commit.as_str()));
    eprintln!(
        "{repository}\t{} commits\t{} not read\t{} files\t{} panics\tmedian {median} ms\tmax {max} ms\t{slowest}",
        sums.commits, sums.not_read, sums.files, sums.panics
    );
    for (rule, [found, yes, no, unread]) in &sums.rules {
        eprintln!("{repository}\t{rule}\t{found} found\t{yes} true\t{no} false\t{unread} not judged");
    }
}
