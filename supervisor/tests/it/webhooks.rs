//! Webhooks are hints: duplicated, lost or in any order they lead to the same end.
//!
//! A click is no hint but a fact; it is shuffled only among what can precede it, i.e. it comes after the check it is on.

use crate::stage::Stage;
use simulators::github::control::{Command, FileChange, Order, WebhookEffect};
use std::collections::BTreeSet;

/// What was lost is read again after a second.
const HEALING: &str = "review.refresh = \"1s\"";
const ACTIONS: [&str; 7] =
    ["opened", "synchronize", "reopened", "ready_for_review", "converted_to_draft", "closed", "edited"];
/// Orders that are tried, unless `LONGSHORE_SEEDS` says otherwise.
const SEEDS: u64 = 3;

#[tokio::test]
async fn every_webhook_arrives_three_times_and_the_end_is_the_same() {
    let stage = Stage::open("").await;
    for event in ["pull_request", "check_run", "check_suite", "issue_comment"] {
        stage.webhooks(event, None, WebhookEffect::Duplicate(2)).await;
    }
    stage.open_pull_request().await;
    stage.until_status("awaiting_decision").await;
    decided_and_closed(&stage).await;
    ends_well(&stage).await;
    let deliveries = stage.deliveries().await;
    assert!(deliveries.iter().filter(|delivery| delivery.redelivery).count() >= 4, "they were duplicated");
}

#[tokio::test]
async fn all_webhooks_but_the_first_are_lost_and_the_end_is_the_same() {
    only_one_arrives("opened").await;
}

#[tokio::test]
async fn all_webhooks_but_a_change_of_title_are_lost_and_the_end_is_the_same() {
    only_one_arrives("edited").await;
}

#[tokio::test]
async fn all_webhooks_but_a_push_are_lost_and_the_end_is_the_same() {
    only_one_arrives("synchronize").await;
}

#[tokio::test]
async fn all_webhooks_but_the_end_of_a_draft_are_lost_and_the_end_is_the_same() {
    only_one_arrives("ready_for_review").await;
}

/// Somebody opens the pull request and does what causes the one webhook that arrives.
async fn only_one_arrives(survivor: &str) {
    let stage = Stage::open(HEALING).await;
    for action in ACTIONS.into_iter().filter(|action| *action != survivor) {
        stage.webhooks("pull_request", Some(action), WebhookEffect::Drop).await;
    }
    stage.open_changed_pull_request(|pull| pull.draft = survivor == "ready_for_review").await;
    let (pull, by) = (stage.pull.clone(), "dana".to_owned());
    match survivor {
        "edited" => stage.command(Command::Retitle { pull, title: "Raise the limit".into(), by }).await,
        "ready_for_review" => stage.command(Command::SetDraft { pull, draft: false, by }).await,
        "synchronize" => push(&stage).await,
        _ => {}
    }
    stage.webhooks("pull_request", Some(survivor), WebhookEffect::Drop).await;
    stage.until_status("awaiting_decision").await;
    decided_and_closed(&stage).await;
    ends_well(&stage).await;
    let deliveries = stage.deliveries().await;
    let arrived = deliveries.iter().filter(|it| it.event == "pull_request" && it.status_code == Some(202));
    assert_eq!(arrived.count(), 1, "one webhook arrived");
}

#[tokio::test]
async fn webhooks_in_any_order_lead_to_the_same_end() {
    for seed in 1..=seeds() {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let stage = Stage::open("").await;
        let (pull, by) = (|| stage.pull.clone(), || "dana".to_owned());
        let hold = || stage.webhooks("pull_request", None, WebhookEffect::Hold);

        hold().await;
        stage.open_pull_request().await;
        stage.command(Command::Retitle { pull: pull(), title: "Raise the limit".into(), by: by() }).await;
        stage.command(Command::SetDraft { pull: pull(), draft: true, by: by() }).await;
        push(&stage).await;
        stage.command(Command::SetDraft { pull: pull(), draft: false, by: by() }).await;
        release_shuffled(&stage, &mut dice).await;
        stage.until_status("awaiting_decision").await;

        hold().await;
        stage.webhooks("check_run", None, WebhookEffect::Hold).await;
        stage.command(Command::Retitle { pull: pull(), title: "Raise it".into(), by: by() }).await;
        stage.click("Apply fix", "maintainer").await;
        stage.command(Command::Retitle { pull: pull(), title: "Raise it now".into(), by: by() }).await;
        release_shuffled(&stage, &mut dice).await;
        hold().await;
        stage.until_status("idle").await;

        stage.command(Command::Retitle { pull: pull(), title: "It is raised".into(), by: by() }).await;
        stage.close_pull_request().await;
        release_shuffled(&stage, &mut dice).await;
        stage.until_status("closed").await;
        ends_well(&stage).await;
    }
}

#[tokio::test]
async fn a_valid_body_under_a_hundred_new_delivery_ids_leads_to_one_run() {
    let stage = Stage::open("").await;
    stage.open_pull_request().await;
    let opened = stage.deliveries().await.into_iter().find(|it| it.action.as_deref() == Some("opened"));
    let body = opened.expect("it was sent").payload.to_string().into_bytes();
    for _ in 0..100 {
        let answer = stage.deliver("pull_request", &body).await;
        assert_eq!(answer.status(), 202);
    }
    stage.until_status("awaiting_decision").await;
    let hundred_and_one = stage.recorded("hinted").await;
    assert!(hundred_and_one >= 101, "each was recorded: {hundred_and_one}");
    for name in ["slot_granted", "machine_started", "run_claimed", "run_finished"] {
        assert_eq!(stage.recorded(name).await, 1, "{name}");
    }
    assert!(stage.recorded("pull_request_read").await <= hundred_and_one, "no reading without a hint");
    decided_and_closed(&stage).await;
    ends_well(&stage).await;
}

async fn push(stage: &Stage) {
    stage
        .command(Command::Push {
            repository: stage.pull.repository.clone(),
            branch: "raise-upload-limit".into(),
            changes: vec![FileChange::text("docs/limits.md", "# Limits\n\nFilms have 250 MB.\n")],
            message: "Document the limits".into(),
            by: "dana".into(),
        })
        .await;
}

async fn decided_and_closed(stage: &Stage) {
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    stage.close_pull_request().await;
    stage.until_status("closed").await;
}

/// One submitted review, one pushed commit with a concluded check, closed, nothing left.
async fn ends_well(stage: &Stage) {
    let truth = stage.truth().await;
    assert!(!truth.open);
    let heads: BTreeSet<&str> = truth.reviews.iter().map(|review| review.commit_id.as_str()).collect();
    assert_eq!(heads.len(), truth.reviews.len(), "one review per head: {:#?}", truth.reviews);
    assert_eq!(truth.reviews.len(), 1, "{:#?}", truth.reviews);
    assert_eq!(truth.reviews[0].state, "COMMENTED");
    let [pushed] = &truth.pushed_by_app[..] else { panic!("one commit was pushed: {:?}", truth.pushed_by_app) };
    assert_eq!(*pushed, truth.head_sha);
    let of_pushed: Vec<_> = truth.checks.iter().filter(|check| check.head_sha == *pushed).collect();
    assert_eq!(of_pushed.len(), 1, "{of_pushed:#?}");
    for check in &truth.checks {
        assert_eq!((check.status.as_str(), check.labels.len()), ("completed", 0), "{check:#?}");
        assert!(check.conclusion.is_some(), "{check:#?}");
    }
    assert_eq!(stage.recorded("run_finished").await, 2, "the review's run and the decision's");
    assert_eq!(stage.left_over().await, 0, "no machine and no volume");
}

/// Everything that is held, in an order of the dice's choice.
async fn release_shuffled(stage: &Stage, dice: &mut Dice) {
    let held = stage.deliveries().await.into_iter().filter(|delivery| delivery.status == "held");
    let mut ids: Vec<u64> = held.map(|delivery| delivery.id).collect();
    for place in (1..ids.len()).rev() {
        ids.swap(place, dice.roll(place + 1));
    }
    println!("released: {ids:?}");
    stage.release(Order::Ids(ids)).await;
}

fn seeds() -> u64 {
    std::env::var("LONGSHORE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

/// A small generator: an order is repeatable from its seed.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}
