//! Configuration: `longshore.toml`, every key also as `LONGSHORE_<SECTION>_<KEY>`, secrets also as `…_FILE`.
//!
//! One table of keys ([`keys::KEYS`]) says name, kind, default and meaning of each; reading, the check for unknown keys,
//! the environment and `docs/configuration.md` all follow from it, so that they cannot disagree.

mod document;
mod error;
mod fly;
pub mod keys;
mod read;
mod schedule;
mod secret;
mod sections;
mod span;
mod values;

pub use document::document;
pub use error::Error;
pub use fly::{Fly, port as fly_port};
pub use schedule::Schedule;
pub use secret::Secret;
pub use sections::{
    Agent, AgentKind, Backend, Config, Database, Decide, Gate, Github, Janitor, LogFormat, Machines, PhaseLimits,
    Reminders, Review, Server, Severity, Supersede, Volumes,
};
pub use span::parse as parse_span;

use std::{collections::BTreeMap, path::Path};

/// Where `serve` looks when nothing is said.
pub const DEFAULT_FILE: &str = "longshore.toml";

/// Environment variables, by name.
pub type Variables = BTreeMap<String, String>;

impl Config {
    /// Reads `file`, or [`DEFAULT_FILE`] if that is there, and lays the environment over it.
    ///
    /// # Errors
    /// [`Error`] names the file or variable and the key.
    pub fn load(file: Option<&Path>, variables: &Variables) -> Result<Self, Error> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_text(&text, &path.display().to_string(), variables),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => {
                Self::from_text("", DEFAULT_FILE, variables)
            }
            Err(source) => Err(Error::Unreadable { path: path.display().to_string(), source }),
        }
    }

    /// The same from the text of a file; `origin` names it in errors.
    ///
    /// # Errors
    /// [`Error`] names the file or variable and the key.
    pub fn from_text(text: &str, origin: &str, variables: &Variables) -> Result<Self, Error> {
        read::config(&values::Values::collect(text, origin, variables)?)
    }
}

#[cfg(test)]
mod tests;
