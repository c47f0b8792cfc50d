use environment::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What earlier passes found to be orphans, by the backend's id. Kept by the caller between passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// Machines.
    #[serde(default)]
    pub machines: BTreeMap<String, Sighting>,
    /// Volumes.
    #[serde(default)]
    pub volumes: BTreeMap<String, Sighting>,
}

/// An orphan seen, and not deleted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// When a pass first found it to be one; every pass since has agreed.
    pub first: Timestamp,
    /// What it was: another thing under the same id begins anew.
    pub record: String,
}

/// Notes what this pass found, and gives the time since which `id` has been an orphan without a break.
///
/// `before` is what the last pass knew; `now_seen` what the next one will.
pub(crate) fn note(
    before: &BTreeMap<String, Sighting>,
    now_seen: &mut BTreeMap<String, Sighting>,
    id: &str,
    record: String,
    now: Timestamp,
) -> Timestamp {
    let known = before.get(id).filter(|sighting| sighting.record == record);
    // A first sighting from the future is a clock that was set back: begin anew.
    let first = known.map(|sighting| sighting.first).filter(|first| *first <= now).unwrap_or(now);
    now_seen.insert(id.to_owned(), Sighting { first, record });
    first
}
