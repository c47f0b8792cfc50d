//! A volume that somebody removes while its pull request waits: the next run gets another one, with the session that the last
//! checkpoint holds, and the check says so.

use super::{
    agent, assert_nothing_left, on_docker,
    resume::{REMEMBERS, assert_remembers, until_a_check_says},
    volume_name,
};
use crate::stage::Stage;

#[tokio::test]
async fn a_volume_that_was_removed_behind_our_back_is_replaced_and_seeded_from_the_checkpoint_and_the_check_says_so() {
    let (daemon, settings) = on_docker(&agent(REMEMBERS)).await;
    let stage = Stage::waiting(&settings).await;
    let old = volume_name(&stage).await;
    let left = std::fs::read(daemon.volume(&old).join("agent/command/memory")).expect("what run 1 left");
    assert_eq!(daemon.call("DELETE", &format!("/volumes/{old}"), "").0, 204, "`docker volume rm`");

    stage.click("Yes", "maintainer").await;
    stage.until_status("idle").await;
    let new = volume_name(&stage).await;
    assert_ne!(new, old, "what is lost is not taken for the new one, should it come back");
    assert_eq!(stage.recorded("volume_lost").await, 1);
    until_a_check_says(&stage, &["**Session** restarted from a checkpoint: run 2 began on a new volume"]).await;
    assert_eq!(std::fs::read(daemon.volume(&new).join("agent/command/memory")).expect("it was seeded"), left);
    assert_remembers(&stage).await;

    stage.close_pull_request().await;
    stage.until_status("closed").await;
    assert_nothing_left(daemon, &old);
    assert_nothing_left(daemon, &new);
}
