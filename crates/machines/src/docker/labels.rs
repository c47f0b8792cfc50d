//! Labels say whose a thing is. They are ours only if every one is there: what others made, or Docker by itself, has none.

use crate::Labels;
use std::collections::HashMap;

const DEPLOYMENT: &str = "longshore.deployment";
const WORKFLOW: &str = "longshore.workflow";
const RUN: &str = "longshore.run";
const OPERATION: &str = "longshore.operation";
const CREATED_AT_MS: &str = "longshore.created_at_ms";
/// Random, of this very creation: tells what was made now from what was there.
pub const CREATION: &str = "longshore.creation";
/// Name of a machine; its container is named after the volume.
pub const MACHINE: &str = "longshore.machine";
/// Volume of a machine.
pub const VOLUME: &str = "longshore.volume";
/// User and group that write a volume, `10001:10001`.
pub const USER: &str = "longshore.user";

type Map = HashMap<String, String>;

/// What a thing is marked with, beside labels of its kind.
pub fn of(labels: &Labels, created_at_ms: u64) -> Map {
    Map::from(
        [
            (DEPLOYMENT, labels.deployment.clone()),
            (WORKFLOW, labels.workflow.clone()),
            (RUN, labels.run.to_string()),
            (OPERATION, labels.operation.clone()),
            (CREATED_AT_MS, created_at_ms.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

/// Owner and time of creation, if the thing is ours.
pub fn read(map: &Map) -> Option<(Labels, u64)> {
    let text = |name| map.get(name).cloned();
    let labels = Labels {
        deployment: text(DEPLOYMENT)?,
        workflow: text(WORKFLOW)?,
        run: map.get(RUN)?.parse().ok()?,
        operation: text(OPERATION)?,
    };
    Some((labels, map.get(CREATED_AT_MS)?.parse().ok()?))
}

/// The operation is not compared: a repeated call may come from another action of the same run.
pub fn same_owner(one: &Labels, other: &Labels) -> bool {
    (&one.deployment, &one.workflow, one.run) == (&other.deployment, &other.workflow, other.run)
}

/// A filter for listings: things of one deployment.
pub fn of_deployment(deployment: &str) -> HashMap<String, Vec<String>> {
    filter("label", &format!("{DEPLOYMENT}={deployment}"))
}

/// A filter of one condition.
pub fn filter(kind: &str, value: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([(kind.to_owned(), vec![value.to_owned()])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_ours_only_with_every_label() {
        let labels = Labels { deployment: "d".into(), workflow: "wf_1".into(), run: 3, operation: "wf_1:2".into() };
        let map = of(&labels, 7);
        assert_eq!(read(&map), Some((labels, 7)));
        for name in map.keys() {
            let mut less = map.clone();
            less.remove(name);
            assert_eq!(read(&less), None, "without {name}");
        }
    }
}
