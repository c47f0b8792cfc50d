//! What a browser shows of a real supervisor, and to whom.

use crate::stage::Stage;

#[tokio::test]
async fn at_its_own_machine_the_pages_tell_a_pull_requests_story() {
    let stage = Stage::waiting("").await;
    let front = stage.get("/").await;
    let why = stage.api("/workflows/wf_1/why").await.expect("an answer")["why"].as_str().expect("words").to_owned();
    let reason = why.split(';').next().expect("words");
    assert!(front.contains("acme/shop#7") && front.contains(reason) && front.contains("not isolated"), "{front}");
    let page = stage.get("/workflows/wf_1").await;
    for part in
        [reason, "Raise the upload limit", "4 findings", "[Apply fix]", "run_finished", "/workflows/wf_1/runs/1/log"]
    {
        assert!(page.contains(part), "{part:?} is not in {page}");
    }
    assert!(stage.get("/workflows/wf_1/runs/1/log").await.contains("4 findings, one patch"));
    let review = stage.truth().await.reviews.pop().expect("a review");
    assert!(!review.body.contains("/workflows/"), "nobody else could follow a link to this machine: {}", review.body);
}

#[tokio::test]
async fn once_others_reach_it_a_token_is_needed_and_reviews_link_to_the_log() {
    let stage = Stage::waiting("server.public_url = \"https://longshore.example\"").await;
    let review = stage.truth().await.reviews.pop().expect("a review");
    assert!(review.body.contains("(https://longshore.example/workflows/wf_1/runs/1/log)"), "{}", review.body);
    for path in ["/", "/workflows/wf_1", "/workflows/wf_1/runs/1/log"] {
        let page = stage.get(path).await;
        assert!(page.contains("<h1>Sign in</h1>") && !page.contains("acme") && !page.contains("findings"), "{page}");
    }
}
