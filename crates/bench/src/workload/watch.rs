//! What the engine says of its commits: how a measurement knows that something is durable.

use crate::Failure;
use engine::{Committed, WorkflowId};
use environment::Environment;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};

/// How long one step may take before a measurement gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Until a revision of a workflow is durable.
///
/// # Errors
/// It does not come.
pub async fn until(
    environment: &Environment,
    feed: &mut broadcast::Receiver<Committed>,
    workflow: WorkflowId,
    revision: u64,
) -> Result<(), Failure> {
    let there = async {
        loop {
            match feed.recv().await {
                Ok(news) if news.workflow == workflow && news.revision >= revision => return true,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return false,
            }
        }
    };
    match environment.timeout(PATIENCE, there).await {
        Ok(true) => Ok(()),
        _ => Err(Failure::Check(format!("{workflow} did not reach revision {revision} within {PATIENCE:?}"))),
    }
}
