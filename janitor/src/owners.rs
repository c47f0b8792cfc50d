use async_trait::async_trait;
use machines::{Machine, Volume};
use std::collections::BTreeMap;
use volumes::{Known, Tombstone};

/// What the owners know of machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownMachines {
    /// The live run that wants the machine of that name, in words: `wf_12 run 3`.
    pub runs: BTreeMap<String, String>,
    /// The same by the backend's id. Either is enough to keep it.
    pub runs_by_id: BTreeMap<String, String>,
    /// What may still land, by name.
    pub tombstones: BTreeMap<String, Tombstone>,
    /// The database was restored and nobody has confirmed yet.
    pub recovery: bool,
}

/// What was learned by asking after the pull request that a volume was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody's: the words say why.
    Free(String),
    /// It is kept; the words say why.
    Kept(String),
}

/// The owners could not be asked. Then nothing is deleted.
#[derive(Debug, thiserror::Error)]
#[error("the owners could not be asked: {what}")]
pub struct OwnersError {
    /// A sentence.
    pub what: String,
}

/// Who wants what; the janitor sees workflows and pull requests only through this.
///
/// Each answer is read afresh from what is committed: an answer remembered from before a listing would turn a volume made
/// in between into an orphan. It need only tell of what is `listed`.
#[async_trait]
pub trait Owners: Send + Sync {
    /// Of these volumes, those that a workflow wants, and those about which something may still land.
    async fn volumes(&self, listed: &[Volume]) -> Result<Known, OwnersError>;

    /// Of these machines, those of live runs, and those about which something may still land.
    async fn machines(&self, listed: &[Machine]) -> Result<KnownMachines, OwnersError>;

    /// Asks outside after the pull request that an orphaned volume was made for: the volume of an open one stays, whatever
    /// the workflows say.
    async fn claim(&self, volume: &Volume) -> Result<Claim, OwnersError>;
}
