//! Why a step ended early.

use crate::seams;
use std::time::Duration;

/// Why a step ended early. What was taken in before stays taken in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is tried again.
    Later {
        /// A sentence.
        why: String,
        /// Not before this.
        after: Option<Duration>,
    },
    /// GitHub does not let us, or does not know what was asked for: only a person can change that.
    Denied {
        /// A sentence.
        why: String,
    },
}

impl From<github::Error> for Stop {
    fn from(error: github::Error) -> Self {
        let why = error.to_string();
        match error {
            github::Error::Retryable { retry_after, .. } => Self::Later { why, after: retry_after },
            github::Error::Ambiguous { .. } => Self::Later { why, after: None },
            github::Error::Permanent { .. } | github::Error::NoAccess { .. } => Self::Denied { why },
        }
    }
}

impl From<seams::Error> for Stop {
    fn from(error: seams::Error) -> Self {
        let why = error.to_string();
        let after = match error {
            seams::Error::Overloaded { retry_after } => Some(retry_after),
            _ => None,
        };
        Self::Later { why, after }
    }
}

impl From<engine::StoreError> for Stop {
    fn from(error: engine::StoreError) -> Self {
        Self::Later { why: error.to_string(), after: None }
    }
}
