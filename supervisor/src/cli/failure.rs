//! How a verb fails: exit codes and words are the ones of `docs/command-line.md`.

use std::{fmt, process::ExitCode};

/// It was tried and failed, or was refused.
const FAILED: u8 = 1;
/// It was called wrongly, or configured wrongly: nothing was tried.
const USAGE: u8 = 2;

/// Why a verb failed: a sentence without a full stop, and what could be done, each a few words and a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    code: String,
    sentence: String,
    hints: Vec<(String, String)>,
    usage: bool,
    answered: bool,
}

impl Failure {
    /// Something went wrong.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { code: "failed".into(), sentence: sentence.into(), hints: Vec::new(), usage: false, answered: false }
    }

    /// It was called wrongly; exits 2.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { usage: true, ..Self::new(sentence).coded("usage") }
    }

    /// With a stable code, for programs.
    #[must_use]
    pub fn coded(self, code: impl Into<String>) -> Self {
        Self { code: code.into(), ..self }
    }

    /// The verb printed its one JSON object already, and that says so too: the sentence is for stderr.
    #[must_use]
    pub fn after_its_answer(self) -> Self {
        Self { answered: true, ..self }
    }

    /// What could be done: in words, and as a command.
    #[must_use]
    pub fn hint(mut self, words: &str, command: impl Into<String>) -> Self {
        self.hints.push((words.to_owned(), command.into()));
        self
    }

    /// Says it: in words on stderr, or, if JSON is asked for, as one object on stdout, where a program looks for its
    /// answer. The exit code.
    pub fn print(&self, json: bool) -> ExitCode {
        if json && !self.answered {
            println!("{}", self.json());
        } else {
            eprint!("{self}");
        }
        self.exit_code()
    }

    /// 2 if it was called or configured wrongly, else 1.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.usage { USAGE } else { FAILED })
    }

    /// `{"error":{"code","message"}}`.
    pub fn json(&self) -> String {
        serde_json::json!({"error": {"code": self.code, "message": self.sentence}}).to_string()
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
        Self::usage(format!("{error}{source}")).coded("configuration").hint("every key", "docs/configuration.md")
    }
}
