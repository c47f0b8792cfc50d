//! Access and bases that changed while the supervisor was off: with the webhook read back, and, where even that is not to be
//! had, as far as a reading can tell.

use super::*;
use crate::stage::Stage;
use simulators::github::control::NewRepository;

/// Waits for a decision, and the supervisor is off.
async fn off() -> (Stage, String) {
    off_with("").await
}

async fn off_with(settings: &str) -> (Stage, String) {
    let mut stage = Stage::waiting(settings).await;
    let request = stage.request().await;
    stage.kill_supervisor();
    (stage, request)
}

/// It starts again; GitHub hides the webhooks that were missed.
async fn start_blind(stage: &mut Stage) {
    stage.until_delivered().await;
    hide_webhooks(stage).await;
    let compared = said(stage, COMPARED);
    stage.start_supervisor().await;
    until_compared(stage, compared).await;
}

async fn start(stage: &mut Stage) {
    stage.until_delivered().await;
    let compared = said(stage, COMPARED);
    stage.start_supervisor().await;
    until_compared(stage, compared).await;
}

fn uninstall() -> Command {
    Command::Uninstall { owner: "acme".into() }
}

fn grant(granted: bool) -> Command {
    Command::Grant { repository: REPOSITORY.into(), granted, by: "acme".into() }
}

fn delete() -> Command {
    Command::DeleteRepository { repository: REPOSITORY.into(), by: "acme".into() }
}

fn suspend(suspended: bool) -> Command {
    Command::Suspend { owner: "acme".into(), suspended }
}

fn archive(archived: bool) -> Command {
    Command::Archive { repository: REPOSITORY.into(), archived, by: "acme".into() }
}

fn retarget(base_ref: &str) -> Command {
    Command::Retarget { pull: name(7), base_ref: base_ref.into(), by: "dana".into() }
}

async fn begin_release(stage: &Stage) {
    let (repository, by) = (REPOSITORY.to_owned(), "acme".to_owned());
    let (branch, message) = ("release".to_owned(), "Begin the release".to_owned());
    stage.command(Command::Push { repository, branch, changes: Vec::new(), message, by }).await;
}

async fn until_access(stage: &Stage, access: &str) {
    stage
        .until(&format!("access is {access}"), || async {
            let state = stage.state().await.unwrap_or_default();
            state["access"]["access"] == access && state["read"] == "no"
        })
        .await;
}

async fn is_decided(stage: &Stage) {
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    let truth = stage.truth().await;
    assert_eq!(truth.pushed_by_app, [truth.head_sha]);
}

#[tokio::test]
async fn uninstalled_withdrawn_or_deleted_while_off_it_leaves_nothing_behind() {
    for (command, why) in [
        (uninstall(), "the app was uninstalled"),
        (grant(false), "the repository was taken from the installation"),
        (delete(), "the repository was deleted"),
    ] {
        let (mut stage, _) = off().await;
        stage.command(command).await;
        start(&mut stage).await;
        stage.until("it is closed", || async { stage.status().await.as_deref() == Some("closed") }).await;
        let state = stage.state().await.expect("the workflow");
        assert_eq!(state["access"], serde_json::json!({"access": "gone", "why": why}));
        assert_eq!(stage.left_over().await, 0, "{why}");
    }
}

/// Nobody says that it was deleted: GitHub answers 404, which may mean anything.
#[tokio::test]
async fn a_repository_that_is_only_not_to_be_seen_is_not_closed() {
    for command in [uninstall(), grant(false), delete()] {
        let (mut stage, request) = off().await;
        stage.command(command).await;
        start_blind(&mut stage).await;
        until_access(&stage, "unclear").await;
        assert_eq!(stage.status().await.as_deref(), Some("awaiting_decision"));
        assert_eq!((stage.request().await, stage.left_over().await), (request, 1), "the volume stays");
    }
}

#[tokio::test]
async fn suspended_while_off_it_waits_and_goes_on_when_it_was_restored_while_off() {
    for blind in [false, true] {
        let (mut stage, request) = off().await;
        stage.command(suspend(true)).await;
        if blind {
            start_blind(&mut stage).await
        } else {
            start(&mut stage).await
        }
        until_access(&stage, "suspended").await;
        let why = stage.state().await.unwrap_or_default()["access"]["why"].clone();
        assert_eq!(why, "the installation is suspended", "blind: {blind}");
        assert_eq!((stage.request().await, stage.left_over().await), (request.clone(), 1), "the volume stays");

        stage.kill_supervisor();
        stage.command(suspend(false)).await;
        if blind {
            start_blind(&mut stage).await
        } else {
            start(&mut stage).await
        }
        until_access(&stage, "open").await;
        assert_eq!(stage.request().await, request);
        is_decided(&stage).await;
    }
}

#[tokio::test]
async fn archived_while_off_it_waits_and_goes_on_when_it_was_opened_again_while_off() {
    for blind in [false, true] {
        let (mut stage, request) = off().await;
        stage.command(archive(true)).await;
        if blind {
            start_blind(&mut stage).await
        } else {
            start(&mut stage).await
        }
        until_access(&stage, "suspended").await;
        assert_eq!((stage.request().await, stage.left_over().await), (request.clone(), 1), "the volume stays");

        stage.kill_supervisor();
        stage.command(archive(false)).await;
        if blind {
            start_blind(&mut stage).await
        } else {
            start(&mut stage).await
        }
        until_access(&stage, "open").await;
        assert_eq!(stage.request().await, request);
        is_decided(&stage).await;
    }
}

#[tokio::test]
async fn renamed_while_off_it_is_followed() {
    for blind in [false, true] {
        let (mut stage, request) = off().await;
        stage.command(Command::Rename { repository: REPOSITORY.into(), name: "store".into(), by: "acme".into() }).await;
        stage.pull = PullName::new("acme/store", 7);
        if blind {
            start_blind(&mut stage).await
        } else {
            start(&mut stage).await
        }
        stage
            .until("it knows the new name", || async {
                stage.state().await.unwrap_or_default()["pr"]["name"] == "store"
            })
            .await;
        stage.until_status("awaiting_decision").await;
        assert_eq!(stage.request().await, request);
        is_decided(&stage).await;
    }
}

#[tokio::test]
async fn transferred_while_off_it_is_followed_to_its_new_installation() {
    for blind in [false, true] {
        let (mut stage, request) = off_with("github.allowed_owners = [\"acme\", \"emca\"]").await;
        stage
            .command(Command::Transfer { repository: REPOSITORY.into(), owner: "emca".into(), by: "acme".into() })
            .await;
        stage.pull = PullName::new("emca/shop", 7);
        if blind {
            start_blind(&mut stage).await
        } else {
            start(&mut stage).await
        }
        stage
            .until("it knows the new owner", || async {
                stage.state().await.unwrap_or_default()["pr"]["owner"] == "emca"
            })
            .await;
        stage.until_status("awaiting_decision").await;
        let (pr, truth) = (stage.state().await.unwrap_or_default()["pr"].clone(), stage.truth().await);
        assert_eq!(pr["installation"].as_u64(), truth.installation);
        assert_eq!(stage.request().await, request);
        is_decided(&stage).await;
    }
}

#[tokio::test]
async fn retargeted_while_off_its_request_is_withdrawn_and_it_is_reviewed_against_the_new_base() {
    for blind in [false, true] {
        let mut stage = Stage::waiting("").await;
        begin_release(&stage).await;
        let request = stage.request().await;
        stage.kill_supervisor();
        stage.command(retarget("release")).await;
        if blind {
            start_blind(&mut stage).await
        } else {
            start(&mut stage).await
        }
        is_retargeted(&stage, &request).await;
    }
}

#[tokio::test]
async fn retargeted_while_it_waits_its_request_is_withdrawn() {
    let stage = Stage::waiting("").await;
    begin_release(&stage).await;
    let request = stage.request().await;
    stage.command(retarget("release")).await;
    is_retargeted(&stage, &request).await;
}

#[tokio::test]
async fn retargeted_while_it_is_idle_it_is_reviewed_again() {
    let stage = Stage::waiting("").await;
    begin_release(&stage).await;
    let request = stage.request().await;
    stage.click("Keep as is", "maintainer").await;
    stage.until_status("idle").await;
    stage.command(retarget("release")).await;
    is_retargeted(&stage, &request).await;
}

#[tokio::test]
async fn retargeted_while_a_run_reads_it_that_run_is_replaced() {
    let agent = crate::hostile::Agent::saying(&[]);
    let mut waiting = agent.waits();
    let stage = Stage::open(&agent.settings()).await;
    stage.open_pull_request().await;
    stage.until("the agent works", || async { waiting.started.exists() }).await;
    begin_release(&stage).await;
    stage.command(retarget("release")).await;
    stage
        .until("the second run is there", || async {
            stage.workflow().await.unwrap_or_default()["run"] == 2 && stage.status().await.as_deref() == Some("running")
        })
        .await;
    waiting.goes_on();
    stage.until_status("idle").await;
    let (state, truth) = (stage.state().await.expect("the workflow"), stage.truth().await);
    assert_eq!((&state["reviewed"]["base_ref"], &state["run"]), (&"release".into(), &2.into()));
    let conclusions: Vec<_> = truth.checks.iter().map(|check| check.conclusion.as_deref()).collect();
    assert_eq!(conclusions.first(), Some(&Some("cancelled")), "{:#?}", truth.checks);
    assert_eq!(stage.recorded("run_finished").await, 1, "only the second run's result counts");
}

/// The old request is withdrawn, and a new one asks about the new base.
async fn is_retargeted(stage: &Stage, request: &str) {
    stage
        .until("it is reviewed against the new base", || async {
            let state = stage.state().await.unwrap_or_default();
            state["reviewed"]["base_ref"] == "release" && state["read"] == "no"
        })
        .await;
    stage.until_status("awaiting_decision").await;
    assert_ne!(stage.request().await, request);
    let checks = stage.truth().await.checks;
    let asking: Vec<_> = checks.iter().filter(|check| !check.labels.is_empty()).collect();
    assert_eq!(asking.len(), 1, "only the new request has buttons: {checks:#?}");
}

#[tokio::test]
async fn a_repository_added_to_the_installation_has_its_open_pull_requests_read() {
    let stage = Stage::open("").await;
    let fixture = demo_fixture();
    stage.command(Command::CreateRepository(NewRepository { not_installed: true, ..fixture.repository.clone() })).await;
    stage.command(Command::OpenPull(fixture.pull)).await;
    // Another one is there already, so that this one is added rather than the App installed.
    stage.command(Command::CreateRepository(NewRepository { name: "other".into(), ..fixture.repository })).await;
    stage.until_delivered().await;
    assert_eq!(stage.status().await, None, "it is not ours to see");
    stage.command(grant(true)).await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(stage.truth().await.reviews.len(), 1);
}

#[tokio::test]
async fn installed_again_after_it_was_removed_it_begins_a_new_generation() {
    let stage = Stage::waiting("").await;
    stage.command(uninstall()).await;
    stage.until("it is closed", || async { stage.status().await.as_deref() == Some("closed") }).await;
    assert_eq!(stage.left_over().await, 0);
    stage.command(grant(true)).await;
    stage.until_status("awaiting_decision").await;
    let (state, truth) = (stage.state().await.expect("the workflow"), stage.truth().await);
    assert_eq!((&state["generation"], &state["access"]["access"]), (&2.into(), &"open".into()));
    assert_eq!(state["pr"]["installation"].as_u64(), truth.installation);
    is_decided(&stage).await;
}

#[tokio::test]
async fn taken_out_and_put_back_within_the_retention_it_keeps_its_volume() {
    let stage = Stage::waiting("volumes.retention = \"1h\"").await;
    let volume = |state: Value| state["volume"]["id"].clone();
    let before = volume(stage.state().await.expect("the workflow"));
    stage.command(grant(false)).await;
    stage.until("it closes", || async { stage.status().await.as_deref() == Some("closing") }).await;
    stage.command(grant(true)).await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(volume(stage.state().await.expect("the workflow")), before);
}
