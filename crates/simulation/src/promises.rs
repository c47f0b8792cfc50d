//! What reminders and other comments promise: what somebody was told will come comes, and once. P1 and P3, as they are to
//! be understood of them.

use crate::{production::End, world::State};
use std::collections::BTreeMap;

/// Statuses in which a reminder may rest: it waits for its time, or is over.
const AT_REST: [&str; 7] = ["waiting", "delivered", "answered", "refused", "cancelled", "closed", "not_delivered"];

/// A reminder may rest in it.
pub(crate) fn may_rest(status: &str) -> bool {
    AT_REST.contains(&status)
}

/// P1: each delivery that a reminder counts is a comment.
pub(crate) fn kept(state: &State, end: &End, say: &mut impl FnMut(&'static str, String)) {
    // As markers write it.
    let workflow = end.workflow.replace('_', "_5f");
    for number in 1..=end.delivered {
        let about = format!(":reminder:{workflow}:{number}:");
        if !state.github.comments.iter().any(|comment| comment.marker.contains(&about)) {
            say("P1", format!("{} says that reminder {number} was delivered, and no comment is there", end.workflow));
        }
    }
}

/// P3: what is said once is there once. A call that lands after its caller has given up and looked makes a second one,
/// which nothing can prevent.
pub(crate) fn once(state: &State, say: &mut impl FnMut(&'static str, String)) {
    let mut said = BTreeMap::<(u64, &str), u32>::new();
    for comment in state.github.comments.iter().filter(|comment| !comment.late) {
        *said.entry((comment.number, &comment.marker)).or_default() += 1;
    }
    for ((number, marker), times) in said.into_iter().filter(|(_, times)| *times > 1) {
        say("P3", format!("pull request {number} was told the same {times} times: {marker}"));
    }
}
