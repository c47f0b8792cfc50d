use environment::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What earlier passes found to be orphans, by the backend's id, and where they stopped. Kept by the caller between passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// Machines.
    #[serde(default)]
    pub machines: BTreeMap<String, Sighting>,
    /// Volumes.
    #[serde(default)]
    pub volumes: BTreeMap<String, Sighting>,
    /// Where the next pass goes on looking for runs; from the beginning if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_after: Option<String>,
    /// The same for check runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks_after: Option<String>,
}

/// An orphan seen, and not deleted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// When a pass first found it to be one; every pass since has agreed.
    pub first: Timestamp,
    /// What it was: another thing under the same id begins anew.
    pub record: String,
    /// Passes that found it so.
    #[serde(default = "one")]
    pub passes: u32,
}

/// What was remembered before passes were counted had been seen by one.
const fn one() -> u32 {
    1
}

/// Notes what this pass found, and gives the sighting: since when, and by how many passes without a break.
///
/// `before` is what the last pass knew; `now_seen` what the next one will.
pub(crate) fn note(
    before: &BTreeMap<String, Sighting>,
    now_seen: &mut BTreeMap<String, Sighting>,
    id: &str,
    record: String,
    now: Timestamp,
) -> Sighting {
    let known = before.get(id).filter(|sighting| sighting.record == record);
    // A first sighting from the future is a clock that was set back: begin anew.
    let sighting = match known.filter(|sighting| sighting.first <= now) {
        Some(known) => Sighting { passes: known.passes.saturating_add(1), ..known.clone() },
        None => Sighting { first: now, record, passes: 1 },
    };
    now_seen.insert(id.to_owned(), sighting.clone());
    sighting
}
