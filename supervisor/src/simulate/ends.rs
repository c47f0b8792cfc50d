//! How every workflow stands, read through the handle as a page would.

use crate::inner::Inner;
use domain::{
    pull_request::{Ask, Choice, Event, Failed, PullRequest, State},
    reminder::Reminder,
};
use engine::{EventRow, ListFilter, Store, StoreError, Timestamp, View, Workflow, WorkflowId};
use simulation::{Asked, Decided, End, Kind};
use std::{collections::BTreeSet, time::Duration};

/// More workflows of a kind than a seed has.
const ROWS_MAX: usize = 1_000;
/// More events than any workflow of a seed has.
const EVENTS_MAX: usize = 100_000;
/// Later than any timer fires that fires at all.
const OVERDUE: Duration = Duration::from_secs(1_800);
/// More than are kept early of one workflow.
const EARLY_MAX: usize = 1_000;

pub(super) async fn all(inner: &Inner, store: &dyn Store) -> Result<Vec<End>, String> {
    let stuck: BTreeSet<WorkflowId> = inner.engine.stuck().await.map_err(failed)?.into_iter().collect();
    let mut ends = Vec::new();
    for view in views::<PullRequest>(inner).await? {
        ends.push(pull_request(inner, store, &view, &stuck).await?);
    }
    for view in views::<Reminder>(inner).await? {
        let end = common(inner, store, &view, &stuck).await?.0;
        ends.push(End { kind: Kind::Reminder, delivered: view.state.delivered, ..end });
    }
    Ok(ends)
}

fn failed(error: StoreError) -> String {
    error.to_string()
}

async fn views<W: Workflow>(inner: &Inner) -> Result<Vec<View<W>>, String> {
    let filter = ListFilter { kind: Some(W::KIND.into()), limit: ROWS_MAX, ..ListFilter::default() };
    let mut views = Vec::new();
    for row in inner.engine.list(filter).await.map_err(failed)? {
        views.extend(inner.engine.view::<W>(row.workflow).await.map_err(failed)?);
    }
    Ok(views)
}

/// What is known of any workflow, and its history.
async fn common<W: Workflow>(
    inner: &Inner,
    store: &dyn Store,
    view: &View<W>,
    stuck: &BTreeSet<WorkflowId>,
) -> Result<(End, Vec<EventRow>), String> {
    let history = inner.engine.history(view.workflow, 0, EVENTS_MAX).await.map_err(failed)?;
    let early = store.early(W::KIND, &view.key, EARLY_MAX).await.map_err(failed)?;
    let events = history.iter().map(|row| &row.id).chain(early.iter().map(|row| &row.id));
    let end = End {
        workflow: view.workflow.to_string(),
        key: view.key.clone(),
        status: view.row.status.clone(),
        why: inner.engine.why(view.workflow).await.map_err(|error| error.to_string())?.sentence,
        stuck: stuck.contains(&view.workflow),
        overdue: overdue(view, inner.parts.environment.now()),
        events: events.map(|id| id.as_str().to_owned()).collect(),
        replays: inner.engine.replay(view.workflow).await.is_ok_and(|replay| replay.matches),
        ..End::default()
    };
    Ok((end, history))
}

async fn pull_request(
    inner: &Inner,
    store: &dyn Store,
    view: &View<PullRequest>,
    stuck: &BTreeSet<WorkflowId>,
) -> Result<End, String> {
    let state = &*view.state;
    let (end, history) = common(inner, store, view, stuck).await?;
    let mut end = End {
        kind: Kind::PullRequest,
        head: state.snapshot.as_ref().map(|snapshot| snapshot.head_sha.clone()),
        reviewed: state.reviewed.as_ref().map(|target| target.head_sha.clone()),
        volumes: volumes(state),
        machines: machines(state),
        decisions: state.decisions.iter().map(decided).collect(),
        findings: findings(inner, view.workflow).await?,
        ..end
    };
    answers(history, &mut end);
    Ok(end)
}

/// Silence clocks begin anew with each life: they are watched by what they lead to.
fn overdue<W: Workflow>(view: &View<W>, now: Timestamp) -> Vec<String> {
    let timers = view.timers.iter().filter(|timer| !timer.silence && now.since(timer.due) > OVERDUE);
    timers.map(|timer| timer.name.clone()).collect()
}

fn decided(decision: &domain::pull_request::Decision) -> Decided {
    Decided {
        request: decision.request.id.to_string(),
        by: decision.by.clone(),
        choice: decision.choice.code().to_owned(),
        pushed: decision.pushed.clone(),
    }
}

fn volumes(state: &State) -> BTreeSet<String> {
    let stranded = state.stranded.iter().filter_map(|stranded| stranded.volume.as_ref());
    state.volume.iter().chain(stranded).filter_map(|volume| volume.id.clone()).collect()
}

fn machines(state: &State) -> BTreeSet<String> {
    let stranded = state.stranded.iter().filter_map(|stranded| stranded.machine.as_ref());
    state.machine.iter().chain(stranded).filter_map(|machine| machine.id.clone()).collect()
}

async fn findings(inner: &Inner, workflow: WorkflowId) -> Result<BTreeSet<String>, String> {
    let mut findings = BTreeSet::new();
    for run in inner.runs.of_workflow(workflow).await.map_err(|error| error.to_string())? {
        let found = inner.runs.findings(workflow, run.run).await.map_err(|error| error.to_string())?;
        findings.extend(found.into_iter().map(|finding| format!("{}:{}", run.run, finding.id)));
    }
    Ok(findings)
}

/// What people answered, in the order in which it was recorded.
fn answers(history: Vec<EventRow>, end: &mut End) {
    for row in history {
        match serde_json::from_value(row.payload) {
            Ok(Event::Asked { ask, what: Ask::Answer { request, choice }, by, .. }) => end.asked.push(Asked {
                ask,
                request: request.to_string(),
                choice: Choice::code(choice).to_owned(),
                by: by.login,
            }),
            Ok(Event::ActionFailed { failed: Failed::ReadPermission { ask }, .. }) => {
                end.unread.insert(ask);
            }
            _ => {}
        }
    }
}
