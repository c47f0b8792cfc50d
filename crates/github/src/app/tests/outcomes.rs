use super::{server::NOW_MS, *};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const READ: &str = "GET /repos/acme/shop/branches/main";
const LIST: &str = "GET /repos/acme/shop/issues/7/comments";
const CREATE: &str = "POST /repos/acme/shop/issues/7/comments";

fn hello() -> Comment {
    Comment { body: "Hello".into(), marker: "<!-- longshore:v1:x:00 -->".into(), in_reply_to: None }
}

async fn reading(status: u16, headers: &[(&str, &str)], body: Value) -> Error {
    let server = Server::start().await;
    server.on_with(READ, status, headers, body);
    app(&server).branch_sha(&shop(), "main").await.expect_err("a failure")
}

async fn creating(status: u16, headers: &[(&str, &str)], body: Value) -> (Error, usize) {
    let server = Server::start().await;
    server.on(LIST, 200, json!([]));
    server.on_with(CREATE, status, headers, body);
    let error = app(&server).put_comment(&shop(), 7, &hello()).await.expect_err("a failure");
    (error, server.asked(CREATE).len())
}

fn wait_of(error: &Error) -> Option<u64> {
    match error {
        Error::Retryable { retry_after, .. } => retry_after.map(|it| it.as_secs()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_failing_server_means_try_again_for_a_read() {
    let error = reading(502, &[], json!({})).await;
    assert_eq!(error.to_string(), "GitHub: GET /repos/acme/shop/branches/main was answered with 502");
    assert_eq!(wait_of(&error), None);
}

#[tokio::test]
async fn a_failing_server_means_look_first_for_a_post_which_is_sent_once() {
    let (error, sent) = creating(502, &[], json!({})).await;
    assert!(matches!(error, Error::Ambiguous { .. }), "{error}");
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn limits_are_waited_for_as_long_as_github_says() {
    assert_eq!(wait_of(&reading(429, &[("retry-after", "7")], json!({})).await), Some(7));
    let reset = (NOW_MS / 1000 + 90).to_string();
    let exhausted = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
    assert_eq!(wait_of(&reading(403, &exhausted, json!({})).await), Some(90));
    let secondary = json!({ "message": "You have exceeded a secondary rate limit." });
    assert_eq!(wait_of(&reading(403, &[], secondary.clone()).await), Some(60));
    let (error, sent) = creating(403, &[], secondary).await;
    assert_eq!((wait_of(&error), sent), (Some(60), 1), "a refused POST certainly did not happen");
    assert_eq!(wait_of(&reading(429, &[("retry-after", "999999")], json!({})).await), Some(3600));
}

#[tokio::test]
async fn other_refusals_are_access_or_for_good() {
    let forbidden = reading(403, &[], json!({ "message": "Resource not accessible by integration" })).await;
    assert!(matches!(forbidden, Error::NoAccess { .. }), "{forbidden}");
    let (invalid, _) =
        creating(422, &[], json!({ "message": "Validation Failed", "errors": [{ "message": "Body is too long" }] }))
            .await;
    assert!(matches!(invalid, Error::Permanent { status: Some(422), .. }), "{invalid}");
    assert!(invalid.to_string().ends_with("was answered with 422: Validation Failed: Body is too long"), "{invalid}");
}

#[tokio::test]
async fn github_s_words_are_bounded_and_shown() {
    let error = reading(400, &[], json!({ "message": format!("\u{202e}{}", "x".repeat(10_000)) })).await.to_string();
    assert!(error.len() < 500 && error.contains("U+202E"), "{error}");
}

#[tokio::test]
async fn nobody_listening_means_it_was_certainly_not_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let app = App::new(config(&url), fixed_clock()).unwrap();
    let error = app.put_comment(&shop(), 7, &hello()).await.unwrap_err();
    assert!(matches!(error, Error::Retryable { .. }), "{error:?}");
    assert!(error.to_string().contains("GitHub cannot be reached"), "{error}");
}

/// Answers tokens, the App and lists; hangs up on everything else after having read it.
async fn hangs_up_on_posts() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    Environment::real().spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut seen = vec![0; 8192];
            let length = stream.read(&mut seen).await.unwrap_or(0);
            let asked = String::from_utf8_lossy(&seen[..length]).into_owned();
            let body = match asked.split_whitespace().nth(1).unwrap_or_default() {
                path if path.ends_with("/access_tokens") => r#"{"token":"ghs_1"}"#,
                "/app" => r#"{"slug":"longshore"}"#,
                _ if asked.starts_with("GET") => "[]",
                _ => continue,
            };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn a_lost_answer_to_a_post_is_ambiguous() {
    let app = App::new(config(&hangs_up_on_posts().await), fixed_clock()).unwrap();
    let error = app.put_comment(&shop(), 7, &hello()).await.unwrap_err();
    assert!(matches!(error, Error::Ambiguous { .. }), "{error:?}");
    assert!(error.to_string().contains("the answer was lost"), "{error}");
}
