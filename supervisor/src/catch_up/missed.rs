//! Webhooks that failed or never came: found in GitHub's list of attempts, newest first, back to the last seen one.

use super::{
    CatchUp,
    pace::Pace,
    positions::{Place, Positions},
    stop::Stop,
    take::Take,
};
use environment::Timestamp;
use github::{
    app_level::Attempt,
    webhook::{Class, class},
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// Attempts are listed a little out of order: one that took its ten seconds, or was throttled, appears below newer ones.
const OVERLAP: Duration = Duration::from_secs(10 * 60);
/// Pages of 100 attempts that are looked at: at this many the App is sent one webhook every three seconds for three days.
const PAGES_MAX: usize = 1_000;
/// Attempts of a class that are remembered at once, some 200 bytes each. More hints than that are not needed, since the
/// open pull requests are read as well; of decisions the newest are kept.
const WANTED_MAX: usize = 20_000;
/// Webhooks between two writes of the position: one durable write each would cost more than taking some of them twice.
const BATCH: usize = 20;

/// What is remembered between two readings.
#[derive(Default)]
pub(super) struct Missed {
    take: Take,
    /// GUIDs in the overlap that are done with, and when their attempt was made.
    done: HashMap<String, Timestamp>,
    was_read: bool,
    denied: bool,
}

/// What the list showed.
#[derive(Default)]
struct Seen {
    newest: Option<Place>,
    /// GUIDs that some attempt brought.
    taken: HashSet<String>,
    /// Newest first.
    decisions: Vec<Attempt>,
    hints: Vec<Attempt>,
    /// Not everything could be looked at or remembered.
    overflowed: bool,
}

impl Missed {
    /// The list was read to its end once, or cannot be.
    pub(super) fn was_read(&self) -> bool {
        self.was_read || self.denied
    }

    /// Says so once.
    pub(super) fn is_denied(&mut self, why: &str) {
        if !std::mem::replace(&mut self.denied, true) {
            tracing::warn!(
                why,
                "GitHub does not list the App's webhooks, so missed ones cannot be read back; those that arrive are \
                 taken, and open pull requests are read at start"
            );
        }
    }

    /// Reads back and takes in. True if there was more than could be read back.
    pub(super) async fn read(&mut self, duty: &CatchUp, pace: &mut Pace) -> Result<bool, Stop> {
        let beside = &*duty.intake.parts.beside;
        let mut positions = Positions::load(beside).await?;
        let oldest = positions.of(Class::Decision).at.min(positions.of(Class::Hint).at);
        let seen = self.look(duty, pace, before(oldest)).await?;
        if std::mem::replace(&mut self.denied, false) {
            tracing::info!("GitHub lists the App's webhooks again");
        }
        let (newest, overflowed) = (seen.newest, seen.overflowed);
        let mut count = (0_usize, 0_usize);
        for (class, listed) in [(Class::Decision, seen.decisions), (Class::Hint, seen.hints)] {
            let since = before(positions.of(class).at);
            let missed = oldest_first(listed, &seen.taken, &self.done, since);
            for batch in missed.chunks(BATCH) {
                for attempt in batch {
                    let read = self.take.attempt(duty, pace, attempt).await?;
                    self.done.insert(attempt.guid.clone(), attempt.at);
                    count = (count.0 + usize::from(read), count.1 + usize::from(!read));
                }
                if let Some(last) = batch.last() {
                    positions.reach(class, last.into());
                    positions.save(beside).await?;
                }
            }
        }
        if let Some(newest) = newest.filter(|newest| newest.at > positions.of(Class::Hint).at) {
            positions.reach(Class::Decision, newest);
            positions.reach(Class::Hint, newest);
            positions.save(beside).await?;
        }
        self.done.retain(|_, at| *at >= before(positions.of(Class::Hint).at));
        self.take.forget();
        self.was_read = true;
        if count != (0, 0) {
            tracing::info!(taken = count.0, unreadable = count.1, "webhooks that had not arrived were read back");
        }
        Ok(overflowed)
    }

    /// Pages of the list, newest first, down to `until`.
    async fn look(&self, duty: &CatchUp, pace: &mut Pace, until: Timestamp) -> Result<Seen, Stop> {
        let (mut seen, mut cursor) = (Seen::default(), None::<String>);
        for _ in 0..PAGES_MAX {
            pace.call().await;
            let page = duty.github.attempts(cursor.as_deref()).await?;
            for attempt in page.items {
                if attempt.at < until {
                    return Ok(seen);
                }
                seen.note(attempt);
            }
            // The same cursor again would be the same page again.
            match page.next.filter(|next| Some(next) != cursor.as_ref()) {
                Some(next) => cursor = Some(next),
                None => return Ok(seen),
            }
        }
        tracing::warn!(
            pages = PAGES_MAX,
            "more webhooks were sent than are read back; open pull requests are read instead"
        );
        seen.overflowed = true;
        Ok(seen)
    }
}

impl Seen {
    fn note(&mut self, attempt: Attempt) {
        self.newest.get_or_insert(Place::from(&attempt));
        if attempt.was_taken() {
            self.taken.insert(attempt.guid);
            return;
        }
        let list = match class(&attempt.event, attempt.action.as_deref()) {
            Some(Class::Decision) => &mut self.decisions,
            Some(Class::Hint) => &mut self.hints,
            None => return,
        };
        if list.len() < WANTED_MAX {
            list.push(attempt);
        } else {
            self.overflowed = true;
        }
    }
}

/// What must be taken in, in the order in which it happened, each GUID once.
fn oldest_first(
    listed: Vec<Attempt>,
    taken: &HashSet<String>,
    done: &HashMap<String, Timestamp>,
    since: Timestamp,
) -> Vec<Attempt> {
    let mut missed: Vec<Attempt> = listed
        .into_iter()
        .filter(|attempt| attempt.at >= since && !taken.contains(&attempt.guid) && !done.contains_key(&attempt.guid))
        .collect();
    missed.reverse();
    let mut known = HashSet::new();
    missed.retain(|attempt| known.insert(attempt.guid.clone()));
    missed
}

fn before(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_sub(u64::try_from(OVERLAP.as_millis()).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(id: u64, guid: &str, status_code: u16, event: &str, action: &str) -> Attempt {
        let at = Timestamp::from_millis(1_700_000_000_000 + id * 1_000);
        Attempt { id, guid: guid.into(), at, status_code, event: event.into(), action: Some(action.into()) }
    }

    /// Newest first, as GitHub lists them.
    fn seen() -> Seen {
        let mut seen = Seen::default();
        for attempt in [
            attempt(9, "c", 202, "pull_request", "closed"),
            attempt(8, "b", 0, "pull_request", "synchronize"),
            attempt(7, "c", 0, "pull_request", "closed"),
            attempt(6, "x", 0, "check_run", "created"),
            attempt(5, "d", 0, "check_run", "requested_action"),
            attempt(4, "e", 401, "issue_comment", "created"),
            attempt(3, "b", 503, "pull_request", "synchronize"),
            attempt(2, "a", 301, "pull_request", "opened"),
        ] {
            seen.note(attempt);
        }
        seen
    }

    fn ids(attempts: &[Attempt]) -> Vec<u64> {
        attempts.iter().map(|attempt| attempt.id).collect()
    }

    #[test]
    fn what_no_attempt_brought_is_taken_once_in_the_order_in_which_it_happened() {
        let seen = seen();
        let none = HashMap::new();
        let first = Timestamp::default();
        assert_eq!(seen.newest.map(|place| place.id), Some(9));
        assert_eq!(ids(&oldest_first(seen.decisions, &seen.taken, &none, first)), [4, 5]);
        assert_eq!(ids(&oldest_first(seen.hints, &seen.taken, &none, first)), [2, 3], "c came with its second attempt");
    }

    #[test]
    fn what_was_done_or_lies_behind_the_position_is_not_taken_again() {
        let Seen { hints, taken, .. } = seen();
        let done = HashMap::from([("a".to_owned(), Timestamp::default())]);
        let since = attempt(3, "", 0, "", "").at;
        assert_eq!(ids(&oldest_first(hints.clone(), &taken, &HashMap::new(), since)), [3]);
        assert_eq!(ids(&oldest_first(hints, &taken, &done, Timestamp::default())), [3]);
    }

    #[test]
    fn of_too_many_the_newest_are_remembered_and_it_is_said_that_there_were_more() {
        let mut seen = Seen::default();
        for id in (0..=WANTED_MAX as u64).rev() {
            seen.note(attempt(id, &id.to_string(), 0, "pull_request", "opened"));
        }
        assert!(seen.overflowed);
        assert_eq!((seen.hints.len(), seen.hints.last().map(|it| it.id)), (WANTED_MAX, Some(1)));
    }
}
