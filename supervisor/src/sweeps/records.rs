//! The past as the janitor's [`Records`]: what is removed where.

use super::{audit, workflows::unknown};
use crate::{
    parts::{Parts, failed},
    runs::Runs,
    seams::Error,
};
use async_trait::async_trait;
use engine::beside::Past;
use environment::Timestamp;
use janitor::{Class, OwnersError, Records};
use std::sync::Arc;

/// The database behind the parts.
pub struct SweptRecords {
    pub(super) parts: Arc<Parts>,
    pub(super) runs: Runs,
}

impl SweptRecords {
    /// What lies beside workflows that were over before a time. A workflow that the database does not know keeps its records:
    /// nobody can say when it was over.
    async fn runs(&self, before: Timestamp, rows_max: u64, dry_run: bool) -> Result<u64, Error> {
        let (mut gone, mut place) = (0, None);
        while gone < rows_max {
            place = self.runs.next_with_records(place).await?;
            let Some(workflow) = place else { break };
            let row = self.parts.engine.engine()?.row(workflow).await.map_err(failed)?;
            if let Some(row) = row.filter(|row| row.terminal && row.last_activity < before) {
                gone += self.runs.forget(workflow, &row.key, dry_run).await?;
            }
        }
        Ok(gone)
    }

    async fn rows(&self, class: Class, before: Timestamp, rows_max: u64, dry_run: bool) -> Result<u64, Error> {
        let past = match class {
            Class::Blobs => Past::Blobs,
            Class::Logs => Past::Logs,
            Class::History => Past::History,
            Class::Runs => return self.runs(before, rows_max, dry_run).await,
            Class::Audit => return audit::remove(&*self.parts.beside, before, rows_max, dry_run).await,
        };
        Ok(self.parts.beside.remove_past(past, before, rows_max, dry_run).await?)
    }
}

#[async_trait]
impl Records for SweptRecords {
    async fn remove(&self, class: Class, before: Timestamp, rows_max: u64, dry_run: bool) -> Result<u64, OwnersError> {
        self.rows(class, before, rows_max, dry_run).await.map_err(|error| unknown(&error))
    }

    fn maintenance(&self) -> Option<&'static str> {
        self.parts.beside.maintenance()
    }

    async fn maintain(&self) -> Result<(), OwnersError> {
        self.parts.beside.maintain().await.map_err(|error| unknown(&error))
    }
}
