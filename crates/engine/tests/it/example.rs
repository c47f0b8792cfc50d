//! The example as a newcomer runs it: a process that is killed, and another one that goes on.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Cargo builds examples beside the tests, in the folder above theirs.
pub fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is not built; `cargo test -p engine` builds it", path.display());
    path
}

/// Runs it to its end.
fn order(store: &Path, words: &str) -> String {
    let output = Command::new(program("order")).arg(store).args(words.split(' ')).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{words}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Runs it until it says this, and kills it with -9.
fn killed_at(store: &Path, words: &str, line: &str) {
    let mut child =
        Command::new(program("order")).arg(store).args(words.split(' ')).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let met = said.into_iter().any(|said| said.contains(line));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(met, "it never said {line:?}");
}

#[test]
fn killed_after_it_paid_the_order_goes_on_pays_no_second_time_reminds_and_ships() {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop.db");
    killed_at(&shop, "place 7 wait 60", "pay order 7: done");
    let said = order(&shop, "wait 3 approve 7 approve 7");
    assert!(said.contains("pay order 7: had been done, and is not done again"), "{said}");
    assert!(said.contains("approve order 7: was known"), "{said}");
    let shown = order(&shop, "show 7");
    assert!(shown.contains("order 7 is shipped after 1 reminders"), "{shown}");
    let ledger = std::fs::read_to_string(folder.path().join("shop.db.ledger")).unwrap();
    let done: Vec<&str> = ledger.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(done, ["pay", "remind", "ship"]);
}

#[test]
fn in_memory_an_approval_that_comes_too_early_is_kept_and_used() {
    let said = order(Path::new("memory"), "place 8 approve 8 wait 2 show 8");
    assert!(said.contains("order 8 is shipped after 0 reminders"), "{said}");
}
