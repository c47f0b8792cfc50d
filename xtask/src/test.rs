//! `cargo xtask test`: makes sure of what the tests need, then runs all of them.
//!
//! A test that could not run is a failure, never a green line: what is missing is installed or named ([`crate::needs`]),
//! and an ignored test fails the run. Suites that could go on for ever are bounded by a number instead.

use crate::tally::Tally;
use crate::{Failure, Outcome, failed, needs, planted, workspace};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// How many seeds a seeded suite tries; read by those suites, `docs/development.md` lists them.
const SEEDS: &str = "LONGSHORE_SEEDS";
/// How often a process is killed with -9 while it works; read by the kill loops of the engine and of the supervisor.
const KILLS: &str = "LONGSHORE_KILLS";
/// How many pull requests are worked on at once in real containers; read by the supervisor's tests.
const PULLS: &str = "LONGSHORE_DOCKER_PULLS";
/// How many cases a property is tried with; read by proptest itself.
const CASES: &str = "PROPTEST_CASES";
/// How much the exhaustive model check tries; read by the domain's tests.
const MODEL: &str = "LONGSHORE_MODEL_SIZE";

/// How far the suites that know no end go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Size {
    /// While one works on something: seconds.
    Quick,
    /// What CI runs.
    #[default]
    Normal,
    /// Overnight.
    Long,
}

impl Size {
    /// Values for [`SEEDS`], [`KILLS`], [`PULLS`], [`CASES`] and [`MODEL`].
    fn numbers(self) -> [(&'static str, &'static str); 5] {
        match self {
            Self::Quick => [(SEEDS, "1"), (KILLS, "5"), (PULLS, "2"), (CASES, "32"), (MODEL, "1")],
            Self::Normal => [(SEEDS, "5"), (KILLS, "20"), (PULLS, "4"), (CASES, "256"), (MODEL, "1")],
            Self::Long => [(SEEDS, "200"), (KILLS, "200"), (PULLS, "20"), (CASES, "20000"), (MODEL, "2")],
        }
    }
}

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    size: Size,
    /// For `cargo test`; with any, only part of the tests may run.
    arguments: Vec<String>,
}

impl Options {
    /// From the words after `test`.
    pub fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut options = Self::default();
        for (index, word) in words.iter().enumerate() {
            match word.as_str() {
                "--quick" => options.size = Size::Quick,
                "--long" => options.size = Size::Long,
                "--" => {
                    options.arguments = words[index + 1..].to_vec();
                    break;
                }
                other => return Err(Failure::Usage(format!("`test` does not know `{other}`"))),
            }
        }
        Ok(options)
    }

    /// Cargo prefers `--workspace` to a package that is named beside it.
    fn names_packages(&self) -> bool {
        self.arguments.iter().take_while(|word| *word != "--").any(|word| {
            word.starts_with("-p")
                || word.starts_with("--package")
                || word == "--workspace"
                || word == "--manifest-path"
        })
    }
}

/// So many tests that failed are tried once more; with more than these something is broken.
const AGAIN_MAX: usize = 3;

/// Runs the tests and sums up.
pub fn run(options: &Options) -> Outcome {
    needs::ensure()?;
    let mut command = command(options);
    // All of them, also after one has failed: one look at the end shows everything that is broken.
    command.arg("--no-fail-fast");
    if !options.names_packages() {
        command.arg("--workspace");
    }
    command.args(&options.arguments);
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    eprintln!("cargo {}", words.join(" "));
    let (tally, succeeded) = tee(&mut command, &mut std::io::stdout())?;
    eprintln!("\n{tally}");
    let succeeded = succeeded || (options.arguments.is_empty() && pass_alone(options, &tally)?);
    judge(&tally, succeeded)?;
    // It builds the program anew for each, which is too much for every run.
    if options.size == Size::Long && options.arguments.is_empty() {
        return planted::run(&["--all".into()]);
    }
    Ok(())
}

/// Runs the few tests that failed once more, with nothing beside them, and names them whatever comes of it: one that
/// fails again is broken, one that passes is unsteady and somebody's next piece of work.
fn pass_alone(options: &Options, tally: &Tally) -> Result<bool, Failure> {
    let Some(names) = few(tally) else { return Ok(false) };
    eprintln!("once more, alone: {}", names.join(", "));
    let mut command = command(options);
    command.args(["--workspace", "--tests", "--no-fail-fast", "--", "--exact", "--test-threads", "1"]).args(names);
    let (again, succeeded) = tee(&mut command, &mut std::io::stdout())?;
    let passed = succeeded && again.passed as usize >= names.len();
    let word = if passed { "UNSTEADY, it failed once and passed alone" } else { "FAILED, also alone" };
    for name in if passed { names } else { &again.failures } {
        eprintln!("{word}: {name}");
    }
    Ok(passed)
}

/// The names of all that failed, if they are few and can be asked for by name.
fn few(tally: &Tally) -> Option<&[String]> {
    let names = &tally.failures;
    // A binary that died does not close; an example in a document has a name with spaces.
    let known = tally.begun == tally.binaries && names.len() == tally.failed as usize;
    let nameable = names.iter().all(|name| !name.contains(' '));
    ((1..=AGAIN_MAX).contains(&names.len()) && known && nameable).then_some(names)
}

/// `cargo test`, with what every run of the tests is given.
fn command(options: &Options) -> Command {
    let mut command = workspace::cargo();
    command.arg("test");
    // A person's signing key, hooks or default branch must not change what a test sees.
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for (variable, normal) in options.size.numbers() {
        // A person's own number goes before ours.
        let value = std::env::var(variable).unwrap_or_else(|_| normal.into());
        eprintln!("{variable}={value}");
        command.env(variable, value);
    }
    command
}

/// Passes the output on, line by line, and reads the closing lines in it.
fn tee(command: &mut Command, to: &mut impl Write) -> Result<(Tally, bool), Failure> {
    let could_not = |error: std::io::Error| Failure::Failed(format!("`cargo test` could not be run: {error}"));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(could_not)?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(could_not)?;
            let line = String::from_utf8_lossy(&line);
            tally.read(&line);
            // A closed terminal is no reason to stop testing.
            let _ = writeln!(to, "{line}");
        }
    }
    Ok((tally, child.wait().map_err(could_not)?.success()))
}

fn judge(tally: &Tally, succeeded: bool) -> Outcome {
    if !succeeded {
        return failed("the tests failed, see above");
    }
    if tally.passed == 0 {
        return failed("no test ran: that is no success");
    }
    if tally.ignored > 0 {
        return failed(format!(
            "{} tests are ignored: a test that cannot run must fail, and a slow one is bounded by {SEEDS}",
            tally.ignored
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Failure> {
        Options::parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn words_after_two_dashes_are_for_cargo() {
        let options = parse("--quick -- -p engine --long").unwrap();
        assert_eq!(options.size, Size::Quick);
        assert_eq!(options.arguments, ["-p", "engine", "--long"]);
    }

    #[test]
    fn a_named_package_is_tested_alone() {
        assert!(parse("-- -p engine").unwrap().names_packages());
        assert!(parse("-- --package=engine").unwrap().names_packages());
        assert!(!parse("-- some_test -- --nocapture -p").unwrap().names_packages());
        assert!(!parse("").unwrap().names_packages());
    }

    #[test]
    fn an_unknown_word_is_refused() {
        assert_eq!(parse("--fast"), Err(Failure::Usage("`test` does not know `--fast`".into())));
    }

    #[test]
    fn a_run_without_a_single_test_is_no_success() {
        assert!(judge(&Tally::default(), true).is_err());
    }

    #[test]
    fn an_ignored_test_fails_the_run() {
        assert!(judge(&Tally { passed: 3, ignored: 1, ..Tally::default() }, true).is_err());
        assert!(judge(&Tally { passed: 3, ..Tally::default() }, true).is_ok());
        assert!(judge(&Tally { passed: 3, ..Tally::default() }, false).is_err());
    }

    #[test]
    fn only_a_few_tests_whose_names_are_known_are_tried_once_more() {
        let failed = |names: &[&str]| Tally {
            begun: 2,
            binaries: 2,
            failed: u32::try_from(names.len()).unwrap(),
            failures: names.iter().map(|name| (*name).into()).collect(),
            ..Tally::default()
        };
        assert_eq!(few(&failed(&["a::b", "c"])).unwrap(), ["a::b", "c"]);
        assert_eq!(few(&failed(&[])), None);
        assert_eq!(few(&failed(&["a", "b", "c", "d"])), None);
        assert_eq!(few(&failed(&["src/lib.rs - (line 3)"])), None);
        assert_eq!(few(&Tally { begun: 3, ..failed(&["a"]) }), None, "a binary died");
        assert_eq!(few(&Tally { failed: 2, ..failed(&["a"]) }), None, "one has no name");
    }

    #[test]
    fn output_is_passed_on_and_counted() {
        let script = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured'; exit 3";
        let mut shown = Vec::new();
        let (tally, succeeded) = tee(Command::new("sh").args(["-c", script]), &mut shown).unwrap();
        assert_eq!((tally.passed, succeeded), (2, false));
        assert_eq!(shown, b"test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n");
    }
}
