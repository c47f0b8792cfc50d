//! A volume outlives its machines, and is hostile.

use super::bench::{Bench, assert_in_use, assert_permanent};
use crate::{Labels, VolumeSpec};

/// The point of it all.
pub async fn a_volume_carries_the_session_to_the_next_machine(bench: &Bench) {
    let volume = bench.volume("a").await;
    bench.output(1, &volume, "mkdir agent && echo remembered > agent/session").await;
    assert_eq!(bench.output(2, &volume, "cat agent/session").await, ["remembered"]);
}

/// An ambiguous answer is settled by repeating the call.
pub async fn a_repeated_creation_adopts_the_volume_with_its_content(bench: &Bench) {
    let first = bench.volume("a").await;
    assert!(!first.adopted);
    bench.output(1, &first, "echo kept > file").await;
    let again =
        VolumeSpec { labels: Labels { operation: "wf_1:2".into(), ..bench.labels(0) }, ..bench.volume_spec("a") };
    let second = bench.machines.create_volume(&again).await.unwrap();
    assert_eq!((second.adopted, &second.id, second.created_at_ms), (true, &first.id, first.created_at_ms));
    assert_eq!(second.labels, first.labels);
    assert_eq!(bench.output(2, &second, "cat file").await, ["kept"]);
}

/// Adoption is by name *and* labels.
pub async fn a_volume_of_another_owner_is_not_adopted(bench: &Bench) {
    bench.volume("a").await;
    for labels in [
        Labels { deployment: bench.other_deployment.clone(), ..bench.labels(0) },
        Labels { workflow: "wf_2".into(), ..bench.labels(0) },
    ] {
        assert_permanent(&bench.machines.create_volume(&VolumeSpec { labels, ..bench.volume_spec("a") }).await);
    }
}

/// Machine, wait, volume: in this order.
pub async fn a_volume_in_use_is_not_deleted(bench: &Bench) {
    let volume = bench.volume("a").await;
    let machine = bench.start(1, &volume, "echo up; while :; do sleep 60; done").await;
    assert_in_use(&bench.machines.delete_volume(&volume.id).await);
    bench.printed(&machine, "up").await;
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    bench.machines.delete_volume(&volume.id).await.unwrap();
}

/// No session leaks into the next generation.
pub async fn a_deleted_volume_comes_back_empty(bench: &Bench) {
    let volume = bench.volume("a").await;
    bench.output(1, &volume, "echo old > file; mkdir -p a/b; chmod 0 a/b a").await;
    bench.machines.delete_volume(&volume.id).await.unwrap();
    assert_eq!(bench.machines.volume(&volume.id).await.unwrap(), None);
    let anew = bench.volume("a").await;
    assert!(!anew.adopted);
    // A file system of its own has a folder for what its check finds.
    assert_eq!(bench.output(2, &anew, "ls -A | grep -vx 'lost+found' | wc -l | tr -d ' '").await, ["0"]);
}

/// A link in a volume points wherever its author wants.
pub async fn deleting_a_volume_follows_no_link_out_of_it(bench: &Bench) {
    let (hostile, victim) = (bench.volume("a").await, bench.volume("b").await);
    let kept = bench.output(1, &victim, "echo kept > file; pwd").await;
    let script = format!("ln -s '{0}' link; mkdir in; ln -s '{0}/file' in/link; ln -s / root; echo done", kept[0]);
    assert_eq!(bench.output(2, &hostile, &script).await, ["done"]);
    bench.machines.delete_volume(&hostile.id).await.unwrap();
    assert_eq!(bench.output(3, &victim, "cat file").await, ["kept"]);
}
