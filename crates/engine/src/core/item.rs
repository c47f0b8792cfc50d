//! Events on their way into a commit, in lanes: what the engine owes itself (answers of actions, grants) has its own way
//! in, so that a full queue of submissions cannot hold up what would empty it; what people and services send goes before
//! timers.

use super::{Fact, Ticket};
use crate::{ActionId, EventId, WorkflowId};
use std::{collections::VecDeque, sync::Arc};

/// A workflow's unique name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub kind: &'static str,
    pub key: Arc<str>,
}

/// How an event names its workflow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Key(Name),
    Id(WorkflowId),
}

/// Where an event comes from, and so what it settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// Someone waits for the answer.
    Outside(Ticket),
    /// It was acknowledged when it was put into the inbox.
    Inbox,
    /// It answers a pending action.
    Action(ActionId),
    /// A timer of that name and arming.
    Timer { name: String, armed: u64 },
    /// A slot of that pool.
    Grant { pool: String },
}

impl Origin {
    /// It comes from outside, so its id may have been recorded before (E2).
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Outside(_) | Self::Inbox)
    }
}

/// One event on its way.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub target: Target,
    pub id: EventId,
    pub event: Fact,
    pub origin: Origin,
    /// Whether the database knows its id: not asked yet, or the answer.
    pub known: Option<bool>,
    /// Commits of it alone that met a conflict.
    pub conflicts: u8,
    /// Its place in the inbox, taken with its commit.
    pub inbox: Option<u64>,
}

impl Item {
    pub fn new(target: Target, id: EventId, event: Fact, origin: Origin) -> Self {
        Self { target, id, event, origin, known: None, conflicts: 0, inbox: None }
    }
}

/// The lanes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Was loaded for, or is tried again; goes first so that order within a workflow is kept.
    pub ready: VecDeque<Item>,
    /// Answers and grants.
    pub owed: VecDeque<Item>,
    pub outside: VecDeque<Item>,
    pub timers: VecDeque<Item>,
}

impl Lanes {
    /// The next item for a batch that holds `taken` of `cap`; an eighth is left to timers that wait.
    pub fn next(&mut self, taken: usize, cap: usize) -> Option<Item> {
        if let Some(item) = self.ready.pop_front().or_else(|| self.owed.pop_front()) {
            return Some(item);
        }
        let for_timers = (cap / 8).min(self.timers.len());
        if (taken + for_timers < cap || self.timers.is_empty())
            && let Some(item) = self.outside.pop_front()
        {
            return Some(item);
        }
        self.timers.pop_front()
    }

    pub fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.owed.is_empty() && self.outside.is_empty() && self.timers.is_empty()
    }
}
