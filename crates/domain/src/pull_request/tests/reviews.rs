use super::story::{Story, patch, snapshot};
use crate::{
    gates,
    people::Permission,
    policy::{Gate, OnPush, Policy, Severity},
    pull_request::*,
};
use engine::{Illegal, Pool, Workflow};

#[test]
fn a_webhook_only_causes_a_reading_and_the_reading_queues_a_run() {
    let mut story = Story::with(Policy::default());
    story.hint(Hint::Opened);
    assert_eq!(story.actions, [Action::ReadPullRequest]);
    assert!(matches!(PullRequest::summary(story.state()).pool, Pool::None));
    story.read("aaaaaaa1");
    assert_eq!(story.status(), "queued");
    assert_eq!(story.did("publish_check"), 1);
    assert!(matches!(PullRequest::summary(story.state()).pool, Pool::Wants(_)));
}

#[test]
fn a_hundred_hints_cause_one_reading_at_a_time_and_one_run() {
    let mut story = Story::with(Policy::default());
    story.hint(Hint::Opened);
    for _ in 0..99 {
        story.hint(Hint::Opened);
        assert_eq!(story.actions, []);
    }
    story.read("aaaaaaa1");
    assert_eq!(story.did("read_pull_request"), 1, "one more, as something happened since");
    story.read("aaaaaaa1");
    assert_eq!((story.did("read_pull_request"), story.state().run), (0, 1));
}

#[test]
fn a_granted_slot_leads_to_volume_then_machine_then_a_claimed_run() {
    let mut story = Story::opened();
    story.event(Event::SlotGranted);
    assert_eq!(
        (story.status(), story.actions.clone()),
        ("provisioning", vec![Action::CreateVolume { run: 1, copy: 0 }])
    );
    story.event(Event::VolumeCreated { run: 1, copy: 0, volume: "pr_1".into() });
    assert_eq!(story.actions, [Action::StartMachine { run: 1 }]);
    story.event(Event::MachineStarted { run: 1, machine: "m-1".into() });
    assert_eq!(story.status(), "provisioning");
    story.event(Event::RunClaimed { run: 1 });
    assert_eq!(story.status(), "running");
}

#[test]
fn a_reading_that_is_too_old_is_repeated_before_a_machine_starts() {
    let mut story = Story::opened();
    story.later(120_000).event(Event::SlotGranted);
    assert_eq!((story.status(), story.actions.clone()), ("provisioning", vec![Action::ReadPullRequest]));
    story.read("aaaaaaa1");
    assert_eq!(story.did("create_volume"), 1);
}

#[test]
fn a_worker_quicker_than_the_answer_of_its_start_is_heard() {
    let mut story = Story::opened();
    story.event(Event::SlotGranted).event(Event::VolumeCreated { run: 1, copy: 0, volume: "pr_1".into() });
    story.event(Event::RunClaimed { run: 1 }).event(Event::RunHeard { run: 1 });
    story.finds(0, None);
    assert_eq!(story.did("destroy_machine"), 0, "nothing is destroyed before its start has answered");
    story.event(Event::MachineStarted { run: 1, machine: "m-1".into() });
    assert_eq!(story.actions, [Action::DestroyMachine { run: 1, machine: Some("m-1".into()) }]);
    assert_eq!(story.status(), "idle");
}

#[test]
fn nothing_found_is_success_and_needs_no_review() {
    let mut story = Story::running();
    story.finds(0, None);
    assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(Conclusion::Success));
    assert_eq!((story.did("publish_review"), story.did("destroy_machine"), story.status()), (0, 1, "idle"));
}

#[test]
fn findings_without_a_patch_are_neutral_with_one_review() {
    let mut story = Story::running();
    story.finds(3, None);
    assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(Conclusion::Neutral));
    assert_eq!(story.did("publish_review"), 1);
}

#[test]
fn findings_fail_or_need_a_person_where_the_repository_asks_for_it() {
    let rows = [
        (Policy { fail_on: Some(Severity::Medium), ..Policy::default() }, Conclusion::Failure),
        (Policy { fail_on: Some(Severity::High), ..Policy::default() }, Conclusion::Neutral),
        (Policy { gate: Gate::Required, ..Policy::default() }, Conclusion::ActionRequired),
    ];
    for (policy, expected) in rows {
        let mut story = Story::opened_with(policy);
        story.run_starts().finds(1, None);
        assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(expected));
    }
}

#[test]
fn a_required_gate_is_never_green_because_nobody_looked() {
    let policy = Policy { gate: Gate::Required, ..Policy::default() };
    let result = || Some("r".to_owned());
    let id = crate::ids::RequestId("K7QF2M".into());
    let faces = [
        Face::Gated { gate: gates::Closed::Draft, request: None },
        Face::NotCompleted { why: "x".into(), request: None },
        Face::Stopped { result: "r".into(), findings: Counts::default(), limit: "$1".into(), request: None },
        Face::NotDecided { result: result(), request: id.clone() },
        Face::PushRefused { request: id, reason: "x".into() },
    ];
    for face in faces {
        assert_eq!(face.conclusion(&policy), Some(Conclusion::ActionRequired), "{face:?}");
    }
}

#[test]
fn a_patch_asks_a_person_and_the_machine_goes_away() {
    let mut story = Story::running();
    story.finds(4, Some(patch()));
    assert_eq!(story.status(), "awaiting_decision");
    assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(Conclusion::ActionRequired));
    let check = story.state().check(1, "aaaaaaa1").expect("the run has a check").clone();
    assert_eq!(
        check.buttons(story.state()).iter().map(|b| b.label).collect::<Vec<_>>(),
        ["Apply fix", "Keep as is", "Ask tomorrow"]
    );
    assert_eq!(story.did("destroy_machine"), 1);
    story.machine_gone(1);
    assert!(matches!(PullRequest::summary(story.state()).pool, Pool::None), "a paused pull request holds no slot");
}

#[test]
fn a_draft_is_skipped_with_its_reason_and_reviewed_when_it_is_ready() {
    let mut story = Story::with(Policy::default());
    story.hint(Hint::Opened).read_as(Snapshot { draft: true, ..snapshot("aaaaaaa1") });
    assert_eq!((story.status(), story.conclusion(0, "aaaaaaa1")), ("idle", Some(Conclusion::Skipped)));
    story.hint(Hint::Synchronized).read_as(Snapshot { draft: true, ..snapshot("aaaaaaa1") });
    assert_eq!(story.did("publish_check"), 0, "told once");
    story.hint(Hint::ReadyForReview).read("aaaaaaa1");
    assert_eq!(story.status(), "queued");
}

#[test]
fn an_outsiders_pull_request_waits_for_somebody_permitted_to_press_review_it() {
    let mut story = Story::with(Policy::default());
    story.hint(Hint::Opened).read_as(Snapshot { author_permission: Permission::Read, ..snapshot("aaaaaaa1") });
    assert_eq!((story.status(), story.conclusion(0, "aaaaaaa1")), ("awaiting_decision", Some(Conclusion::Skipped)));
    story.approves("bob");
    assert_eq!((story.status(), story.state().run), ("queued", 1));
}

#[test]
fn where_the_operator_did_not_allow_it_nothing_is_written() {
    let mut story = Story::with(Policy::default());
    story.hint(Hint::Opened).read_as(Snapshot { listed: gates::Listed::NotOwner, ..snapshot("aaaaaaa1") });
    assert_eq!((story.status(), story.actions.len(), story.state().checks.len()), ("idle", 0, 0));
}

#[test]
fn a_push_while_queued_replaces_what_is_read() {
    let mut story = Story::opened();
    story.pushed("bbbbbbb2");
    assert_eq!((story.status(), story.state().run), ("queued", 2));
    assert_eq!(story.face(1, "aaaaaaa1"), &Face::Superseded { by: "bbbbbbb2".into() });
    assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(Conclusion::Cancelled));
}

#[test]
fn a_push_during_a_run_supersedes_it_and_waits_for_its_machine_to_be_gone() {
    let mut story = Story::running();
    story.pushed("bbbbbbb2");
    assert_eq!((story.status(), story.did("destroy_machine")), ("queued", 1));
    assert!(matches!(PullRequest::summary(story.state()).pool, Pool::Holds { .. }), "its slot is not free yet");
    story.event(Event::SlotGranted);
    assert_eq!(story.actions, [], "never two machines that can write one volume");
    story.machine_gone(1);
    assert!(matches!(PullRequest::summary(story.state()).pool, Pool::Wants(_)));
    story.run_starts();
    assert_eq!((story.status(), story.state().run), ("running", 2));
}

#[test]
fn a_stale_run_is_refused() {
    let mut story = Story::running();
    story.pushed("bbbbbbb2");
    let result = Box::new(story.result(RunOutcome::Reviewed, 1, None));
    for event in [Event::RunClaimed { run: 1 }, Event::RunFinished { run: 1, result }] {
        assert_eq!(story.try_event(&event), Err(Illegal::Refused("run 1 is over".into())));
    }
}

#[test]
fn a_claim_of_a_run_not_known_yet_is_kept() {
    let mut story = Story::opened();
    assert!(matches!(story.try_event(&Event::RunClaimed { run: 2 }), Err(Illegal::TooEarly { .. })));
}

#[test]
fn a_run_that_may_finish_is_published_with_the_commit_it_read_and_the_new_head_is_next() {
    let mut story = Story::opened_with(Policy { on_push: OnPush::Finish, ..Policy::default() });
    story.run_starts().pushed("bbbbbbb2");
    assert_eq!(story.status(), "running");
    story.finds(2, Some(patch()));
    assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(Conclusion::Neutral), "nobody is asked about an old head");
    assert_eq!((story.status(), story.state().run), ("queued", 2));
}

#[test]
fn a_changed_base_is_read_again_and_an_advanced_one_is_not() {
    let mut story = Story::running();
    story.finds(0, None).machine_gone(1);
    story.read_as(Snapshot { base_sha: "base2".into(), ..snapshot("aaaaaaa1") });
    assert_eq!(story.status(), "idle");
    story.read_as(Snapshot { base_ref: "release".into(), ..snapshot("aaaaaaa1") });
    assert_eq!(story.status(), "queued");
}

#[test]
fn a_reached_budget_is_said_with_a_button_to_continue() {
    let mut story = Story::running();
    story.finishes(RunOutcome::BudgetReached { limit: "$0.50".into() }, 2, None);
    assert_eq!((story.status(), story.conclusion(1, "aaaaaaa1")), ("awaiting_decision", Some(Conclusion::Neutral)));
    story.machine_gone(1).approves("bob");
    assert_eq!(story.status(), "queued");
}

/// A second run that finds less than the first.
fn a_second_run(outcome: RunOutcome) -> Story {
    let mut story = Story::running();
    story.finds(4, None).machine_gone(1).pushed("bbbbbbb2").run_starts();
    let result = ResultFacts { new: 0, resolved: 1, ..story.result(outcome, 3, None) };
    story.event(Event::RunFinished { run: 2, result: Box::new(result) });
    story
}

#[test]
fn threads_of_what_a_run_does_not_find_any_more_are_resolved_with_that_run() {
    let story = a_second_run(RunOutcome::Reviewed);
    let gone = Gone::Run { run: 2, result: "result-2".into() };
    assert!(story.actions.contains(&Action::ResolveThreads { gone }), "{:?}", story.actions);
    assert_eq!(story.did("publish_review"), 0, "nothing is new");
}

#[test]
fn a_run_that_did_not_read_everything_resolves_nothing() {
    for outcome in [RunOutcome::BudgetReached { limit: "$0.50".into() }, RunOutcome::Asked] {
        assert_eq!(a_second_run(outcome.clone()).did("resolve_threads"), 0, "{outcome:?}");
    }
}

#[test]
fn threads_beyond_one_round_are_resolved_in_another_as_long_as_rounds_get_on() {
    let mut story = a_second_run(RunOutcome::Reviewed);
    let gone = Gone::Run { run: 2, result: "result-2".into() };
    for (threads, left, again) in [(50, 10, 1), (10, 0, 0), (0, 10, 0)] {
        story.event(Event::ThreadsResolved { gone: gone.clone(), threads, left });
        assert_eq!(story.did("resolve_threads"), again, "{threads} resolved, {left} left");
    }
}

#[test]
fn whoever_begins_to_wait_reads_again_after_a_while_since_a_webhook_may_be_lost() {
    let refreshes = |story: &Story| {
        story.timers.iter().any(|change| matches!(change, engine::TimerChange::At { name, .. } if name == "refresh"))
    };
    let mut story = Story::running();
    story.finds(0, None);
    assert_eq!(story.status(), "idle");
    assert!(refreshes(&story), "{:?}", story.timers);
    let mut story = Story::running();
    story.finds(4, Some(patch()));
    assert_eq!(story.status(), "awaiting_decision");
    assert!(refreshes(&story), "{:?}", story.timers);
    story.machine_gone(1);
    assert!(!refreshes(&story), "the wait is bounded, not begun anew by every event");
}

#[test]
fn a_push_that_is_on_its_way_is_waited_for_although_the_repository_is_not_served_any_more() {
    let mut story = Story::waiting();
    story.approves("bob").run_starts();
    story.finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    let unlisted = Snapshot { listed: gates::Listed::NotRepository, ..snapshot("aaaaaaa1") };
    story.hint(Hint::Edited).read_as(unlisted);
    assert_eq!(story.status(), "running");
    let request = story.state().decisions[0].request.id.clone();
    story.event(Event::PatchPushed { request, sha: "bbbbbbb1".into() });
    assert!(
        matches!(story.face(2, "aaaaaaa1"), Face::Applied { .. }),
        "its check ends: {:?}",
        story.face(2, "aaaaaaa1")
    );
}
