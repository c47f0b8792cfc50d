//! The daemon ends and comes back.

use super::bench::{IMAGE, driver, on, settings, shell};
use machines::{Error, MachineState, conformance::Bench};
use std::{path::Path, sync::Arc};
use testkit::docker::Daemon;

/// One driver all the time: it notices by the calls that fail, and by those that do not any more.
#[tokio::test]
async fn a_driver_goes_on_when_its_daemon_is_back_and_finds_what_it_had() {
    let daemon = Arc::new(tokio::task::spawn_blocking(Daemon::start_with_live_restore).await.unwrap());
    driver(settings(&daemon, IMAGE, Path::new("/nowhere"))).make_image(shell()).await.unwrap();
    let run = {
        let daemon = Arc::clone(&daemon);
        |bench: Bench| async move {
            let volume = bench.volume("a").await;
            let script = "echo up; while :; do echo beat >> beats; sleep 0.1; done";
            let machine = bench.start(1, &volume, script).await;
            bench.printed(&machine, "up").await;
            daemon.crash();
            let away = bench.machines.machines(&bench.deployment).await;
            assert!(
                matches!(&away, Err(Error::Retryable { what, .. }) if what.ends_with("is down: start it")),
                "{away:?}"
            );
            // Not gone, only not seen: nothing may start on its volume.
            let destroyed = bench.machines.destroy_machine(&machine.id).await;
            assert!(matches!(destroyed, Err(Error::Unconfirmed { .. })), "{destroyed:?}");
            let again = Arc::clone(&daemon);
            tokio::task::spawn_blocking(move || again.start_again()).await.unwrap();
            assert_eq!(bench.state(&machine).await, Some(MachineState::Running));
            let second = bench.machines.start_machine(&bench.machine_spec(2, &volume, script)).await;
            assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
            bench.machines.destroy_machine(&machine.id).await.unwrap();
            let still = "one=$(wc -c < beats); sleep 0.3; two=$(wc -c < beats); test $one = $two && echo still";
            assert_eq!(bench.output(2, &volume, still).await, ["still"]);
        }
    };
    on(&daemon, IMAGE).run(run).await;
    tokio::task::spawn_blocking(|| drop(daemon)).await.unwrap();
}
