use super::{Answer, Call, Refusal, views};
use crate::fly::hub::Hub;

/// How many are shown where nothing is said, and at most.
const SHOWN: (u64, u64) = (20, 50);

/// Newest first; also of a machine that is destroyed, as long as it is found.
pub fn list(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let limit = call.number("limit")?.unwrap_or(SHOWN.0).min(SHOWN.1);
    let world = hub.read();
    let machine = call.machine(&world)?;
    let newest = machine.events.iter().rev().take(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Answer::ok(newest.map(views::event).collect()))
}
