//! Many calls at once.

use super::{super::places::CALLS_AT_ONCE_MAX, *};
use axum::{Json, Router, http::Uri};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::watch;

/// Answers nobody until as many calls are under way as there may be; then counts how many there are at once.
#[derive(Clone)]
struct Crowded {
    under_way: watch::Sender<usize>,
    most: Arc<AtomicUsize>,
}

impl Crowded {
    async fn answer(self, uri: Uri) -> Json<serde_json::Value> {
        if uri.path().ends_with("/access_tokens") {
            return Json(json!({ "token": "ghs_1", "expires_at": "2026-11-21T01:00:00Z" }));
        }
        if !uri.path().contains("/branches/") {
            return Json(json!({ "slug": "longshore" }));
        }
        self.under_way.send_modify(|calls| *calls += 1);
        self.most.fetch_max(*self.under_way.borrow(), Ordering::SeqCst);
        let filled = || self.most.load(Ordering::SeqCst) >= CALLS_AT_ONCE_MAX;
        let mut heard = self.under_way.subscribe();
        while !filled() {
            heard.changed().await.expect("the sender is ours");
        }
        // Whoever may come beside them has the time to.
        tokio::task::yield_now().await;
        self.under_way.send_modify(|calls| *calls -= 1);
        Json(json!({ "name": "main", "commit": { "sha": HEAD } }))
    }
}

#[tokio::test]
async fn no_more_calls_are_under_way_at_once_than_github_allows() {
    let crowded = Crowded { under_way: watch::Sender::new(0), most: Arc::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let counter = crowded.clone();
    let router = Router::new().fallback(move |uri: Uri| counter.clone().answer(uri));
    Environment::real().spawn(async move { axum::serve(listener, router).await });
    let app = Arc::new(App::new(config(&url), fixed_clock()).expect("a client"));
    let calls = (0..2 * CALLS_AT_ONCE_MAX).map(|_| {
        let app = Arc::clone(&app);
        Environment::real().spawn(async move { app.branch_sha(&shop(), "main").await })
    });
    for call in calls.collect::<Vec<_>>() {
        let sha = call.await.expect("it ends").expect("it is answered");
        assert_eq!(sha.as_deref(), Some(HEAD));
    }
    assert_eq!(crowded.most.load(Ordering::SeqCst), CALLS_AT_ONCE_MAX);
}
