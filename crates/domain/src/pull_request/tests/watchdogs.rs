use super::story::{Story, patch};
use crate::pull_request::*;
use engine::{TimerChange, Workflow};

fn failed(failed: Failed, ambiguous: bool) -> Event {
    Event::ActionFailed { failed, message: "it broke".into(), ambiguous }
}

#[test]
fn an_imported_session_takes_the_place_of_the_old_volume_and_seeds_the_next() {
    let mut story = Story::running();
    let imported = Event::SessionImported { checkpoint: "c".into(), by: "cli".into() };
    let refused = PullRequest::transition(Some(story.state()), &imported, story.now);
    assert!(matches!(refused, Err(engine::Illegal::Refused(why)) if why.starts_with("a machine runs")));
    story.finds(0, None).machine_gone(1);
    assert!(story.state().machine.is_none() && story.state().session, "it is over and has left its session");
    story.event(imported);
    assert_eq!(story.actions, [Action::DeleteVolume { volume: Some("pr_1".into()), copy: 0 }]);
    assert!(story.state().session_lost && story.state().volume.is_none());
    assert_eq!((story.state().copies, story.state().stranded.len()), (1, 1), "the old volume is not forgotten");
    story.event(Event::VolumeDeleted { copy: 0 });
    assert_eq!(story.state().stranded, []);
}

#[test]
fn each_phase_of_a_run_has_its_clock() {
    let mut story = Story::opened();
    story.event(Event::SlotGranted).event(Event::VolumeCreated { run: 1, copy: 0, volume: "pr_1".into() });
    story.event(Event::MachineStarted { run: 1, machine: "m-1".into() });
    assert!(armed(&story, "claim"));
    story.event(Event::RunClaimed { run: 1 });
    assert!(armed(&story, "first_heartbeat") && armed(&story, "total"));
    story.event(Event::RunHeard { run: 1 });
    assert!(story.timers.iter().any(|timer| matches!(
        timer,
        TimerChange::Silence { name, pushed_back_by_signals: true, .. } if name == "silence"
    )));
}

fn armed(story: &Story, timer: &str) -> bool {
    story.timers.iter().any(|change| matches!(change, TimerChange::Silence { name, .. } if name == timer))
}

#[test]
fn a_lost_machine_is_confirmed_gone_before_another_starts_on_its_volume() {
    let mut story = Story::running();
    story.fires(Timer::Silence);
    assert_eq!((story.status(), story.did("destroy_machine")), ("queued", 1));
    assert_eq!(story.state().held_back(), Some("previous machine is being ended"));
    story.read("aaaaaaa1").event(Event::SlotGranted);
    assert_eq!(story.did("start_machine"), 0);
    story.machine_gone(1).run_starts();
    assert_eq!((story.status(), story.state().run), ("running", 2));
}

#[test]
fn a_machine_lost_twice_asks_a_person_to_retry() {
    let mut story = Story::running();
    story.fires(Timer::Silence).machine_gone(1).read("aaaaaaa1").run_starts();
    story.fires(Timer::Total);
    assert_eq!(story.status(), "awaiting_decision");
    assert_eq!(story.conclusion(2, "aaaaaaa1"), Some(Conclusion::Neutral));
    assert!(
        matches!(story.face(2, "aaaaaaa1"), Face::NotCompleted { why, .. } if why.starts_with("machine lost twice"))
    );
    story.machine_gone(2).approves("bob");
    assert_eq!((story.status(), story.state().lost), ("queued", 0));
}

#[test]
fn a_machine_that_is_not_confirmed_gone_holds_the_next_run_back_until_a_person_chooses_a_copy() {
    let mut story = Story::running();
    story.fires(Timer::Silence).event(failed(Failed::DestroyMachine { run: 1 }, true)).read("aaaaaaa1");
    assert_eq!(story.state().held_back(), Some("previous machine not confirmed gone"));
    story.fires(Timer::DestroyAgain);
    assert_eq!(story.did("destroy_machine"), 1);
    story.fires(Timer::Confirm);
    assert_eq!((story.status(), story.request().kind), ("awaiting_decision", Kind::RetryOnCopy));
    story.approves("bob");
    assert_eq!((story.status(), story.state().stranded.len()), ("queued", 1));
    story.event(Event::SlotGranted);
    assert_eq!(story.did("create_volume"), 1, "another volume, never the one that may still be written");
    story.machine_gone(1);
    assert_eq!(story.actions, [Action::DeleteVolume { volume: Some("pr_1".into()), copy: 0 }]);
}

#[test]
fn an_old_machine_gone_after_all_answers_the_question_by_itself() {
    let mut story = Story::running();
    story.fires(Timer::Silence).event(failed(Failed::DestroyMachine { run: 1 }, true)).read("aaaaaaa1");
    story.fires(Timer::Confirm).machine_gone(1);
    assert_eq!((story.status(), story.state().request.clone()), ("queued", None));
}

#[test]
fn an_ambiguous_start_may_still_land_and_is_looked_for_before_anything_else_starts() {
    let mut story = Story::opened();
    story.event(Event::SlotGranted).event(Event::VolumeCreated { run: 1, copy: 0, volume: "pr_1".into() });
    story.event(failed(Failed::StartMachine { run: 1 }, true));
    assert_eq!((story.status(), story.did("destroy_machine")), ("awaiting_decision", 0));
    story.approves("bob").event(Event::SlotGranted);
    assert_eq!(story.did("start_machine"), 0);
    story.fires(Timer::DestroyAgain);
    assert_eq!(story.actions, [Action::DestroyMachine { run: 1, machine: None }]);
    story.machine_gone(1).run_starts();
}

#[test]
fn infrastructure_that_fails_is_neutral_with_a_button() {
    let mut story = Story::opened();
    story.event(Event::SlotGranted).event(failed(Failed::CreateVolume { run: 1 }, false));
    assert_eq!((story.status(), story.request().kind), ("awaiting_decision", Kind::Retry));
    assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(Conclusion::Neutral));
    assert_eq!(story.state().volume, None);
}

#[test]
fn a_retry_after_an_approval_carries_out_the_approval() {
    let mut story = Story::waiting();
    story.approves("bob").run_starts();
    story.finishes(RunOutcome::Failed { message: "git broke".into() }, 0, None).machine_gone(2);
    assert_eq!(story.status(), "awaiting_decision");
    story.approves("bob");
    let purpose = story.state().wanted.as_ref().map(|wanted| wanted.purpose.clone());
    assert!(matches!(purpose, Some(Purpose::Decision { .. })));
    story.run_starts().finishes(RunOutcome::ApplyApproved { digest: patch().digest }, 0, None);
    assert_eq!(story.did("push_patch"), 1);
}

/// What the workflow is about to do.
fn purpose(story: &Story) -> Option<Purpose> {
    story.state().wanted.as_ref().map(|wanted| wanted.purpose.clone())
}

#[test]
fn a_retry_after_an_answer_to_a_question_of_the_agent_carries_out_the_answer_however_often_it_fails() {
    let mut story = Story::running();
    story.finishes(RunOutcome::Asked, 0, None).machine_gone(1).published();
    let asked = story.request().id;
    story.clicks("bob", crate::people::Permission::Write, &asked, Choice::No);
    for run in [2, 3] {
        story.run_starts().finishes(RunOutcome::Failed { message: "the volume is full".into() }, 0, None);
        story.machine_gone(run);
        assert_eq!((story.request().kind, story.request().again), (Kind::Retry, Some(asked.clone())));
        story.approves("bob");
        assert_eq!(purpose(&story), Some(Purpose::Decision { request: asked.clone() }));
    }
    story.run_starts().finishes(RunOutcome::DecisionNoted, 0, None).machine_gone(4);
    assert_eq!(story.status(), "idle");

    // That answer is carried out: a review that is asked for and fails is a review again.
    story.says("bob", Ask::Review).run_starts();
    story.finishes(RunOutcome::Failed { message: "git broke".into() }, 0, None).machine_gone(5);
    assert_eq!(story.request().again, None);
    story.approves("bob");
    assert!(matches!(purpose(&story), Some(Purpose::Review { .. })), "{:?}", purpose(&story));
}

#[test]
fn a_retry_of_a_decision_about_other_commits_is_a_review_of_the_present_ones() {
    let mut story = Story::running();
    story.finishes(RunOutcome::Asked, 0, None).machine_gone(1).published();
    story.approves("bob").pushed("aaaaaaa2");
    let target = story.state().wanted.as_ref().map(|wanted| wanted.target.head_sha.clone());
    assert_eq!(target.as_deref(), Some("aaaaaaa2"));
    story.run_starts().finishes(RunOutcome::Failed { message: "git broke".into() }, 0, None);
    story.approves("bob");
    assert!(matches!(purpose(&story), Some(Purpose::Review { .. })), "{:?}", purpose(&story));
}

#[test]
fn a_long_reason_ends_with_a_whole_word_in_the_check() {
    let mut story = Story::running();
    story.finishes(RunOutcome::Failed { message: "reasons ".repeat(50) }, 0, None);
    let Face::NotCompleted { why, .. } = story.face(1, "aaaaaaa1") else { panic!("it failed") };
    assert!(why.ends_with("reasons reasons…") && why.chars().count() <= crate::WHY_CHARS_MAX, "{why}");
}

#[test]
fn a_check_that_could_not_be_published_is_tried_again_later() {
    let mut story = Story::opened();
    story.event(failed(Failed::PublishCheck { run: 1, sha: "aaaaaaa1".into() }, false));
    assert_eq!(story.did("publish_check"), 0);
    story.fires(Timer::Republish);
    assert_eq!(story.did("publish_check"), 1);
}

#[test]
fn a_timer_of_the_past_changes_nothing() {
    for timer in Timer::ALL.into_iter().filter(|timer| !matches!(timer, Timer::Refresh)) {
        let mut story = Story::running();
        story.finds(0, None).machine_gone(1).published();
        let before = story.state().clone();
        story.fires(timer);
        assert_eq!((story.state(), story.actions.len()), (&before, 0), "{timer:?}");
    }
}

#[test]
fn every_timer_name_leads_back_to_its_event() {
    for timer in Timer::ALL {
        assert!(
            matches!(PullRequest::timer_fired(timer.name()), Some(Event::TimerFired { timer: back }) if back == timer)
        );
    }
    assert!(PullRequest::timer_fired("lunch").is_none());
}

#[test]
fn a_volume_lost_with_its_host_is_replaced_and_the_run_is_told() {
    let mut story = Story::waiting();
    story.approves("bob").event(Event::SlotGranted).event(Event::VolumeLost { run: 2 });
    assert_eq!(story.actions, [Action::CreateVolume { run: 2, copy: 1 }], "under a name of its own");
    assert!(story.state().session_lost && !story.state().session);
    story.event(Event::VolumeCreated { run: 2, copy: 1, volume: "pr_1".into() });
    assert_eq!(story.actions, [Action::StartMachine { run: 2 }]);
}

/// A host that was full or out of reach is still there, and the volume on it.
#[test]
fn a_volume_that_was_given_up_is_deleted_once_nobody_waits_for_it_and_not_forgotten_until_it_is_gone() {
    let mut story = Story::waiting();
    story.approves("bob").event(Event::SlotGranted).event(Event::VolumeLost { run: 2 });
    story.event(Event::VolumeCreated { run: 2, copy: 1, volume: "pr_2".into() });
    let deletion = Action::DeleteVolume { volume: Some("pr_1".into()), copy: 0 };
    for _ in 0..2 {
        story.fires(Timer::DestroyAgain);
        assert!(story.actions.contains(&deletion), "{:?}", story.actions);
        story.event(failed(Failed::DeleteVolume, false));
    }
    story.event(Event::VolumeDeleted { copy: 0 });
    assert!(story.state().stranded.is_empty() && story.state().volume.is_some());
}

#[test]
fn the_wait_for_a_machine_that_is_not_confirmed_gone_has_a_deadline_whenever_it_begins() {
    let mut story = Story::running();
    story.finds(4, Some(patch())).event(failed(Failed::DestroyMachine { run: 1 }, true));
    // Nobody waits for the machine while a person decides, so its deadline passes unheard.
    story.fires(Timer::Confirm).approves("bob");
    assert_eq!(story.state().held_back(), Some("previous machine not confirmed gone"));
    let begins = |change: &TimerChange| matches!(change, TimerChange::At { name, .. } if name == "confirm");
    assert!(story.timers.iter().any(begins), "{:?}", story.timers);
    story.clicks("bob", crate::people::Permission::Write, &crate::ids::RequestId("NOSUCH".into()), Choice::Yes);
    assert!(!story.timers.iter().any(begins), "it does not begin anew with every event");
    story.fires(Timer::Confirm);
    assert_eq!((story.status(), story.request().kind), ("awaiting_decision", Kind::RetryOnCopy));
}

#[test]
fn an_approval_that_was_held_back_by_an_old_machine_is_carried_out_once_that_is_gone() {
    let mut story = Story::running();
    story.finds(4, Some(patch())).event(failed(Failed::DestroyMachine { run: 1 }, true)).approves("bob");
    story.fires(Timer::Confirm);
    assert_eq!(story.request().kind, Kind::RetryOnCopy);
    story.machine_gone(1);
    let purpose = story.state().wanted.as_ref().map(|wanted| wanted.purpose.clone());
    assert!(matches!(purpose, Some(Purpose::Decision { .. })), "{purpose:?}");
}

#[test]
fn a_volume_that_an_earlier_run_asked_for_and_that_fails_ends_the_run_that_waits_for_it() {
    let mut story = Story::opened();
    story.event(Event::SlotGranted).pushed("aaaaaaa2").event(Event::SlotGranted);
    assert_eq!((story.state().run, story.did("create_volume")), (2, 0), "one call serves both");
    story.event(failed(Failed::CreateVolume { run: 1 }, false));
    assert_eq!((story.status(), story.request().kind), ("awaiting_decision", Kind::Retry));
}
