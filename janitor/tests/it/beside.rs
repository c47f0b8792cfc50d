//! Workflows, the past and the record, in memory.

use crate::world::Backend;
use async_trait::async_trait;
use environment::Timestamp;
use janitor::{Audit, Class, Entry, OpenCheck, OpenRun, OwnersError, Page, Records, Repaired, Stage, Stuck, Workflows};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Beside {
    pub open_runs: Vec<OpenRun>,
    pub stuck: Vec<Stuck>,
    /// Workflows that no repair moves.
    pub hopeless: Vec<String>,
    pub open_checks: Vec<OpenCheck>,
    /// Where looking for runs and checks began, and what it was told to go on with.
    pub places: Vec<Option<String>>,
    pub next: Option<String>,
    /// What was asked of workflows.
    pub asked: Vec<String>,
    /// When each row of a class was written.
    pub rows: BTreeMap<Class, Vec<Timestamp>>,
    pub maintenance: Option<&'static str>,
    pub maintained: usize,
    pub audit: Vec<Entry>,
    pub audit_fails: bool,
    pub fails: bool,
}

fn away() -> OwnersError {
    OwnersError { what: "the database is away".into() }
}

impl Backend {
    fn beside<T>(&self, take: impl FnOnce(&mut Beside) -> T) -> Result<T, OwnersError> {
        let beside = &mut self.0.lock().unwrap().beside;
        if beside.fails { Err(away()) } else { Ok(take(beside)) }
    }
}

#[async_trait]
impl Workflows for Backend {
    async fn open_runs(&self, place: Option<&str>) -> Result<Page<OpenRun>, OwnersError> {
        self.beside(|it| {
            it.places.push(place.map(str::to_owned));
            Page { found: it.open_runs.clone(), next: it.next.clone() }
        })
    }
    async fn end_run(&self, workflow: &str, run: u32) -> Result<(), OwnersError> {
        self.beside(|it| {
            it.asked.push(format!("end {workflow} {run}"));
            it.open_runs.retain(|open| (&*open.workflow, open.run) != (workflow, run));
        })
    }
    async fn stuck(&self) -> Result<Vec<Stuck>, OwnersError> {
        self.beside(|it| it.stuck.clone())
    }
    async fn repair(&self, workflow: &str) -> Result<Repaired, OwnersError> {
        self.beside(|it| {
            it.asked.push(format!("repair {workflow}"));
            let moves = !it.hopeless.contains(&workflow.to_owned());
            it.stuck.retain(|stuck| !moves || stuck.workflow != workflow);
            Repaired { moves, why: if moves { "it is being read" } else { "nothing will move it" }.into() }
        })
    }
    async fn open_checks(&self, place: Option<&str>) -> Result<Page<OpenCheck>, OwnersError> {
        self.beside(|it| {
            it.places.push(place.map(str::to_owned));
            Page { found: it.open_checks.clone(), next: it.next.clone() }
        })
    }
    async fn conclude_check(&self, check: &OpenCheck) -> Result<(), OwnersError> {
        self.beside(|it| {
            it.asked.push(format!("conclude {}", check.check_run));
            it.open_checks.retain(|open| open.check_run != check.check_run);
        })
    }
}

#[async_trait]
impl Records for Backend {
    async fn remove(&self, class: Class, before: Timestamp, most: u64, dry_run: bool) -> Result<u64, OwnersError> {
        self.beside(|it| {
            let rows = it.rows.entry(class).or_default();
            let past = rows.iter().filter(|at| **at < before).count().min(usize::try_from(most).unwrap());
            if !dry_run {
                let mut left = past;
                rows.retain(|at| {
                    let goes = *at < before && left > 0;
                    left -= usize::from(goes);
                    !goes
                });
            }
            past as u64
        })
    }
    fn maintenance(&self) -> Option<&'static str> {
        self.0.lock().unwrap().beside.maintenance
    }
    async fn maintain(&self) -> Result<(), OwnersError> {
        self.beside(|it| it.maintained += 1)
    }
}

#[async_trait]
impl Audit for Backend {
    async fn write(&self, entry: &Entry) -> Result<(), OwnersError> {
        let beside = &mut self.0.lock().unwrap().beside;
        if beside.audit_fails && entry.stage == Stage::Begun {
            return Err(away());
        }
        beside.audit.push(entry.clone());
        Ok(())
    }
}
