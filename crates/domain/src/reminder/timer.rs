//! The timers of a reminder.

use serde::{Deserialize, Serialize};

/// Timers of a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// It is time.
    Due,
    /// Try again to deliver what could not be delivered.
    Again,
}

impl Timer {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Due, Self::Again];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Again => "again",
        }
    }

    /// By its stable name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timer| timer.name() == name)
    }
}
