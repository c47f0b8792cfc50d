//! The supervisor is off while forty webhooks are sent, among them two clicks and a close. Afterwards every workflow is
//! where that of a twin is which was never off.

use super::*;
use crate::stage::Stage;
use serde_json::json;
use simulators::github::control::DeliverySnapshot;
use std::collections::BTreeMap;

/// Reviewed and waiting before anything happens.
const WAITING: [u64; 7] = [7, 8, 9, 10, 11, 12, 17];
/// Opened while the supervisor is off.
const OPENED: [u64; 4] = [13, 14, 15, 16];

#[tokio::test]
async fn after_forty_missed_webhooks_every_workflow_is_where_that_of_a_twin_is() {
    let (mut stage, twin) = tokio::join!(prepared(), prepared());
    let before = stage.deliveries().await.len();
    stage.kill_supervisor();

    happens(&stage).await;
    stage.until_delivered().await;
    let missed = stage.deliveries().await.split_off(before);
    let used: Vec<&DeliverySnapshot> = missed.iter().filter(|it| is_used(it)).collect();
    assert_eq!(used.len(), 40, "{:?}", used.iter().map(|it| (&it.event, &it.action)).collect::<Vec<_>>());
    assert!(used.iter().all(|it| it.status_code == Some(0)), "nobody listened");
    let clicks = used.iter().filter(|it| it.action.as_deref() == Some("requested_action")).count();
    let closes = used.iter().filter(|it| it.action.as_deref() == Some("closed")).count();
    assert_eq!((clicks, closes), (2, 2));

    stage.start_supervisor().await;
    happens(&twin).await;
    stage.until("it was read back", || async { said(&stage, READ_BACK) == 1 && said(&stage, COMPARED) >= 2 }).await;
    let (caught_up, never_off) = (settled(&stage).await, settled(&twin).await);
    for (number, expected) in &never_off {
        assert_eq!(caught_up.get(number), Some(expected), "#{number}");
    }
    assert_eq!(caught_up.len(), never_off.len());
    assert_eq!(stage.left_over().await, twin.left_over().await, "volumes and machines");

    // It is what one would think, too.
    let statuses: BTreeMap<u64, &str> =
        never_off.iter().map(|(number, it)| (*number, it["status"].as_str().unwrap_or_default())).collect();
    let waits = "awaiting_decision";
    let expected = [(7, "idle"), (8, "idle"), (9, "closed"), (10, waits), (11, waits), (12, waits), (13, waits)];
    let expected = expected.into_iter().chain([(14, waits), (15, waits), (16, "closed"), (17, "idle")]);
    assert_eq!(statuses, expected.collect());
    assert_eq!((&never_off[&7]["pushed"], &never_off[&8]["pushed"]), (&json!(1), &json!(0)));

    // Decisions came first, and what arrived was not fetched.
    let log = stage.supervisor_log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("missed webhook taken in")).collect();
    assert_eq!(lines.len(), 40, "{lines:#?}");
    let last_decision = lines.iter().rposition(|line| line.contains("check_run") || line.contains("issue_comment"));
    let first_hint = lines.iter().position(|line| line.contains("pull_request"));
    assert!(last_decision < first_hint, "{lines:#?}");
    assert!(stage.get("/metrics").await.contains("longshore_missed_webhooks_total{outcome=\"recorded\"}"));
}

fn is_used(delivery: &DeliverySnapshot) -> bool {
    github::webhook::class(&delivery.event, delivery.action.as_deref()).is_some()
}

/// Seven pull requests are reviewed and wait.
async fn prepared() -> Stage {
    let stage = Stage::open("machines.max_running = 4").await;
    stage.open_pull_request().await;
    for number in WAITING.into_iter().skip(1) {
        open_pull(&stage, number).await;
    }
    let (repository, by) = (REPOSITORY.to_owned(), "acme".to_owned());
    let (branch, changes, message) = ("release".to_owned(), Vec::new(), "Begin the release".to_owned());
    stage.command(Command::Push { repository, branch, changes, message, by }).await;
    for number in WAITING {
        until(&stage, number, "awaiting_decision").await;
    }
    stage.until_delivered().await;
    stage
}

/// Forty webhooks' worth.
async fn happens(stage: &Stage) {
    let asked = [request(stage, 7).await, request(stage, 11).await, request(stage, 17).await];
    click(stage, 7, "Apply fix", "maintainer").await;
    click(stage, 8, "Keep as is", "maintainer").await;
    stage.command(Command::Close { pull: name(9), by: "dana".into() }).await;
    push(stage, 10, "docs/limits.md").await;
    stage.command(Command::SetDraft { pull: name(11), draft: true, by: "dana".into() }).await;
    stage.command(Command::Retarget { pull: name(12), base_ref: "release".into(), by: "dana".into() }).await;
    open_pull(stage, 13).await;
    retitle(stage, 13, "Raise the limit a little").await;
    stage.command(Command::OpenPull(NewPull { draft: true, ..like_the_demos(14) })).await;
    stage.command(Command::SetDraft { pull: name(14), draft: false, by: "dana".into() }).await;
    open_pull(stage, 15).await;
    push(stage, 15, "docs/one.md").await;
    push(stage, 15, "docs/two.md").await;
    open_pull(stage, 16).await;
    stage.command(Command::Close { pull: name(16), by: "dana".into() }).await;
    comment(stage, 17, "maintainer", &format!("@longshore reject {}", asked[2])).await;
    comment(stage, 11, "stranger", &format!("@longshore approve {}", asked[1])).await;
    comment(stage, 7, "dana", &format!("@longshore reject {}", asked[0])).await;
    for place in 0..9 {
        retitle(stage, [10, 12, 13][place % 3], &format!("Raise the limit, draft {place}")).await;
    }
    for place in 0..13 {
        comment(stage, 10, "dana", &format!("Looked at it for the {place}. time")).await;
    }
}

/// Id of the request that a pull request's newest check asks for, from its buttons: nobody else may be there to ask.
async fn request(stage: &Stage, number: u64) -> String {
    let checks = stage.truth_of(&name(number)).await.checks;
    let identifier = checks.iter().rev().find_map(|check| check.actions.first().cloned()).expect("a button");
    identifier.split(':').nth(1).expect("an id").to_owned()
}

/// Where everything stands once nothing moves any more: the same twice, and every webhook answered.
async fn settled(stage: &Stage) -> BTreeMap<u64, Value> {
    let mut before = BTreeMap::new();
    loop {
        stage.until_delivered().await;
        let now = picture(stage).await;
        if now == before {
            return now;
        }
        before = now;
    }
}

/// Where everything stands.
async fn picture(stage: &Stage) -> BTreeMap<u64, Value> {
    let mut picture = BTreeMap::new();
    for number in WAITING.into_iter().chain(OPENED) {
        stage.until(&format!("#{number} is quiet"), || async { is_quiet(&state(stage, number).await) }).await;
        let (state, truth) = (state(stage, number).await, stage.truth_of(&name(number)).await);
        let mut seen = json!({
            "status": state["status"],
            "open": truth.open,
            "pushed": truth.pushed_by_app.len(),
            "volume": !state["volume"].is_null(),
        });
        // Of one that is closed only its end counts: how far it came before differs from day to day.
        if state["status"] != "closed" {
            let decisions = state["decisions"].as_array().cloned().unwrap_or_default();
            let decided: Vec<Value> = decisions.iter().map(|it| json!([it["choice"], it["by"]])).collect();
            let at_head = |sha: &String| *sha == truth.head_sha;
            let check = truth.checks.iter().rev().find(|check| at_head(&check.head_sha));
            seen["reads_the_head"] = json!(state["snapshot"]["head_sha"] == truth.head_sha);
            seen["base"] = state["snapshot"]["base_ref"].clone();
            seen["draft"] = json!(state["snapshot"]["draft"] == true);
            seen["decided"] = json!(decided);
            seen["asks"] = json!(!state["request"].is_null());
            seen["reviews"] = json!(truth.reviews.iter().filter(|review| at_head(&review.commit_id)).count());
            seen["replies"] = json!(truth.comments.iter().filter(|it| it.user == "longshore[bot]").count());
            seen["check"] = json!(check.map(|check| (&check.conclusion, &check.labels)));
        }
        picture.insert(number, seen);
    }
    picture
}
