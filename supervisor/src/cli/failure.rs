use std::{fmt, process::ExitCode};

/// Why a verb failed: a sentence without a full stop, and what could be done, each a few words and a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    sentence: String,
    hints: Vec<(String, String)>,
    usage: bool,
}

impl Failure {
    /// Something went wrong.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), hints: Vec::new(), usage: false }
    }

    /// It was called wrongly; exits 2.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { usage: true, ..Self::new(sentence) }
    }

    /// What could be done: in words, and as a command.
    #[must_use]
    pub fn hint(mut self, words: &str, command: impl Into<String>) -> Self {
        self.hints.push((words.to_owned(), command.into()));
        self
    }

    /// Says it on stderr; the exit code.
    pub fn print(&self) -> ExitCode {
        eprint!("{self}");
        ExitCode::from(if self.usage { 2 } else { 1 })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.sentence)?;
        let width = self.hints.iter().map(|(words, _)| words.chars().count()).max().unwrap_or(0);
        for (at, (words, command)) in self.hints.iter().enumerate() {
            let before = if at == 0 { "\n" } else { "" };
            writeln!(f, "{before}hint: {words:width$}   {command}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<crate::config::Error> for Failure {
    fn from(error: crate::config::Error) -> Self {
        let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        Self::usage(format!("{error}{source}")).hint("every key", "docs/configuration.md")
    }
}
