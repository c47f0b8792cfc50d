use std::time::Duration;

/// Why a call to GitHub failed. Whether it may have happened all the same is in the type.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Certainly not done; may be tried again.
    #[error("GitHub: {what}")]
    Retryable {
        /// A sentence.
        what: String,
        /// GitHub asked to wait this long.
        retry_after: Option<Duration>,
    },
    /// Certainly not done, and will not be.
    #[error("GitHub: {what}")]
    Permanent {
        /// A sentence.
        what: String,
        /// Status of the answer.
        status: Option<u16>,
    },
    /// It may have happened (a lost answer to a POST): look before repeating.
    #[error("GitHub: {what}")]
    Ambiguous {
        /// A sentence.
        what: String,
    },
    /// 401, 403 or 404 that means access, not the thing asked for.
    #[error("GitHub: no access: {what}")]
    NoAccess {
        /// A sentence.
        what: String,
    },
}
