//! Runs that nobody ended: their workflow is past them, or their last deadline is.
//!
//! Why, when each phase has a watchdog in the state machine: this is the net below it, for what a lost timer, a failed start
//! or a restored database leaves. A run that was left is ended here, since only its credential is left of it; one that is
//! still its workflow's own is never touched: the workflow is asked to look again.

use crate::{Deed, Kind, Outcome, duty::Round, workflows::RunStanding};

/// Finds them.
///
/// `place` is where the last pass stopped.
pub async fn run(round: &Round<'_>, place: &mut Option<String>) -> Result<Vec<Deed>, String> {
    let page = round.workflows.open_runs(place.as_deref()).await.map_err(|error| error.to_string())?;
    let mut deeds = Vec::new();
    for open in page.found {
        let id = format!("{}:{}", open.workflow, open.run);
        let deed = |outcome, reason| Deed {
            kind: Kind::Run,
            id,
            name: open.title.clone(),
            workflow: open.workflow.clone(),
            since: None,
            outcome,
            reason,
        };
        deeds.push(match &open.standing {
            RunStanding::UnderWay => continue,
            RunStanding::Left(why) => {
                let deed = deed(Outcome::Mended, format!("{why}; it is ended"));
                round.mend(deed, round.workflows.end_run(&open.workflow, open.run)).await
            }
            RunStanding::Overdue(why) => {
                let deed = deed(Outcome::Mended, format!("{why}; the workflow is asked to look again"));
                let repair = async { round.workflows.repair(&open.workflow).await.map(drop) };
                round.mend(deed, repair).await
            }
        });
    }
    *place = page.next;
    Ok(deeds)
}
