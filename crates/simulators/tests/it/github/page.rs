//! What a person sees and clicks in a browser.

use crate::github::support::{Shop, Stage};
use serde_json::json;

async fn with_a_question(stage: &Stage, shop: &Shop) -> u64 {
    let token = stage.full_token(shop).await;
    let comments = json!([{ "path": "config/limits.json", "line": 14, "side": "RIGHT",
        "body": "**Not valid JSON**\n```suggestion\n    \"max_upload_mb\": 250\n```\n<img src=x onerror=alert(1)>" }]);
    let review = json!({ "commit_id": shop.head_sha, "event": "COMMENT", "body": "4 findings", "comments": comments });
    stage.call("POST", &shop.path("/pulls/7/reviews"), &token, Some(review)).await.expect(200);
    let run = json!({ "name": "longshore", "head_sha": shop.head_sha, "conclusion": "action_required",
        "output": { "title": "Needs you: 1 fix to approve", "summary": "### Apply this fix?\n\n| a | b |\n|--|--|\n| c | d |" },
        "actions": [{ "label": "Apply fix", "description": "Push patch", "identifier": "fix:K7QF2M:yes" },
            { "label": "Keep as is", "description": "Push nothing", "identifier": "fix:K7QF2M:no" }] });
    stage.call("POST", &shop.path("/check-runs"), &token, Some(run)).await.expect(201)["id"].as_u64().unwrap()
}

#[tokio::test]
async fn the_page_shows_conversation_checks_and_files_and_loads_nothing() {
    let (stage, shop) = Stage::demo().await;
    with_a_question(&stage, &shop).await;
    let page = stage.call("GET", "/acme/shop/pull/7", "", None).await;
    assert_eq!(page.status, 200);
    for part in [
        "stand-in, not GitHub",
        "Raise the upload limit",
        "Needs you: 1 fix to approve",
        "<h3>Apply this fix?</h3>",
        "<td>c</td>",
        "Suggested change",
        "Apply fix</button>",
        "<option value=\"maintainer\">maintainer (write)",
        "<option value=\"stranger\">stranger (read)",
        "src/upload.rs",
        "prefers-color-scheme",
    ] {
        assert!(page.text.contains(part), "{part} is not on the page");
    }
    for part in ["<script", "<img", "<link", " src=\"http", "@import"] {
        assert!(!page.text.contains(part), "{part} is on the page");
    }
    assert!(stage.call("GET", "/", "", None).await.text.contains("/acme/shop/pull/7"));
}

#[tokio::test]
async fn a_button_on_the_page_is_a_click() {
    let (stage, shop) = Stage::demo().await;
    let run = with_a_question(&stage, &shop).await;
    let form = "identifier=fix%3AK7QF2M%3Ayes&by=maintainer&back=%2Facme%2Fshop%2Fpull%2F7";
    let url = format!("{}/_sim/click/{run}", stage.simulator.url());
    let post = stage.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer = post.send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (303, "/acme/shop/pull/7?clicked")
    );
    let heard = stage.arrival("check_run.requested_action").await.json();
    assert_eq!(heard["requested_action"]["identifier"], "fix:K7QF2M:yes");
    assert_eq!(heard["sender"]["login"], "maintainer");
}

#[tokio::test]
async fn the_demo_has_its_four_defects_where_the_story_says() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let files = stage.call("GET", &shop.path("/pulls/7/files"), &token, None).await.expect(200);
    let sum = |name: &str| files.as_array().unwrap().iter().map(|it| it[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((files.as_array().unwrap().len(), sum("additions"), sum("deletions")), (6, 84, 31));
    let mut lines = Vec::new();
    for (path, line) in [("src/auth.rs", 22), ("config/limits.json", 14), ("src/upload.rs", 41)] {
        let url = shop.path(&format!("/contents/{path}?ref={}", shop.head_sha));
        let request = stage.http.get(format!("{}{url}", stage.simulator.url())).bearer_auth(&token);
        let raw = request.header("accept", "application/vnd.github.raw+json").send().await.unwrap();
        lines.push(raw.text().await.unwrap().lines().nth(line - 1).unwrap().to_string());
    }
    assert!(lines[0].contains('\u{202E}'), "{}", lines[0]);
    assert_eq!(lines[1], "    \"max_upload_mb\": 250,");
    assert_eq!(lines[2], "    dbg!(&form.token);");
    let tests = files.as_array().unwrap().iter().find(|it| it["filename"] == "tests/upload.rs").unwrap();
    assert!(tests["patch"].as_str().unwrap().contains("-fn rejects_oversize() {"));
}
