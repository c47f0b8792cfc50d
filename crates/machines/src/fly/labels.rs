//! A machine's metadata says whose it is. It is ours only if every entry is there.

use super::wire::FlyMachine;
use crate::{Labels, Machine, MachineSpec, MachineState};
use std::collections::BTreeMap;

const DEPLOYMENT: &str = "longshore_deployment";
const WORKFLOW: &str = "longshore_workflow";
const RUN: &str = "longshore_run";
const OPERATION: &str = "longshore_operation";
const VOLUME: &str = "longshore_volume";
const CREATED_AT_MS: &str = "longshore_created_at_ms";

/// Query parameter of listings: machines of one deployment.
pub const OF_DEPLOYMENT: &str = "metadata.longshore_deployment";

/// What a machine is marked with.
pub fn of(spec: &MachineSpec, created_at_ms: u64) -> BTreeMap<String, String> {
    let Labels { deployment, workflow, run, operation } = spec.labels.clone();
    BTreeMap::from(
        [
            (DEPLOYMENT, deployment),
            (WORKFLOW, workflow),
            (RUN, run.to_string()),
            (OPERATION, operation),
            (VOLUME, spec.volume_id.clone()),
            (CREATED_AT_MS, created_at_ms.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

/// The machine as we know it, if it is ours.
pub fn machine(found: &FlyMachine, state: MachineState) -> Option<Machine> {
    let marks = &found.known_config()?.metadata;
    let text = |name| marks.get(name).cloned();
    let labels = Labels {
        deployment: text(DEPLOYMENT)?,
        workflow: text(WORKFLOW)?,
        run: marks.get(RUN)?.parse().ok()?,
        operation: text(OPERATION)?,
    };
    let created_at_ms = marks.get(CREATED_AT_MS)?.parse().ok()?;
    let (id, name, volume_id) = (found.id.clone(), found.name.clone(), text(VOLUME)?);
    Some(Machine { id, name, labels, volume_id, state, created_at_ms })
}

/// The operation is not compared: a repeated call may come from another action of the same run.
pub fn same_owner(one: &Labels, other: &Labels) -> bool {
    (&one.deployment, &one.workflow, one.run) == (&other.deployment, &other.workflow, other.run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Resources, fly::wire::Config};

    #[test]
    fn a_machine_is_ours_only_with_every_mark() {
        let labels = Labels { deployment: "d".into(), workflow: "wf_1".into(), run: 3, operation: "wf_1:2".into() };
        let spec = MachineSpec {
            name: "m-1-3".into(),
            labels: labels.clone(),
            volume_id: "vol_1".into(),
            environment: BTreeMap::new(),
            sockets: None,
            resources: Resources::default(),
        };
        let marks = of(&spec, 7);
        let found = |metadata| FlyMachine {
            id: "148e".into(),
            name: "m-1-3".into(),
            config: Some(Config { metadata, ..Config::default() }),
            ..FlyMachine::default()
        };
        let machine_of = |marks| machine(&found(marks), MachineState::Running);
        let ours = machine_of(marks.clone()).unwrap();
        assert_eq!((ours.labels, ours.volume_id.as_str(), ours.created_at_ms), (labels, "vol_1", 7));
        for name in marks.keys() {
            let mut less = marks.clone();
            less.remove(name);
            assert_eq!(machine_of(less), None, "without {name}");
        }
    }
}
