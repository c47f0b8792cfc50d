//! The timers of a pull request.

use serde::{Deserialize, Serialize};

/// Timers of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// The worker did not claim its run.
    Claim,
    /// The worker was not heard after its claim.
    FirstHeartbeat,
    /// The worker fell silent.
    Silence,
    /// The run took too long.
    Total,
    /// A machine is still not confirmed gone.
    Confirm,
    /// Try again to end a machine that was not confirmed gone.
    DestroyAgain,
    /// Remind of an open request.
    Nudge,
    /// Somebody asked to be asked again.
    AskAgain,
    /// An open request ends.
    DecisionDeadline,
    /// A closed pull request's volume goes.
    Retention,
    /// Read again.
    Refresh,
    /// Publish again what could not be published.
    Republish,
}

impl Timer {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Claim,
        Self::FirstHeartbeat,
        Self::Silence,
        Self::Total,
        Self::Confirm,
        Self::DestroyAgain,
        Self::Nudge,
        Self::AskAgain,
        Self::DecisionDeadline,
        Self::Retention,
        Self::Refresh,
        Self::Republish,
    ];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::FirstHeartbeat => "first_heartbeat",
            Self::Silence => "silence",
            Self::Total => "total",
            Self::Confirm => "confirm",
            Self::DestroyAgain => "destroy_again",
            Self::Nudge => "nudge",
            Self::AskAgain => "ask_again",
            Self::DecisionDeadline => "decision_deadline",
            Self::Retention => "retention",
            Self::Refresh => "refresh",
            Self::Republish => "republish",
        }
    }

    /// By its stable name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timer| timer.name() == name)
    }
}
