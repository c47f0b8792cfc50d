//! The workflows as the janitor asks after them: runs that nobody ended, what is stuck, and what GitHub shows as open.

use super::checks;
use crate::{
    parts::{Parts, failed},
    runs::{OpenRecord, Runs},
    seams::{By, Error, Look, Steer},
};
use async_trait::async_trait;
use domain::pull_request::{Action, Event, PullRequest, State};
use engine::{EventId, View, WorkflowId};
use environment::Timestamp;
use janitor::{OpenCheck, OpenRun, OwnersError, Page, Repaired, RunStanding, Stuck, Workflows};
use std::{sync::Arc, time::Duration};

/// Records of runs that one pass reads: some seconds of a database's time.
const RECORDS_PER_PASS_MAX: usize = 50_000;
/// How long after its last deadline a run is given up on here: its watchdog may wait for a database or an owner that is
/// away, and whoever comes after that begins the silence anew.
const WATCHDOGS_HAVE: Duration = Duration::from_secs(3600);

/// The workflows as the janitor's [`Workflows`].
pub struct SweptWorkflows {
    pub(super) parts: Arc<Parts>,
    pub(super) runs: Runs,
    pub(super) look: Arc<dyn Look>,
    pub(super) steer: Arc<dyn Steer>,
}

impl SweptWorkflows {
    async fn standing(&self, open: &OpenRecord, now: Timestamp) -> Result<OpenRun, Error> {
        let (workflow, run) = (open.workflow, open.run);
        let named = |title: String, standing| OpenRun { workflow: workflow.to_string(), title, run, standing };
        Ok(match self.parts.view(workflow).await? {
            None => {
                let why = format!("run {run} of {workflow} was never ended, and there is no such workflow");
                named(String::new(), RunStanding::Left(why))
            }
            Some(view) => named(view.row.title.clone(), standing(&view, open, now)),
        })
    }
}

fn standing(view: &View<PullRequest>, open: &OpenRecord, now: Timestamp) -> RunStanding {
    let (state, run, workflow) = (&*view.state, open.run, open.workflow);
    let under_way = view.pending.iter().any(|pending| match pending.action {
        Action::StartMachine { run: of } | Action::DestroyMachine { run: of, .. } => of == run,
        _ => false,
    });
    if under_way {
        return RunStanding::UnderWay;
    }
    if state.run_under_way().is_some_and(|wanted| wanted.run == run) {
        return match open.claimed_at.filter(|claimed| now.since(*claimed) > longest(state)) {
            None => RunStanding::UnderWay,
            Some(_) => RunStanding::Overdue(format!(
                "run {run} of {workflow} has had more time than `machines.total_ms` allows, and no watchdog ended it"
            )),
        };
    }
    let stranded = state.stranded.iter().filter_map(|stranded| stranded.machine.as_ref());
    if state.machine.iter().chain(stranded).any(|machine| machine.run == run) {
        // Its end is being asked for, again and again.
        return RunStanding::UnderWay;
    }
    RunStanding::Left(format!("run {run} of {workflow} was never ended, and its workflow is past it"))
}

fn longest(state: &State) -> Duration {
    Duration::from_millis(state.policy.watchdog.total_ms) + WATCHDOGS_HAVE
}

pub(super) fn unknown(error: &dyn std::fmt::Display) -> OwnersError {
    OwnersError { what: error.to_string() }
}

pub(super) fn parsed(workflow: &str) -> Result<WorkflowId, OwnersError> {
    workflow.parse().map_err(|_| unknown(&format!("`{workflow}` is not a workflow")))
}

#[async_trait]
impl Workflows for SweptWorkflows {
    async fn open_runs(&self, place: Option<&str>) -> Result<Page<OpenRun>, OwnersError> {
        let read = self.runs.open_after(place, RECORDS_PER_PASS_MAX).await;
        let (open, next) = read.map_err(|error| unknown(&error))?;
        let mut found = Vec::new();
        let now = self.parts.environment.now();
        // The records first, then the workflows: a run that is opened in between is not among them.
        for open in open {
            found.push(self.standing(&open, now).await.map_err(|error| unknown(&error))?);
        }
        Ok(Page { found, next })
    }

    async fn end_run(&self, workflow: &str, run: u32) -> Result<(), OwnersError> {
        let ended = self.runs.end(parsed(workflow)?, run, "its workflow is past it").await;
        ended.map_err(|error| unknown(&error))
    }

    async fn stuck(&self) -> Result<Vec<Stuck>, OwnersError> {
        let mut stuck = Vec::new();
        for id in self.look.stuck().await.map_err(|error| unknown(&error))? {
            let (workflow, why) = (id.to_string(), self.look.why(id).await.map_err(|error| unknown(&error))?);
            let shown = self.parts.engine.engine().map_err(|error| unknown(&error))?.row(id).await;
            let row = shown.map_err(failed).map_err(|error| unknown(&error))?;
            let title = row.map(|row| row.title).unwrap_or_default();
            stuck.push(Stuck { workflow, title, why: why.unwrap_or_default() });
        }
        Ok(stuck)
    }

    async fn repair(&self, workflow: &str) -> Result<Repaired, OwnersError> {
        let repaired = self.steer.repair(parsed(workflow)?, &By("janitor".into())).await;
        let repaired = repaired.map_err(|error| unknown(&error))?;
        Ok(Repaired { moves: !repaired.stuck, why: repaired.sentence })
    }

    async fn open_checks(&self, place: Option<&str>) -> Result<Page<OpenCheck>, OwnersError> {
        checks::open(&self.parts, place).await.map_err(|error| unknown(&error))
    }

    async fn conclude_check(&self, check: &OpenCheck) -> Result<(), OwnersError> {
        let view = self.parts.view(parsed(&check.workflow)?).await.map_err(|error| unknown(&error))?;
        let view = view.ok_or_else(|| unknown(&format!("there is no workflow `{}`", check.workflow)))?;
        let (run, sha, check_run) = (check.run, check.sha.clone(), check.check_run);
        let id = EventId::new("cli", format!("janitor:{}", self.parts.environment.random_id()));
        let engine = self.parts.engine.engine().map_err(|error| unknown(&error))?;
        let told = engine.submit::<PullRequest>(&view.key, id, Event::CheckFoundOpen { run, sha, check_run }).await;
        told.map(drop).map_err(|error| unknown(&error))
    }
}
