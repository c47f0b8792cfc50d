use super::*;
use serde_json::{Value, json};

const LIST: &str = "GET /repos/acme/shop/issues/7/comments";
const CREATE: &str = "POST /repos/acme/shop/issues/7/comments";
const UPDATE: &str = "PATCH /repos/acme/shop/issues/comments/3";
const MARKER: &str = "<!-- longshore:v1:reply:1:00 -->";

fn hello() -> Comment {
    Comment { body: "Hello".into(), marker: MARKER.into(), in_reply_to: None }
}

fn existing(id: u64, login: &str, body: &str) -> Value {
    json!({ "id": id, "user": { "login": login }, "body": body })
}

#[tokio::test]
async fn a_comment_is_made_once_and_kept_up_to_date() {
    let server = Server::start().await;
    server.on(LIST, 200, json!([]));
    server.on(LIST, 200, json!([existing(3, "longshore[bot]", &format!("Hello\n\n{MARKER}"))]));
    server.on(LIST, 200, json!([existing(3, "longshore[bot]", &format!("Old\n\n{MARKER}"))]));
    server.on(CREATE, 201, existing(3, "longshore[bot]", ""));
    server.on(UPDATE, 200, json!({}));
    let app = app(&server);
    for expected in [vec![CREATE], vec![CREATE], vec![CREATE, UPDATE]] {
        assert_eq!(app.put_comment(&shop(), 7, &hello()).await.unwrap(), 3);
        assert_eq!(server.changes(), expected);
    }
    assert_eq!(server.asked(UPDATE)[0].body["body"], format!("Hello\n\n{MARKER}"));
}

#[tokio::test]
async fn somebody_else_s_comment_with_our_marker_is_not_ours() {
    let server = Server::start().await;
    server.on(LIST, 200, json!([existing(3, "mallory", &format!("Hi\n\n{MARKER}"))]));
    server.on(CREATE, 201, existing(8, "longshore[bot]", ""));
    assert_eq!(app(&server).put_comment(&shop(), 7, &hello()).await.unwrap(), 8);
}

#[tokio::test]
async fn an_answer_in_a_thread_is_found_by_its_thread() {
    let server = Server::start().await;
    let mut other = existing(5, "longshore[bot]", &format!("Hello\n\n{MARKER}"));
    other["in_reply_to_id"] = json!(1);
    server.on("GET /repos/acme/shop/pulls/7/comments", 200, json!([other]));
    server.on("POST /repos/acme/shop/pulls/7/comments/2/replies", 201, existing(6, "longshore[bot]", ""));
    let comment = Comment { in_reply_to: Some(2), ..hello() };
    assert_eq!(app(&server).put_comment(&shop(), 7, &comment).await.unwrap(), 6);
}

#[tokio::test]
async fn the_newest_comments_are_looked_through_first() {
    let server = Server::start().await;
    let link = format!("<{}/x?per_page=100&page=40>; rel=\"last\"", server.url);
    server.on_with(LIST, 200, &[("link", &link)], json!([]));
    server.on(CREATE, 201, existing(3, "longshore[bot]", ""));
    app(&server).put_comment(&shop(), 7, &hello()).await.unwrap();
    let pages: Vec<_> = server.asked(LIST).iter().map(|it| it.call.rsplit('=').next().unwrap().to_owned()).collect();
    assert_eq!(pages, ["1", "31", "32", "33", "34", "35", "36", "37", "38", "39", "40"]);
}
