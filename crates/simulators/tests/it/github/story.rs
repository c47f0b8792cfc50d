//! The main job, as the App lives it.

use crate::github::support::Stage;
use serde_json::json;

#[tokio::test]
async fn a_pull_request_is_read_checked_and_reviewed() {
    let (stage, shop) = Stage::demo().await;
    let opened = stage.arrival("pull_request.opened").await.json();
    assert_eq!(opened["pull_request"]["head"]["sha"], shop.head_sha);
    assert_eq!(opened["installation"]["id"], shop.installation);

    let token = stage.full_token(&shop).await;
    let pull = stage.call("GET", &shop.path("/pulls/7"), &token, None).await.expect(200);
    assert_eq!((pull["title"].as_str(), pull["changed_files"].as_u64()), (Some("Raise the upload limit"), Some(6)));
    let files = stage.call("GET", &shop.path("/pulls/7/files"), &token, None).await.expect(200);
    let limits = files.as_array().unwrap().iter().find(|it| it["filename"] == "config/limits.json").unwrap();
    assert!(limits["patch"].as_str().unwrap().contains("+    \"max_upload_mb\": 250,"));

    let run =
        json!({ "name": "longshore", "head_sha": shop.head_sha, "external_id": "wf_1:1", "status": "in_progress" });
    let run = stage.call("POST", &shop.path("/check-runs"), &token, Some(run)).await.expect(201);
    let comments = json!([{ "path": "config/limits.json", "line": 14, "side": "RIGHT", "body": "A comma too many" }]);
    let review = json!({ "commit_id": shop.head_sha, "body": "Four findings", "comments": comments });
    let review = stage.call("POST", &shop.path("/pulls/7/reviews"), &token, Some(review)).await.expect(200);
    assert_eq!(review["state"], "PENDING");
    let events = shop.path(&format!("/pulls/7/reviews/{}/events", review["id"]));
    let submitted = stage.call("POST", &events, &token, Some(json!({ "event": "COMMENT" }))).await.expect(200);
    assert_eq!(submitted["state"], "COMMENTED");
    let done = json!({ "status": "completed", "conclusion": "action_required",
        "output": { "title": "Needs you", "summary": "Apply?" },
        "actions": [{ "label": "Apply fix", "description": "Push patch", "identifier": "fix:K7QF2M:yes" }] });
    let path = shop.path(&format!("/check-runs/{}", run["id"]));
    assert_eq!(stage.call("PATCH", &path, &token, Some(done)).await.expect(200)["conclusion"], "action_required");

    let snapshot = stage.snapshot(&shop).await;
    assert_eq!(snapshot.reviews[0].comments[0].line, Some(14));
    assert_eq!(snapshot.checks[0].actions, ["fix:K7QF2M:yes"]);
    let effects: Vec<String> = stage.control.effects().await.unwrap().into_iter().map(|it| it.what).collect();
    let wanted = ["token.minted", "check_run.created", "review.created", "review.submitted", "check_run.updated"];
    assert_eq!(effects, wanted);
}
