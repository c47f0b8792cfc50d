//! A machine ends whole.

use super::bench::Bench;
use crate::MachineState;

/// Leaves a daemon behind that has a session, a parent and an environment of its own, and writes the volume for ever.
const DAEMON: &str = "cat > daemon <<'END'
while :; do echo beat >> beats; done
END
(setsid sh -c 'env -i setsid sh daemon >/dev/null 2>&1 &' &)
while ! test -s beats; do :; done
echo up";

/// Says whether something writes the volume: two looks, far enough apart for thousands of beats.
const STILL_BEATING: &str = "one=$(wc -c < beats); sleep 0.3; two=$(wc -c < beats)
if [ \"$one\" = \"$two\" ]; then echo still; else echo beating; fi";

/// `Ok` from destroy means that nothing can write the volume any more.
pub async fn a_machine_is_ended_with_every_daemon_in_it(bench: &Bench) {
    let volume = bench.volume("a").await;
    let machine = bench.start(1, &volume, &format!("{DAEMON}; while :; do sleep 60; done")).await;
    bench.printed(&machine, "up").await;
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    assert_eq!(bench.output(2, &volume, STILL_BEATING).await, ["still"]);
}

/// `Stopped` means the same.
pub async fn a_program_that_ends_leaves_nothing_running(bench: &Bench) {
    let volume = bench.volume("a").await;
    let machine = bench.start(1, &volume, DAEMON).await;
    bench.ended(&machine).await;
    assert_eq!(bench.output(2, &volume, STILL_BEATING).await, ["still"]);
}

/// Asking comes first, but it is not a question.
pub async fn a_program_that_ignores_the_request_to_end_is_ended(bench: &Bench) {
    let volume = bench.volume("a").await;
    let machine = bench.start(1, &volume, "trap '' TERM INT HUP; echo up; while :; do echo beat >> beats; done").await;
    bench.printed(&machine, "up").await;
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    assert_eq!(bench.state(&machine).await, None);
    assert_eq!(bench.output(2, &volume, STILL_BEATING).await, ["still"]);
}

/// What a machine said is there until it is destroyed.
pub async fn an_ended_machine_is_stopped_and_keeps_its_log(bench: &Bench) {
    let volume = bench.volume("a").await;
    let machine = bench.start(1, &volume, "echo one; echo two >&2; echo three; exit 3").await;
    // Between the two streams the order may be lost, within each it is not.
    let (printed, complaints): (Vec<_>, Vec<_>) =
        bench.ended(&machine).await.into_iter().partition(|line| line != "two");
    assert_eq!((printed, complaints), (vec!["one".to_owned(), "three".to_owned()], vec!["two".to_owned()]));
    let last = bench.machines.machine_log(&machine.id, 1).await.unwrap();
    assert!(last == ["three"] || last == ["two"], "{last:?}");
    // The same name is never run again: its token was for one run.
    assert_eq!(bench.start(1, &volume, "echo again").await.state, MachineState::Stopped);
    assert_eq!(bench.log(&machine).await.len(), 3);
}
