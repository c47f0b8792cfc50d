use crate::seams::Error;
use std::time::Duration;

/// Why a worker's call was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token or credential is none of ours.
    #[error("this token or credential belongs to no run; the machine must be started anew")]
    Unknown,
    /// The run has ended or another took its place.
    #[error("this run is over; exit without touching the volume")]
    Stale,
    /// The boot deadline has passed, or the token has been used up.
    #[error("the claim token has expired; the machine must be started anew")]
    TokenExpired,
    /// Another nonce claimed first.
    #[error("another worker has claimed this run; exit without touching the volume")]
    ClaimedByAnother,
    /// The body breaks a bound or a rule.
    #[error("{0}")]
    BadRequest(String),
    /// The body has more than this many bytes.
    #[error("a body has at most {0} bytes")]
    TooLarge(usize),
    /// Not now.
    #[error("the supervisor is busy; try again in {} s", .0.as_secs().max(1))]
    Busy(Duration),
}

/// When to try again after the database failed.
const AFTER_A_FAILURE: Duration = Duration::from_secs(1);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Overloaded { retry_after } => Self::Busy(retry_after),
            // The workflow knows better than the run's document: it has moved on.
            Error::Refused(_) | Error::NotFound(_) => Self::Stale,
            Error::Failed(what) => {
                tracing::error!(%what, "a worker's call could not be stored");
                Self::Busy(AFTER_A_FAILURE)
            }
        }
    }
}

impl From<engine::beside::StoreError> for Refusal {
    fn from(error: engine::beside::StoreError) -> Self {
        Error::from(error).into()
    }
}

impl From<protocol::validate::Refused> for Refusal {
    fn from(refused: protocol::validate::Refused) -> Self {
        Self::BadRequest(refused.0)
    }
}
