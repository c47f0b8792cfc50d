//! One supervisor on PostgreSQL: all that holds on SQLite.

use super::on;
use crate::stage::Stage;
use testkit::postgres::Cluster;

#[tokio::test]
async fn the_main_job_survives_kill_9_of_the_supervisor_and_a_crash_of_the_database() {
    let postgres = Cluster::start();
    // A click that comes while the database is away is refused, and read back from GitHub soon.
    let mut stage = Stage::waiting(&format!("{}\ngithub.catch_up_every = \"1s\"", on(&postgres))).await;
    stage.kill_supervisor();
    stage.start_supervisor().await;
    stage.until_status("awaiting_decision").await;
    postgres.crash();
    postgres.start_again();
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    let truth = stage.truth().await;
    assert_eq!((truth.reviews.len(), truth.pushed_by_app.len()), (1, 1), "{truth:#?}");
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    stage.until("nothing is left", || async { stage.left_over().await == 0 }).await;
}
