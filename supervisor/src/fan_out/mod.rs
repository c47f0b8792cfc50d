//! One delivery that concerns many workflows: an installation that is removed, a repository that is renamed. Telling ten
//! thousand of them takes longer than GitHub waits. So the delivery becomes one durable document, which is the
//! acknowledgement, and a duty tells the workflows page by page; where it is, is in the document, so that it goes on after
//! a crash, or on another supervisor. What it tells has the delivery's id, so that telling again changes nothing.
//!
//! Deliveries are told one after the other in the order in which they came.

mod duty;
mod order;
mod page;
#[cfg(test)]
mod tests;

pub(crate) use duty::FanOut;
pub(crate) use order::{Order, Part, Scope};

use crate::{parts::Parts, seams::Error};
use engine::beside::{Beside, Expected};
use environment::Environment;
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Collection of the documents.
const COLLECTION: &str = "fan_out";
/// Deliveries that wait to be told or are being told; above it the next one is asked to come again.
const OPEN_MAX: usize = 1_000;
/// When it should.
const COME_AGAIN: Duration = Duration::from_secs(60);

/// Wakes the duty in this process.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

/// Makes a delivery durable; the duty does the rest.
///
/// # Errors
/// Too many are open, or the database failed.
pub(crate) async fn record(parts: &Parts, order: &Order) -> Result<(), Error> {
    put(&*parts.beside, &parts.environment, order).await?;
    parts.fan_out.0.notify_one();
    Ok(())
}

async fn put(beside: &dyn Beside, environment: &Environment, order: &Order) -> Result<(), Error> {
    if beside.documents(COLLECTION, "", None, OPEN_MAX).await?.len() >= OPEN_MAX {
        return Err(Error::Overloaded { retry_after: COME_AGAIN });
    }
    // In the order in which they came; fifteen digits last for some ten thousand years.
    let key = format!("{:015} {}", environment.now().as_millis(), order.id);
    let value = serde_json::to_value(order).map_err(|error| Error::Failed(error.to_string()))?;
    beside.put_document(COLLECTION, &key, &value, Expected::Any).await?;
    Ok(())
}
