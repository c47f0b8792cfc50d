//! Workflows that the lists did not answer for.

use super::{CatchUp, compare::closed, open::Found, stop::Stop};
use domain::pull_request::{Event, Hint, Phase, PullRequest, State};
use engine::{ListFilter, WorkflowId};

/// Rows looked at in one step.
const PAGE: usize = 100;

/// How far the workflows were looked through.
#[derive(Debug, Clone, Default)]
pub(super) struct Rest {
    after: Option<WorkflowId>,
}

/// What one page of them leads to.
pub(super) struct Page {
    /// Events, by key.
    pub(super) events: Vec<(String, Event)>,
    /// The last of the page; none if it was the last page.
    pub(super) next: Option<WorkflowId>,
}

impl Rest {
    pub(super) fn after(workflow: WorkflowId) -> Self {
        Self { after: Some(workflow) }
    }

    pub(super) async fn page(&self, duty: &CatchUp, found: &Found) -> Result<Page, Stop> {
        let engine = duty.intake.parts.engine.engine()?;
        let kind = Some(<PullRequest as engine::Workflow>::KIND.to_owned());
        let rows = engine.list(ListFilter { kind, after: self.after, limit: PAGE, ..ListFilter::default() }).await?;
        let next = (rows.len() >= PAGE).then(|| rows.last().map(|row| row.workflow)).flatten();
        let mut events = Vec::new();
        for row in rows.into_iter().filter(|row| !row.terminal && !found.open.contains(&row.key)) {
            let Some(view) = engine.view::<PullRequest>(row.workflow).await? else { continue };
            if let Some(event) = told(&view.state, found) {
                duty.counts.add("open_pull_requests", "not_listed");
                events.push((row.key, event));
            }
        }
        Ok(Page { events, next })
    }
}

/// What a workflow whose pull request was not listed as open is told.
fn told(state: &State, found: &Found) -> Option<Event> {
    if let Some(why) = found.closed(&state.pr) {
        return closed(state, why).map(|change| Event::AccessChanged { change });
    }
    let complete = found.complete.contains(&state.pr.repository_id);
    let closing = matches!(state.phase, Phase::Closing { .. } | Phase::Closed);
    // A complete list says that it is closed; elsewhere nothing is known, and only a start asks for each.
    let read = if complete { !closing } else { found.everything };
    read.then(|| Event::Hinted { pr: state.pr.clone(), hint: Hint::Started })
}
