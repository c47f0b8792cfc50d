use domain::{pull_request, reminder};
use engine::{EventId, WorkflowId};
use serde::{Deserialize, Serialize};

/// What is told to whom, and how far that is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The delivery's; every event has it.
    pub id: EventId,
    /// One after the other.
    pub parts: Vec<Part>,
    /// Installation whose open pull requests are to be read in the end.
    pub read_then: Option<u64>,
    /// Where it is.
    #[serde(default)]
    pub at: Cursor,
}

/// One change and whom it concerns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Whose.
    pub scope: Scope,
    /// What pull requests are told.
    pub change: pull_request::AccessChange,
    /// What reminders are told, if they are told anything.
    pub of_reminders: Option<reminder::AccessChange>,
}

/// Which workflows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Of an installation.
    Installation(u64),
    /// Of a repository.
    Repository(u64),
}

/// How far an order is done: everything before this is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Parts that are done.
    pub part: usize,
    /// Of the next one, the reminders are done.
    pub reminders: bool,
    /// Workflows looked at, up to this one.
    pub after: Option<WorkflowId>,
}

impl Order {
    pub fn new(id: EventId, parts: Vec<Part>, read_then: Option<u64>) -> Self {
        Self { id, parts, read_then, at: Cursor::default() }
    }

    /// The part that is under way; none: all is done.
    pub fn part(&self) -> Option<&Part> {
        self.parts.get(self.at.part)
    }

    /// A page was told; `last`: the last one looked at, if more may follow.
    pub fn told(&mut self, last: Option<WorkflowId>) {
        self.at = match (last, self.at) {
            (Some(_), at) => Cursor { after: last, ..at },
            (None, Cursor { reminders: false, part, .. }) => Cursor { part, reminders: true, after: None },
            (None, Cursor { part, .. }) => Cursor { part: part + 1, ..Cursor::default() },
        };
    }
}
