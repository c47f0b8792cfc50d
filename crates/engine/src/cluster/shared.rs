//! The seam to a database that several nodes share.

use super::ClusterLimits;
use crate::{CommitError, EventId, InboxRow, PoolColumns, Store, StoreError, WorkflowId};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// A partition under an owner: what a commit is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence {
    /// From 0.
    pub partition: u16,
    /// One higher with each owner.
    pub epoch: u64,
}

/// A partition as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionRow {
    /// Partition and epoch.
    pub fence: Fence,
    /// The node that owns it, or owned it last.
    pub owner: Option<String>,
    /// Its lease is over, or it was given back: it may be claimed.
    pub free: bool,
}

/// What a node reads with each renewal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beat {
    /// Nodes whose own word is not older than a lease, in order of their names.
    pub nodes: Vec<String>,
    /// All partitions, in order.
    pub partitions: Vec<PartitionRow>,
    /// Events in the inbox, counted no further than the bound.
    pub inbox: u64,
}

/// A partition that was claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// The new epoch.
    pub epoch: u64,
    /// The owner before may have calls under way for this long.
    pub hold: Duration,
}

/// An event for the inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxEvent {
    /// Partition of its workflow.
    pub partition: u16,
    /// Kind.
    pub kind: Arc<str>,
    /// Key.
    pub key: Arc<str>,
    /// Event id; one that is in the inbox already is not put there again.
    pub id: EventId,
    /// JSON.
    pub payload: Arc<str>,
}

/// What became of an event that was put into the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its owner has not come to it.
    Waiting,
    /// It is in the history of this workflow.
    Recorded(WorkflowId),
    /// It is kept early.
    Kept,
    /// It was refused, for this reason.
    Refused(String),
}

/// A workflow that wants or holds a slot, whatever its partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolClaim {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Kind.
    pub kind: Arc<str>,
    /// Key.
    pub key: Arc<str>,
    /// Revision.
    pub revision: u64,
    /// Slot.
    pub pool: PoolColumns,
}

/// A database that several nodes share. Its own clock decides about leases: nodes' clocks need not agree.
#[async_trait]
pub trait Shared: Send + Sync + 'static {
    /// Partitions; fixed when the database was made.
    fn partitions(&self) -> u16;

    /// Reads of all workflows; commits are refused.
    fn whole(&self) -> Arc<dyn Store>;

    /// Reads and commits of one partition; every commit checks the fence and answers [`CommitError::Fenced`] when it does
    /// not hold any more.
    fn owned(&self, fence: Fence) -> Arc<dyn Store>;

    /// Renews what a node owns, where the fences still hold, and its own membership; and reads all of it.
    async fn beat(&self, node: &str, held: &[Fence], limits: &ClusterLimits) -> Result<Beat, StoreError>;

    /// Claims a partition that has this epoch and is free, or this node's already; `None`: another node was faster.
    async fn claim(&self, node: &str, seen: Fence, limits: &ClusterLimits) -> Result<Option<Claimed>, StoreError>;

    /// Gives a partition back at once; calls may still be under way for `outside`.
    async fn release(&self, fence: Fence, outside: Duration) -> Result<(), StoreError>;

    /// The node is no member any more.
    async fn leave(&self, node: &str) -> Result<(), StoreError>;

    /// Puts events into the inbox, durably and whole. With a fence: only if it holds.
    async fn append(&self, events: &[InboxEvent], fence: Option<Fence>) -> Result<(), CommitError>;

    /// Events of the inbox that were not dealt with, in order of their places, at most `limit` of each partition.
    async fn inbox(&self, partitions: &[u16], limit: usize) -> Result<Vec<(u16, InboxRow)>, StoreError>;

    /// What became of an event of the inbox.
    async fn outcome(&self, kind: &str, key: &str, id: &EventId) -> Result<Outcome, StoreError>;

    /// Removes refusals that are older than this, at least, from the inbox.
    async fn forget_refused(&self, older: Duration) -> Result<(), StoreError>;

    /// Who wants and holds slots, and the grants (key, event id) that lie in the inbox, read as of one moment.
    async fn pool_claims(&self) -> Result<(Vec<PoolClaim>, Vec<(Arc<str>, EventId)>), StoreError>;

    /// Tells all nodes; may be lost.
    async fn tell(&self, news: &str) -> Result<(), StoreError>;

    /// What nodes tell, this one included. A broken connection is made again by itself.
    async fn listen(&self) -> Result<mpsc::Receiver<String>, StoreError>;
}
