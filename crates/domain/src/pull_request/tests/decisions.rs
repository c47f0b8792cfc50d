use super::story::{Story, patch, snapshot};
use crate::{
    ids::RequestId,
    people::{Permission, Person, Via},
    policy::{DAY_MS, Decide, OwnPush, Policy},
    pull_request::*,
};
use engine::{Pool, TimerChange, Workflow};

#[test]
fn an_approval_starts_a_run_on_the_same_volume_and_pushes_the_approved_patch_once() {
    let mut story = Story::waiting();
    let id = story.request().id;
    story.approves("bob");
    assert_eq!(story.status(), "queued");
    assert!(matches!(PullRequest::summary(story.state()).pool, Pool::Wants(want) if want.priority == 0));
    story.run_starts();
    assert_eq!(story.state().volume.as_ref().and_then(|volume| volume.id.as_deref()), Some("pr_1"));
    story.finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    assert_eq!(story.did("push_patch"), 1);
    let pushed = Event::PatchPushed { request: id.clone(), sha: "ccccccc3".into() };
    story.event(pushed.clone());
    assert_eq!(story.replies(), [&ReplyText::Decided { request: id.clone() }]);
    let gone = Gone::Patch { request: id };
    assert!(story.actions.contains(&Action::ResolveThreads { gone }), "{:?}", story.actions);
    assert!(story.state().is_patched(), "what the patch fixes is open no longer");
    assert_eq!(story.conclusion(2, "ccccccc3"), Some(Conclusion::Neutral), "one finding is still open");
    assert!(matches!(story.face(2, "aaaaaaa1"), Face::Applied { .. }));
    story.event(pushed);
    assert_eq!((story.replies(), story.did("resolve_threads")), (Vec::<&ReplyText>::new(), 0));
}

#[test]
fn our_own_push_is_known_by_its_commit_and_not_reviewed_again() {
    let mut story = after_own_push(Policy::default());
    story.pushed("ccccccc3");
    assert_eq!((story.status(), story.state().run), ("idle", 2));
    story.pushed("ddddddd4");
    assert_eq!((story.status(), story.state().run), ("queued", 3));
}

#[test]
fn our_own_push_is_verified_by_one_run_without_fixes_where_that_is_wanted() {
    let mut story = after_own_push(Policy { own_push: OwnPush::Verify, ..Policy::default() });
    assert_eq!(story.status(), "queued");
    story.machine_gone(2).read("ccccccc3").run_starts();
    story.finds(1, Some(patch()));
    assert_eq!((story.status(), story.state().request.clone()), ("idle", None));
    story.machine_gone(3).pushed("ccccccc3");
    assert_eq!(story.status(), "idle");
}

fn after_own_push(policy: Policy) -> Story {
    let mut story = Story::opened_with(policy);
    story.run_starts().finds(4, Some(patch())).machine_gone(1);
    let id = story.request().id;
    story.approves("bob").run_starts();
    story.finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    story.event(Event::PatchPushed { request: id, sha: "ccccccc3".into() }).machine_gone(2);
    story
}

#[test]
fn a_session_that_proposes_another_patch_pushes_nothing() {
    let mut story = Story::waiting();
    story.approves("bob").run_starts();
    story.finishes(RunOutcome::ApplyApproved { digest: "another".into() }, 0, None);
    assert_eq!(story.did("push_patch"), 0);
    assert!(matches!(story.face(2, "aaaaaaa1"), Face::NotCompleted { .. }));
}

#[test]
fn somebody_without_permission_changes_nothing_and_is_told() {
    let mut story = Story::waiting();
    let before = story.state().clone();
    let id = story.request().id;
    story.clicks("eve", Permission::Read, &id, Choice::Yes);
    let after = State { said: Vec::new(), ..story.state().clone() };
    assert_eq!(after, before, "but for what was said");
    assert!(matches!(story.replies()[..], [ReplyText::NotPermitted { .. }]));
}

#[test]
fn maintain_and_codeowners_ask_for_more_than_write() {
    for (decide, permission, owns, permitted) in [
        (Decide::Write, Permission::Write, None, true),
        (Decide::Write, Permission::Triage, None, false),
        (Decide::Maintain, Permission::Write, None, false),
        (Decide::Maintain, Permission::Admin, None, true),
        (Decide::Codeowners, Permission::Admin, None, false),
        (Decide::Codeowners, Permission::Write, Some(true), true),
        (Decide::Codeowners, Permission::Read, Some(true), false),
    ] {
        let mut story = Story::opened_with(Policy { decide, ..Policy::default() });
        story.run_starts().finds(1, Some(patch())).machine_gone(1);
        let request = story.request().id;
        let ask = story.asks("bob", Ask::Answer { request, choice: Choice::Yes });
        story.event(Event::PermissionRead { ask, permission, owns });
        assert_eq!(story.status() == "queued", permitted, "{decide:?} {permission:?} {owns:?}");
    }
}

#[test]
fn the_first_recorded_by_somebody_permitted_wins_whatever_order_permissions_are_read_in() {
    let mut story = Story::waiting();
    let id = story.request().id;
    let first = story.asks("eve", Ask::Answer { request: id.clone(), choice: Choice::Yes });
    let second = story.asks("bob", Ask::Answer { request: id.clone(), choice: Choice::No });
    let third = story.asks("cat", Ask::Answer { request: id.clone(), choice: Choice::Yes });
    story.event(Event::PermissionRead { ask: third, permission: Permission::Admin, owns: None });
    story.event(Event::PermissionRead { ask: second, permission: Permission::Write, owns: None });
    assert_eq!(story.status(), "awaiting_decision", "the first one is not judged yet");
    story.event(Event::PermissionRead { ask: first, permission: Permission::Read, owns: None });
    let decision = story.state().decision(&id).expect("it is decided");
    assert_eq!((decision.by.as_str(), decision.choice), ("bob", Choice::No));
    assert!(matches!(
        story.replies()[..],
        [ReplyText::NotPermitted { .. }, ReplyText::Decided { .. }, ReplyText::AlreadyDecided { .. }]
    ));
}

#[test]
fn a_second_answer_is_told_what_was_decided_and_a_repeated_one_is_silent() {
    let mut story = Story::waiting();
    let id = story.request().id;
    story.approves("bob");
    story.clicks("bob", Permission::Write, &id, Choice::Yes);
    assert_eq!(story.actions, []);
    story.clicks("cat", Permission::Write, &id, Choice::No);
    assert!(matches!(story.replies()[..], [ReplyText::AlreadyDecided { by, .. }] if by == "bob"));
    assert_eq!(story.state().decisions.len(), 1);
}

#[test]
fn keeping_it_as_it_is_pushes_nothing_and_needs_no_machine() {
    let mut story = Story::waiting();
    let id = story.request().id;
    story.clicks("bob", Permission::Write, &id, Choice::No);
    assert_eq!((story.status(), story.conclusion(1, "aaaaaaa1")), ("idle", Some(Conclusion::Neutral)));
    let check = story.state().check(1, "aaaaaaa1").expect("it is there");
    assert_eq!(check.buttons(story.state()), []);
}

#[test]
fn ask_tomorrow_keeps_the_request_and_asks_again_in_a_day() {
    let mut story = Story::waiting();
    let id = story.request().id;
    story.clicks("bob", Permission::Write, &id, Choice::Later);
    let at = story.now.plus_millis(DAY_MS);
    assert!(story.timers.contains(&TimerChange::At { name: "ask_again".into(), at }));
    story.fires(Timer::AskAgain);
    assert_eq!(story.replies(), [&ReplyText::Nudge { request: id }]);
    story.approves("bob");
    assert_eq!(story.status(), "queued");
}

#[test]
fn a_push_while_waiting_withdraws_the_request_and_a_late_click_gets_one_reply() {
    let mut story = Story::waiting();
    let id = story.request().id;
    story.pushed("bbbbbbb2");
    assert_eq!(story.face(1, "aaaaaaa1"), &Face::Superseded { by: "bbbbbbb2".into() });
    assert_eq!(story.state().check(1, "aaaaaaa1").expect("it is there").buttons(story.state()), []);
    let reason = story.state().wanted.as_ref().map(|wanted| wanted.reason.clone());
    assert_eq!(reason, Some(format!("new commits; request {id} was withdrawn")));
    story.clicks("bob", Permission::Write, &id, Choice::Yes);
    assert!(matches!(story.replies()[..], [ReplyText::RequestOver { .. }]));
    story.clicks("cat", Permission::Write, &id, Choice::Yes);
    assert_eq!(story.replies(), Vec::<&ReplyText>::new());
}

#[test]
fn a_push_after_the_approval_means_that_nothing_is_pushed() {
    let mut story = Story::waiting();
    story.approves("bob").run_starts().pushed("bbbbbbb2");
    assert!(matches!(story.face(2, "aaaaaaa1"), Face::PushRefused { .. }));
    assert_eq!((story.status(), story.state().run), ("queued", 3));
}

#[test]
fn a_refused_push_is_shown_and_the_head_is_read_again() {
    let mut story = Story::waiting();
    let id = story.request().id;
    story.approves("bob").run_starts();
    story.finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    story.event(Event::PushRefused { request: id, reason: "the branch moved".into() });
    assert_eq!((story.status(), story.did("read_pull_request")), ("idle", 1));
    assert_eq!(story.conclusion(2, "aaaaaaa1"), Some(Conclusion::Neutral));
}

#[test]
fn an_approval_of_a_kept_request_whose_branch_moved_is_refused_and_the_new_head_is_reviewed() {
    let keep = crate::policy::OnPushWhileWaiting::Keep;
    let mut story = Story::opened_with(Policy { on_push_while_waiting: keep, ..Policy::default() });
    story.run_starts().finds(4, Some(patch())).machine_gone(1).pushed("bbbbbbb2");
    assert_eq!(story.status(), "awaiting_decision");
    let id = story.request().id;
    story.approves("bob").run_starts();
    story.finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    story.event(Event::PushRefused { request: id, reason: "the branch moved".into() }).machine_gone(2);
    story.read("bbbbbbb2");
    assert_eq!((story.status(), story.state().run), ("queued", 3));
}

#[test]
fn nobody_answers_in_time() {
    let mut story = Story::waiting();
    story.fires(Timer::Nudge);
    assert!(matches!(story.replies()[..], [ReplyText::Nudge { .. }]));
    story.fires(Timer::DecisionDeadline);
    assert_eq!((story.status(), story.state().request.clone()), ("idle", None));
    assert!(matches!(story.face(1, "aaaaaaa1"), Face::NotDecided { .. }));
}

#[test]
fn an_operator_answers_under_a_named_identity_without_a_reading() {
    let mut story = Story::waiting();
    let request = story.request().id;
    let what = Ask::Answer { request: request.clone(), choice: Choice::Yes };
    let by = Person { login: "cli".into(), bot: false };
    story.event(Event::Asked { ask: "cli:1".into(), what, by, via: Via::Operator });
    assert_eq!(story.did("read_permission"), 0);
    let decision = story.state().decision(&request).expect("it is decided");
    assert_eq!((decision.by.as_str(), decision.permission.as_str()), ("cli", "operator"));
}

#[test]
fn a_bot_is_neither_obeyed_nor_answered() {
    let mut story = Story::waiting();
    let request = story.request().id;
    for what in [Ask::Help, Ask::Review, Ask::Answer { request, choice: Choice::Yes }] {
        let by = Person { login: "longshore[bot]".into(), bot: true };
        let via = Via::Comment { comment: 1 };
        story.event(Event::Asked { ask: "c1".into(), what, by, via });
        assert_eq!((story.status(), story.actions.len()), ("awaiting_decision", 0));
    }
}

#[test]
fn an_unknown_request_is_said_to_be_unknown() {
    let mut story = Story::waiting();
    story.clicks("bob", Permission::Write, &RequestId("000000".into()), Choice::Yes);
    assert!(matches!(story.replies()[..], [ReplyText::RequestOver { .. }]));
}

#[test]
fn a_review_asked_for_by_hand_opens_a_draft_and_withdraws_an_open_request() {
    let mut story = Story::waiting();
    let ask = story.asks("bob", Ask::Review);
    story.event(Event::PermissionRead { ask, permission: Permission::Write, owns: None });
    assert_eq!((story.status(), story.state().run), ("queued", 2));
    let mut draft = Story::with(Policy::default());
    draft.hint(Hint::Opened).read_as(Snapshot { draft: true, ..snapshot("aaaaaaa1") });
    let ask = draft.asks("bob", Ask::Review);
    draft.event(Event::PermissionRead { ask, permission: Permission::Write, owns: None });
    assert_eq!(draft.status(), "queued");
    draft.read_as(Snapshot { draft: true, ..snapshot("aaaaaaa1") });
    assert_eq!(draft.status(), "queued", "the asked-for review is not gated again");
}

#[test]
fn a_flood_of_asks_keeps_the_next_one_instead_of_losing_it() {
    let mut story = Story::waiting();
    let request = story.request().id;
    let answer = Ask::Answer { request, choice: Choice::Yes };
    let asks: Vec<_> = (0..8).map(|number| story.asks(&format!("eve{number}"), answer.clone())).collect();
    let by = Person { login: "bob".into(), bot: false };
    let late = Event::Asked { ask: "late".into(), what: answer, by, via: Via::Rerun };
    assert!(matches!(story.try_event(&late), Err(engine::Illegal::TooEarly { .. })));
    for ask in asks {
        story.event(Event::PermissionRead { ask, permission: Permission::Read, owns: None });
    }
    story.event(late).event(Event::PermissionRead { ask: "late".into(), permission: Permission::Write, owns: None });
    assert_eq!(story.status(), "queued");
}
