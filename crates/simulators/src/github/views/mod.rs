//! GitHub's JSON. Each view shows all that any of GitHub's shapes of that thing requires, since its schemas allow more
//! than they name; so one view serves REST answers and webhook payloads alike.

mod accounts;
mod checks;
mod commits;
mod conversation;
mod deliveries;
mod pulls;
mod repositories;

pub use accounts::{app, installation, user, user_of};
pub use checks::{check_run, check_suite};
pub use commits::{commit, git_commit, payload_commit};
pub use conversation::{REACTIONS, comment, issue, reaction, review, review_comment};
pub use deliveries::{delivery, delivery_item};
pub use pulls::{diff_entry, pull, pull_simple};
pub use repositories::{repository, repository_short};

use super::{Options, hub::Hub, world::World};
use environment::Timestamp;
use serde_json::{Value, json};

/// What every view needs: the world, and where it is.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub world: &'a World,
    pub base: &'a str,
    pub options: &'a Options,
}

impl<'a> View<'a> {
    pub fn new(hub: &'a Hub, world: &'a World) -> Self {
        Self { world, base: hub.base(), options: hub.options() }
    }
}

/// `2026-11-20T14:03:07Z`.
pub fn iso(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same, or null.
pub fn iso_or_null(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| json!(iso(at)))
}

/// GraphQL's name for a thing. Opaque to clients, so the form is ours.
pub fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_standin{id}")
}
