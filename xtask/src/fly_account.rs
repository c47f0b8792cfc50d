//! `cargo xtask fly-account`: the suite of all drivers on a real Fly account.
//!
//! A task of its own, which no other one runs: it costs money, and it fails where it cannot run.

use crate::{Outcome, failed, steps, workspace};

/// What it cannot do without.
const NEEDED: [&str; 4] = ["LONGSHORE_FLY_TOKEN", "LONGSHORE_FLY_APP", "LONGSHORE_FLY_REGION", "LONGSHORE_FLY_IMAGE"];

const SPENDING: &str = "\
This starts about 35 machines one after the other (2 shared processors, 2 GiB, some seconds to a minute each) and makes
about 25 volumes of 1 GB, each for some minutes, in the app that LONGSHORE_FLY_APP names: some US cents on your account.
Each case removes what it made, also when it fails; at the end what is left is listed. If it is interrupted, what its last
case made stays: `fly machines list -a APP` and `fly volumes list -a APP` show it, `fly apps destroy APP` removes it all.
The app is made if it is not there and LONGSHORE_FLY_ORG names an organisation. LONGSHORE_FLY_IMAGE is an image whose
entry point is [\"sh\", \"-c\", \"eval \\\"$SCRIPT\\\"\"], with a busybox or more in it.";

/// Runs it, or says why it does not.
pub fn run() -> Outcome {
    eprintln!("{SPENDING}\n");
    if let Some(sentence) = missing(|name| std::env::var_os(name).is_some()) {
        return failed(sentence);
    }
    let mut cargo = workspace::cargo();
    cargo.args(["run", "-p", "machines", "--example", "fly-account"]);
    steps::run(&mut cargo, "the Fly driver does not do on this account what it must")
}

fn missing(is_set: impl Fn(&str) -> bool) -> Option<String> {
    let missing: Vec<&str> = NEEDED.into_iter().filter(|name| !is_set(name)).collect();
    (!missing.is_empty()).then(|| format!("nothing was run: set {}", missing.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_account_it_says_that_nothing_was_run() {
        assert_eq!(
            missing(|_| false).unwrap(),
            "nothing was run: set LONGSHORE_FLY_TOKEN, LONGSHORE_FLY_APP, LONGSHORE_FLY_REGION, LONGSHORE_FLY_IMAGE"
        );
        assert_eq!(missing(|name| name != "LONGSHORE_FLY_APP").unwrap(), "nothing was run: set LONGSHORE_FLY_APP");
        assert_eq!(missing(|_| true), None);
    }
}
