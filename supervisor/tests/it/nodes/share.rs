//! What holds whichever supervisor is asked.

use super::several::Several;
use std::time::Instant;

#[tokio::test]
async fn three_supervisors_tell_one_story_whichever_of_them_is_asked() {
    let several = Several::of(3, "").await;
    let stage = &several.stage;
    stage.open_pull_request().await;
    stage.until_status("awaiting_decision").await;
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    let truth = stage.truth().await;
    assert_eq!((truth.reviews.len(), truth.pushed_by_app.len()), (1, 1), "{truth:#?}");
    assert_eq!(stage.recorded("machine_started").await, 2, "one machine for each run");
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    stage.until("nothing is left", || async { stage.left_over().await == 0 }).await;
    assert_eq!(several.sql("SELECT count(*) FROM inbox WHERE refusal IS NULL"), "0");
}

#[tokio::test]
async fn one_that_ends_in_order_hands_over_long_before_its_lease_ends() {
    let mut several = Several::of(2, "database.lease = \"60s\"").await;
    several.stage.open_pull_request().await;
    several.stage.until_status("awaiting_decision").await;
    let owner = several.owner().expect("somebody owns it");
    let since = Instant::now();
    several.end(owner);
    several.until_owners(1).await;
    assert!(since.elapsed().as_secs() < 30, "it took {:?}", since.elapsed());
    several.stage.click("Apply fix", "maintainer").await;
    several.stage.until_status("idle").await;
    assert_eq!(several.stage.truth().await.pushed_by_app.len(), 1);
    several.start(owner).await;
    several.until_owners(2).await;
}

#[tokio::test]
async fn a_supervisor_that_has_its_machines_elsewhere_is_refused() {
    let several = Several::of(1, "").await;
    let elsewhere = several.refused("");
    assert!(elsewhere.contains("shares this database and has its machines elsewhere"), "{elsewhere}");
}
