//! Threads of inline comments: those of findings that are gone are resolved, everything else is left to people.

use crate::stage::Stage;
use simulators::github::control::{Command, CommentSnapshot, FileChange};

const LIMITS: &str = "config/limits.json";

#[tokio::test]
async fn a_push_that_mends_one_finding_resolves_its_thread_and_no_other() {
    let stage = Stage::waiting("").await;
    let ours = threads(&stage).await;
    assert_eq!(ours.len(), 3, "{ours:#?}");
    let marked = ours.iter().find(|it| it.path.as_deref() == Some(LIMITS)).expect("a comment on the limits");
    comment_at(&stage, "stranger", &marked.body).await;
    let forged = github::marker::Markers::new("guess").finding("wf_1", 1, "json-parses");
    comment_at(&stage, "dana", &format!("Mine\n\n{forged}")).await;

    mend_the_limits(&stage).await;
    stage.until("the thread is resolved", || async { open_of(&threads(&stage).await).len() == 2 }).await;
    stage.until_status("awaiting_decision").await;
    let resolved: Vec<CommentSnapshot> =
        threads(&stage).await.into_iter().filter(|it| it.resolved_by.is_some()).collect();
    let told: Vec<_> = resolved.iter().map(|it| (it.path.as_deref(), it.resolved_by.as_deref())).collect();
    assert_eq!(told, [(Some(LIMITS), Some("longshore[bot]"))]);
    let others = begun_by(&stage, |user| user != "longshore[bot]").await;
    assert_eq!((others.len(), open_of(&others).len()), (2, 2), "{others:#?}");
    let said = stage.truth().await.reviews.iter().any(|review| review.body.contains("1 resolved since."));
    assert!(said, "the words count what was resolved");
}

#[tokio::test]
async fn a_thread_that_a_person_opens_again_stays_open() {
    let stage = Stage::waiting("").await;
    mend_the_limits(&stage).await;
    stage.until("the thread is resolved", || async { open_of(&threads(&stage).await).len() == 2 }).await;
    stage.until_status("awaiting_decision").await;
    reopen_all(&stage).await;
    push(&stage, "docs/limits.md", "# Limits\n\nFilms have 250 MB.\n").await;
    stage.until("a third run is over", || async { stage.recorded("run_finished").await == 3 }).await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(open_of(&threads(&stage).await).len(), 3);
    assert_eq!(stage.recorded("threads_resolved").await, 1);
}

#[tokio::test]
async fn an_approved_fix_resolves_what_it_fixes_once() {
    let stage = Stage::waiting("").await;
    stage.click("Apply fix", "maintainer").await;
    stage.until("the threads are resolved", || async { open_of(&threads(&stage).await).is_empty() }).await;
    stage.until_status("idle").await;
    stage.until_replied("3 resolved · 1 open").await;
    reopen_all(&stage).await;
    push(&stage, "docs/limits.md", "# Limits\n\nFilms have 250 MB.\n").await;
    stage.until("a third run is over", || async { stage.recorded("run_finished").await == 3 }).await;
    stage.until_status("idle").await;
    assert_eq!(open_of(&threads(&stage).await).len(), 3, "the later run found them gone before");
    assert_eq!(stage.recorded("threads_resolved").await, 1);
}

/// Threads that our App began.
async fn threads(stage: &Stage) -> Vec<CommentSnapshot> {
    begun_by(stage, |user| user == "longshore[bot]").await
}

async fn begun_by(stage: &Stage, who: impl Fn(&str) -> bool) -> Vec<CommentSnapshot> {
    let comments = stage.truth().await.reviews.into_iter().flat_map(|review| review.comments);
    comments.filter(|it| it.in_reply_to.is_none() && who(&it.user)).collect()
}

fn open_of(threads: &[CommentSnapshot]) -> Vec<&CommentSnapshot> {
    threads.iter().filter(|it| it.resolved_by.is_none()).collect()
}

async fn reopen_all(stage: &Stage) {
    for thread in threads(stage).await {
        stage.command(Command::Resolve { comment: thread.id, resolved: false, by: "dana".into() }).await;
    }
}

async fn comment_at(stage: &Stage, by: &str, body: &str) {
    let (pull, by, path, body) = (stage.pull.clone(), by.to_owned(), LIMITS.to_owned(), body.to_owned());
    stage.command(Command::CommentAt { pull, by, path, line: 14, body }).await;
}

async fn mend_the_limits(stage: &Stage) {
    let fixture = simulators::github::fixtures::demo_fixture();
    let limits = fixture.pull.changes.iter().find(|change| change.path == LIMITS).expect("the limits");
    let text = limits.text.clone().expect("text").replace("250,\n", "250\n");
    push(stage, LIMITS, &text).await;
}

async fn push(stage: &Stage, path: &str, text: &str) {
    let repository = stage.pull.repository.clone();
    let (branch, changes) = ("raise-upload-limit".to_owned(), vec![FileChange::text(path, text)]);
    let (message, by) = ("Mend it".to_owned(), "dana".to_owned());
    stage.command(Command::Push { repository, branch, changes, message, by }).await;
}
