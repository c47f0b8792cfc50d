//! Ids. A workflow's id is a number handed out in ascending order: random keys dirty about one database page per row,
//! ascending ones lie together (five times the throughput on SQLite).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fmt::{self, Write as _},
    str::FromStr,
    sync::Arc,
};

/// A workflow; `wf_12` for people. Zero stands for "none yet".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkflowId(pub u64);

impl fmt::Display for WorkflowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wf_{}", self.0)
    }
}

/// Text that is not a workflow id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a workflow id; one looks like `wf_12`")]
pub struct NotAWorkflowId(String);

impl FromStr for WorkflowId {
    type Err = NotAWorkflowId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("wf_").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|digits| digits.parse().ok()).map(Self).ok_or_else(|| NotAWorkflowId(text.to_owned()))
    }
}

/// An action of one workflow; ascending within it, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionId(pub u32);

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The de-duplication id of an event, unique per workflow and named by its source (E2): `web:…`, `cli:…`; the engine's
/// own are `act:…`, `timer:…`, `pool:…` and `upgrade:…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Arc<str>);

impl EventId {
    /// Longest id in bytes: it is part of the key of every event row.
    pub const BYTES_MAX: usize = 80;

    /// An id of a source. A name that does not fit or has control characters is replaced by its SHA-256, so that a hostile
    /// sender can neither fail this nor make two names collide.
    ///
    /// ```
    /// use engine::EventId;
    ///
    /// assert_eq!(EventId::new("web", "order-7").as_str(), "web:order-7");
    /// assert!(EventId::new("web", "x".repeat(1_000)).as_str().len() <= EventId::BYTES_MAX);
    /// ```
    pub fn new(source: &str, name: impl fmt::Display) -> Self {
        let mut short = Short::default();
        if write!(short, "{source}:{name}").is_ok()
            && let Some(id) = short.text().filter(|id| !id.contains(char::is_control))
        {
            return Self(id.into());
        }
        let id = format!("{source}:{name}");
        let mut source = source.to_owned();
        while source.len() > Self::BYTES_MAX - 65 {
            source.pop();
        }
        Self(format!("{source}:{}", hex::encode(Sha256::digest(id.as_bytes()))).into())
    }

    /// As it came out of a row.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn action(action: ActionId) -> Self {
        Self::new("act", action)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as text that is cheap to clone.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// Text of the usual length, made in place: every transition makes an id.
struct Short {
    bytes: [u8; EventId::BYTES_MAX],
    length: usize,
}

impl Default for Short {
    fn default() -> Self {
        Self { bytes: [0; EventId::BYTES_MAX], length: 0 }
    }
}

impl Short {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes[..self.length]).ok()
    }
}

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_id_reads_back_what_it_prints() {
        assert_eq!("wf_12".parse(), Ok(WorkflowId(12)));
        assert_eq!(WorkflowId(12).to_string(), "wf_12");
        for wrong in ["12", "wf_", "wf_+1", "wf_x", "run_1"] {
            assert!(wrong.parse::<WorkflowId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_event_id_that_does_not_fit_becomes_a_digest_that_still_tells_names_apart() {
        let (a, b) = (EventId::new("web", "x".repeat(500)), EventId::new("web", "x".repeat(501)));
        assert!(a.as_str().len() <= EventId::BYTES_MAX && a.as_str().starts_with("web:"));
        assert_ne!(a, b);
        assert_eq!(EventId::new("web", "abc").as_str(), "web:abc");
    }
}
