//! What a person answers, days later: the same workflow goes on, and an approved patch becomes a new branch.

use super::repository::{Mine, git};
use std::{
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::{Duration, Instant},
};

/// A hook and a filter that tell on themselves.
fn traps(mine: &Mine) {
    let trap = mine.path().join("trap");
    let script = format!("#!/bin/sh\ntouch {}\ncat\n", mine.path().join("sprung").display());
    for hook in ["reference-transaction", "post-checkout", "post-index-change", "pre-auto-gc", "update"] {
        std::fs::write(mine.shop().join(".git/hooks").join(hook), &script).expect("a hook");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(mine.shop().join(".git/hooks").join(hook), executable).expect("a hook");
    }
    std::fs::write(&trap, script).expect("a script");
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).expect("a script");
    let trap = trap.display().to_string();
    for key in ["core.fsmonitor", "filter.trap.clean", "filter.trap.smudge", "core.sshCommand", "diff.external"] {
        std::fs::write(mine.shop().join(".git/info/attributes"), "*.json filter=trap\n").expect("attributes");
        let config = mine.shop().join(".git/config").display().to_string();
        git(mine.path(), &["config", "--file", &config, key, &trap]);
    }
    let _ = std::fs::remove_file(mine.path().join("sprung"));
}

#[test]
fn an_approved_patch_is_a_new_branch_and_nothing_else_changes() {
    let mine = Mine::with_a_defect();
    mine.write(&[("README.md", "# Shop, half written\n")]);
    traps(&mine);
    let head = mine.everything_of_git();
    let waiting = mine.tries(&["shop", "--json"]);
    let (id, digest) = (waiting.request(), waiting.json()["patch"]["digest"].clone());
    let applied = mine.tries(&["shop", "--approve", &id, "--json"]);
    assert_eq!(applied.code, Some(0), "{}", applied.err);
    let told = applied.json();
    let branch = format!("longshore/fix-{id}");
    assert_eq!((&told["status"], &told["written"]["branch"]), (&"applied".into(), &branch.clone().into()));
    assert_eq!(told["patch"]["digest"], digest, "what was shown is what was written");
    assert!(!mine.path().join("sprung").exists(), "something of the repository was run");
    std::fs::remove_dir_all(mine.shop().join(".git/hooks")).expect("no traps any more");
    assert_eq!(git(&mine.shop(), &["show", &format!("{branch}:limits.json")]), "{\n  \"a\": 2\n}");
    assert_eq!(git(&mine.shop(), &["rev-parse", &format!("{branch}~1")]), git(&mine.shop(), &["rev-parse", "work"]));
    for (path, bytes) in
        head.iter().filter(|(path, _)| !path.ends_with("hooks") && !path.to_string_lossy().contains("/hooks/"))
    {
        assert_eq!(&std::fs::read(path).expect("it is still there"), bytes, "{}", path.display());
    }
    let readme = std::fs::read_to_string(mine.shop().join("README.md")).expect("a file");
    assert_eq!(readme, "# Shop, half written\n");
    assert!(mine.kept().is_empty(), "nothing is left");
}

#[test]
fn a_rejected_patch_is_not_written_and_a_second_answer_finds_nothing() {
    let mine = Mine::with_a_defect();
    let id = mine.tries(&["shop", "--json"]).request();
    let before = mine.everything_of_git();
    let kept = mine.tries(&["shop", "--reject", &id, "--json"]);
    assert_eq!((kept.code, &kept.json()["status"]), (Some(0), &"kept".into()), "{}", kept.err);
    assert_eq!(mine.everything_of_git(), before);
    let late = mine.tries(&["shop", "--approve", &id, "--yes"]);
    let expected = format!("error: no request `{id}` waits for `shop`\n\nhint: a new review   longshore try shop\n");
    assert_eq!((late.code, late.err), (Some(1), expected));
}

#[test]
fn without_a_terminal_nothing_is_written_unless_it_was_said() {
    let mine = Mine::with_a_defect();
    let id = mine.tries(&["shop", "--json"]).request();
    let asked = mine.tries(&["shop", "--approve", &id]);
    assert_eq!(asked.code, Some(1));
    assert!(asked.err.contains("-  \"a\": 2,\n+  \"a\": 2\n"), "the patch is shown: {}", asked.err);
    let end = "error: nothing was written: there is no terminal to ask at\n\nhint: to write it   the same command with --yes\n";
    assert!(asked.err.ends_with(end), "{}", asked.err);
    let applied = mine.tries(&["shop", "--approve", &id.to_lowercase(), "--yes"]);
    assert_eq!(applied.code, Some(0), "{}", applied.err);
    assert_eq!(git(&mine.shop(), &["branch", "--list", "longshore/*"]), format!("  longshore/fix-{id}"));
}

#[test]
fn a_branch_that_is_there_is_not_moved() {
    let mine = Mine::with_a_defect();
    let id = mine.tries(&["shop", "--json"]).request();
    let branch = format!("longshore/fix-{id}");
    git(&mine.shop(), &["branch", &branch, "main"]);
    let refused = mine.tries(&["shop", "--approve", &id, "--yes"]);
    let expected = format!(
        "error: `shop` has a branch `{branch}` already; nothing was written\n\n\
         hint: if it may go   git -C shop branch --delete --force {branch}\n"
    );
    assert_eq!((refused.code, refused.err), (Some(1), expected));
    git(&mine.shop(), &["branch", "-D", &branch]);
    git(&mine.shop(), &["branch", "longshore", "main"]);
    assert_eq!(mine.tries(&["shop", "--approve", &id, "--yes"]).code, Some(0), "nothing had been decided");
    assert_eq!(git(&mine.shop(), &["branch", "--list", "longshore*"]), format!("  longshore\n  longshore-fix-{id}"));
}

#[test]
fn a_branch_that_moved_withdraws_the_request_and_is_read_anew() {
    let mine = Mine::with_a_defect();
    let id = mine.tries(&["shop", "--json"]).request();
    mine.commit("Say more", &[("README.md", "# Shop\n\nOpen.\n")]);
    let moved = mine.tries(&["shop", "--approve", &id, "--json"]);
    assert_eq!(moved.code, Some(1));
    assert!(moved.err.starts_with(&format!("error: request {id} is withdrawn: `work` moved from ")), "{}", moved.err);
    let new = moved.request();
    assert_ne!(new, id);
    assert_eq!(moved.json()["subject"]["commits"], 2);
    assert_eq!(git(&mine.shop(), &["branch", "--list", "longshore*"]), "");
    assert_eq!(mine.tries(&["shop", "--approve", &new, "--yes"]).code, Some(0));
}

#[test]
fn ctrl_c_ends_everything_that_was_started() {
    let mine = Mine::with_a_defect();
    let (pid, agent) = (mine.path().join("pid"), mine.path().join("agent"));
    std::fs::write(&agent, format!("#!/bin/sh\necho $$ > {0}.new; mv {0}.new {0}\nexec sleep 600\n", pid.display()))
        .expect("a script");
    std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).expect("a script");
    let agent = agent.display().to_string();
    let mut command = mine.command(&["shop", "--agent", &agent]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let (since, patience) = (Instant::now(), Duration::from_secs(60));
    let wait_for = |what: &str, done: &dyn Fn() -> bool| {
        while !done() {
            assert!(since.elapsed() < patience, "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for("the agent never ran", &|| pid.exists());
    let second = mine.tries(&["shop"]);
    let busy = "error: another `longshore try` is at work on this repository; wait for it, or end it\n";
    assert_eq!((second.code, second.err.as_str()), (Some(1), busy));
    let process = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("a pid");
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it is told to stop");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: stopped; nothing of it runs any more\n");
    let agent = std::fs::read_to_string(&pid).expect("a pid");
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", agent.trim())).unwrap_or_default();
    wait_for("the agent lives", &|| stat().is_empty() || stat().contains(") Z "));
    assert!(mine.kept().is_empty(), "{:?}", mine.kept());
}

#[test]
fn a_try_that_was_killed_is_taken_up_by_the_next() {
    let mine = Mine::with_a_defect();
    let id = mine.tries(&["shop", "--json"]).request();
    for point in ["before:push_patch:1", "after:push_patch:1"] {
        let mut command = mine.command(&["shop", "--approve", &id, "--yes"]);
        let killed = command.env("LONGSHORE_CRASH_AT", point).output().expect("the program runs");
        assert_eq!(killed.status.code(), None, "{point}: {}", String::from_utf8_lossy(&killed.stderr));
    }
    let applied = mine.tries(&["shop", "--approve", &id, "--yes", "--json"]);
    assert_eq!((applied.code, &applied.json()["status"]), (Some(0), &"applied".into()), "{}", applied.err);
    let branch = format!("longshore/fix-{id}");
    assert_eq!(git(&mine.shop(), &["rev-list", "--count", &format!("work..{branch}")]), "1", "one commit");
    assert!(mine.kept().is_empty(), "{:?}", mine.kept());
}

#[test]
fn an_answer_goes_to_the_agent_that_asked() {
    let mine = Mine::with_a_defect();
    let (agent, told) = (mine.path().join("agent"), mine.path().join("told"));
    let script = format!(
        "#!/bin/sh\nread -r task; echo \"$task\" >> {}\n\
         case \"$task\" in *'\"purpose\":\"decision\"'*) echo '{{\"type\":\"done\",\"outcome\":\"decision_noted\"}}';;\n\
         *) echo '{{\"type\":\"question\",\"question\":\"Shall it be?\"}}'; echo '{{\"type\":\"done\"}}';; esac\n",
        told.display()
    );
    std::fs::write(&agent, script).expect("a script");
    std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).expect("a script");
    let asked = mine.tries(&["shop", "--agent", "./agent", "--json"]);
    assert_eq!(asked.code, Some(0), "{}", asked.err);
    assert_eq!(
        (&asked.json()["status"], &asked.json()["request"]["question"]),
        (&"asked".into(), &"Shall it be?".into())
    );
    let answered = mine.tries(&["shop", "--reject", &asked.request(), "--json"]);
    assert_eq!(answered.code, Some(0), "{}", answered.err);
    let told = std::fs::read_to_string(&told).expect("what the agent was told");
    let second = told.lines().nth(1).unwrap_or_else(|| panic!("it was started once: {told}"));
    assert!(second.contains("\"answer\":\"no\""), "{second}");
    assert!(mine.kept().is_empty(), "{:?}", mine.kept());
}
