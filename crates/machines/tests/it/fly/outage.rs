//! Fly's API as a whole fails.

use super::stage::{Stage, machine_spec, volume_spec};
use crate::fly_error;
use machines::Machines;
use simulators::fly::control::{Command, Timings};
use std::time::Duration;

const NEVER: &str = "00000000000000";
/// Asked once a second; the driver holds its calls back for a minute at most.
const ASKED_MAX: usize = 120;

#[tokio::test]
async fn f19_in_an_outage_and_after_it_nothing_is_taken_for_gone_and_nothing_is_deleted() {
    for status in [Some(503), None] {
        let stage = Stage::with(Timings::default(), 10).await;
        let volume = stage.volume().await;
        let machine = stage.start(1, &volume).await;
        stage.run(Command::Outage { status }).await;
        let mut held = String::new();
        for _ in 0..4 {
            held = fly_error!(stage.driver.machine(&machine.id).await, Retryable);
        }
        assert_eq!(held, "Fly's API does not answer: nothing is asked of it for a moment");
        let calls = stage.control.calls().await.unwrap().len();
        for _ in 0..20 {
            fly_error!(stage.driver.destroy_machine(&machine.id).await, Unconfirmed);
            fly_error!(stage.driver.delete_volume(&volume.id).await, Retryable);
            fly_error!(stage.driver.create_volume(&volume_spec()).await, Retryable);
            fly_error!(stage.driver.start_machine(&machine_spec(2, &volume)).await, Retryable);
        }
        let more = stage.control.calls().await.unwrap().len() - calls;
        assert!(more <= 20, "{more} calls were made of 80");
        stage.run(Command::ClearRules).await;
        // The API answers again, and is not believed at once.
        let mut said = String::new();
        for _ in 0..ASKED_MAX {
            said = fly_error!(stage.driver.machine(NEVER).await, Retryable);
            if said != "Fly's API does not answer: nothing is asked of it for a moment" {
                break;
            }
            stage.environment.sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(said, format!("Fly's API has just failed: that machine `{NEVER}` is not there is not believed yet"));
        fly_error!(stage.driver.destroy_machine(&machine.id).await, Unconfirmed);
        assert_eq!(stage.machine_names().await.len(), 1);
        let calm = async || stage.driver.machine(NEVER).await.is_ok_and(|machine| machine.is_none());
        stage.until("a calm API is believed", calm).await;
        stage.end().await;
    }
}
