//! What a check shows beside its conclusion: its buttons, when it is done with, and how long its publishing may take.

use super::story::{Story, patch};
use crate::{
    gates,
    ids::RequestId,
    policy::{DAY_MS, Policy},
    pull_request::{
        Action, Counts, Event, Face, Timer,
        check::{Check, Publishing},
    },
};

fn check(face: Face) -> Check {
    let sha = "aaaaaaa1".to_owned();
    Check {
        run: 1,
        sha,
        face,
        revision: 2,
        published: 2,
        check_run: Some(101),
        publishing: Publishing::No,
        unsure: false,
    }
}

fn reviewed() -> Face {
    Face::Reviewed { result: "r".into(), findings: Counts::default() }
}

#[test]
fn every_face_that_asks_shows_the_buttons_of_its_own_request_and_of_no_other() {
    let story = Story::waiting();
    let open = story.request().id;
    let asking = |id: &RequestId| {
        let (result, findings, request) = ("r".to_owned(), Counts::default(), Some(id.clone()));
        [
            Face::NeedsDecision { result: result.clone(), findings, request: id.clone() },
            Face::Stopped { result, findings, limit: "$1".into(), request: request.clone() },
            Face::NotCompleted { why: "x".into(), request: request.clone() },
            Face::Gated { gate: gates::Closed::Fork, request },
        ]
    };
    for face in asking(&open) {
        assert_eq!(check(face.clone()).buttons(story.state()), story.request().buttons(), "{face:?}");
    }
    for face in asking(&RequestId("000000".into())) {
        assert_eq!(check(face.clone()).buttons(story.state()), [], "{face:?}");
    }
    assert_eq!(check(reviewed()).buttons(story.state()), []);
}

#[test]
fn a_check_is_done_with_once_github_shows_its_conclusion() {
    let policy = Policy::default();
    assert!(check(reviewed()).is_settled(&policy));
    assert!(!Check { published: 1, ..check(reviewed()) }.is_settled(&policy), "GitHub still shows the revision before");
    assert!(!check(Face::Queued).is_settled(&policy), "an open check will change");
    assert!(!Check { published: 1, ..check(Face::Queued) }.is_settled(&policy));
}

/// Found by the simulation: a creation that lands after the next attempt looked leaves two open check runs.
#[test]
fn a_check_that_there_may_be_two_of_is_published_once_more_when_the_other_has_landed() {
    let mut story = Story::running();
    story.finds(0, None);
    let check = story.state().checks.last().cloned().expect("there is a check");
    let (run, sha, revision) = (check.run, check.sha, check.revision);
    story.event(Event::CheckPublished { run, sha: sha.clone(), check_run: 101, revision, unsure: true });
    let last = |story: &Story| story.state().checks.last().cloned().expect("there is a check");
    assert!(!last(&story).is_settled(&Policy::default()), "its twin is still to be ended");
    story.event(Event::TimerFired { timer: Timer::Republish });
    let again = story.actions.iter().any(|action| matches!(action, Action::PublishCheck { .. }));
    assert!(again, "{:?}", story.actions);
    let revision = last(&story).revision;
    story.event(Event::CheckPublished { run, sha, check_run: 101, revision, unsure: false });
    assert!(last(&story).is_settled(&Policy::default()));
}

/// An update that GitHub acknowledged and lost: the workflow believes that it shows, and only asking tells.
#[test]
fn a_concluded_check_that_github_shows_as_open_is_published_again() {
    let mut story = Story::running();
    story.finds(0, None);
    let check = story.state().checks.last().cloned().expect("there is a check");
    let (run, sha, revision) = (check.run, check.sha, check.revision);
    let found = Event::CheckFoundOpen { run, sha: sha.clone(), check_run: 101 };
    story.event(Event::CheckPublished { run, sha: sha.clone(), check_run: 101, revision, unsure: false });
    story.event(found.clone());
    let asked = Action::PublishCheck { run, sha: sha.clone() };
    assert_eq!(story.actions.iter().filter(|action| **action == asked).count(), 1, "{:?}", story.actions);
    story.event(found);
    assert!(!story.actions.contains(&asked), "it is on its way already: {:?}", story.actions);
    story.event(Event::CheckPublished { run, sha, check_run: 101, revision, unsure: false });
    assert!(story.state().checks.last().expect("it is there").is_settled(&Policy::default()));
}

#[test]
fn the_open_check_of_a_run_that_is_under_way_stays_open() {
    let mut story = Story::running();
    let before = story.state().clone();
    let check = before.checks.last().cloned().expect("there is a check");
    story.event(Event::CheckFoundOpen { run: check.run, sha: check.sha, check_run: 101 });
    assert_eq!(*story.state(), before);
    assert_eq!(story.actions, []);
}

/// Of a run that a restored database does not know.
#[test]
fn an_open_check_that_nobody_remembers_is_cancelled_under_its_own_id() {
    let mut story = Story::running();
    story.finds(0, None);
    let sha = "bbbbbbb2".to_owned();
    story.event(Event::CheckFoundOpen { run: 77, sha: sha.clone(), check_run: 901 });
    assert!(story.actions.contains(&Action::PublishCheck { run: 77, sha: sha.clone() }), "{:?}", story.actions);
    let check = story.state().check(77, &sha).cloned().expect("it is remembered now");
    assert_eq!((check.face, check.check_run), (Face::Cancelled { why: "its run is over".into() }, Some(901)));
}

#[test]
fn it_does_not_wait_longer_for_that_than_between_two_readings() {
    for (refresh_ms, due_ms) in [(2_000, 2_000), (24 * 3_600_000, 300_000), (0, 300_000)] {
        let mut story = Story::opened_with(Policy { refresh_ms, ..Policy::default() });
        story.run_starts().finds(0, None);
        let check = story.state().checks.last().cloned().expect("there is a check");
        let (run, sha, revision) = (check.run, check.sha, check.revision);
        story.event(Event::CheckPublished { run, sha, check_run: 101, revision, unsure: true });
        let due = engine::TimerChange::At { name: Timer::Republish.name().into(), at: story.now.plus_millis(due_ms) };
        assert!(story.timers.contains(&due), "{refresh_ms}: {:?}", story.timers);
    }
}

#[test]
fn what_frees_a_machine_or_answers_a_person_does_not_queue_behind_publishing() {
    let mut story = Story::running();
    story.finds(4, Some(patch()));
    let (alone, queued): (Vec<_>, Vec<_>) =
        story.actions.iter().partition(|action| action.options().turn == engine::Turn::Independent);
    assert!(matches!(alone[..], [Action::DestroyMachine { .. }]), "{alone:?}");
    assert!(queued.iter().any(|action| matches!(action, Action::PublishReview { .. })), "{queued:?}");
    story.asks("bob", crate::pull_request::Ask::Review);
    let reading = story.actions.iter().find(|action| matches!(action, Action::ReadPermission { .. }));
    assert!(reading.is_some_and(|action| action.options().turn == engine::Turn::Independent));
}

#[test]
fn a_machine_does_not_wait_for_what_is_published_but_for_the_volume_before_it() {
    let starting = Action::StartMachine { run: 1 }.options().turn;
    let volumes = [Action::CreateVolume { run: 1, copy: 0 }, Action::DeleteVolume { volume: None, copy: 0 }];
    assert!(volumes.iter().all(|action| action.options().turn == starting));
    let publishing = Action::PublishCheck { run: 1, sha: "a".into() }.options().turn;
    assert!(starting != publishing && starting != engine::Turn::Independent, "{starting:?}, {publishing:?}");
}

#[test]
fn what_starts_a_machine_or_writes_much_has_longer_than_a_plain_call() {
    let plain = Action::ReadPullRequest.options();
    let machine = Action::StartMachine { run: 1 }.options();
    let review = Action::PublishReview { run: 1 }.options();
    let destroy = Action::DestroyMachine { run: 1, machine: None }.options();
    assert_eq!(
        [plain.timeout_ms, destroy.timeout_ms, review.timeout_ms, machine.timeout_ms],
        [30_000, 60_000, 90_000, 120_000]
    );
    assert!(machine.attempts_max < plain.attempts_max, "a person hears early that no machine can be had");
}

#[test]
fn a_day_is_a_day() {
    assert_eq!(DAY_MS, 86_400_000);
}
