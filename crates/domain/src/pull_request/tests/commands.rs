//! What people command: who may, what becomes of it, and that it is answered once.

use super::story::{Story, patch, snapshot};
use crate::{
    command::{Verb, Who, table},
    people::{Permission, Person, Via},
    policy::Policy,
    pull_request::{explain::explain, *},
};

fn every_ask() -> Vec<Ask> {
    let question = Ask::Question { text: "digest".into() };
    vec![Ask::Review, Ask::Cancel, Ask::Pause, Ask::Resume, Ask::Explain, question]
}

fn said(story: &Story) -> Option<Steered> {
    story.replies().into_iter().find_map(|text| match text {
        ReplyText::Steered { what, .. } => Some(what.clone()),
        _ => None,
    })
}

#[test]
fn the_table_says_who_may_use_a_command_and_the_machine_keeps_to_it() {
    for ask in every_ask() {
        assert_eq!(ask.verb().row().who, Who::Write, "{ask:?}");
        let mut story = Story::waiting();
        let before = story.state().clone();
        let id = story.comments("eve", ask.clone());
        story.event(Event::PermissionRead { ask: id, permission: Permission::Triage, owns: None });
        let after = State { said: Vec::new(), ..story.state().clone() };
        assert_eq!(after, before, "{ask:?} of somebody with triage only");
        assert!(matches!(story.replies()[..], [ReplyText::NotPermitted { .. }]), "{ask:?}");
    }
    assert_eq!(Verb::Help.row().who, Who::Anybody);
    assert_eq!((Verb::Approve.row().who, Verb::Reject.row().who), (Who::Deciders, Who::Deciders));
}

#[test]
fn a_stranger_gets_one_refusal_per_command_however_often_they_try() {
    let mut story = Story::waiting();
    let mut keys = std::collections::BTreeSet::new();
    for ask in every_ask().into_iter().chain(every_ask()) {
        let id = story.comments("eve", ask);
        story.event(Event::PermissionRead { ask: id, permission: Permission::Read, owns: None });
        keys.extend(story.actions.iter().filter_map(|action| match action {
            Action::Reply { key, .. } => Some(key.clone()),
            _ => None,
        }));
    }
    assert_eq!(keys.len(), every_ask().len(), "{keys:?}");
}

#[test]
fn help_is_answered_once_a_day_and_person() {
    let mut story = Story::waiting();
    let mut key = |login: &str, later: u64| {
        story.later(later).comments(login, Ask::Help);
        story.actions.iter().find_map(|action| match action {
            Action::Reply { key, .. } => Some(key.clone()),
            _ => None,
        })
    };
    let first = key("eve", 0);
    assert!(first.is_some());
    assert_eq!(key("eve", 1), None, "not even a second within the same second");
    assert_ne!(key("bob", 0), first);
    assert_ne!(key("eve", crate::policy::DAY_MS), first);
}

#[test]
fn whoever_comments_sees_that_they_were_heard_before_any_reply_and_nothing_waits_for_it() {
    let mut story = Story::waiting();
    for ask in every_ask().into_iter().chain([Ask::Help, Ask::Usage { command: "approve".into() }]) {
        story.comments("bob", ask.clone());
        let Some(Action::React { ask: id, to }) = story.actions.first().cloned() else { panic!("{ask:?}") };
        assert!(matches!(to, Via::Comment { .. }));
        let options = story.actions[0].options();
        assert_eq!(options.turn, engine::Turn::Independent, "it does not queue behind publishing");
        assert!(options.attempts_max <= 2 && options.timeout_ms <= 5_000, "and is not tried past its use");
        let failure = engine::ActionFailure { message: "no".into(), ambiguous: false, attempts: 2 };
        let (failed, before) = (story.actions[0].failed(&failure), story.state().clone());
        story.event(failed);
        assert_eq!((story.state(), story.actions.len()), (&before, 0), "its failure changes nothing");
        story.event(Event::Reacted { ask: id.clone() });
        story.event(Event::PermissionRead { ask: id, permission: Permission::None, owns: None });
    }
    story.asks("bob", Ask::Review);
    assert_eq!(story.did("react"), 0, "a click has no comment");
}

#[test]
fn several_commands_of_one_comment_are_acknowledged_once() {
    let mut story = Story::waiting();
    let mut shown = 0;
    for (number, what) in [Ask::Pause, Ask::Explain].into_iter().enumerate() {
        let (by, via) = (Person { login: "bob".into(), bot: false }, Via::Comment { comment: 5 });
        story.event(Event::Asked { ask: format!("c5:{number}"), what, by, via });
        shown += story.did("react");
    }
    assert_eq!(shown, 1);
}

#[test]
fn cancel_ends_the_run_and_the_check_says_by_whom() {
    let mut story = Story::running();
    story.says("bob", Ask::Cancel);
    assert_eq!((story.status(), story.did("destroy_machine")), ("idle", 1));
    assert_eq!(story.face(1, "aaaaaaa1"), &Face::Cancelled { why: "cancelled by bob".into() });
    assert_eq!(said(&story), Some(Steered::Cancelled { run: 1 }));
    story.machine_gone(1).says("bob", Ask::Cancel);
    assert_eq!(said(&story), Some(Steered::NothingRuns));
}

#[test]
fn cancel_neither_withdraws_a_request_nor_calls_a_push_back() {
    let mut story = Story::waiting();
    story.says("bob", Ask::Cancel);
    assert_eq!((story.status(), said(&story)), ("awaiting_decision", Some(Steered::NothingRuns)));
    story.approves("bob").run_starts();
    story.finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    story.says("bob", Ask::Cancel);
    assert!(matches!(story.state().phase, Phase::Pushing { .. }));
    assert_eq!(said(&story), Some(Steered::PushUnderWay));
}

#[test]
fn a_paused_pull_request_is_not_reviewed_until_it_is_resumed() {
    let mut story = Story::opened();
    story.says("bob", Ask::Pause);
    assert_eq!((story.status(), story.conclusion(1, "aaaaaaa1")), ("idle", Some(Conclusion::Skipped)));
    assert_eq!(said(&story), Some(Steered::Paused { run_goes_on: false }));
    story.pushed("bbbbbbb2");
    assert_eq!(story.status(), "idle");
    assert_eq!(story.face(0, "bbbbbbb2"), &Face::Paused { by: "bob".into() });
    assert_eq!(story.state().explain(), "paused by bob; no reviews until `resume`");
    story.says("ann", Ask::Pause);
    assert_eq!(said(&story), Some(Steered::AlreadyPaused { by: "bob".into() }));
    story.says("ann", Ask::Review);
    assert!(matches!(story.replies()[..], [ReplyText::NotReviewed { why }] if why == "paused by bob until `resume`"));
    story.says("ann", Ask::Resume);
    assert_eq!((said(&story), story.did("read_pull_request")), (Some(Steered::Resumed), 1));
    story.read("bbbbbbb2");
    assert_eq!((story.status(), story.state().run), ("queued", 2));
    story.says("ann", Ask::Resume);
    assert_eq!(said(&story), Some(Steered::NotPaused));
}

#[test]
fn a_review_under_way_is_let_end_and_the_next_head_waits() {
    let mut story = Story::running();
    story.says("bob", Ask::Pause);
    assert_eq!((story.status(), said(&story)), ("running", Some(Steered::Paused { run_goes_on: true })));
    story.pushed("bbbbbbb2");
    assert_eq!(story.status(), "idle", "a push still supersedes what it outdates");
    assert_eq!(story.face(0, "bbbbbbb2"), &Face::Paused { by: "bob".into() });
    let mut story = Story::running();
    story.says("bob", Ask::Pause).finds(2, None);
    assert_eq!((story.status(), story.conclusion(1, "aaaaaaa1")), ("idle", Some(Conclusion::Neutral)));
    story.machine_gone(1).says("bob", Ask::Resume).read("aaaaaaa1");
    assert_eq!((story.status(), story.state().run), ("idle", 1), "what was reviewed is not reviewed again");
}

#[test]
fn a_paused_pull_request_still_takes_the_answer_to_its_open_request() {
    let mut story = Story::waiting();
    story.says("bob", Ask::Pause).hint(Hint::Edited).read("aaaaaaa1");
    assert_eq!(story.status(), "awaiting_decision");
    story.approves("bob");
    assert_eq!(story.status(), "queued");
    story.hint(Hint::Edited).read("aaaaaaa1");
    assert_eq!(story.status(), "queued", "a reading does not end it");
    story.run_starts();
    story.finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    assert_eq!(story.did("push_patch"), 1);
}

#[test]
fn an_answer_that_wants_a_review_waits_for_resume() {
    let mut story = Story::running();
    story.finishes(RunOutcome::Failed { message: "no".into() }, 0, None).machine_gone(1).says("bob", Ask::Pause);
    let id = story.request().id;
    story.clicks("bob", Permission::Write, &id, Choice::Yes);
    assert_eq!((story.status(), story.state().request.clone()), ("idle", None));
    story.says("bob", Ask::Resume).read("aaaaaaa1");
    assert_eq!((story.status(), story.state().run), ("queued", 2));
}

#[test]
fn a_pause_outlives_a_reopening() {
    let mut story = Story::with(Policy { retention_ms: 0, ..Policy::default() });
    story.hint(Hint::Opened).read("aaaaaaa1").says("bob", Ask::Pause).published().closed().published();
    assert_eq!(story.status(), "closed");
    story.hint(Hint::Reopened).read("aaaaaaa1");
    assert_eq!((story.status(), story.state().generation), ("idle", 2));
}

#[test]
fn explain_walks_the_gates_that_decide_and_says_what_is_done_and_waited_for() {
    let mut draft = Story::with(Policy::default());
    draft.hint(Hint::Opened).read_as(Snapshot { draft: true, ..snapshot("aaaaaaa1") });
    draft.says("bob", Ask::Explain);
    assert_eq!(draft.replies(), [&ReplyText::Explained]);
    let told = explain(draft.state());
    let lines = told.gates.iter().map(|gate| format!("{} {:?}: {}", gate.question, gate.answer, gate.found));
    let text = format!("{}\n{}\n{}", lines.collect::<Vec<_>>().join("\n"), told.now, told.waits);
    assert_eq!(text, EXPLAINED_DRAFT);
    assert_eq!(explain(Story::running().state()).now, "Run 1, a review of `aaaaaaa` (opened), is under way.");
    let waiting = Story::waiting();
    let waits = format!("It waits for an answer to request {}; who may: write access.", waiting.request().id);
    assert_eq!(explain(waiting.state()).waits, waits);
}

const EXPLAINED_DRAFT: &str = "\
Is the installation one that the operator admits? Passed: admitted
Is the owner one that the operator admits? Passed: admitted
Is the repository one that the operator admits? Passed: admitted
Is the pull request open? Passed: open
Does the repository take writes? Passed: not archived
Are reviews switched on in this repository? Passed: switched on
Did somebody else than the bot push these commits? Passed: the head is not the bot's push
May code from its repository run on the machines here? Passed: it is not from a fork
Is it from this repository, or are forks reviewed? Passed: it is not from a fork
Is it no draft, or are drafts reviewed? Closed: a draft, and drafts are not reviewed here
Was it opened by a person, or are bots reviewed? NotAsked: opened by a person
Is the author one that the operator admits? NotAsked: the operator has no list of authors
May the author do enough here? NotAsked: the author has `write`, and it takes `write`
Is it not paused? NotAsked: not paused
Nothing runs: `aaaaaaa` is not reviewed.
It waits for new commits, or for `review`.";

#[test]
fn a_command_without_its_id_is_answered_with_how_it_is_written() {
    let mut story = Story::waiting();
    story.comments("eve", Ask::Usage { command: "approve".into() });
    assert_eq!(story.replies(), [&ReplyText::Usage { command: "approve".into() }]);
    assert_eq!(table::named("approve").map(|row| row.usage), Some("approve ID"));
    assert_eq!(table::named("cancel-reminder").map(|row| row.verb), Some(Verb::CancelReminder));
}
