//! `cargo xtask`: what CI runs is what a person runs, in the same words.
//!
//! Why a crate and not scripts: it builds with the workspace, runs wherever Rust does, and its rules have tests. It
//! depends on next to nothing, because everyone waits for it before anything else.

mod check;
mod ci;
mod deny;
mod deps;
mod docker;
mod documents;
mod fly_account;
mod needs;
mod planted;
mod postgres;
mod queries;
mod steps;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test [--quick | --long] [-- CARGO_TEST_ARGUMENTS]
                      makes sure of what the tests need, then runs them all
cargo xtask check     fmt, dependency directions, pages, clippy, checked queries, cargo-deny
cargo xtask fmt | deps | docs | clippy | deny
                      one of these alone
cargo xtask queries [--check]
                      asks both databases about the stores' queries and keeps the answers, by which they are compiled;
                      with --check it compares and keeps nothing
cargo xtask planted [NAME … | --all]
                      plants bugs of one line in a copy of the tree; the simulation must find each within 10,000 seeds
cargo xtask fly-account
                      the suite of all drivers on a real Fly account; it costs some cents, and says so
cargo xtask ci        fmt, deps, docs, clippy, queries, test, deny: what .ci/run runs";

/// Exit code for words that were not understood, as everywhere in Longshore.
const EXIT_USAGE: u8 = 2;

/// Why a verb did not succeed.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The words were not understood.
    Usage(String),
    /// It went wrong; a sentence that says what to do.
    Failed(String),
}

/// How a verb ends.
pub type Outcome = Result<(), Failure>;

/// A failure with a sentence.
pub fn failed<T>(sentence: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Failed(sentence.into()))
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(sentence)) => {
            eprintln!("xtask: {sentence}");
            ExitCode::FAILURE
        }
        Err(Failure::Usage(sentence)) => {
            eprintln!("xtask: {sentence}\n\n{USAGE}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn run(words: &[String]) -> Outcome {
    let Some((verb, rest)) = words.split_first() else {
        return Err(Failure::Usage("which task?".into()));
    };
    if verb == "test" {
        return test::run(&test::Options::parse(rest)?);
    }
    if verb == "planted" {
        return planted::run(rest);
    }
    if verb == "queries" {
        return queries::run(rest);
    }
    if let Some(word) = rest.first() {
        return Err(Failure::Usage(format!("`{verb}` takes no `{word}`")));
    }
    match verb.as_str() {
        "check" => check::run(),
        "ci" => ci::run(),
        "fmt" => check::fmt(),
        "deps" => deps::run(),
        "docs" => documents::run(),
        "clippy" => check::clippy(),
        "deny" => deny::run(),
        "fly-account" => fly_account::run(),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure::Usage(format!("there is no task `{verb}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn an_unknown_task_is_named() {
        assert_eq!(run(&words("tset")), Err(Failure::Usage("there is no task `tset`".into())));
    }

    #[test]
    fn a_word_too_many_is_named() {
        assert_eq!(run(&words("deps --fast")), Err(Failure::Usage("`deps` takes no `--fast`".into())));
    }
}
