use super::{Bell, COLLECTION, order::Order, page};
use crate::{
    catch_up::Wanted,
    parts::{EngineSlot, Parts},
    seams::Error,
};
use engine::beside::{Beside, Document, Expected, Put};
use environment::Environment;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Between two looks where another supervisor may have recorded something, or may have ended in the middle.
const LOOK: Duration = Duration::from_secs(2);
/// The same where this process is told of everything.
const LOOK_ALONE: Duration = Duration::from_secs(3_600);
/// Before a page is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Tells the workflows.
#[derive(Clone)]
pub(crate) struct FanOut {
    pub(super) environment: Environment,
    pub(super) beside: Arc<dyn Beside>,
    pub(super) engine: EngineSlot,
    pub(super) wanted: Wanted,
    pub(super) bell: Bell,
}

impl FanOut {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            environment: parts.environment.clone(),
            beside: Arc::clone(&parts.beside),
            engine: parts.engine.clone(),
            wanted: parts.wanted.clone(),
            bell: parts.fan_out.clone(),
        }
    }

    /// Goes on until `closing`. It may be dropped at any moment: a page that was not noted as told is told again.
    pub(crate) async fn run(self, closing: CancellationToken) {
        while !closing.is_cancelled() {
            let rest = match self.step().await {
                Ok(true) => continue,
                Ok(false) => self.idle(),
                Err(error) => {
                    tracing::warn!(%error, "workflows cannot be told of a change of access; it is tried again");
                    AGAIN
                }
            };
            tokio::select! {
                () = self.bell.0.notified() => {}
                () = self.environment.sleep(rest) => {}
                () = closing.cancelled() => {}
            }
        }
    }

    fn idle(&self) -> Duration {
        let several = self.engine.engine().is_ok_and(engine::Engine::is_one_of_several);
        if several { LOOK } else { LOOK_ALONE }
    }

    /// One page of the first order, if it is this supervisor's turn; whether there was anything to do.
    pub(super) async fn step(&self) -> Result<bool, Error> {
        let engine = self.engine.engine()?;
        if !engine.leads() {
            return Ok(false);
        }
        let Some((key, document)) = self.beside.documents(COLLECTION, "", None, 1).await?.pop() else {
            return Ok(false);
        };
        let Some(mut order) = self.read(&key, &document).await? else { return Ok(true) };
        page::tell(engine, &mut order).await?;
        if order.part().is_some() {
            self.note(&key, &document, &order).await?;
        } else {
            self.beside.delete_document(COLLECTION, &key).await?;
            tracing::info!(delivery = %order.id, "every workflow was told of a change of access");
            if let Some(installation) = order.read_then {
                self.wanted.installation(installation);
            }
        }
        Ok(true)
    }

    async fn read(&self, key: &str, document: &Document) -> Result<Option<Order>, Error> {
        match serde_json::from_value(document.value.clone()) {
            Ok(order) => Ok(Some(order)),
            Err(error) => {
                // Pull requests are read again anyway; one that cannot be read must not hold up all that follow.
                tracing::error!(%error, key, "a change of access cannot be read and is given up");
                self.beside.delete_document(COLLECTION, key).await?;
                Ok(None)
            }
        }
    }

    async fn note(&self, key: &str, document: &Document, order: &Order) -> Result<(), Error> {
        let value = serde_json::to_value(order).map_err(|error| Error::Failed(error.to_string()))?;
        let expected = Expected::Revision(document.revision);
        if let Put::Conflict(_) = self.beside.put_document(COLLECTION, key, &value, expected).await? {
            tracing::info!(key, "another supervisor goes on telling workflows of a change of access");
        }
        Ok(())
    }
}
