//! Walks the transition function over a small alphabet of events until no new kind of state appears.

use crate::{
    gates::Listed,
    ids::PullRequestRef,
    people::{Permission, Person, Via},
    pull_request::{
        AccessChange, Ask, Choice, Counts, Event, Failed, Hint, MachineEnd, PatchFacts, PullRequest, Reading,
        ResultFacts, RunOutcome, Snapshot, State, Timer,
    },
};
use engine::{Timestamp, Workflow};
use std::collections::{BTreeSet, VecDeque};

/// One step of the walk.
#[derive(Debug)]
pub(in crate::pull_request) struct Leg {
    pub(super) from: Option<State>,
    pub(in crate::pull_request) event: Event,
    pub(in crate::pull_request) to: State,
}

/// States visited at most; the walk ends far earlier.
const STATES_MAX: usize = 4000;

/// Every step from every kind of state that can be reached.
pub(in crate::pull_request) fn legs() -> Vec<Leg> {
    let mut legs = Vec::new();
    let mut seen = BTreeSet::new();
    let mut frontier: VecDeque<(Option<State>, u64)> = VecDeque::from([(None, 1)]);
    while let Some((from, clock)) = frontier.pop_front() {
        for event in alphabet(from.as_ref()) {
            let now = Timestamp::from_millis(clock * 1000);
            let Ok(transition) = PullRequest::transition(from.as_ref(), &event, now) else { continue };
            let to = transition.state;
            if seen.len() < STATES_MAX && seen.insert(kind_of(&to)) {
                frontier.push_back((Some(to.clone()), clock + 1));
            }
            legs.push(Leg { from: from.clone(), event, to });
        }
    }
    legs
}

/// What makes two states different for the walk: everything that a handler branches on, nothing that only counts up.
fn kind_of(state: &State) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {} {}",
        state.phase,
        state.access,
        state.read,
        state.machine.as_ref().map(|machine| machine.end),
        state.volume.as_ref().map(|volume| volume.life),
        state.request.as_ref().map(|request| request.kind.code()),
        state.wanted.as_ref().map(|wanted| std::mem::discriminant(&wanted.purpose)),
        state.snapshot.as_ref().map(|snapshot| (snapshot.head_sha.clone(), snapshot.open, snapshot.draft)),
        state.lost,
        state.paused.is_some(),
        state.questions.is_empty(),
    )
}

fn alphabet(state: Option<&State>) -> Vec<Event> {
    let hinted = |hint| Event::Hinted { pr: pull_request(), hint };
    let Some(state) = state else { return vec![hinted(Hint::Opened)] };
    let run = state.run;
    let mut events = vec![hinted(Hint::Synchronized), hinted(Hint::Closed), hinted(Hint::Reopened)];
    let heads = [("a", true, false), ("b", true, false), ("a", false, false), ("a", true, true)];
    events.extend(heads.map(|(head, open, draft)| read(head, open, draft)));
    events.push(Event::PullRequestRead { reading: Box::new(Reading::NoAccess { why: "404".into() }) });
    events.extend([
        Event::SlotGranted,
        Event::VolumeCreated { run, copy: state.copies, volume: "v".into() },
        Event::MachineStarted { run, machine: "m".into() },
        Event::RunClaimed { run },
        Event::MachineGone { run: state.machine.as_ref().map_or(run, |machine| machine.run) },
        Event::VolumeDeleted { copy: state.volume.as_ref().map_or(0, |volume| volume.copy) },
    ]);
    events.extend(outcomes(state).map(|result| Event::RunFinished { run, result: Box::new(result) }));
    events.extend(answers(state));
    if let Some(request) = state.decisions.last().map(|decision| decision.request.id.clone()) {
        events.push(Event::PatchPushed { request: request.clone(), sha: "c".into() });
        events.push(Event::PushRefused { request, reason: "the branch moved".into() });
    }
    events.extend(state.checks.iter().map(|check| Event::CheckPublished {
        run: check.run,
        sha: check.sha.clone(),
        check_run: 1,
        revision: check.revision,
        unsure: false,
    }));
    events.extend(armed(state).map(|timer| Event::TimerFired { timer }));
    events.extend([
        Event::AccessChanged { change: AccessChange::InstallationRemoved },
        Event::AccessChanged { change: AccessChange::InstallationSuspended },
        Event::AccessChanged { change: AccessChange::InstallationRestored },
    ]);
    let failed = |failed, ambiguous| Event::ActionFailed { failed, message: "no".into(), ambiguous };
    events.extend([
        failed(Failed::CreateVolume { run }, true),
        failed(Failed::StartMachine { run }, false),
        failed(Failed::StartMachine { run }, true),
        failed(Failed::DestroyMachine { run: state.machine.as_ref().map_or(run, |machine| machine.run) }, false),
    ]);
    events
}

fn pull_request() -> PullRequestRef {
    PullRequestRef { installation: 1, repository_id: 1, owner: "acme".into(), name: "shop".into(), number: 7 }
}

fn read(head: &str, open: bool, draft: bool) -> Event {
    let snapshot = Snapshot {
        head_sha: head.into(),
        head_ref: "topic".into(),
        base_sha: "0".into(),
        base_ref: "main".into(),
        title: String::new(),
        author: "ann".into(),
        author_is_bot: false,
        author_permission: Permission::Write,
        author_listed: None,
        open,
        draft,
        fork: false,
        archived: false,
        isolated: true,
        listed: Listed::Yes,
    };
    Event::PullRequestRead { reading: Box::new(Reading::PullRequest { snapshot: Box::new(snapshot), policy: None }) }
}

fn outcomes(state: &State) -> impl Iterator<Item = ResultFacts> {
    let head_sha = state.wanted.as_ref().map(|wanted| wanted.target.head_sha.clone()).unwrap_or_default();
    let patch = PatchFacts { digest: "d".into(), fixes: 1, files: 1 };
    let result = move |outcome, patch| ResultFacts {
        digest: "r".into(),
        outcome,
        head_sha: head_sha.clone(),
        findings: Counts { high: 0, medium: 1, low: 0 },
        new: 1,
        resolved: 0,
        files_read: Some(1),
        files_total: 1,
        patch,
    };
    [
        result(RunOutcome::Reviewed, None),
        result(RunOutcome::Reviewed, Some(patch)),
        result(RunOutcome::ApplyApproved { digest: "d".into() }, None),
        result(RunOutcome::Failed { message: "no".into() }, None),
        result(RunOutcome::Answered, None),
    ]
    .into_iter()
}

fn answers(state: &State) -> Vec<Event> {
    let by = Person { login: "bob".into(), bot: false };
    let asked = |ask: String, what| Event::Asked { ask, what, by: by.clone(), via: Via::Operator };
    let question = Ask::Question { text: "q".into() };
    let commands = [("c", Ask::Cancel), ("p", Ask::Pause), ("r", Ask::Resume), ("q", question)];
    let mut events: Vec<_> = commands.into_iter().map(|(ask, what)| asked(ask.into(), what)).collect();
    if let Some(request) = &state.request {
        let answer = |choice: &Choice| {
            let what = Ask::Answer { request: request.id.clone(), choice: *choice };
            asked(format!("{}{}", request.id, choice.code()), what)
        };
        events.extend(request.kind.choices().iter().map(answer));
    }
    events
}

/// The timers that a state arms; the others find nothing to do.
fn armed(state: &State) -> impl Iterator<Item = Timer> {
    let unconfirmed = state.machine.as_ref().is_some_and(|machine| machine.end == MachineEnd::Unconfirmed);
    let waiting = state.request.is_some();
    let running = state.run_under_way().is_some();
    Timer::ALL.into_iter().filter(move |timer| match timer {
        Timer::Claim | Timer::FirstHeartbeat | Timer::Silence | Timer::Total => running,
        Timer::Confirm | Timer::DestroyAgain => unconfirmed,
        Timer::Nudge | Timer::AskAgain | Timer::DecisionDeadline => waiting,
        Timer::Retention | Timer::Refresh | Timer::Republish => true,
    })
}
