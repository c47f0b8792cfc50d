//! Steps with a name, a line before, and their time after.

use crate::{Failure, Outcome, failed};
use std::process::Command;
use std::time::{Duration, Instant};

/// What has been done so far, for the table at the end.
#[derive(Debug, Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Runs a step; the first that fails ends the task, so what follows a failure is never a surprise.
    pub fn step(&mut self, name: &'static str, work: impl FnOnce() -> Outcome) -> Outcome {
        eprintln!("\n=== {name}");
        let started = now();
        let outcome = work();
        let took = started.elapsed();
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        eprintln!("=== {name}: {word} after {}", clock(took));
        self.done.push((name, took));
        outcome
    }

    /// The times, one step a line, and their sum.
    pub fn table(&self) -> String {
        let sum = self.done.iter().map(|(_, took)| *took).sum();
        self.done
            .iter()
            .map(|(name, took)| (*name, *took))
            .chain([("all", sum)])
            .map(|(name, took)| format!("{name:<8} {:>8}\n", clock(took)))
            .collect()
    }
}

/// Runs a command whose output is the person's to read; `what` begins the sentence if it fails.
pub fn run(command: &mut Command, what: &str) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => failed(format!("{what} ({status})")),
        Err(error) => failed(format!("{what}: {} could not be started: {error}", command.get_program().display())),
    }
}

/// Standard output of a command that must succeed; its errors are passed on to the person.
pub fn read(command: &mut Command) -> Result<String, Failure> {
    let program = command.get_program().display().to_string();
    match command.stderr(std::process::Stdio::inherit()).output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => failed(format!("`{program}` failed ({})", output.status)),
        Err(error) => failed(format!("`{program}` could not be started: {error}")),
    }
}

#[expect(clippy::disallowed_methods, reason = "a developer's stopwatch; nothing here is simulated")]
fn now() -> Instant {
    Instant::now()
}

fn clock(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds < 60 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} m {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_each_step_and_the_sum() {
        let steps = Steps { done: vec![("fmt", Duration::from_millis(800)), ("test", Duration::from_secs(125))] };
        assert_eq!(steps.table(), "fmt         0.8 s\ntest     2 m 05 s\nall      2 m 05 s\n");
    }

    #[test]
    fn a_command_that_cannot_start_is_named() {
        let outcome = run(&mut Command::new("no-such-program-here"), "the test failed");
        let Err(Failure::Failed(sentence)) = outcome else { panic!("{outcome:?}") };
        assert!(sentence.starts_with("the test failed: no-such-program-here could not be started"), "{sentence}");
    }
}
