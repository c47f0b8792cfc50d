//! Several nodes on one database (E8).
//!
//! Workflows are divided into partitions by a hash of their name. A node *owns* a partition for the length of a lease,
//! under an epoch that is one higher with each owner; every commit checks the epoch, so an owner that was evicted and does
//! not know it yet writes nothing. An owned partition is run by a core of its own. Any node may take an event for any
//! workflow: it lands in the durable *inbox*, which is the acknowledgement, and the owner takes it from there in one commit
//! with its transition.
//!
//! What the database cannot fence is what happens outside of it. So a call that must not be made twice starts only while
//! the node owns the partition and with the call's whole time left on a second, longer lease, and nothing is sent once that
//! is over; the next owner does not repeat such a call before then ([`lease`]).

mod appender;
mod granter;
mod handle;
mod inbox;
mod lease;
mod limits;
mod members;
mod memory;
mod news;
mod node;
mod owned;
mod partition;
mod shared;

pub use limits::ClusterLimits;
pub use memory::MemoryShared;
pub use partition::partition_of;
pub use shared::{Beat, Claimed, Fence, InboxEvent, Outcome, PartitionRow, PoolClaim, Shared};

pub(crate) use handle::Cluster;
pub(crate) use lease::Lease;
pub(crate) use news::Bell;
