//! The checker tried: a history that is right passes, and each forgery of it is found, as what it is.

use super::{
    checker::{Wrong, judge},
    history::{Fact, History, Told},
    outside::{Acknowledged, Check, Outside, Pull},
};
use domain::{ids::RequestId, pull_request::Event};

fn right() -> (History, Outside) {
    let events = [
        ("gh:1", Event::SlotGranted),
        ("act:1", Event::MachineStarted { run: 1, machine: "m1".into() }),
        ("act:2", Event::CheckPublished { run: 1, sha: "a".into(), check_run: 11, revision: 1, unsure: false }),
        ("act:3", Event::ReviewPublished { run: 1, review: 21, comments: 2 }),
        ("gh:2", Event::SlotGranted),
        ("act:5", Event::CheckPublished { run: 1, sha: "a".into(), check_run: 11, revision: 2, unsure: false }),
        ("act:6", Event::PatchPushed { request: RequestId("AAAAAA".into()), sha: "b".into() }),
    ];
    let names = ["start_machine", "publish_check", "publish_review", "publish_check", "publish_check", "push_patch"];
    let told = Told {
        id: "wf_1".into(),
        key: "1#7".into(),
        status: "closed".into(),
        terminal: true,
        pending: false,
        events: events.map(|(id, event)| Fact { id: id.into(), event }).into(),
        started: (1..).zip(names).collect(),
        withdrawn: [4].into(),
        diverged: None,
    };
    let acknowledged = ["gh:1", "gh:2", "gh:3"];
    let check = Check { id: 11, external_id: "wf_1:1".into(), sha: "a".into(), completed: true };
    let pull = Pull { checks: vec![check], reviews: vec![21], pushed: vec!["b".into()] };
    let outside = Outside {
        acknowledged: acknowledged.map(|id| Acknowledged { what: "a click".into(), event: id.into() }).into(),
        pulls: [("1#7".to_owned(), pull)].into(),
        left_over: 0,
    };
    (History { workflows: vec![told], early: ["gh:3".to_owned()].into() }, outside)
}

/// What is found after a forgery.
fn found(forge: impl FnOnce(&mut Told, &mut Pull)) -> Vec<String> {
    let (mut history, mut outside) = right();
    forge(&mut history.workflows[0], outside.pulls.get_mut("1#7").unwrap());
    judge(&history, &outside).wrong.iter().map(ToString::to_string).collect()
}

#[test]
fn a_history_that_is_right_passes_and_is_counted() {
    let (history, outside) = right();
    let judgement = judge(&history, &outside);
    assert_eq!(judgement.wrong, []);
    assert_eq!(judgement.summary(9), "9 kills, 3 acknowledged facts, 0 lost, 6 actions, 0 missing");
}

#[test]
fn an_acknowledged_fact_that_is_not_there_is_lost_and_counted() {
    let (mut history, outside) = right();
    history.workflows[0].events.remove(4);
    history.early.clear();
    let judgement = judge(&history, &outside);
    let lost = |event: &str| Wrong::Lost { what: "a click".into(), event: event.into() };
    assert_eq!(judgement.wrong, [lost("gh:2"), lost("gh:3")]);
    assert_eq!(judgement.summary(9), "9 kills, 3 acknowledged facts, 2 lost, 6 actions, 0 missing");
}

#[test]
fn an_action_that_nobody_answered_is_missing_and_counted() {
    assert_eq!(
        found(|told, _| told.withdrawn.clear()),
        ["wf_1: action 4 `publish_check` was started and never answered"]
    );
    let (mut history, outside) = right();
    history.workflows[0].pending = true;
    let judgement = judge(&history, &outside);
    assert_eq!(judgement.wrong, [Wrong::Pending { workflow: "wf_1".into() }]);
    assert!(judgement.summary(1).ends_with("6 actions, 1 missing"));
}

#[test]
fn a_workflow_that_went_elsewhere_or_is_not_over_is_found() {
    let elsewhere = found(|told, _| told.diverged = Some("after 3 of 4".into()));
    assert_eq!(elsewhere, ["wf_1: its history leads elsewhere: after 3 of 4"]);
    let waits = found(|told, _| (told.terminal, told.status) = (false, "running".into()));
    assert_eq!(waits, ["wf_1 is `running` though its pull request is closed"]);
}

#[test]
fn an_effect_that_is_cited_and_never_was_is_found() {
    assert_eq!(found(|_, pull| pull.reviews.clear()), ["wf_1: review 21 is in its history and not outside"]);
    assert_eq!(found(|_, pull| pull.pushed.clear()), ["wf_1: the push of b is in its history and not outside"]);
    assert_eq!(found(|_, pull| pull.checks.clear()), ["wf_1: check run 11 is in its history and not outside"]);
}

#[test]
fn an_effect_that_happened_and_is_not_known_is_found() {
    assert_eq!(found(|_, pull| pull.reviews.push(22)), ["wf_1: review 22 is outside and not in its history"]);
    assert_eq!(
        found(|_, pull| pull.pushed.push("c".into())),
        ["wf_1: the push of c is outside and not in its history"]
    );
}

#[test]
fn what_is_promised_once_and_happened_twice_is_found() {
    let again = |pull: &mut Pull| pull.checks.push(Check { id: 12, ..pull.checks[0].clone() });
    assert_eq!(
        found(|_, pull| again(pull)),
        ["wf_1: check run 12 is outside and not in its history", "wf_1: the check of wf_1:1 on a happened twice"]
    );
    let review = |told: &mut Told| told.events.push(told.events[3].clone());
    assert_eq!(found(|told, _| review(told)), ["wf_1: review 21 happened twice"]);
    let machine = |told: &mut Told| told.events.push(told.events[1].clone());
    assert_eq!(found(|told, _| machine(told)), ["wf_1: the start of machine 1 happened twice"]);
}

#[test]
fn a_second_check_run_passes_where_the_history_is_unsure_of_one_and_no_third() {
    let unsure = |told: &mut Told| {
        let published = told.events.iter_mut().find(|fact| fact.id == "act:2").unwrap();
        if let Event::CheckPublished { unsure, .. } = &mut published.event {
            *unsure = true;
        }
    };
    let twin = |pull: &mut Pull, id, completed| {
        let check = pull.checks[0].clone();
        pull.checks.push(Check { id, completed, ..check });
    };
    let none: [&str; 0] = [];
    assert_eq!(found(|told, _| unsure(told)), none, "there need not be one");
    assert_eq!(found(|told, pull| (unsure(told), twin(pull, 12, true)).0), none);
    assert_eq!(
        found(|told, pull| (unsure(told), twin(pull, 12, true), twin(pull, 13, true)).0),
        ["wf_1: check run 13 is outside and not in its history", "wf_1: the check of wf_1:1 on a happened twice"]
    );
    assert_eq!(found(|told, pull| (unsure(told), twin(pull, 12, false)).0), ["check run 12 of wf_1:1 is open"]);
    let elsewhere = found(|told, pull| {
        unsure(told);
        pull.checks.push(Check { id: 12, external_id: "wf_1:2".into(), ..pull.checks[0].clone() });
    });
    assert_eq!(elsewhere, ["wf_1: check run 12 is outside and not in its history"]);
}

#[test]
fn an_open_check_what_is_left_and_an_unknown_pull_request_are_found() {
    assert_eq!(found(|_, pull| pull.checks[0].completed = false), ["check run 11 of wf_1:1 is open"]);
    let (history, mut outside) = right();
    outside.left_over = 2;
    outside.pulls.insert("1#8".into(), Pull::default());
    let wrong: Vec<String> = judge(&history, &outside).wrong.iter().map(ToString::to_string).collect();
    assert_eq!(wrong, ["the pull request 1#8 has no workflow", "2 machines or volumes are left"]);
}
