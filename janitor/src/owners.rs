use async_trait::async_trait;
use std::collections::BTreeMap;
use volumes::{Known, Tombstone};

/// What the owners know of machines, by machine name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownMachines {
    /// The live run that wants it, in words: `wf_12 run 3`.
    pub runs: BTreeMap<String, String>,
    /// What may still land.
    pub tombstones: BTreeMap<String, Tombstone>,
    /// The database was restored and nobody has confirmed yet.
    pub recovery: bool,
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
/// in between into an orphan.
#[async_trait]
pub trait Owners: Send + Sync {
    /// All volumes that a workflow wants, and those about which something may still land.
    async fn volumes(&self) -> Result<Known, OwnersError>;

    /// All machines of live runs, and those about which something may still land.
    async fn machines(&self) -> Result<KnownMachines, OwnersError>;
}
