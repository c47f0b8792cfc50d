//! The sum of the closing lines that each test binary prints.

use std::fmt;

/// How many tests did what.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Opening lines seen; more than closing ones if a binary died.
    pub begun: u32,
    /// Closing lines seen.
    pub binaries: u32,
    /// Passed.
    pub passed: u32,
    /// Failed.
    pub failed: u32,
    /// Not run, because somebody marked them so.
    pub ignored: u32,
    /// Names of those that failed.
    pub failures: Vec<String>,
}

impl Tally {
    /// Takes in a line of output if it opens a binary (`running 12 tests`), closes it (`test result: ok. 12 passed; 0
    /// failed; 0 ignored; …`) or names a test that failed (`test name ... FAILED`).
    pub fn read(&mut self, line: &str) {
        if line.strip_prefix("running ").is_some_and(|rest| rest.ends_with(" tests") || rest.ends_with(" test")) {
            self.begun += 1;
        }
        if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.failures.push(name.into());
        }
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        self.binaries += 1;
        for count in counts.split(';') {
            let Some((number, word)) = count.trim().split_once(' ') else { continue };
            let number: u32 = number.parse().unwrap_or(0);
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { binaries, passed, failed, ignored, .. } = self;
        write!(formatter, "{passed} passed, {failed} failed, {ignored} ignored, in {binaries} test binaries")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed_and_others_are_not() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "test one ... ok",
            "test two::three ... FAILED",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            tally.read(line);
        }
        assert_eq!(
            tally,
            Tally { begun: 1, binaries: 2, passed: 7, failed: 2, ignored: 1, failures: vec!["two::three".into()] }
        );
        assert_eq!(tally.to_string(), "7 passed, 2 failed, 1 ignored, in 2 test binaries");
    }
}
