//! Random walks: actions answered in any way, timers, and an outside that does what it likes. What must hold, holds
//! after every step.

use super::story::{patch, pull_request, snapshot};
use crate::{
    golden::Row,
    people::{Permission, Person, Via},
    policy::Policy,
    pull_request::*,
};
use engine::{Awaits, TimerChange, Timestamp, Turns, Workflow};
use std::collections::{BTreeMap, BTreeSet};
use testkit::Dice;

#[derive(Default)]
struct World {
    state: Option<State>,
    pending: Vec<Action>,
    timers: BTreeMap<String, u64>,
    machines: BTreeSet<u32>,
    volumes: BTreeSet<u32>,
    head: u32,
    open: bool,
    draft: bool,
    pushed: BTreeSet<String>,
    questions: BTreeSet<String>,
    answered: BTreeSet<String>,
    now: u64,
    rows: Vec<Row>,
}

/// Seeds whose walks show about all that a row can hold.
const ROWS_SEEDS: u64 = 40;

/// What the walks write into rows.
pub(super) fn seen() -> Vec<Row> {
    let walks = (1..=ROWS_SEEDS).flat_map(|seed| walk(seed).rows);
    walks.collect()
}

#[test]
fn whatever_happens_nothing_is_stuck_and_no_two_machines_share_a_volume() {
    for seed in 1..=400 {
        walk(seed);
    }
}

fn walk(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let mut world = World { open: true, ..World::default() };
    world.take(&Event::Hinted { pr: pull_request(), hint: Hint::Opened }, seed);
    for _ in 0..150 {
        world.step(&mut dice, seed);
    }
    world.end(&mut dice, seed);
    world
}

impl World {
    fn take(&mut self, event: &Event, seed: u64) {
        self.now += 1000;
        let now = Timestamp::from_millis(self.now);
        let Ok(transition) = PullRequest::transition(self.state.as_ref(), event, now) else { return };
        for change in transition.timers {
            match change {
                TimerChange::At { name, at } => self.timers.insert(name, at.as_millis()),
                TimerChange::Silence { name, after_ms, .. } => self.timers.insert(name, self.now + after_ms),
                TimerChange::Cancel { name } => self.timers.remove(&name),
            };
        }
        for action in &transition.actions {
            if let Action::Reply { key, text: ReplyText::Answer { .. } | ReplyText::NotAnswered { .. }, .. } = action {
                assert!(self.answered.insert(key.clone()), "seed {seed}: {key} twice after {event:?}");
            }
        }
        if seed <= ROWS_SEEDS {
            self.rows.extend(transition.actions.iter().map(Row::action));
            self.rows.extend([Row::event(event), Row::state(&transition.state)]);
        }
        self.pending.extend(transition.actions);
        self.state = Some(transition.state);
        self.check(event, seed);
    }

    fn check(&self, event: &Event, seed: u64) {
        let state = self.state.as_ref().expect("it has begun");
        let summary = PullRequest::summary(state);
        let moves = !self.pending.is_empty()
            || !self.timers.is_empty()
            || summary.awaits == Awaits::Event
            || summary.pool != engine::Pool::None;
        assert!(summary.terminal || moves, "seed {seed}: stuck after {event:?} in {state:#?}");
        assert!(serde_json::to_vec(state).expect("JSON").len() <= engine::STATE_BYTES_MAX, "seed {seed}");
        let question = state.wanted.as_ref().filter(|wanted| matches!(wanted.purpose, Purpose::Question { .. }));
        let asks = state.phase == Phase::AwaitingDecision || question.is_some();
        assert!(state.request.is_none() || asks, "seed {seed}: nobody can answer after {event:?} in {state:#?}");
        assert!(state.phase != Phase::AwaitingDecision || state.request.is_some(), "seed {seed}: waits for nothing");
        if let Some(question) = question {
            let shown = state.checks.iter().any(|check| check.run == question.run);
            assert!(!shown, "seed {seed}: a question has a check");
        }
        let review = state.wanted.as_ref().is_some_and(|wanted| matches!(wanted.purpose, Purpose::Review { .. }));
        let begins = review && matches!(state.phase, Phase::Queued | Phase::Provisioning { .. });
        assert!(state.paused.is_none() || !begins, "seed {seed}: a paused pull request is reviewed after {event:?}");
        if state.phase == Phase::Closed {
            assert!(self.machines.is_empty(), "seed {seed}: a machine outlived its workflow");
            assert!(self.volumes.is_empty(), "seed {seed}: a volume outlived its workflow");
        }
    }

    fn step(&mut self, dice: &mut Dice, seed: u64) {
        match dice.roll(10) {
            0..=4 if !self.pending.is_empty() => self.answer(dice, seed),
            5 if !self.timers.is_empty() => self.fire(dice, seed),
            6 => self.outside(dice, seed),
            7 => self.person(dice, seed),
            _ => self.worker(dice, seed),
        }
        let wants = self.state.as_ref().is_some_and(|s| matches!(PullRequest::summary(s).pool, engine::Pool::Wants(_)));
        if wants && dice.roll(2) == 0 {
            self.take(&Event::SlotGranted, seed);
        }
    }

    fn answer(&mut self, dice: &mut Dice, seed: u64) {
        let mut turns = Turns::default();
        let next = (0..self.pending.len()).filter(|place| turns.is_next(self.pending[*place].options().turn));
        let next: Vec<usize> = next.collect();
        let place = next[dice.roll(next.len())];
        let action = self.pending.remove(place);
        let fails = dice.roll(8) == 0;
        let happened = !fails || dice.roll(2) == 0;
        if happened {
            self.happens(&action, seed);
        }
        let event = if fails {
            let failure = engine::ActionFailure { message: "no".into(), ambiguous: happened, attempts: 3 };
            action.failed(&failure)
        } else {
            self.success(&action)
        };
        self.take(&event, seed);
    }

    fn happens(&mut self, action: &Action, seed: u64) {
        match action {
            Action::CreateVolume { copy, .. } => {
                self.volumes.insert(*copy);
            }
            Action::StartMachine { run } => {
                let copy = self.state.as_ref().and_then(|s| s.volume.as_ref()).map(|volume| volume.copy);
                let stranded = |run: &u32| {
                    self.state.as_ref().is_some_and(|s| {
                        s.stranded.iter().any(|left| {
                            left.machine.as_ref().is_some_and(|m| m.run == *run)
                                && left.volume.as_ref().map(|v| v.copy) != copy
                        })
                    })
                };
                assert!(self.machines.iter().all(stranded), "seed {seed}: two machines on one volume");
                self.machines.insert(*run);
            }
            Action::DestroyMachine { run, .. } => {
                self.machines.remove(run);
            }
            Action::DeleteVolume { copy, .. } => {
                self.volumes.remove(copy);
            }
            Action::PushPatch { request } => {
                // The commit's trailer is looked for first: an ambiguous push is found again, never repeated.
                self.pushed.insert(request.0.clone());
                let decision = self.state.as_ref().and_then(|s| s.decision(request)).expect("it was decided");
                assert_eq!(decision.choice, Choice::Yes, "seed {seed}: pushed without an approval");
            }
            _ => {}
        }
    }

    fn success(&self, action: &Action) -> Event {
        let state = self.state.as_ref().expect("it has begun");
        match action {
            Action::ReadPullRequest => {
                let head = format!("head{:04}", self.head);
                let snapshot = Snapshot { open: self.open, draft: self.draft, ..snapshot(&head) };
                let policy = self.head.is_multiple_of(3).then(|| Policy { retention_ms: 0, ..Policy::default() });
                Event::PullRequestRead {
                    reading: Box::new(Reading::PullRequest { snapshot: Box::new(snapshot), policy }),
                }
            }
            Action::ReadPermission { ask, .. } => {
                Event::PermissionRead { ask: ask.clone(), permission: Permission::Write, owns: None }
            }
            Action::CreateVolume { run, copy } => Event::VolumeCreated { run: *run, copy: *copy, volume: "v".into() },
            Action::StartMachine { run } => Event::MachineStarted { run: *run, machine: format!("m{run}") },
            Action::DestroyMachine { run, .. } => Event::MachineGone { run: *run },
            Action::DeleteVolume { copy, .. } => Event::VolumeDeleted { copy: *copy },
            Action::PublishCheck { run, sha } => {
                let revision = state.check(*run, sha).map_or(0, |check| check.revision);
                Event::CheckPublished { run: *run, sha: sha.clone(), check_run: 1, revision, unsure: false }
            }
            Action::PublishReview { run } => Event::ReviewPublished { run: *run, review: 1, comments: 1 },
            Action::React { ask, .. } => Event::Reacted { ask: ask.clone() },
            Action::Reply { key, .. } => Event::Replied { key: key.clone() },
            Action::ResolveThreads { gone } => Event::ThreadsResolved { gone: gone.clone(), threads: 1, left: 0 },
            Action::PushPatch { request } => Event::PatchPushed { request: request.clone(), sha: "own".into() },
        }
    }

    fn fire(&mut self, dice: &mut Dice, seed: u64) {
        let place = dice.roll(self.timers.len());
        let Some((name, at)) = self.timers.iter().nth(place).map(|(name, at)| (name.clone(), *at)) else { return };
        self.timers.remove(&name);
        self.now = self.now.max(at);
        self.take(&PullRequest::timer_fired(&name).expect("only our timers"), seed);
    }

    fn outside(&mut self, dice: &mut Dice, seed: u64) {
        let hint = match dice.roll(6) {
            0 | 1 => {
                self.head += 1;
                Hint::Synchronized
            }
            2 => {
                self.open = !self.open;
                if self.open { Hint::Reopened } else { Hint::Closed }
            }
            3 => {
                self.draft = !self.draft;
                Hint::ConvertedToDraft
            }
            _ => Hint::Edited,
        };
        self.take(&Event::Hinted { pr: pull_request(), hint }, seed);
        let change = match dice.roll(30) {
            0 => AccessChange::InstallationSuspended,
            1..=3 => AccessChange::InstallationRestored,
            _ => return,
        };
        self.take(&Event::AccessChanged { change }, seed);
    }

    fn person(&mut self, dice: &mut Dice, seed: u64) {
        let choice = [Choice::Yes, Choice::Yes, Choice::No, Choice::Later][dice.roll(4)];
        let state = self.state.as_ref().expect("it has begun");
        let what = match (&state.request, dice.roll(12)) {
            (Some(request), 0..=3) => Ask::Answer { request: request.id.clone(), choice },
            (_, 4 | 5) => Ask::Review,
            (_, 6) => Ask::Cancel,
            (_, 7) => Ask::Pause,
            (_, 8) => Ask::Resume,
            (_, 9) => Ask::Explain,
            (_, 10 | 11) => Ask::Question { text: "digest".into() },
            _ => return,
        };
        let via = [Via::Operator, Via::Rerun, Via::Comment { comment: self.now }][dice.roll(3)].clone();
        let by = Person { login: "bob".into(), bot: false };
        let ask = format!("{}", self.now);
        if matches!(what, Ask::Question { .. }) {
            self.questions.insert(format!("answer:{ask}"));
        }
        self.take(&Event::Asked { ask, what, by, via }, seed);
    }

    fn worker(&mut self, dice: &mut Dice, seed: u64) {
        let Some(run) = self.machines.iter().next_back().copied() else { return };
        let state = self.state.as_ref().expect("it has begun");
        let question = state.wanted.as_ref().is_some_and(|wanted| matches!(wanted.purpose, Purpose::Question { .. }));
        let decided = state.wanted.as_ref().is_some_and(|wanted| matches!(wanted.purpose, Purpose::Decision { .. }));
        let outcome = match dice.roll(6) {
            0 => RunOutcome::Failed { message: "no".into() },
            _ if question => RunOutcome::Answered,
            _ if decided => RunOutcome::ApplyApproved { digest: patch().digest },
            _ => RunOutcome::Reviewed,
        };
        let result = ResultFacts {
            digest: format!("r{run}"),
            outcome,
            head_sha: String::new(),
            findings: Counts { high: 0, medium: 3, low: 0 },
            new: 1,
            resolved: 0,
            files_read: Some(1),
            files_total: 1,
            patch: (dice.roll(2) == 0).then(patch),
        };
        let event = match dice.roll(3) {
            0 => Event::RunClaimed { run },
            1 => Event::RunHeard { run },
            _ => Event::RunFinished { run, result: Box::new(result) },
        };
        self.take(&event, seed);
    }

    /// The pull request is closed for good, everything answers, time passes: everything must be gone.
    fn end(&mut self, dice: &mut Dice, seed: u64) {
        self.open = false;
        self.take(&Event::AccessChanged { change: AccessChange::InstallationRestored }, seed);
        self.take(&Event::Hinted { pr: pull_request(), hint: Hint::Closed }, seed);
        for _ in 0..3000 {
            if self.state.as_ref().is_some_and(|state| state.phase == Phase::Closed) && self.pending.is_empty() {
                let unpaid = self
                    .pushed
                    .iter()
                    .find(|id| self.state.as_ref().is_some_and(|s| s.decisions.iter().all(|d| d.request.id.0 != **id)));
                let stray = self.answered.difference(&self.questions).next();
                assert_eq!(stray, None, "seed {seed}: answered, and never asked");
                assert!(self.pushed.len() > 6 || unpaid.is_none(), "seed {seed}: {unpaid:?} was pushed undecided");
                return;
            }
            if let Some(place) = self.pending.iter().position(|_| true) {
                let action = self.pending.remove(place);
                self.happens(&action, seed);
                let event = self.success(&action);
                self.take(&event, seed);
            } else if !self.timers.is_empty() {
                self.fire(dice, seed);
            } else {
                break;
            }
        }
        panic!("seed {seed}: not closed: {:#?} {:?} {:?}", self.state, self.pending, self.timers);
    }
}
