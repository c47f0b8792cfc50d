//! What the core knows of a workflow that no row tells: attempts, pushed-back clocks, places in a queue (E11).

use super::{Core, actions::Stage};
use crate::{Timestamp, WorkflowId};

/// Where a pending action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionStanding {
    /// Stable name.
    pub name: &'static str,
    /// Attempts begun.
    pub attempt: u32,
    /// Of those, put off without being made.
    pub postponed: u32,
    /// Attempts allowed.
    pub attempts_max: u32,
    /// An attempt is under way, or its answer is being recorded.
    pub running: bool,
    /// When the next attempt begins.
    pub next_at: Option<Timestamp>,
}

/// What memory knows of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standpoint {
    /// Pending actions, in commit order.
    pub actions: Vec<ActionStanding>,
    /// Timers and when they are due.
    pub timers: Vec<(String, Timestamp)>,
    /// Place in its pool's queue from 1, length of the queue, slots.
    pub place: Option<(usize, usize, usize)>,
    /// Its row cannot be read.
    pub unreadable: Option<String>,
}

impl Core {
    /// What memory knows of a workflow.
    pub fn explain(&self, workflow: WorkflowId) -> Standpoint {
        let live = self.live.get(&workflow);
        let pending = live.into_iter().flat_map(|live| &live.pending);
        let actions = pending.filter_map(|pending| {
            let progress = self.actions.get(workflow, pending.id)?;
            Some(ActionStanding {
                name: pending.act.name,
                attempt: progress.attempt,
                postponed: progress.postponed,
                attempts_max: pending.act.options.attempts_max,
                running: matches!(progress.stage, Stage::Running | Stage::Answered),
                next_at: if let Stage::Backoff(at) = progress.stage { Some(at) } else { None },
            })
        });
        let timers = live.into_iter().flat_map(|live| &live.timers);
        Standpoint {
            actions: actions.collect(),
            timers: timers.map(|timer| (timer.name.clone(), self.clockwork.due(workflow, timer))).collect(),
            place: self.pools.place(workflow),
            unreadable: self.unreadable.get(&workflow).cloned(),
        }
    }
}
