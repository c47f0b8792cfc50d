//! How far missed webhooks were read, durably. A position is written only after everything up to it is.

use super::stop::Stop;
use engine::beside::{Beside, Expected};
use environment::Timestamp;
use github::{app_level::Attempt, webhook::Class};
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "catch_up";
const KEY: &str = "webhooks";

/// A place in the list of attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Of the attempt; for people who look.
    pub(super) id: u64,
    /// When it was made, by GitHub's clock.
    pub(super) at: Timestamp,
}

impl From<&Attempt> for Place {
    fn from(attempt: &Attempt) -> Self {
        Self { id: attempt.id, at: attempt.at }
    }
}

/// Two places, since decisions are taken in before hints that are older.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Positions {
    decisions: Place,
    hints: Place,
}

impl Positions {
    /// Nothing was read yet: everything that GitHub still lists is.
    pub(super) async fn load(beside: &dyn Beside) -> Result<Self, Stop> {
        let document = beside.document(COLLECTION, KEY).await?;
        Ok(document.and_then(|document| serde_json::from_value(document.value).ok()).unwrap_or_default())
    }

    pub(super) async fn save(&self, beside: &dyn Beside) -> Result<(), Stop> {
        let value = serde_json::to_value(self).map_err(|error| Stop::Later { why: error.to_string(), after: None })?;
        beside.put_document(COLLECTION, KEY, &value, Expected::Any).await?;
        Ok(())
    }

    pub(super) fn of(&self, class: Class) -> Place {
        match class {
            Class::Decision => self.decisions,
            Class::Hint => self.hints,
        }
    }

    /// Everything of a class up to `place` is durable. Never goes back.
    pub(super) fn reach(&mut self, class: Class, place: Place) {
        let position = match class {
            Class::Decision => &mut self.decisions,
            Class::Hint => &mut self.hints,
        };
        if position.at <= place.at {
            *position = place;
        }
    }
}
