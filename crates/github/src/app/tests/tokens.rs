use super::{server::NOW_MS, *};
use serde_json::json;

const BRANCH: &str = "GET /repos/acme/shop/branches/main";
const MINT: &str = "POST /app/installations/5/access_tokens";

async fn with_branch() -> Server {
    let server = Server::start().await;
    server.on(BRANCH, 200, json!({ "commit": { "sha": HEAD }, "protected": false }));
    server
}

#[tokio::test]
async fn a_token_is_for_one_repository_and_one_purpose_and_is_used_again() {
    let server = with_branch().await;
    let app = app(&server);
    for _ in 0..3 {
        assert_eq!(app.branch_sha(&shop(), "main").await.unwrap().as_deref(), Some(HEAD));
    }
    let minted = server.asked(MINT);
    assert_eq!(minted.len(), 1);
    assert_eq!(
        minted[0].body,
        json!({ "repository_ids": [1], "permissions": { "contents": "read", "pull_requests": "read", "metadata": "read" } })
    );
    assert!(minted[0].authorization.starts_with("Bearer ey"), "the App's JWT opens tokens");
    assert!(server.asked(BRANCH).iter().all(|it| it.authorization == "Bearer ghs_1"));
}

#[tokio::test]
async fn many_who_need_a_token_at_once_ask_once() {
    let server = with_branch().await;
    let (app, shop) = (app(&server), shop());
    let (one, two, three) =
        (app.branch_sha(&shop, "main"), app.branch_sha(&shop, "main"), app.branch_sha(&shop, "main"));
    let (one, two, three) = tokio::join!(one, two, three);
    assert!([one, two, three].into_iter().all(|sha| sha.unwrap().as_deref() == Some(HEAD)));
    assert_eq!((server.asked(MINT).len(), server.asked(BRANCH).len()), (1, 3));
}

#[tokio::test]
async fn a_failure_is_the_answer_of_all_who_waited_for_it_and_of_nobody_else() {
    let server = with_branch().await;
    server.on(MINT, 502, json!({}));
    server.on(MINT, 201, json!({ "token": "ghs_later", "expires_at": "2026-11-21T01:00:00Z" }));
    let (app, shop) = (app(&server), shop());
    let (one, two) = tokio::join!(app.branch_sha(&shop, "main"), app.branch_sha(&shop, "main"));
    for error in [one.unwrap_err(), two.unwrap_err()] {
        assert!(matches!(error, Error::Retryable { .. }), "{error}");
    }
    assert_eq!(server.asked(MINT).len(), 1);
    assert_eq!(app.branch_sha(&shop, "main").await.unwrap().as_deref(), Some(HEAD));
    assert_eq!(server.asked(BRANCH)[0].authorization, "Bearer ghs_later");
}

#[tokio::test]
async fn one_who_gives_up_leaves_the_asking_to_the_next() {
    let server = with_branch().await;
    let (app, shop) = (app(&server), shop());
    let first = app.branch_sha(&shop, "main");
    let mut first = Box::pin(first);
    let second = app.branch_sha(&shop, "main");
    assert!(polled_once(&mut first).await.is_none(), "it waits for the server");
    let give_up = async { drop(first) };
    let (second, ()) = tokio::join!(second, give_up);
    assert_eq!(second.unwrap().as_deref(), Some(HEAD));
}

async fn polled_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| match std::pin::Pin::new(&mut *future).poll(context) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

#[tokio::test]
async fn another_repository_or_purpose_gets_a_token_of_its_own() {
    let server = with_branch().await;
    let app = app(&server);
    app.branch_sha(&shop(), "main").await.unwrap();
    app.branch_sha(&Repository { id: 2, ..shop() }, "main").await.unwrap();
    let _ = app
        .put_comment(&shop(), 7, &Comment { body: "x".into(), marker: "<!-- m -->".into(), in_reply_to: None })
        .await;
    let bodies: Vec<_> = server.asked(MINT).into_iter().map(|it| it.body).collect();
    assert_eq!(bodies.len(), 3);
    assert_eq!(bodies[1]["repository_ids"], json!([2]));
    assert_eq!(bodies[2]["permissions"], json!({ "checks": "write", "pull_requests": "write", "issues": "write" }));
}

#[tokio::test]
async fn a_token_near_its_end_is_not_used() {
    let server = with_branch().await;
    let soon = jiff::Timestamp::from_millisecond(i64::try_from(NOW_MS).unwrap() + 299_000).unwrap().to_string();
    server.on(MINT, 201, json!({ "token": "ghs_short", "expires_at": soon }));
    let app = app(&server);
    app.branch_sha(&shop(), "main").await.unwrap();
    app.branch_sha(&shop(), "main").await.unwrap();
    assert_eq!(server.asked(MINT).len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let server = Server::start().await;
    server.on(BRANCH, 401, json!({ "message": "Bad credentials" }));
    server.on(BRANCH, 200, json!({ "commit": { "sha": HEAD } }));
    assert!(app(&server).branch_sha(&shop(), "main").await.unwrap().is_some());
    assert_eq!(
        server.asked(BRANCH).iter().map(|it| it.authorization.as_str()).collect::<Vec<_>>(),
        ["Bearer ghs_1", "Bearer ghs_2"]
    );
}

#[tokio::test]
async fn a_token_refused_twice_is_no_access() {
    let server = Server::start().await;
    server.on(BRANCH, 401, json!({ "message": "Bad credentials" }));
    let error = app(&server).branch_sha(&shop(), "main").await.unwrap_err();
    assert!(matches!(&error, Error::NoAccess { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "GitHub: no access: GET /repos/acme/shop/branches/main was answered with 401: Bad credentials; check the App's id, its private key and this machine's clock"
    );
    assert_eq!(server.asked(BRANCH).len(), 2);
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let server = with_branch().await;
    let app = app(&server);
    let upstream = app.git_upstream(&shop()).await.unwrap();
    assert_eq!(upstream.url, format!("{}/acme/shop.git", server.url));
    assert_eq!(upstream.authorization, "Basic eC1hY2Nlc3MtdG9rZW46Z2hzXzE=");
    let shown = format!("{app:?} {upstream:?} {:?}", config(&server.url));
    for secret in ["PRIVATE", "ghs_", "eC1h"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_said_at_once() {
    let wrong = AppConfig { private_key_pem: "not a key".into(), ..config("http://127.0.0.1:1") };
    let error = App::new(wrong, fixed_clock()).unwrap_err().to_string();
    assert!(error.starts_with("GitHub: the App's private key or the API address cannot be used: "), "{error}");
}
