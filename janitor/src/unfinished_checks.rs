//! Check runs of ours that GitHub shows as open although no run is behind them (P4).
//!
//! Why, when the workflow publishes until GitHub shows what it wants: an update that GitHub acknowledged and lost, and a check
//! run that a restored database does not know, are seen only by asking. Nothing is written to GitHub here: the workflow is
//! told, and publishes what should be there by itself.

use crate::{Deed, Kind, Outcome, duty::Round};

/// Finds them.
///
/// `place` is where the last pass stopped: each pass asks GitHub a bounded number of questions.
pub async fn run(round: &Round<'_>, place: &mut Option<String>) -> Result<Vec<Deed>, String> {
    let page = round.workflows.open_checks(place.as_deref()).await.map_err(|error| error.to_string())?;
    let mut deeds = Vec::new();
    for check in page.found {
        let short: String = check.sha.chars().take(7).collect();
        let reason = format!(
            "the check of {} run {} on {short} is open on GitHub, and no run is behind it; the workflow is asked to conclude it",
            check.workflow, check.run
        );
        let deed = Deed {
            kind: Kind::Check,
            id: check.check_run.to_string(),
            name: check.title.clone(),
            workflow: check.workflow.clone(),
            since: None,
            outcome: Outcome::Mended,
            reason,
        };
        deeds.push(round.mend(deed, round.workflows.conclude_check(&check)).await);
    }
    *place = page.next;
    Ok(deeds)
}
