//! How every workflow stands, read through the handle as a page would.

use crate::inner::Inner;
use domain::pull_request::{Ask, Choice, Event, Failed, PullRequest, State};
use engine::{ListFilter, Store, StoreError, Timestamp, View, Workflow, WorkflowId};
use simulation::{Asked, Decided, End};
use std::{collections::BTreeSet, time::Duration};

/// More events than any workflow of a seed has.
const EVENTS_MAX: usize = 100_000;
/// Later than any timer fires that fires at all.
const OVERDUE: Duration = Duration::from_secs(1_800);
/// More than are kept early of one workflow.
const EARLY_MAX: usize = 1_000;

pub(super) async fn all(inner: &Inner, store: &dyn Store) -> Result<Vec<End>, String> {
    let failed = |error: StoreError| error.to_string();
    let filter = ListFilter { kind: Some(PullRequest::KIND.into()), limit: 1_000, ..ListFilter::default() };
    let stuck: BTreeSet<WorkflowId> = inner.engine.stuck().await.map_err(failed)?.into_iter().collect();
    let mut ends = Vec::new();
    for row in inner.engine.list(filter).await.map_err(failed)? {
        let view = inner.engine.view::<PullRequest>(row.workflow).await.map_err(failed)?;
        if let Some(view) = view {
            ends.push(one(inner, store, &view, stuck.contains(&row.workflow)).await?);
        }
    }
    Ok(ends)
}

async fn one(inner: &Inner, store: &dyn Store, view: &View<PullRequest>, stuck: bool) -> Result<End, String> {
    let state = &*view.state;
    let why = inner.engine.why(view.workflow).await.map_err(|error| error.to_string())?;
    let mut end = End {
        workflow: view.workflow.to_string(),
        key: view.key.clone(),
        status: state.status().to_owned(),
        why: why.sentence,
        stuck,
        head: state.snapshot.as_ref().map(|snapshot| snapshot.head_sha.clone()),
        reviewed: state.reviewed.as_ref().map(|target| target.head_sha.clone()),
        volumes: volumes(state),
        machines: machines(state),
        decisions: state.decisions.iter().map(decided).collect(),
        overdue: overdue(view, inner.parts.environment.now()),
        findings: findings(inner, view.workflow).await?,
        replays: inner.engine.replay(view.workflow).await.is_ok_and(|replay| replay.matches),
        ..End::default()
    };
    history(inner, view.workflow, &mut end).await?;
    let early = store.early(PullRequest::KIND, &view.key, EARLY_MAX).await.map_err(|error| error.to_string())?;
    end.events.extend(early.into_iter().map(|row| row.id.as_str().to_owned()));
    Ok(end)
}

/// Silence clocks begin anew with each life: they are watched by what they lead to.
fn overdue(view: &View<PullRequest>, now: Timestamp) -> Vec<String> {
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

async fn history(inner: &Inner, workflow: WorkflowId, end: &mut End) -> Result<(), String> {
    let rows = inner.engine.history(workflow, 0, EVENTS_MAX).await.map_err(|error| error.to_string())?;
    for row in rows {
        end.events.insert(row.id.as_str().to_owned());
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
    Ok(())
}
