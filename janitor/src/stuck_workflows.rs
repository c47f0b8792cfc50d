//! Workflows that are not over and that nothing will move (E11).
//!
//! No transition leaves one: this is the net for a state that was put back or written by another version.

use crate::{Deed, Kind, Outcome, OwnersError, STUCK_PER_PASS_MAX, duty::Round};

/// Finds them, and has them look again where they stand.
pub async fn run(round: &Round<'_>) -> Result<Vec<Deed>, String> {
    let stuck = round.workflows.stuck().await.map_err(|error| error.to_string())?;
    let mut deeds = Vec::new();
    for (place, stuck) in stuck.into_iter().enumerate() {
        let deed = |outcome, reason| Deed {
            kind: Kind::Workflow,
            id: stuck.workflow.clone(),
            name: stuck.title.clone(),
            workflow: stuck.workflow.clone(),
            since: None,
            outcome,
            reason,
        };
        if place >= STUCK_PER_PASS_MAX {
            let reason = format!("{}; {STUCK_PER_PASS_MAX} are enough for one pass", stuck.why);
            deeds.push(deed(Outcome::Postponed, reason));
            continue;
        }
        let repair = async {
            let repaired = round.workflows.repair(&stuck.workflow).await?;
            if repaired.moves { Ok(()) } else { Err(OwnersError { what: format!("still stuck: {}", repaired.why) }) }
        };
        let deed = deed(Outcome::Mended, format!("{}; it is asked to look again", stuck.why));
        deeds.push(round.mend(deed, repair).await);
    }
    Ok(deeds)
}
