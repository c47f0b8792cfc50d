//! What people do, and what the App hears of it.

use crate::github::support::{Shop, Stage};
use serde_json::json;

async fn check_with_a_button(stage: &Stage, shop: &Shop) -> u64 {
    let token = stage.token(shop, json!({ "checks": "write" })).await;
    let run = json!({ "name": "longshore", "head_sha": shop.head_sha, "conclusion": "action_required",
        "output": { "title": "Needs you", "summary": "Apply?" },
        "actions": [{ "label": "Apply fix", "description": "Push patch", "identifier": "fix:K7QF2M:yes" }] });
    stage.call("POST", &shop.path("/check-runs"), &token, Some(run)).await.expect(201)["id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_click_is_a_signed_webhook_with_the_identifier_and_who_clicked() {
    let (stage, shop) = Stage::demo().await;
    let run = check_with_a_button(&stage, &shop).await;
    stage.control.click(run, "fix:K7QF2M:yes", "maintainer").await.unwrap();

    let arrived = stage.arrival("check_run.requested_action").await;
    let json = arrived.json();
    assert_eq!(json["requested_action"]["identifier"], "fix:K7QF2M:yes");
    assert_eq!(json["sender"]["login"], "maintainer");
    assert_eq!((json["check_run"]["id"].as_u64(), json["check_run"]["app"]["id"].as_u64()), (Some(run), Some(4242)));
    assert_eq!(json["check_run"]["pull_requests"][0]["number"], 7);

    use hmac::Mac;
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"stand-in webhook secret").unwrap();
    mac.update(&arrived.body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(arrived.headers["x-hub-signature-256"], signature);
    assert_eq!(arrived.headers["x-github-hook-installation-target-id"], "4242");
}

#[tokio::test]
async fn a_button_that_is_not_there_cannot_be_clicked() {
    let (stage, shop) = Stage::demo().await;
    let run = check_with_a_button(&stage, &shop).await;
    let error = stage.control.click(run, "fix:OTHER:yes", "maintainer").await.unwrap_err();
    assert!(error.to_string().contains("has no button"), "{error}");
}
