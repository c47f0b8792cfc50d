//! The batch that gathers while the one before it is committed: group commit without an artificial delay (E5).

use super::{Receipt, SubmitError, Ticket, Typed, item::Item};
use crate::{ActionId, Batch, EarlyRow, EventId, EventRecord, InboxDone, WorkflowId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a batch did to one workflow.
#[derive(Default)]
pub(super) struct Touch {
    /// Name of the last event; `None`: none that is worth telling.
    pub event_name: Option<String>,
    /// What it wants or holds of a pool changed.
    pub slots: bool,
    /// Actions that are new.
    pub started: Vec<ActionId>,
    /// Actions that were answered or withdrawn.
    pub ended: Vec<ActionId>,
}

/// Counts that become true with the commit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub transitions: u64,
    pub duplicates: u64,
    pub illegal: u64,
    pub kept_early: u64,
    pub timers_fired: u64,
    pub granted: u64,
}

/// A batch that gathers.
#[derive(Default)]
pub(super) struct Open {
    pub items: Vec<Item>,
    pub answers: Vec<(Ticket, Result<Receipt, SubmitError>)>,
    pub touched: BTreeMap<WorkflowId, Touch>,
    /// Put aside since the batch before, and active in the database.
    pub rested: BTreeSet<WorkflowId>,
    pub events: Vec<EventRecord>,
    pub early: Vec<EarlyRow>,
    pub early_used: Vec<(Arc<str>, Arc<str>, EventId)>,
    pub inbox_done: Vec<InboxDone>,
    pub tally: Tally,
}

impl Open {
    pub fn is_empty(&self) -> bool {
        let none = self.items.is_empty() && self.touched.is_empty() && self.inbox_done.is_empty();
        none && self.rested.is_empty()
    }

    /// Empty, with room for so many events: the next batch is about as large as the one before.
    pub fn with_room(items: usize) -> Self {
        Self {
            items: Vec::with_capacity(items),
            answers: Vec::with_capacity(items / 2),
            events: Vec::with_capacity(items),
            ..Self::default()
        }
    }

    /// There is something in it to be written, not only answers.
    pub fn writes(&self) -> bool {
        !self.touched.is_empty() || !self.events.is_empty() || !self.early.is_empty() || !self.inbox_done.is_empty()
    }

    /// An early event was used. If it was kept in this very batch it was never written.
    pub fn use_early(&mut self, row: &EarlyRow) {
        let before = self.early.len();
        self.early.retain(|kept| (&kept.kind, &kept.key, &kept.id) != (&row.kind, &row.key, &row.id));
        if self.early.len() == before {
            self.early_used.push((Arc::clone(&row.kind), Arc::clone(&row.key), row.id.clone()));
        }
    }
}

/// What a workflow will look like to others once the batch is committed.
pub(super) struct After {
    pub id: WorkflowId,
    pub touch: Touch,
    pub state: Typed,
    pub status: &'static str,
    pub revision: u64,
}

/// A batch under way.
pub(super) struct Flight {
    pub items: Vec<Item>,
    pub answers: Vec<(Ticket, Result<Receipt, SubmitError>)>,
    pub after: Vec<After>,
    pub tally: Tally,
    pub batch: Arc<Batch>,
}

impl Flight {
    /// Workflows that it changes.
    pub fn touched(&self) -> Vec<WorkflowId> {
        self.after.iter().map(|after| after.id).collect()
    }
}
