//! Typed errors of the outside, as the engine takes them: retryable, permanent, ambiguous.

use crate::seams;
use engine::ActionError;
use std::time::Duration;

/// How long a host that is full or silent is left alone: all attempts together take less than a machine may take to start.
const STUCK_PAUSE: Duration = Duration::from_secs(30);

pub(super) fn github(error: github::Error) -> ActionError {
    let message = error.to_string();
    match error {
        github::Error::Retryable { retry_after, .. } => ActionError::Retryable { message, retry_after },
        // Access may come back; attempts are bounded, and exhaustion is an event.
        github::Error::NoAccess { .. } => ActionError::Retryable { message, retry_after: None },
        github::Error::Permanent { .. } => ActionError::Permanent { message },
        github::Error::Ambiguous { .. } => ActionError::Ambiguous { message },
    }
}

pub(super) fn machines(error: machines::Error) -> ActionError {
    let message = error.to_string();
    match error {
        machines::Error::Retryable { retry_after, .. } => ActionError::Retryable { message, retry_after },
        machines::Error::InUse { .. } | machines::Error::Unconfirmed { .. } => {
            ActionError::Retryable { message, retry_after: None }
        }
        machines::Error::VolumeStuck { .. } => ActionError::Retryable { message, retry_after: Some(STUCK_PAUSE) },
        machines::Error::Permanent { .. } | machines::Error::VolumeLost { .. } => ActionError::Permanent { message },
        machines::Error::Ambiguous { .. } => ActionError::Ambiguous { message },
    }
}

pub(super) fn ours(error: seams::Error) -> ActionError {
    let message = error.to_string();
    match error {
        seams::Error::Overloaded { retry_after } => ActionError::Retryable { message, retry_after: Some(retry_after) },
        seams::Error::Failed(_) => ActionError::Retryable { message, retry_after: None },
        seams::Error::NotFound(_) | seams::Error::Refused(_) => ActionError::Permanent { message },
    }
}

/// Something of ours that must be there is not.
pub(super) fn missing(what: &str) -> ActionError {
    ActionError::Permanent { message: format!("{what} is not there any more") }
}
