//! Actions (E6): one at a time per workflow and lane in commit order, independent ones beside them; attempts are bounded, and the
//! end is always an event. What is known of attempts lives in memory only: after a restart an action counts as possibly
//! done, which is what its executor must be able to bear anyway.

use super::{
    Act, ActionError, Core, Effect, Fact, Origin, StartAction, StateRef, SubmitError,
    by_id::ById,
    item::{Item, Target},
    live::{Live, Pending},
    open::Touch,
};
use crate::{ActionFailure, ActionId, ActionOptions, EVENT_BYTES_MAX, EventId, Timestamp, Turns, WorkflowId};
use std::{collections::BTreeSet, sync::Arc};

/// The longest a server's Retry-After is believed.
const RETRY_AFTER_MAX_MS: u64 = 3_600_000;

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Running,
    Backoff(Timestamp),
    /// Its answer is on its way into a commit.
    Answered,
}

#[derive(Debug)]
pub(super) struct Progress {
    pub act: Act,
    pub attempt: u32,
    /// Attempts that were not made after all.
    pub postponed: u32,
    pub maybe_done: bool,
    pub stage: Stage,
}

/// All actions that are committed and not answered.
#[derive(Debug, Default)]
pub(super) struct Actions {
    progress: ById<Vec<(ActionId, Progress)>>,
    retries: BTreeSet<(Timestamp, WorkflowId)>,
    /// Workflows that wait for a place among the running.
    starved: BTreeSet<WorkflowId>,
    pub running: usize,
}

impl Actions {
    /// Actions out of a row. Those not known here belong to an earlier process, which may have done them; if that was
    /// another node that may still be at it, what must not overlap waits until `hold`.
    pub fn adopt(&mut self, workflow: WorkflowId, pending: &[Pending], hold: Option<Timestamp>) {
        let known = self.progress.entry(workflow).or_default();
        known.retain(|(id, _)| pending.iter().any(|one| one.id == *id));
        for Pending { id, act } in pending {
            if known.iter().any(|(known, _)| known == id) {
                continue;
            }
            let held = hold.filter(|_| !act.options.repeatable);
            self.retries.extend(held.map(|until| (until, workflow)));
            let stage = held.map_or(Stage::Waiting, Stage::Backoff);
            known.push((*id, Progress { act: act.clone(), attempt: 0, postponed: 0, maybe_done: true, stage }));
        }
        if known.is_empty() {
            self.progress.remove(&workflow);
        }
    }

    pub fn get(&self, workflow: WorkflowId, action: ActionId) -> Option<&Progress> {
        let of = self.progress.get(&workflow)?;
        of.iter().find(|(id, _)| *id == action).map(|(_, progress)| progress)
    }

    /// Another attempt is under way.
    fn begin(&mut self, place: (WorkflowId, ActionId)) -> Option<&Progress> {
        let progress = find(&mut self.progress, place)?;
        progress.attempt += 1;
        progress.stage = Stage::Running;
        self.running += 1;
        Some(progress)
    }

    fn get_mut(&mut self, place: (WorkflowId, ActionId)) -> Option<&mut Progress> {
        find(&mut self.progress, place)
    }

    /// A batch is durable: what it started may start, what it ended is over.
    pub fn landed(&mut self, live: &Live, touch: &Touch) {
        if touch.started.is_empty() && touch.ended.is_empty() {
            return;
        }
        let of = self.progress.entry(live.id).or_default();
        for Pending { id, act } in live.pending.iter().filter(|pending| touch.started.contains(&pending.id)) {
            let (act, stage) = (act.clone(), Stage::Waiting);
            of.push((*id, Progress { act, attempt: 0, postponed: 0, maybe_done: false, stage }));
        }
        of.retain(|(id, _)| !touch.ended.contains(id));
        if of.is_empty() {
            self.progress.remove(&live.id);
        }
    }

    /// Withdraws the actions of a name that have not started.
    pub fn withdraw(&self, live: &mut Live, name: &str, touch: &mut Touch) {
        let workflow = live.id;
        let started = |id| match self.get(workflow, id) {
            Some(Progress { stage: Stage::Waiting | Stage::Backoff(_), maybe_done, .. }) => *maybe_done,
            Some(_) => true,
            None => false,
        };
        live.pending.retain(|pending| {
            let stays = pending.act.name != name || started(pending.id);
            if !stays {
                touch.ended.push(pending.id);
            }
            stays
        });
    }

    /// Waits between attempts end now; those for another node's calls to be over do not (`hold`).
    pub fn hurry(&mut self, workflow: WorkflowId, now: Timestamp, hold: Option<Timestamp>) {
        for (_, progress) in self.progress.get_mut(&workflow).into_iter().flatten() {
            if let Stage::Backoff(until) = &mut progress.stage {
                let held = hold.filter(|_| progress.attempt == 0);
                *until = held.map_or(now, |hold| hold.max(now));
            }
        }
    }

    pub fn next_retry(&self) -> Option<Timestamp> {
        self.retries.first().map(|(at, _)| *at)
    }

    /// The actions of a workflow that may start now.
    fn startable(&self, live: &Live, now: Timestamp) -> Vec<ActionId> {
        let mut turns = Turns::default();
        let mut startable = Vec::new();
        for Pending { id, act } in &live.pending {
            let turn = turns.is_next(act.options.turn);
            let waits = self.get(live.id, *id).is_some_and(|progress| match progress.stage {
                Stage::Waiting => true,
                Stage::Backoff(until) => until <= now,
                Stage::Running | Stage::Answered => false,
            });
            if turn && waits {
                startable.push(*id);
            }
        }
        startable
    }
}

fn find(
    all: &mut ById<Vec<(ActionId, Progress)>>,
    (workflow, action): (WorkflowId, ActionId),
) -> Option<&mut Progress> {
    all.get_mut(&workflow)?.iter_mut().find(|(id, _)| *id == action).map(|(_, progress)| progress)
}

impl Core {
    /// Starts what may start.
    pub(super) fn dispatch(&mut self, workflow: WorkflowId, now: Timestamp) {
        let Some(live) = self.live.get(&workflow).filter(|_| !self.draining) else { return };
        let Some(state) = &live.committed else { return };
        for action in self.actions.startable(live, now) {
            if self.actions.running >= self.limits.actions_running_max {
                self.actions.starved.insert(workflow);
                return;
            }
            let Some(progress) = self.actions.begin((workflow, action)) else { continue };
            self.counts.attempts += 1;
            self.effects.push(Effect::StartAction(StartAction {
                workflow,
                kind: live.name.kind,
                key: Arc::clone(&live.name.key),
                action,
                name: progress.act.name,
                fact: progress.act.fact.clone(),
                attempt: progress.attempt,
                maybe_done: progress.maybe_done,
                state: StateRef(Arc::clone(state)),
                timeout_ms: progress.act.options.timeout_ms,
                repeatable: progress.act.options.repeatable,
            }));
        }
    }

    /// Attempts whose pause is over, and those that waited for a place.
    pub(super) fn retry_due(&mut self, now: Timestamp) {
        while let Some(&(at, workflow)) = self.actions.retries.first() {
            if at > now {
                break;
            }
            self.actions.retries.pop_first();
            self.dispatch(workflow, now);
        }
        while self.actions.running < self.limits.actions_running_max {
            let Some(workflow) = self.actions.starved.pop_first() else { break };
            self.dispatch(workflow, now);
        }
    }

    pub(super) fn action_finished(
        &mut self,
        workflow: WorkflowId,
        action: ActionId,
        attempt: u32,
        result: Result<Fact, ActionError>,
        now: Timestamp,
    ) {
        self.actions.running = self.actions.running.saturating_sub(1);
        let place = (workflow, action);
        let Some(progress) = self.actions.get_mut(place) else { return };
        if progress.attempt != attempt || progress.stage != Stage::Running {
            return;
        }
        let error = match result {
            Ok(answer) if answer.json.len() <= EVENT_BYTES_MAX => return self.answer(place, answer),
            Ok(answer) => ActionError::Permanent {
                message: format!(
                    "it was done, but its answer has {} bytes; at most {EVENT_BYTES_MAX} fit",
                    answer.json.len()
                ),
            },
            Err(error) => error,
        };
        progress.maybe_done |= matches!(error, ActionError::Ambiguous { .. });
        let (message, wait) = match error {
            // An earlier attempt may have done it, and may still land: what failed now is only this one.
            ActionError::Permanent { message } => {
                let ambiguous = progress.maybe_done;
                return self.fail(place, message, ambiguous);
            }
            ActionError::Postponed { wait, .. } => {
                progress.postponed += 1;
                let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).clamp(1, RETRY_AFTER_MAX_MS);
                let until = now.plus_millis(wait);
                progress.stage = Stage::Backoff(until);
                self.actions.retries.insert((until, workflow));
                return;
            }
            ActionError::Ambiguous { message } => (message, None),
            ActionError::Retryable { message, retry_after } => (message, retry_after),
        };
        let made = attempt - progress.postponed.min(attempt);
        if made >= progress.act.options.attempts_max {
            let ambiguous = progress.maybe_done;
            return self.fail(place, message, ambiguous);
        }
        let asked = wait.map_or(0, |wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).min(RETRY_AFTER_MAX_MS));
        let until = now.plus_millis(backoff_ms(&progress.act.options, place, made).max(asked));
        progress.stage = Stage::Backoff(until);
        self.actions.retries.insert((until, workflow));
    }

    /// The end of an action that failed for good: its kind's failure event.
    fn fail(&mut self, place: (WorkflowId, ActionId), message: String, ambiguous: bool) {
        self.counts.actions_failed += 1;
        let Some(progress) = self.actions.get(place.0, place.1) else { return };
        let kind = self.live.get(&place.0).map(|live| Arc::clone(&live.kind));
        let Some(kind) = kind else {
            // Dropped after a failed commit and not read again yet: the attempt counts as one that may have happened,
            // and the action is tried again once its workflow is back.
            if let Some(progress) = self.actions.get_mut(place) {
                progress.stage = Stage::Waiting;
            }
            return;
        };
        let attempts = progress.attempt - progress.postponed.min(progress.attempt);
        let mut failure = ActionFailure { message, ambiguous, attempts };
        let mut event = kind.action_failed(&progress.act.fact.typed, &failure);
        if event.as_ref().is_ok_and(|event| event.json.len() > EVENT_BYTES_MAX) {
            failure.message = clipped(&failure.message);
            event = kind.action_failed(&progress.act.fact.typed, &failure);
        }
        match event {
            Ok(event) => self.answer(place, event),
            Err(why) => self.note_refused(place.0, &EventId::action(place.1), &why),
        }
    }

    fn answer(&mut self, (workflow, action): (WorkflowId, ActionId), event: Fact) {
        if let Some(progress) = self.actions.get_mut((workflow, action)) {
            progress.stage = Stage::Answered;
        }
        let id = EventId::action(action);
        self.lanes.owed.push_back(Item::new(Target::Id(workflow), id, event, Origin::Action(action)));
    }

    /// The workflow cannot take the answer of its action. If that is for its size, the failure event stands in for it;
    /// otherwise the answer is recorded as refused.
    pub(super) fn answer_refused(
        &mut self,
        id: WorkflowId,
        action: ActionId,
        item: &Item,
        error: &SubmitError,
        now: Timestamp,
    ) {
        if let (SubmitError::TooLarge { .. }, Some(live)) = (error, self.live.get(&id)) {
            let act = live.pending.iter().find(|pending| pending.id == action).map(|pending| &pending.act);
            let message = format!("it was done, but the state after its answer does not fit: {error}");
            let failure = ActionFailure { message, ambiguous: false, attempts: 1 };
            let event = act.and_then(|act| live.kind.action_failed(&act.fact.typed, &failure).ok());
            if let Some(event) = event
                && let super::apply::Verdict::Moved(moved) = super::apply::judge(live, &event, &self.limits, now)
            {
                let record = (item.id.clone(), Arc::clone(&event.json));
                return self.advance(id, moved, record, &event, &item.origin, now);
            }
        }
        self.refuse_owed(id, item, &error.to_string(), now);
    }
}

/// Doubles with each attempt; between half of that and all of it, by the action's own place, so that many that failed
/// together do not come back together.
fn backoff_ms(options: &ActionOptions, (workflow, action): (WorkflowId, ActionId), attempt: u32) -> u64 {
    let doubled = options.backoff_ms.saturating_mul(1 << attempt.saturating_sub(1).min(20));
    let full = doubled.min(options.backoff_max_ms);
    let mut mixed = workflow.0 ^ (u64::from(action.0) << 32) ^ (u64::from(attempt) << 56);
    for factor in [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9] {
        mixed = (mixed ^ (mixed >> 29)).wrapping_add(0x9e37_79b9).wrapping_mul(factor);
    }
    full / 2 + (mixed >> 32) % (full / 2 + 1)
}

/// A message that fits beside anything.
fn clipped(message: &str) -> String {
    const BYTES: usize = 500;
    let mut end = message.len().min(BYTES);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e6_pauses_double_up_to_their_bound_with_jitter() {
        let options = ActionOptions {
            turn: crate::Turn::InOrder,
            attempts_max: 9,
            timeout_ms: 1,
            backoff_ms: 100,
            backoff_max_ms: 1_000,
            repeatable: false,
        };
        let at = |workflow, attempt| backoff_ms(&options, (WorkflowId(workflow), ActionId(1)), attempt);
        for workflow in 0..200 {
            assert!((50..=100).contains(&at(workflow, 1)));
            assert!((100..=200).contains(&at(workflow, 2)));
            assert!((500..=1_000).contains(&at(workflow, 9)));
        }
        let distinct: BTreeSet<_> = (0..200).map(|workflow| at(workflow, 9)).collect();
        assert!(distinct.len() > 100, "they come back together: {distinct:?}");
    }
}
