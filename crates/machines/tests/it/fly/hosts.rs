//! A host that does not answer, and one that comes back.

use super::stage::{Stage, machine_spec};
use crate::fly_error;
use machines::{MachineState, Machines};
use simulators::fly::control::Command;

#[tokio::test]
async fn f09_nothing_is_gone_while_its_host_does_not_answer() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let machine = stage.start(1, &volume).await;
    stage.run(Command::LoseHost { of: volume.id.clone(), programs_end: false }).await;
    let seen = stage.driver.machine(&machine.id).await.unwrap().unwrap();
    assert_eq!(seen.state, MachineState::Running);
    assert!(stage.driver.volume(&volume.id).await.unwrap().is_some());
    let said = fly_error!(stage.driver.start_machine(&machine_spec(2, &volume)).await, VolumeStuck);
    assert_eq!(
        said,
        format!(
            "no machine can be started where volume `{}` lies: Fly's host of it does not answer (unreachable)",
            volume.id
        )
    );
    let said = fly_error!(stage.driver.destroy_machine(&machine.id).await, Unconfirmed);
    assert_eq!(
        said,
        format!(
            "machine `{}` not confirmed gone: its host does not answer (unreachable): it may run, and ends when the host is back",
            machine.id
        )
    );
    stage.run(Command::ReturnHost { of: volume.id.clone() }).await;
    stage.end().await;
}

#[tokio::test]
async fn f18_a_machine_that_comes_back_with_its_host_ends_before_the_next_one_starts() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let machine = stage.start(1, &volume).await;
    stage.run(Command::LoseHost { of: volume.id.clone(), programs_end: false }).await;
    for _ in 0..3 {
        fly_error!(stage.driver.destroy_machine(&machine.id).await, Unconfirmed);
        fly_error!(stage.driver.start_machine(&machine_spec(2, &volume)).await, VolumeStuck);
    }
    assert!(stage.control.truth().await.unwrap().machines.iter().any(|it| it.running), "it ran all the time");
    stage.run(Command::ReturnHost { of: volume.id.clone() }).await;
    stage.driver.destroy_machine(&machine.id).await.unwrap();
    stage.start(2, &volume).await;
    // That no two wrote the volume is looked at here.
    stage.end().await;
}
