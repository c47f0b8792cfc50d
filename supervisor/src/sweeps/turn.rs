//! One pass at a time, also where several supervisors share a database: a document says whose turn it is, and until when.
//!
//! Why beside the leader's duty: the schedule is one supervisor's, but `longshore janitor --once` passes wherever it is asked,
//! and a leader that lost its place may still be in the middle of a pass. The turn is renewed while the pass goes on; a pass
//! that cannot renew it is cut off, which is as good as a crash: every deed is in the record before it is done.

use crate::seams::Error;
use engine::beside::{Beside, Expected, Put};
use environment::{Environment, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Collection and key of the document.
const TURN: (&str, &str) = ("janitor", "turn");
/// How long a turn is good that is not renewed: a supervisor that died keeps the others waiting for no longer.
const GOOD_FOR: Duration = Duration::from_secs(60);
/// How often it is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(15);

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    until_ms: Timestamp,
}

/// A turn that was taken.
#[derive(Debug)]
pub(super) struct Turn {
    revision: u64,
}

impl Turn {
    /// Takes the turn, if it is nobody's.
    ///
    /// # Errors
    /// [`Error::Refused`]: another janitor passes right now.
    pub(super) async fn take(beside: &dyn Beside, environment: &Environment) -> Result<Self, Error> {
        let now = environment.now();
        let there = beside.document(TURN.0, TURN.1).await?;
        let held = there.as_ref().and_then(|it| serde_json::from_value::<Document>(it.value.clone()).ok());
        if held.is_some_and(|held| held.until_ms > now) {
            return Err(taken());
        }
        let expected = there.map_or(Expected::Absent, |it| Expected::Revision(it.revision));
        let mut turn = Self { revision: 0 };
        turn.write(beside, expected, now + GOOD_FOR).await?;
        Ok(turn)
    }

    async fn write(&mut self, beside: &dyn Beside, expected: Expected, until_ms: Timestamp) -> Result<(), Error> {
        let value = serde_json::to_value(Document { until_ms }).map_err(|error| Error::Failed(error.to_string()))?;
        match beside.put_document(TURN.0, TURN.1, &value, expected).await? {
            Put::Done(revision) => {
                self.revision = revision;
                Ok(())
            }
            Put::Conflict(_) => Err(taken()),
        }
    }

    /// Does the work for as long as the turn is ours, and gives it back.
    ///
    /// # Errors
    /// It was taken away, and the work was cut off.
    pub(super) async fn during<T>(
        mut self,
        beside: &dyn Beside,
        environment: &Environment,
        work: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let mut work = std::pin::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = environment.sleep(RENEW_EVERY) => {
                    let (ours, until) = (Expected::Revision(self.revision), environment.now() + GOOD_FOR);
                    self.write(beside, ours, until).await?;
                }
            }
        };
        let ours = Expected::Revision(self.revision);
        self.write(beside, ours, Timestamp::default()).await.map(|()| done)
    }
}

fn taken() -> Error {
    Error::Refused("the janitor of another supervisor passes right now; try again in a few minutes".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{HandClock, MemoryBeside};

    #[tokio::test]
    async fn while_one_passes_another_is_refused_and_afterwards_it_is_its_turn() {
        let (clock, beside) = (HandClock::default(), MemoryBeside::default());
        let environment = clock.environment();
        let turn = Turn::take(&beside, &environment).await.unwrap();
        let refused = Turn::take(&beside, &environment).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the janitor of another supervisor passes right now; try again in a few minutes"
        );
        assert_eq!(turn.during(&beside, &environment, async { 7 }).await, Ok(7));
        Turn::take(&beside, &environment).await.unwrap();
    }

    #[tokio::test]
    async fn the_turn_of_one_that_died_is_free_after_a_while_and_whoever_comes_back_is_cut_off() {
        let (clock, beside) = (HandClock::default(), MemoryBeside::default());
        let environment = clock.environment();
        let dead = Turn::take(&beside, &environment).await.unwrap();
        clock.advance(GOOD_FOR - Duration::from_secs(1));
        assert!(Turn::take(&beside, &environment).await.is_err());
        clock.advance(Duration::from_secs(1));
        let _next = Turn::take(&beside, &environment).await.unwrap();
        assert!(dead.during(&beside, &environment, async {}).await.is_err(), "its place was taken");
    }
}
