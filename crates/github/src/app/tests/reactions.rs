use super::*;
use crate::api::{CommentId, Reaction};
use serde_json::json;

#[tokio::test]
async fn a_reaction_is_shown_on_either_kind_of_comment_and_a_repeat_is_no_failure() {
    let server = Server::start().await;
    let (conversation, thread) =
        ("POST /repos/acme/shop/issues/comments/3/reactions", "POST /repos/acme/shop/pulls/comments/4/reactions");
    server.on(conversation, 201, json!({ "id": 1 }));
    server.on(conversation, 200, json!({ "id": 1 }));
    server.on(thread, 201, json!({ "id": 2 }));
    let app = app(&server);
    for _ in 0..2 {
        app.react(&shop(), CommentId::Conversation(3), Reaction::Eyes).await.unwrap();
    }
    app.react(&shop(), CommentId::Review(4), Reaction::Eyes).await.unwrap();
    assert_eq!(server.asked(thread)[0].body, json!({ "content": "eyes" }));
}
