use super::*;
use crate::app_level::{AppLevel, Attempt, Installation, OpenPullRequest};
use environment::Timestamp;
use serde_json::{Value, json};

const LIST: &str = "GET /app/hook/deliveries";
const MINT: &str = "POST /app/installations/5/access_tokens";

fn item(id: u64, status_code: Value) -> Value {
    json!({
        "id": id, "guid": format!("guid-{id}"), "delivered_at": "2026-11-20T10:00:00Z", "redelivery": false,
        "duration": 0.1, "status": "OK", "status_code": status_code, "event": "pull_request", "action": "opened",
        "installation_id": 5, "repository_id": 1, "throttled_at": null,
    })
}

#[tokio::test]
async fn attempts_are_read_page_by_page_by_their_cursor_and_no_address_is_followed() {
    let (server, elsewhere) = (Server::start().await, Server::start().await);
    let link = format!("<{}/app/hook/deliveries?per_page=100&cursor=v1_8>; rel=\"next\"", elsewhere.url);
    server.on_with(LIST, 200, &[("link", &link)], json!([item(9, json!(202)), item(8, json!(0))]));
    server.on(LIST, 200, json!([item(7, Value::Null)]));
    let app = app(&server);
    let first = app.attempts(None).await.unwrap();
    assert_eq!(first.next.as_deref(), Some("v1_8"));
    let expected = Attempt {
        id: 9,
        guid: "guid-9".into(),
        at: Timestamp::from_millis(1_795_168_800_000),
        status_code: 202,
        event: "pull_request".into(),
        action: Some("opened".into()),
    };
    assert_eq!(first.items[0], expected);
    assert_eq!(first.items.iter().map(Attempt::was_taken).collect::<Vec<_>>(), [true, false]);
    let second = app.attempts(first.next.as_deref()).await.unwrap();
    assert_eq!((second.next, second.items[0].status_code), (None, 0));
    assert!(elsewhere.asked(LIST).is_empty());
    assert!(server.asked(LIST)[0].authorization.starts_with("Bearer ey"), "as the App itself");
}

#[tokio::test]
async fn an_attempt_that_cannot_be_read_does_not_hide_the_others() {
    let server = Server::start().await;
    server.on(LIST, 200, json!([item(9, json!(202)), { "id": 8, "delivered_at": "yesterday" }, item(7, json!(0))]));
    let ids: Vec<u64> = app(&server).attempts(None).await.unwrap().items.iter().map(|it| it.id).collect();
    assert_eq!(ids, [9, 7]);
}

#[tokio::test]
async fn a_payload_that_is_gone_is_none_and_not_an_error() {
    let server = Server::start().await;
    server.on("GET /app/hook/deliveries/9", 200, json!({ "request": { "headers": {}, "payload": { "a": 1 } } }));
    server.on("GET /app/hook/deliveries/8", 200, json!({ "request": { "headers": null, "payload": null } }));
    let app = app(&server);
    assert_eq!(app.payload(9).await.unwrap().as_deref(), Some(&br#"{"a":1}"#[..]));
    assert_eq!(app.payload(8).await.unwrap(), None);
    assert_eq!(app.payload(7).await.unwrap(), None, "404");
}

#[tokio::test]
async fn webhooks_that_are_not_ours_to_list_are_no_access_and_a_limit_says_how_long() {
    let server = Server::start().await;
    assert!(matches!(app(&server).attempts(None).await, Err(Error::NoAccess { .. })));
    server.on_with(LIST, 429, &[("retry-after", "7")], json!({ "message": "slow down" }));
    let Err(Error::Retryable { retry_after, .. }) = app(&server).attempts(None).await else { panic!("no limit") };
    assert_eq!(retry_after.map(|it| it.as_secs()), Some(7));
}

#[tokio::test]
async fn what_is_open_is_listed_with_tokens_that_see_no_more_than_that() {
    let server = Server::start().await;
    let suspended = json!("2026-11-20T10:00:00Z");
    server.on(
        "GET /app/installations",
        200,
        json!([{ "id": 5, "suspended_at": null }, { "id": 6, "suspended_at": suspended }]),
    );
    server.on(
        "GET /installation/repositories",
        200,
        json!({ "total_count": 1, "repositories": [
        { "id": 1, "full_name": "acme/shop", "archived": true },
    ] }),
    );
    server.on(
        "GET /repos/acme/shop/pulls",
        200,
        json!([
            { "number": 7, "draft": true, "head": { "sha": HEAD }, "base": { "ref": "main" } },
        ]),
    );
    let app = app(&server);
    let installations = app.installations(1).await.unwrap();
    assert_eq!(
        installations.items,
        [Installation { id: 5, suspended: false }, Installation { id: 6, suspended: true },]
    );
    let listed = app.repositories(5, 1).await.unwrap();
    assert_eq!((listed.items[0].repository.clone(), listed.items[0].archived, listed.next), (shop(), true, None));
    let open = app.open_pull_requests(&shop(), 1).await.unwrap().items;
    assert_eq!(open, [OpenPullRequest { number: 7, head_sha: HEAD.into(), base_ref: "main".into(), draft: true }]);
    let minted = server.asked(MINT);
    assert_eq!(minted[0].body, json!({ "permissions": { "metadata": "read" } }), "names, nothing in them");
    assert_eq!(minted[1].body["repository_ids"], json!([1]));
}

#[tokio::test]
async fn a_full_page_has_a_next_one() {
    let server = Server::start().await;
    let page: Vec<Value> = (0..100).map(|id| json!({ "id": id })).collect();
    server.on("GET /app/installations", 200, Value::Array(page));
    assert_eq!(app(&server).installations(3).await.unwrap().next, Some(4));
}
