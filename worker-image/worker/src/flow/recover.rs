//! What an earlier run could not hand in.

use super::Exit;
use crate::{
    reports::Line,
    supervisor::{Backoff, CallError},
    volume::Volume,
};
use protocol::RecoveredAnswer;
use std::time::Duration;

/// Hands in results that lie in `outbox/`, newest first. `Err` ends the worker: the run is done with one of them, or
/// cannot go on.
pub(super) async fn hand_in_left_over(line: &Line, volume: &Volume, away_max: Duration) -> Result<(), Exit> {
    for recovered in volume.left_over(line.run) {
        let mut backoff = Backoff::within(line.heartbeat);
        let answer = loop {
            match line.supervisor.recovered(line.run, &line.credential, &recovered).await {
                Ok(answer) => break answer,
                Err(CallError::Stale | CallError::ClaimedByAnother) => return Err(Exit::Stale),
                Err(CallError::Away(_)) if line.silent_for() < away_max => backoff.pause(&line.environment).await,
                Err(CallError::Away(_)) => return Err(Exit::SupervisorAway),
                Err(error @ CallError::Refused { .. }) => {
                    tracing::warn!("the recovered result of run {} is of no use: {error}", recovered.run);
                    break RecoveredAnswer::Outdated;
                }
            }
        };
        line.heard();
        tracing::info!(?answer, "the result of run {} was handed in", recovered.run);
        if let Err(error) = volume.posted(recovered.run) {
            tracing::warn!("the result of run {} cannot be removed: {error}", recovered.run);
        }
        if answer == RecoveredAnswer::AcceptedFinish {
            return Err(Exit::Done);
        }
    }
    Ok(())
}
