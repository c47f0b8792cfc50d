//! `longshore doctor`: looks at everything that a supervisor needs, one thing after the other, and says of each what it found in a
//! sentence; of what is broken, what to do.
//!
//! It changes nothing and may run beside a supervisor: no lock is taken, no table made, no machine started.

mod database;
mod disk;
mod github;

use crate::config::Config;
use environment::Environment;
use serde::Serialize;
use std::time::Duration;

/// Longest look at one thing: whoever does not answer by then does not answer.
const LOOK_MAX: Duration = Duration::from_secs(20);

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Broken,
}

impl State {
    /// Stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `configuration`, `data`, `database`, `github`, `clock`, `machines`.
    pub what: &'static str,
    /// How it is.
    pub state: State,
    /// A sentence.
    pub sentence: String,
}

impl Finding {
    fn new(what: &'static str, state: State, sentence: impl Into<String>) -> Self {
        Self { what, state, sentence: sentence.into() }
    }

    fn of(what: &'static str, looked: Result<String, String>) -> Self {
        match looked {
            Ok(sentence) => Self::new(what, State::Ok, sentence),
            Err(sentence) => Self::new(what, State::Broken, sentence),
        }
    }
}

/// Looks at everything.
pub async fn look(environment: &Environment, config: &Config) -> Vec<Finding> {
    let mut findings = vec![configuration(config)];
    findings.push(disk::look(config));
    findings.push(within(environment, "database", database::look(environment, config)).await);
    let (github, clock) = github::look(environment, config).await;
    findings.push(github);
    findings.extend(clock);
    findings.push(within(environment, "machines", crate::backend::look(environment, config)).await);
    findings
}

fn configuration(config: &Config) -> Finding {
    match config.check_serve() {
        Ok(()) => Finding::new("configuration", State::Ok, "it can be read, and names somebody to serve"),
        Err(error) => Finding::new("configuration", State::Broken, error.to_string()),
    }
}

async fn within(
    environment: &Environment,
    what: &'static str,
    look: impl Future<Output = Result<String, String>>,
) -> Finding {
    let looked = environment.timeout(LOOK_MAX, look).await;
    Finding::of(what, looked.unwrap_or_else(|_| Err(format!("no answer within {} s", LOOK_MAX.as_secs()))))
}

#[cfg(test)]
mod tests;
