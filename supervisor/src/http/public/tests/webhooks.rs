//! What arrives at `/webhooks/github`, good and bad.

use super::*;

#[tokio::test]
async fn a_webhook_is_taken_once_its_signature_is_good() {
    let world = World::new();
    let answer = world.signed("ping", PING).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    assert_eq!(answer.json(), json!({"taken": "recorded", "workflows": ["wf_12"], "duplicate": false}));
    let taken = world.intake.taken.lock().unwrap();
    assert_eq!((taken[0].event.as_str(), taken[0].body.as_ref()), ("ping", PING.as_bytes()));
    assert_eq!(taken[0].guid, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
}

#[tokio::test]
async fn what_is_of_no_consequence_is_acknowledged_and_counted() {
    let world = World::new();
    *world.intake.answer.lock().unwrap() = Some(Ok(Taken::Ignored { reason: "unknown_event" }));
    let answer = world.signed("sponsorship", "{}").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(world.public.counts.get("webhooks", "unknown_event"), 1);
    let metrics = send(&world.router, "GET", "/metrics", &[], "").await.body;
    assert!(metrics.contains("longshore_webhooks_total{outcome=\"unknown_event\"} 1\n"), "{metrics}");
}

#[tokio::test]
async fn each_bad_webhook_has_its_status_and_reaches_nobody() {
    let world = World::new();
    let good = sign(WEBHOOK_SECRET.as_bytes(), PING.as_bytes());
    let guid = ("x-github-delivery", "72d3162e");
    let event = ("x-github-event", "ping");
    let shown = |answer: Answer| (answer.status.as_u16(), answer.code());
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(shown(world.webhook(&[event, guid], PING).await), refused(401, "signature_missing"));
    let other = sign(b"other", PING.as_bytes());
    let wrong = world.webhook(&[event, guid, ("x-hub-signature-256", &other)], PING).await;
    assert_eq!(shown(wrong), refused(401, "signature_wrong"));
    let malformed = world.webhook(&[event, guid, ("x-hub-signature-256", "sha1=12")], PING).await;
    assert_eq!(shown(malformed), refused(401, "signature_malformed"));
    let changed = world.webhook(&[event, guid, ("x-hub-signature-256", &good)], &PING.replace("awesome", "evil")).await;
    assert_eq!(shown(changed), refused(401, "signature_wrong"));
    let signature = ("x-hub-signature-256", good.as_str());
    assert_eq!(shown(world.webhook(&[event, signature], PING).await), refused(400, "bad_request"));
    assert_eq!(shown(world.webhook(&[guid, signature], PING).await), refused(400, "bad_request"));
    let odd = ("x-github-delivery", "a b");
    assert_eq!(shown(world.webhook(&[event, odd, signature], PING).await), refused(400, "bad_request"));
    assert_eq!(shown(world.signed("pull_request", "{\"action\": \"ope").await), refused(400, "payload"));
    assert_eq!(shown(world.signed("pull_request", "{\"action\": \"opened\"}").await), refused(400, "payload"));
    let large = ("content-length", "27262976");
    assert_eq!(shown(world.webhook(&[event, guid, large], "").await), refused(413, "too_large"));
    let unannounced = "x".repeat(26 * 1024 * 1024);
    assert_eq!(shown(world.signed("ping", &unannounced).await), refused(413, "too_large"));
    assert!(world.intake.taken.lock().unwrap().is_empty());
    assert_eq!(world.public.counts.get("webhooks", "signature_wrong"), 2);
}

#[tokio::test]
async fn either_of_two_webhook_secrets_counts_while_one_is_rotated() {
    let world = World::new();
    let signature = sign(b"the old one", PING.as_bytes());
    let headers = [("x-hub-signature-256", signature.as_str()), ("x-github-event", "ping"), ("x-github-delivery", "1")];
    assert_eq!(world.webhook(&headers, PING).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_webhook_that_could_not_be_stored_is_not_acknowledged() {
    let world = World::new();
    *world.intake.answer.lock().unwrap() = Some(Err(Error::Overloaded { retry_after: Duration::from_secs(3) }));
    let busy = world.signed("ping", PING).await;
    assert_eq!((busy.status.as_u16(), busy.code().as_str()), (503, "overloaded"));
    assert_eq!(busy.headers["retry-after"], "3");
    *world.intake.answer.lock().unwrap() = Some(Err(Error::Failed("disk full at /var/secret".into())));
    let failed = world.signed("ping", PING).await;
    assert_eq!((failed.status.as_u16(), failed.code().as_str()), (503, "unavailable"));
    assert!(!failed.body.contains("secret"), "what failed inside is for the log");
}

#[tokio::test]
async fn webhooks_beyond_the_room_for_bodies_are_turned_away_before_they_are_read() {
    let world = World::new();
    let full = webhook::Webhooks { public: world.public.clone(), room: Arc::new(Semaphore::new(1)) };
    let request = |length: &str| {
        let request = http::Request::post("/webhooks/github").header("content-length", length);
        request.body(axum::body::Body::from("x".repeat(2000))).unwrap()
    };
    let busy = webhook::github(State(full.clone()), request("2000")).await.unwrap_err();
    assert_eq!((busy.status, busy.code), (StatusCode::SERVICE_UNAVAILABLE, "overloaded"));
    assert!(busy.retry_after.is_some());
    let small = webhook::github(State(full.clone()), request("1000")).await.unwrap_err();
    assert_eq!(small.code, "signature_missing", "there was room for this one");
    assert_eq!(full.room.available_permits(), 1, "and it gave it back");
}
