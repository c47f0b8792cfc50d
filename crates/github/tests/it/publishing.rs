use crate::stage::Stage;
use github::Error;
use github::api::{Annotation, CheckAction, CheckRun, CheckState, Comment, Conclusion, GitHub, InlineComment, Review};
use github::marker::Markers;
use simulators::github::control::Failure;

fn marker(payload: &str) -> String {
    Markers::new("secret").make(payload)
}

fn check(sha: &str, state: CheckState) -> CheckRun {
    let place = |line| Annotation {
        path: "config/limits.json".into(),
        start_line: line,
        end_line: line,
        level: "warning".into(),
        title: "json-parses".into(),
        message: "comma".into(),
    };
    let completed = matches!(state, CheckState::Completed(_));
    CheckRun {
        id: None,
        name: "longshore".into(),
        head_sha: sha.into(),
        external_id: "wf_1:1".into(),
        details_url: None,
        state,
        title: "Needs you".into(),
        summary: "Summary".into(),
        annotations: if completed { (1..=60).map(place).collect() } else { Vec::new() },
        actions: if completed {
            vec![CheckAction {
                label: "Apply fix".into(),
                description: "Push patch 9c41e7 as one commit".into(),
                identifier: "fix:K7QF2M:yes".into(),
            }]
        } else {
            Vec::new()
        },
    }
}

fn review(sha: &str) -> Review {
    let at = |path: &str, line| InlineComment {
        path: path.into(),
        line,
        start_line: None,
        body: "look".into(),
        marker: String::new(),
    };
    Review {
        head_sha: sha.into(),
        body: "**2 findings**".into(),
        marker: marker("review:wf_1:1"),
        comments: vec![at("config/limits.json", 14), at("README.md", 1)],
    }
}

#[tokio::test]
async fn a_check_run_goes_from_queued_to_its_buttons_and_never_back() {
    let stage = Stage::demo().await;
    let sha = stage.pull().await.head_sha;
    let mut ids = Vec::new();
    let decided = CheckState::Completed(Conclusion::ActionRequired);
    for state in [CheckState::Queued, CheckState::InProgress, decided, decided, CheckState::InProgress] {
        ids.push(stage.app.put_check_run(&stage.shop, &check(&sha, state)).await.unwrap());
    }
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "one check run: {ids:?}");
    let checks = stage.pull().await.checks;
    assert_eq!(checks.len(), 1);
    assert_eq!((checks[0].status.as_str(), checks[0].conclusion.as_deref()), ("completed", Some("action_required")));
    assert_eq!((checks[0].annotations, &checks[0].actions[..]), (60, &["fix:K7QF2M:yes".to_owned()][..]));
}

#[tokio::test]
async fn a_check_run_whose_creation_was_not_answered_is_found_again() {
    let stage = Stage::demo().await;
    let check = check(&stage.pull().await.head_sha, CheckState::Queued);
    stage.fails("POST", "/check-runs", Failure::AnswerLost).await;
    let error = stage.app.put_check_run(&stage.shop, &check).await.unwrap_err();
    assert!(matches!(error, Error::Ambiguous { .. }), "{error:?}");
    let id = stage.app.put_check_run(&stage.shop, &check).await.unwrap();
    assert_eq!(stage.pull().await.checks.iter().map(|it| it.id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn a_review_is_submitted_once_whichever_answer_is_lost() {
    for path in ["/pulls/7/reviews", "/events"] {
        let stage = Stage::demo().await;
        let review = review(&stage.pull().await.head_sha);
        stage.fails("POST", path, Failure::AnswerLost).await;
        let error = stage.app.put_review(&stage.shop, 7, &review).await.unwrap_err();
        assert!(matches!(error, Error::Ambiguous { .. }), "{path}: {error:?}");
        for _ in 0..2 {
            assert_eq!(stage.app.put_review(&stage.shop, 7, &review).await.unwrap().comments, 1);
        }
        let reviews = stage.pull().await.reviews;
        assert_eq!(reviews.len(), 1, "{path}");
        assert_eq!((reviews[0].state.as_str(), reviews[0].comments.len()), ("COMMENTED", 1));
        assert!(reviews[0].body.contains("`README.md:1`\nlook"), "what is not in the diff is in the body");
        assert!(reviews[0].body.ends_with(&review.marker));
    }
}

#[tokio::test]
async fn a_pending_review_of_another_run_makes_room() {
    let stage = Stage::demo().await;
    let review = review(&stage.pull().await.head_sha);
    stage.fails("POST", "/events", Failure::NotDone).await;
    stage.app.put_review(&stage.shop, 7, &review).await.unwrap_err();
    let other = Review { marker: marker("review:wf_1:2"), ..review };
    stage.app.put_review(&stage.shop, 7, &other).await.unwrap();
    let reviews = stage.pull().await.reviews;
    assert_eq!(reviews.len(), 1);
    assert!(reviews[0].body.ends_with(&other.marker));
}

#[tokio::test]
async fn a_comment_is_made_once_and_brought_up_to_date() {
    let stage = Stage::demo().await;
    let mut comment = Comment { body: "First".into(), marker: marker("reply:1"), in_reply_to: None };
    stage.fails("POST", "/comments", Failure::AnswerLost).await;
    assert!(matches!(stage.app.put_comment(&stage.shop, 7, &comment).await, Err(Error::Ambiguous { .. })));
    comment.body = "Second".into();
    stage.app.put_comment(&stage.shop, 7, &comment).await.unwrap();
    let comments = stage.pull().await.comments;
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body.starts_with("Second\n"));
}

#[tokio::test]
async fn a_comment_that_was_true_when_it_was_written_is_left_as_it_is() {
    let stage = Stage::demo().await;
    let mut comment = Comment { body: "On time".into(), marker: marker("reminder:1"), in_reply_to: None };
    stage.fails("POST", "/comments", Failure::AnswerLost).await;
    assert!(matches!(stage.app.put_comment_once(&stage.shop, 7, &comment).await, Err(Error::Ambiguous { .. })));
    comment.body = "A day late".into();
    stage.app.put_comment_once(&stage.shop, 7, &comment).await.unwrap();
    let comments = stage.pull().await.comments;
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body.starts_with("On time\n"));
}

#[tokio::test]
async fn an_answer_in_a_thread_is_made_once() {
    let stage = Stage::demo().await;
    let review = review(&stage.pull().await.head_sha);
    stage.app.put_review(&stage.shop, 7, &review).await.unwrap();
    let thread = stage.pull().await.reviews[0].comments[0].id;
    let answer = Comment { body: "Noted".into(), marker: marker("reply:2"), in_reply_to: Some(thread) };
    let first = stage.app.put_comment(&stage.shop, 7, &answer).await.unwrap();
    assert_eq!(stage.app.put_comment(&stage.shop, 7, &answer).await.unwrap(), first);
}
