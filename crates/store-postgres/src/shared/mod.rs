//! One database, several supervisors (E8). A node's own word and its leases are renewed on a connection of their own, which
//! also holds the shared side of the lock that a sole owner takes; each partition commits on a connection of its own, under
//! the fence that was raised for it.
//!
//! The number that commits check has two halves: the upper one counts owners and is the epoch that the engine knows; the
//! lower one counts how often an owner had to give up a statement whose end it did not hear.

mod beat;
mod claims;
mod inbox;
mod lease;
mod news;
mod open;

pub use open::PostgresShared;

use crate::{PostgresStore, committer::Committer, error::store, fences::Fences, share::Share};
use async_trait::async_trait;
use engine::{
    CommitError, EventId, InboxRow, Store, StoreError,
    cluster::{Beat, Claimed, ClusterLimits, Fence, InboxEvent, Outcome, PoolClaim, Shared},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Bits of the lower half.
const GIVEN_UP_BITS: u32 = 32;
/// A checked query whose text is broken by `NOW`: the database's clock in milliseconds, read when the statement gets there.
macro_rules! timed {
    ($query:ident: $first:literal $(NOW $text:literal)+ $(, $argument:expr)* $(,)?) => {
        sqlx::$query!(
            $first $(+ "(extract(epoch FROM clock_timestamp()) * 1000)::bigint" + $text)+
            $(, $argument)*
        )
    };
}
use timed;

/// The number that commits of a new owner check at first.
fn fences_of(fence: Fence) -> Fences {
    let epoch = i64::try_from(fence.epoch << GIVEN_UP_BITS).unwrap_or(i64::MAX);
    Fences::one(i32::from(fence.partition), epoch)
}

/// The engine's epoch of a number that commits check.
fn epoch_of(number: i64) -> u64 {
    crate::convert::positive(number) >> GIVEN_UP_BITS
}

fn span(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds).unwrap_or(i64::MAX / 4)
}

#[async_trait]
impl Shared for PostgresShared {
    fn partitions(&self) -> u16 {
        self.partitions
    }

    fn whole(&self) -> Arc<dyn Store> {
        Arc::new(self.everything())
    }

    fn owned(&self, fence: Fence) -> Arc<dyn Store> {
        let committer = Committer::of_partition(&self.address, &self.environment, &self.codes, fences_of(fence));
        let share = Share { index: i64::from(fence.partition), of: i64::from(self.partitions) };
        Arc::new(PostgresStore { committer: Some(committer), share, ..self.everything() })
    }

    async fn beat(&self, node: &str, held: &[Fence], limits: &ClusterLimits) -> Result<Beat, StoreError> {
        self.pulse.beat(self, node, held, limits).await
    }

    async fn claim(&self, node: &str, seen: Fence, limits: &ClusterLimits) -> Result<Option<Claimed>, StoreError> {
        lease::claim(&self.calls, node, seen, limits).await.map_err(store)
    }

    async fn release(&self, fence: Fence, outside: Duration) -> Result<(), StoreError> {
        lease::release(&self.calls, fence, outside).await.map_err(store)
    }

    async fn leave(&self, node: &str) -> Result<(), StoreError> {
        beat::leave(&self.calls, node).await.map_err(store)
    }

    async fn append(&self, events: &[InboxEvent], fence: Option<Fence>) -> Result<(), CommitError> {
        match inbox::append(&self.calls, events, fence).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(CommitError::Fenced),
            Err(error) => Err(crate::error::commit(&error)),
        }
    }

    async fn inbox(&self, partitions: &[u16], limit: usize) -> Result<Vec<(u16, InboxRow)>, StoreError> {
        inbox::waiting(&self.calls, partitions, limit).await.map_err(store)
    }

    async fn outcome(&self, kind: &str, key: &str, id: &EventId) -> Result<Outcome, StoreError> {
        inbox::outcome(&self.calls, kind, key, id).await.map_err(store)
    }

    async fn forget_refused(&self, older: Duration) -> Result<(), StoreError> {
        inbox::forget_refused(&self.calls, older).await.map_err(store)
    }

    async fn pool_claims(&self) -> Result<(Vec<PoolClaim>, Vec<(Arc<str>, EventId)>), StoreError> {
        claims::read(&self.calls).await.map_err(store)
    }

    async fn tell(&self, news: &str) -> Result<(), StoreError> {
        news::tell(&self.calls, news).await.map_err(store)
    }

    async fn listen(&self) -> Result<mpsc::Receiver<String>, StoreError> {
        news::listen(&self.address, &self.environment).await.map_err(store)
    }
}
