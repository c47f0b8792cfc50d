//! What a pass is, and what all duties have in common: a deed is in the record before the world is changed.

use crate::{Audit, Deed, Entry, Kind, Order, Outcome, Owners, OwnersError, Records, Rules, Stage, Workflows};
use environment::Timestamp;
use machines::Machines;

/// One pass, as a duty sees it.
pub struct Round<'a> {
    pub machines: &'a dyn Machines,
    pub owners: &'a dyn Owners,
    pub workflows: &'a dyn Workflows,
    pub records: &'a dyn Records,
    pub audit: &'a dyn Audit,
    pub rules: &'a Rules,
    pub now: Timestamp,
    pub order: &'a Order,
}

impl Round<'_> {
    /// Puts something right, given the deed as it is told when that is done; or says what would be done.
    pub async fn mend(&self, deed: Deed, work: impl Future<Output = Result<(), OwnersError>>) -> Deed {
        if self.order.dry_run {
            return Deed { outcome: Outcome::WouldMend, ..deed };
        }
        let done = match self.begin(&deed).await {
            Ok(()) => work.await,
            Err(error) => Err(error),
        };
        let deed = match done {
            Ok(()) => deed,
            Err(error) => {
                Deed { outcome: Outcome::Failed, reason: format!("{}; it failed: {error}", deed.reason), ..deed }
            }
        };
        self.tell(&deed).await;
        deed
    }

    /// Writes down what is about to be done. If that fails it must not be done.
    pub async fn begin(&self, deed: &Deed) -> Result<(), OwnersError> {
        self.audit.write(&self.entry(deed, Stage::Begun)).await
    }

    /// Writes down what became of it, and logs it.
    pub async fn tell(&self, deed: &Deed) {
        if self.order.dry_run {
            return;
        }
        let Deed { kind, id, name, reason, .. } = deed;
        let (duty, outcome) = (kind.duty(), deed.outcome.word());
        if deed.outcome == Outcome::Failed {
            tracing::warn!(duty, id, name, reason, "the janitor failed");
        } else if matches!(kind, Kind::Machine | Kind::Volume) {
            tracing::info!(duty, id, name, reason, "the janitor deleted an orphan");
        } else {
            tracing::info!(duty, id, name, outcome, reason, "the janitor put it right");
        }
        if let Err(error) = self.audit.write(&self.entry(deed, deed.outcome.into())).await {
            // It was begun there: who reads it knows that it may have happened.
            tracing::warn!(duty, id, %error, "the end of a deed is not in the janitor's record");
        }
    }

    fn entry(&self, deed: &Deed, stage: Stage) -> Entry {
        Entry {
            at: self.now,
            by: self.order.by.clone(),
            kind: deed.kind,
            id: deed.id.clone(),
            name: deed.name.clone(),
            workflow: deed.workflow.clone(),
            stage,
            reason: deed.reason.clone(),
        }
    }
}
