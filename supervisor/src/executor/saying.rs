//! Replies under one key, one at a time. Replies overtake what queues, so two that say the same again may come at once: both
//! would look, find nothing and say it twice. Which call is under way is known to this process alone, and one process owns
//! a workflow.

use engine::ActionError;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Until it is looked again whether the other one has ended.
const WAIT: Duration = Duration::from_secs(1);

/// What is being said right now, by its marker.
#[derive(Debug, Clone, Default)]
pub(super) struct Saying(Arc<Mutex<BTreeSet<String>>>);

impl Saying {
    /// Begins to say it, or puts it off until the other one has ended.
    pub(super) fn begin(&self, marker: &str) -> Result<Said, ActionError> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(marker.to_owned()) {
            return Ok(Said { marker: marker.to_owned(), all: self.clone() });
        }
        Err(ActionError::Postponed { message: "the same is being said already".into(), wait: WAIT })
    }
}

/// It is being said until this is dropped.
#[derive(Debug)]
pub(super) struct Said {
    marker: String,
    all: Saying,
}

impl Drop for Said {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.marker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seed 1 of `longshore simulate --profile machines`: several people said `later` while the supervisor was away, and
    /// two answers under one key were made at once.
    #[test]
    fn what_is_being_said_is_put_off_and_not_said_beside_it() {
        let saying = Saying::default();
        let first = saying.begin("reply:wf_14:later:R3GQWA").unwrap();
        let other = saying.begin("reply:wf_14:nudge:R3GQWA").unwrap();
        let again = saying.clone().begin("reply:wf_14:later:R3GQWA");
        assert!(matches!(again, Err(ActionError::Postponed { wait: WAIT, .. })), "{again:?}");
        drop(first);
        drop(saying.begin("reply:wf_14:later:R3GQWA").unwrap());
        drop(other);
    }
}
