//! What happens in a story: what people, services, workers, clocks and crashes do, by the dice. It asks the world only
//! what every store must answer alike, so that it is the same story on each.

use super::world::World;
use crate::order::Event;
use engine::{
    ActionError, ListFilter, WorkflowId,
    beside::{Expected, LogLine, Past},
    core::StartAction,
};
use serde_json::json;
use std::time::Duration;
use testkit::Dice;

const STEPS: usize = 400;
/// Names that a careless comparison, order or pattern takes for one another; what cannot be stored; what is long.
const KEYS: [&str; 10] = ["a", "A", "a ", "é", "e\u{301}", "k\0", "k\u{1}\u{1}", "%_", "\u{fffd}z", "'\"\\"];
const TEXTS: [&str; 6] = ["plain", "a\0b", "{\"json\":\"\\u0000\"}", "ﬀ ß İ 😀", "", "$1 ? :x \r\n\t\u{202e}"];
const COLLECTIONS: [&str; 2] = ["checks", "checks\0"];

pub async fn tell(world: &mut World<'_>, seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..STEPS {
        match dice.roll(26) {
            0..=7 => post(world, &mut dice),
            8..=13 => {
                for _ in 0..=dice.roll(8) {
                    world.carry_out_next().await;
                }
            }
            14..=17 => end(world, &mut dice),
            18 => world.pass(dice.roll(20_000) as u64).await,
            19 => world.wait(Duration::from_secs(dice.roll(200) as u64)).await,
            20 => {
                // Once it was newer it stays so: a downgrade is refused elsewhere.
                world.version = world.version.max(1 + u32::try_from(dice.roll(8) / 7).unwrap());
                world.crash().await;
            }
            21 => world.repair(WorkflowId(1 + dice.roll(9) as u64)),
            22 => world.heard(WorkflowId(1 + dice.roll(9) as u64)),
            23 => ask(world, &mut dice).await,
            _ => beside(world, &mut dice).await,
        }
    }
}

/// Lets everything that is owed happen.
pub async fn come_to_rest(world: &mut World<'_>) {
    for _ in 0..60 {
        world.run().await;
        while let Some(start) = world.started.pop_front() {
            let event = answer(&start);
            world.end(&start, Ok(event));
            world.run().await;
        }
        world.pass(1_500).await;
    }
}

fn post(world: &mut World<'_>, dice: &mut Dice) {
    for _ in 0..=dice.roll(4) {
        let (kind, key) = (dice.roll(12), KEYS[dice.roll(KEYS.len())]);
        // The same id stands for the same event, as a sender's repeat does; some are what no sender should send.
        let (number, text) = (dice.roll(8), TEXTS[dice.roll(TEXTS.len())]);
        let id = if number == 7 { format!("gh:{kind}.{text}") } else { format!("gh:{kind}.{number}") };
        world.post(key, &id, &event(kind, number, text));
    }
}

fn event(kind: usize, number: usize, text: &str) -> Event {
    match kind {
        0 | 1 => Event::Placed,
        2 | 3 => Event::PlacedAtDesk { group: text.to_owned(), priority: u8::try_from(number % 3).unwrap() },
        4..=6 => Event::Approved,
        7 => Event::Cancelled,
        8 => Event::Misplaced,
        9 => Event::Noted("long ".repeat(number * 150)),
        10 => Event::Reminded,
        _ => Event::Noted(text.to_owned()),
    }
}

fn answer(start: &StartAction) -> Event {
    match start.name {
        "notify" => Event::Notified,
        "charge" => Event::Charged { receipt: "r\0".into() },
        _ => Event::Shipped,
    }
}

fn end(world: &mut World<'_>, dice: &mut Dice) {
    let Some(start) = world.started.pop_front() else { return };
    let message = TEXTS[dice.roll(TEXTS.len())].to_owned();
    let result = match dice.roll(8) {
        0 => Err(ActionError::Retryable { message, retry_after: None }),
        1 => Err(ActionError::Retryable { message, retry_after: Some(Duration::from_secs(3)) }),
        2 => Err(ActionError::Ambiguous { message }),
        3 => Err(ActionError::Permanent { message }),
        _ => Ok(answer(&start)),
    };
    world.end(&start, result);
}

/// What pages, checks and starts ask.
async fn ask(world: &mut World<'_>, dice: &mut Dice) {
    let (store, now, limit) = (world.store, world.now(), 1 + dice.roll(5));
    let workflow = WorkflowId(dice.roll(12) as u64);
    match dice.roll(7) {
        0 => {
            let mut some = |of: &[&str]| (dice.roll(2) == 0).then(|| of[dice.roll(of.len())].to_owned());
            let filter = ListFilter {
                kind: some(&["order", "Order"]),
                status: some(&["waiting", "queued", "done"]),
                text: some(&["a", "order", "_", "%", "\0", "É"]),
                key_prefix: some(&["a", "k", "k\0", "\u{fffd}", "'"]),
                after: Some(workflow),
                limit,
            };
            let found = store.list(&filter).await;
            world.note("list", (filter, found));
        }
        1 => world.note("history", store.history(workflow, dice.roll(4) as u64, limit).await),
        2 => world.note("stuck", store.stuck(workflow, limit).await),
        3 => world.note("early", store.early("order", KEYS[dice.roll(KEYS.len())], limit).await),
        4 => world.note("waking", store.waking((now, workflow), now.plus_millis(100_000), limit).await),
        5 => world.note("pending", store.active_after(workflow, limit).await),
        _ => world.note("row", store.row_by_key("order", KEYS[dice.roll(KEYS.len())]).await),
    }
}

/// Blobs, documents and logs.
async fn beside(world: &mut World<'_>, dice: &mut Dice) {
    let (store, now) = (world.store, world.now());
    let (collection, key) = (COLLECTIONS[dice.roll(2)], KEYS[dice.roll(KEYS.len())]);
    let (text, number) = (TEXTS[dice.roll(TEXTS.len())], dice.roll(4) as u64);
    match dice.roll(9) {
        0 => {
            let end = (dice.roll(4) > 0).then(|| now.plus_millis(dice.roll(300_000) as u64));
            world.note("blob", store.put_blob(text.as_bytes(), end).await);
        }
        1 => {
            let past = [Past::Blobs, Past::Logs, Past::History][dice.roll(3)];
            world.note("counted", store.remove_past(past, now, 9_999, true).await);
            world.note("swept", store.remove_past(past, now, 9_999, false).await);
        }
        2 => {
            let lines: Vec<_> = (number..number + 3)
                .map(|sequence| LogLine { sequence, at: now.plus_millis(sequence * 90_000), text: text.to_owned() })
                .collect();
            world.note("logged", store.append_log(key, &lines).await);
        }
        3 => world.note("log", store.log(key, number, 3).await),
        4 => world.note("deleted", store.delete_document(collection, key).await),
        5 => {
            let after = (number > 1).then_some(key);
            let found = store.documents(collection, ["", "k", "a"][dice.roll(3)], after, 3).await;
            world.note("documents", found.map(|found| found.into_iter().map(bare).collect::<Vec<_>>()));
        }
        _ => {
            let expected = [Expected::Any, Expected::Absent, Expected::Revision(number)][dice.roll(3)];
            let put = store.put_document(collection, key, &json!({ text: number }), expected).await;
            world.note("put", (expected, put.map(outcome)));
        }
    }
}

/// Without its time, which the store in memory does not keep.
fn bare((key, document): (String, engine::beside::Document)) -> (String, String, u64) {
    (key, document.value.to_string(), document.revision)
}

fn outcome(put: engine::beside::Put) -> Result<u64, Option<(String, String, u64)>> {
    match put {
        engine::beside::Put::Done(revision) => Ok(revision),
        engine::beside::Put::Conflict(there) => Err(there.map(|there| bare((String::new(), there)))),
    }
}

pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.into_iter()
}

pub fn texts() -> impl Iterator<Item = &'static str> {
    TEXTS.into_iter()
}

pub fn collections() -> impl Iterator<Item = &'static str> {
    COLLECTIONS.into_iter()
}
