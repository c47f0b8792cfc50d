use std::time::Duration;

/// Why a driver could not do it. What may have happened all the same is in the type.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not done; may be tried again.
    #[error("{what}")]
    Retryable {
        /// A sentence.
        what: String,
        /// The backend asked to wait this long.
        retry_after: Option<Duration>,
    },
    /// Not done, and will not be: the request itself is wrong or refused.
    #[error("{what}")]
    Permanent {
        /// A sentence that says what to do.
        what: String,
    },
    /// It may have happened: look up the name before repeating.
    #[error("{what}")]
    Ambiguous {
        /// A sentence.
        what: String,
    },
    /// The volume has a machine.
    #[error("volume `{volume}` is in use by machine `{machine}`")]
    InUse {
        /// Volume id.
        volume: String,
        /// Machine id.
        machine: String,
    },
    /// Whether the machine is gone could not be confirmed.
    #[error("machine `{machine}` not confirmed gone: {what}")]
    Unconfirmed {
        /// Machine id.
        machine: String,
        /// A sentence.
        what: String,
    },
    /// The volume is certainly gone, whatever still shows it: nothing will ever start on it.
    #[error("volume `{volume}` is lost: {what}")]
    VolumeLost {
        /// Volume id.
        volume: String,
        /// A sentence.
        what: String,
    },
    /// The volume is there, and no machine can be started where it lies: its host is full, or does not answer. That may
    /// pass, or not.
    #[error("no machine can be started where volume `{volume}` lies: {what}")]
    VolumeStuck {
        /// Volume id.
        volume: String,
        /// A sentence.
        what: String,
    },
}
