//! Names and labels: what is found again, what is never taken for another's.

use super::bench::{Bench, assert_in_use, assert_permanent};
use crate::{MachineSpec, MachineState};

/// A script that runs until it is ended.
const FOREVER: &str = "echo up; while :; do sleep 60; done";

/// An ambiguous answer is settled by repeating the call.
pub async fn a_repeated_start_adopts_the_machine_and_runs_it_once(bench: &Bench) {
    let volume = bench.volume("a").await;
    let script = "echo begun >> begun; echo up; while :; do sleep 60; done";
    let first = bench.start(1, &volume, script).await;
    bench.printed(&first, "up").await;
    let second = bench.start(1, &volume, script).await;
    assert_eq!((&second.id, second.state), (&first.id, MachineState::Running));
    bench.machines.destroy_machine(&first.id).await.unwrap();
    assert_eq!(bench.output(2, &volume, "cat begun").await, ["begun"]);
}

/// Adoption is by name *and* labels.
pub async fn a_name_taken_by_another_run_is_refused(bench: &Bench) {
    let volume = bench.volume("a").await;
    let spec = bench.machine_spec(1, &volume, FOREVER);
    bench.machines.start_machine(&spec).await.unwrap();
    let other_run = MachineSpec { labels: bench.labels(2), ..spec };
    assert_permanent(&bench.machines.start_machine(&other_run).await);
}

/// Never two machines that can write one volume.
pub async fn a_second_machine_on_a_volume_is_refused_until_the_first_is_gone(bench: &Bench) {
    let volume = bench.volume("a").await;
    let first = bench.start(1, &volume, FOREVER).await;
    let second = bench.machine_spec(2, &volume, FOREVER);
    assert_in_use(&bench.machines.start_machine(&second).await);
    bench.machines.destroy_machine(&first.id).await.unwrap();
    bench.machines.start_machine(&second).await.unwrap();
}

/// What a machine of which no id is known is looked for by.
pub async fn who_has_a_volume_is_known_with_certainty(bench: &Bench) {
    let names = async |volume: &crate::Volume| {
        let holders = bench.machines.holders(&volume.id).await.unwrap();
        holders.into_iter().map(|machine| (machine.id, machine.name, machine.labels.run)).collect::<Vec<_>>()
    };
    let (volume, other) = (bench.volume("a").await, bench.volume("b").await);
    assert_eq!(names(&volume).await, []);
    let machine = bench.start(1, &volume, FOREVER).await;
    assert_eq!(names(&volume).await, [(machine.id.clone(), machine.name.clone(), 1)]);
    assert_eq!(names(&other).await, []);
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    assert_eq!(names(&volume).await, []);
    bench.machines.delete_volume(&volume.id).await.unwrap();
    assert_eq!(names(&volume).await, []);
}

/// Two deployments share a backend and never touch each other's.
pub async fn deployments_do_not_see_each_other(bench: &Bench) {
    let here = bench.volume("a").await;
    let machine = bench.start(1, &here, FOREVER).await;
    let other = bench.as_other_deployment();
    assert_eq!(bench.machines.volumes(&other.deployment).await.unwrap(), []);
    assert_eq!(bench.machines.machines(&other.deployment).await.unwrap(), []);
    let there = other.volume("b").await;
    let ids = |volumes: Vec<crate::Volume>| volumes.into_iter().map(|volume| volume.id).collect::<Vec<_>>();
    assert_eq!(ids(bench.machines.volumes(&bench.deployment).await.unwrap()), std::slice::from_ref(&here.id));
    assert_eq!(ids(bench.machines.volumes(&other.deployment).await.unwrap()), [there.id]);
    let machines = bench.machines.machines(&bench.deployment).await.unwrap();
    assert_eq!((machines.len(), &machines[0].id, &machines[0].labels), (1, &machine.id, &machine.labels));
    // A volume of one is no place for a machine of the other.
    assert_permanent(&other.machines.start_machine(&other.machine_spec(2, &here, FOREVER)).await);
}

/// The step after a crash repeats the one before it.
pub async fn destroying_twice_is_as_good_as_once(bench: &Bench) {
    let volume = bench.volume("a").await;
    let machine = bench.start(1, &volume, FOREVER).await;
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    assert_eq!(bench.state(&machine).await, None);
    bench.machines.delete_volume(&volume.id).await.unwrap();
    bench.machines.delete_volume(&volume.id).await.unwrap();
    assert_eq!(bench.machines.volume(&volume.id).await.unwrap(), None);
}

/// Absence is an answer, not an error.
pub async fn what_was_never_there_is_not_there(bench: &Bench) {
    let (volume, machine) = (bench.volume_spec("never").name, "t-never-1");
    assert_eq!(bench.machines.volume(&volume).await.unwrap(), None);
    assert_eq!(bench.machines.machine(machine).await.unwrap(), None);
    bench.machines.destroy_machine(machine).await.unwrap();
    bench.machines.delete_volume(&volume).await.unwrap();
}

/// Names become paths, labels and host names on some backend.
pub async fn an_unfit_name_is_refused(bench: &Bench) {
    let volume = bench.volume("a").await;
    for name in ["", "..", "../escape", "Upper", "a b"] {
        let unfit = crate::VolumeSpec { name: name.into(), ..bench.volume_spec("b") };
        assert_permanent(&bench.machines.create_volume(&unfit).await);
        let unfit = MachineSpec { name: name.into(), ..bench.machine_spec(1, &volume, FOREVER) };
        assert_permanent(&bench.machines.start_machine(&unfit).await);
    }
}
