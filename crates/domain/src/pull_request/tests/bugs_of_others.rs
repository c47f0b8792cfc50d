//! Bugs that other engines shipped although they were tested, each as a test named by what must not happen, with its source;
//! those of the engine are in `crates/engine/tests/it/bugs_of_others`. `docs/verification.md` lists all of them.

use super::story::{Story, patch};
use crate::{people::Permission, policy::Policy, pull_request::*};
use engine::TimerChange;

const CLOCKS_OF_A_RUN: [Timer; 4] = [Timer::Claim, Timer::FirstHeartbeat, Timer::Silence, Timer::Total];

/// Hatchet #4128: a task's time ran out while it was parked, and it ran a second time.
#[test]
fn no_clock_of_a_run_goes_on_while_a_person_is_asked() {
    let mut story = Story::running();
    story.finds(4, Some(patch()));
    for timer in CLOCKS_OF_A_RUN {
        let last = story.timers.iter().rev().find(|change| match change {
            TimerChange::At { name, .. } | TimerChange::Silence { name, .. } | TimerChange::Cancel { name } => {
                name == timer.name()
            }
        });
        assert!(matches!(last, Some(TimerChange::Cancel { .. })), "{timer:?}: {last:?}");
    }
    story.machine_gone(1).published();
    let before = story.state().clone();
    for timer in CLOCKS_OF_A_RUN {
        // One may have been due in the very moment in which the result came.
        story.fires(timer);
        assert_eq!((story.state(), story.actions.len()), (&before, 0), "{timer:?}");
    }
}

/// Trigger.dev #1296: a child that ended before its parent's pause was saved froze the parent for ever.
#[test]
fn a_worker_that_ends_before_the_call_that_started_it_has_answered_freezes_nothing() {
    let mut story = Story::opened();
    story.event(Event::SlotGranted).event(Event::VolumeCreated { run: 1, copy: 0, volume: "pr_1".into() });
    story.event(Event::RunClaimed { run: 1 }).event(Event::RunHeard { run: 1 }).finds(4, Some(patch()));
    assert_eq!((story.status(), story.did("destroy_machine")), ("awaiting_decision", 0), "it may not be there yet");
    story.event(Event::MachineStarted { run: 1, machine: "m-1".into() });
    assert_eq!(story.actions, [Action::DestroyMachine { run: 1, machine: Some("m-1".into()) }]);
    story.machine_gone(1).approves("bob").run_starts();
    assert_eq!((story.status(), story.state().run), ("running", 2));
}

/// Cloudflare workers-sdk #11740: a waiter whose time had run out swallowed the next event.
#[test]
fn a_request_whose_time_ran_out_swallows_no_answer() {
    let mut story = Story::waiting();
    let old = story.request().id;
    story.fires(Timer::DecisionDeadline);
    assert_eq!(story.status(), "idle");
    story.clicks("bob", Permission::Write, &old, Choice::Yes);
    assert!(matches!(story.replies()[..], [ReplyText::RequestOver { .. }]), "{:?}", story.replies());
    story.says("bob", Ask::Review).run_starts().finds(4, Some(patch())).machine_gone(2).published();
    let new = story.request().id;
    assert_ne!(new, old);
    story.clicks("bob", Permission::Write, &new, Choice::Yes);
    assert_eq!(story.status(), "queued", "the next answer is taken for what it is");
}

/// duroxide 0.1.30: the successor of a workflow did not know whom it belonged to.
#[test]
fn a_new_generation_still_knows_what_was_decided_in_the_last() {
    let mut story = Story::opened_with(Policy { retention_ms: 0, ..Policy::default() });
    story.run_starts().finds(4, Some(patch())).machine_gone(1).published();
    let id = story.request().id;
    story.clicks("bob", Permission::Write, &id, Choice::No).published().closed();
    story.event(Event::VolumeDeleted { copy: 0 }).published();
    assert_eq!(story.status(), "closed");
    story.hint(Hint::Reopened).read("aaaaaaa1");
    assert_eq!((story.state().generation, story.state().run), (2, 2), "run numbers go on");
    story.clicks("ann", Permission::Write, &id, Choice::Yes);
    assert!(matches!(story.replies()[..], [ReplyText::AlreadyDecided { .. }]), "{:?}", story.replies());
    let purpose = story.state().wanted.as_ref().map(|wanted| wanted.purpose.clone());
    assert!(matches!(purpose, Some(Purpose::Review { .. })), "{purpose:?}");
}
