//! Questions to the agent: a run of their own that changes nothing else, beside an open request too.

use super::story::{Story, snapshot};
use crate::{
    people::{Permission, Via},
    policy::Policy,
    pull_request::*,
};

fn question() -> Ask {
    Ask::Question { text: "digest-of-the-question".into() }
}

fn answered(story: &Story) -> bool {
    let result = format!("result-{}", story.state().run);
    story.replies().iter().any(|text| matches!(text, ReplyText::Answer { result: it, .. } if *it == result))
}

fn not_answered(story: &Story) -> Vec<String> {
    let why = |text: &&ReplyText| match text {
        ReplyText::NotAnswered { why, .. } => Some(why.clone()),
        _ => None,
    };
    story.replies().iter().filter_map(why).collect()
}

/// Reviewed, nothing found, nothing runs.
fn idle() -> Story {
    let mut story = Story::running();
    story.finds(0, None).machine_gone(1).published();
    story
}

fn purpose(story: &Story) -> Option<Purpose> {
    story.state().wanted.as_ref().map(|wanted| wanted.purpose.clone())
}

#[test]
fn a_question_is_answered_by_a_run_of_its_own_that_changes_neither_check_nor_result_nor_review() {
    let mut story = idle();
    let (checks, result) = (story.state().checks.clone(), story.state().result.clone());
    story.says("bob", question());
    assert_eq!((story.status(), story.state().run), ("queued", 2));
    story.run_starts().finishes(RunOutcome::Answered, 3, None);
    assert!(answered(&story));
    assert_eq!((story.status(), story.did("destroy_machine"), story.did("publish_review")), ("idle", 1, 0));
    assert_eq!((&story.state().checks, &story.state().result), (&checks, &result));
    assert_eq!((story.did("publish_check"), story.state().questions.len()), (0, 0));
}

#[test]
fn a_question_beside_an_open_request_leaves_it_open_with_its_buttons() {
    let mut story = Story::waiting();
    let (request, check) = (story.request(), story.state().check(1, "aaaaaaa1").cloned());
    story.says("bob", question()).run_starts();
    assert_eq!((story.status(), story.request()), ("running", request.clone()));
    story.finishes(RunOutcome::Answered, 0, None).machine_gone(2);
    story.read("aaaaaaa1");
    assert_eq!((story.status(), story.request()), ("awaiting_decision", request));
    assert_eq!(story.state().check(1, "aaaaaaa1").cloned(), check, "no completed check is touched");
    assert_eq!(check.expect("it is there").buttons(story.state()).len(), 3);
    story.approves("bob");
    assert_eq!(purpose(&story), Some(Purpose::Decision { request: story.state().decisions[0].request.id.clone() }));
}

#[test]
fn a_question_during_a_review_waits_for_its_end() {
    let mut story = Story::running();
    story.says("bob", question());
    assert_eq!((story.status(), story.state().run), ("running", 1));
    story.finds(0, None);
    assert_eq!((story.status(), story.state().run), ("queued", 2));
    assert!(matches!(purpose(&story), Some(Purpose::Question { .. })));
}

#[test]
fn a_decision_comes_before_a_question_that_is_under_way_and_the_question_after_it() {
    let mut story = Story::waiting();
    story.says("bob", question()).run_starts();
    story.approves("bob");
    for timer in [Timer::Claim, Timer::Silence, Timer::Total] {
        let cancelled = engine::TimerChange::Cancel { name: timer.name().into() };
        assert!(story.timers.contains(&cancelled), "{timer:?} of the question must not end the next run");
    }
    assert_eq!((story.did("destroy_machine"), story.state().questions.len()), (1, 1));
    assert!(matches!(purpose(&story), Some(Purpose::Decision { .. })));
    let late =
        story.try_event(&Event::RunFinished { run: 2, result: Box::new(story.result(RunOutcome::Answered, 0, None)) });
    assert!(late.is_err(), "the interrupted run may not speak any more");
    story.machine_gone(2).run_starts().finishes(RunOutcome::DecisionNoted, 0, None);
    assert!(matches!(purpose(&story), Some(Purpose::Question { .. })));
}

#[test]
fn a_push_during_a_question_is_reviewed_first_and_withdraws_the_request() {
    let mut story = Story::waiting();
    story.says("bob", question()).run_starts().pushed("bbbbbbb2");
    assert!(matches!(purpose(&story), Some(Purpose::Review { .. })));
    assert_eq!(story.face(1, "aaaaaaa1"), &Face::Superseded { by: "bbbbbbb2".into() });
    assert_eq!(story.state().questions.len(), 1);
}

#[test]
fn news_that_change_nothing_let_a_question_go_on_and_a_reading_follows_it() {
    let mut story = idle();
    story.says("bob", question()).run_starts().hint(Hint::Edited).read("aaaaaaa1");
    assert_eq!(story.status(), "running");
    story.finishes(RunOutcome::Answered, 0, None);
    assert_eq!(story.did("read_pull_request"), 1);
}

#[test]
fn a_question_whose_machine_is_lost_or_whose_run_fails_is_said_to_be_unanswered() {
    let ends: [fn(&mut Story); 3] = [
        |story| _ = story.fires(Timer::Silence),
        |story| _ = story.finishes(RunOutcome::Failed { message: "the agent broke".into() }, 0, None),
        |story| _ = story.finishes(RunOutcome::Reviewed, 0, None),
    ];
    for (end, why) in ends.into_iter().zip(["its machine fell silent", "the agent broke", "the agent gave no answer"]) {
        let mut story = Story::waiting();
        story.says("bob", question()).run_starts();
        end(&mut story);
        assert_eq!((not_answered(&story), story.status()), (vec![why.to_owned()], "awaiting_decision"));
        assert_eq!((story.state().questions.len(), story.state().lost), (0, 0));
    }
}

#[test]
fn a_machine_or_volume_that_cannot_be_made_is_answered_too() {
    let mut story = idle();
    story.says("bob", question()).event(Event::SlotGranted);
    let failed = Failed::StartMachine { run: 2 };
    story.event(Event::ActionFailed { failed, message: "no room".into(), ambiguous: false });
    assert_eq!((not_answered(&story), story.status()), (vec!["no machine: no room".to_owned()], "idle"));
}

#[test]
fn questions_are_bounded_and_answered_in_order() {
    let mut story = Story::running();
    for number in 0..5 {
        story.says(&format!("bob{number}"), question());
    }
    assert_eq!(not_answered(&story), ["4 other questions wait; please ask again later"]);
    story.finds(0, None).machine_gone(1);
    for number in 0..4 {
        story.run_starts().finishes(RunOutcome::Answered, 0, None);
        let to =
            |text: &&&ReplyText| matches!(text, ReplyText::Answer { login, .. } if *login == format!("bob{number}"));
        assert_eq!(story.replies().iter().filter(to).count(), 1);
        let gone = if number < 3 { story.state().run - 1 } else { story.state().run };
        story.machine_gone(gone);
    }
    assert_eq!(story.status(), "idle");
}

#[test]
fn cancel_ends_a_question_and_those_behind_it_and_says_so_to_each() {
    let mut story = Story::waiting();
    story.says("bob", question()).run_starts().says("ann", question());
    story.says("dan", Ask::Cancel);
    assert_eq!(not_answered(&story), ["cancelled by dan", "cancelled by dan"]);
    assert_eq!((story.status(), story.did("destroy_machine")), ("awaiting_decision", 1));
}

#[test]
fn a_draft_and_a_paused_pull_request_may_be_asked_about_and_a_fork_that_is_not_isolated_may_not() {
    let mut draft = Story::with(Policy::default());
    draft.hint(Hint::Opened).read_as(Snapshot { draft: true, ..snapshot("aaaaaaa1") }).says("bob", question());
    assert_eq!(draft.status(), "queued");
    draft.read_as(Snapshot { draft: true, ..snapshot("aaaaaaa1") });
    assert_eq!(draft.status(), "queued", "the draft's gate does not end it");
    let mut paused = idle();
    paused.says("bob", Ask::Pause).says("bob", question());
    assert_eq!(paused.status(), "queued");
    let mut fork = Story::with(Policy::default());
    let from_fork = Snapshot { fork: true, isolated: false, ..snapshot("aaaaaaa1") };
    fork.hint(Hint::Opened).read_as(from_fork).says("bob", question());
    assert_eq!(not_answered(&fork), ["from a fork, and machines here are not isolated"]);
    assert_eq!(fork.status(), "idle");
}

#[test]
fn a_close_and_a_loss_of_access_end_questions() {
    let mut story = Story::waiting();
    story.says("bob", question()).run_starts().closed();
    assert_eq!(not_answered(&story), ["the pull request was closed"]);
    let mut story = Story::waiting();
    let request = story.request();
    story.says("bob", question()).run_starts();
    story.event(Event::AccessChanged { change: AccessChange::InstallationSuspended });
    assert_eq!((story.state().request.clone(), story.did("destroy_machine")), (Some(request), 1));
    assert_eq!(story.status(), "awaiting_decision");
    story.event(Event::AccessChanged { change: AccessChange::InstallationRestored }).machine_gone(2).read("aaaaaaa1");
    assert!(matches!(purpose(&story), Some(Purpose::Question { .. })), "it is asked again");
}

#[test]
fn an_open_request_that_runs_out_during_a_question_ends_without_ending_the_question() {
    let mut story = Story::waiting();
    story.says("bob", question()).run_starts().fires(Timer::DecisionDeadline);
    assert_eq!((story.status(), story.state().request.clone()), ("running", None));
    story.finishes(RunOutcome::Answered, 0, None);
    assert!(answered(&story) && story.status() == "idle");
}

#[test]
fn an_answer_goes_to_the_thread_that_asked() {
    let mut story = idle();
    let by = crate::people::Person { login: "bob".into(), bot: false };
    let via = Via::ReviewComment { comment: 7, itself: Some(9) };
    story.event(Event::Asked { ask: "r".into(), what: question(), by, via: via.clone() });
    story.event(Event::PermissionRead { ask: "r".into(), permission: Permission::Write, owns: None });
    story.run_starts().finishes(RunOutcome::Answered, 0, None);
    assert!(story.actions.iter().any(|action| matches!(action, Action::Reply { to, .. } if *to == via)));
}
