//! Who wants which volume and machine, as the database has it now; and whether a pull request is still open, as GitHub has
//! it.

use crate::{
    parts::{Parts, repository},
    seams::Error,
};
use async_trait::async_trait;
use domain::pull_request::{Access, Action, PullRequest, State};
use engine::{ListFilter, Row, View, Workflow, WorkflowId};
use environment::Timestamp;
use github::api::{Reading, Repository};
use janitor::{Claim, KnownMachines, Owners, OwnersError};
use machines::{Machine, Volume};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use volumes::{Known, Tombstone};

/// Rows read at a time.
const PAGE: usize = 500;
/// After an action's own deadline: how late something that was asked for may still land.
const SETTLE: Duration = Duration::from_secs(600);
/// Copies of a volume that are tried when its pull request is looked for by its name; a person asks for each of them.
const COPIES_TRIED: u32 = 16;

/// The workflows and GitHub as the janitor's [`Owners`].
#[derive(Debug, Clone)]
pub struct WorkflowOwners(Arc<Parts>);

impl WorkflowOwners {
    /// Over the shared parts.
    pub fn new(parts: Arc<Parts>) -> Self {
        Self(parts)
    }

    /// Whether this database was put back from a copy and nobody has said yet that it may be believed: it does not know
    /// what was made since. Whatever restores one leaves this document; confirming it removes it.
    async fn recovery(&self) -> Result<bool, OwnersError> {
        let document = self.0.beside.document("deployment", "recovery").await;
        Ok(document.map_err(|error| unknown(&error))?.is_some())
    }

    /// The workflows of pull requests that `labels` name, then, if `more` still finds something nobody wants, all that are
    /// not over. A label may lie: the database may have been put back, and its ids given anew.
    async fn each(
        &self,
        labels: BTreeSet<WorkflowId>,
        mut take: impl FnMut(Seen<'_>) + Send,
        more: impl FnOnce() -> bool + Send,
    ) -> Result<(), OwnersError> {
        for id in &labels {
            if let Some(view) = self.pull_request(*id).await? {
                take(Seen::PullRequest(&view));
            }
        }
        if !more() {
            return Ok(());
        }
        let mut after = None;
        loop {
            let filter = ListFilter { after, limit: PAGE, ..ListFilter::default() };
            let rows = self.engine()?.list(filter).await.map_err(|error| unknown(&error))?;
            for row in rows.iter().filter(|row| !row.terminal && !labels.contains(&row.workflow)) {
                // Reminders may be many, and own nothing: only the rows of pull requests are read whole.
                let view = if row.kind == PullRequest::KIND { self.pull_request(row.workflow).await? } else { None };
                match view {
                    Some(view) => take(Seen::PullRequest(&view)),
                    None => take(Seen::Other(row)),
                }
            }
            after = rows.last().map(|row| row.workflow);
            if rows.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// The workflow of that id, if it is a pull request's.
    async fn pull_request(&self, id: WorkflowId) -> Result<Option<View<PullRequest>>, OwnersError> {
        let engine = self.engine()?;
        let row = engine.row(id).await.map_err(|error| unknown(&error))?;
        if row.is_none_or(|row| row.kind != PullRequest::KIND) {
            return Ok(None);
        }
        engine.view::<PullRequest>(id).await.map_err(|error| unknown(&error))
    }

    fn engine(&self) -> Result<&engine::Engine, OwnersError> {
        self.0.engine.engine().map_err(|error: Error| unknown(&error))
    }

    fn volume_name(&self, state: &State, generation: u32, copy: u32) -> String {
        volumes::Owner { generation, ..self.0.owner(state, copy) }.volume_name().to_string()
    }

    /// What one workflow wants of the listed volumes.
    fn volumes_of(&self, view: &View<PullRequest>, known: &mut Known, listed: &BTreeSet<&str>, now: Timestamp) {
        let (state, owner) = (&*view.state, words(&view.row));
        let stranded = state.stranded.iter().filter_map(|stranded| stranded.volume.as_ref());
        for volume in state.volume.iter().chain(stranded) {
            known.owners.insert(self.volume_name(state, state.generation, volume.copy), owner.clone());
            known.owners_by_id.extend(volume.id.clone().map(|id| (id, owner.clone())));
        }
        if !view.row.terminal {
            // It may be made, or be found again, at any moment.
            known.owners.insert(self.volume_name(state, state.generation, state.copies), owner);
        }
        for pending in &view.pending {
            let (copy, what) = match &pending.action {
                Action::CreateVolume { copy, .. } => (*copy, "its creation"),
                Action::DeleteVolume { copy, .. } => (*copy, "its deletion"),
                _ => continue,
            };
            let name = self.volume_name(state, state.generation, copy);
            known.tombstones.insert(name, tombstone(&pending.action, what, view, now));
        }
        known.owners.retain(|name, _| listed.contains(name.as_str()));
        known.owners_by_id.retain(|id, _| listed.contains(id.as_str()));
    }

    /// What one workflow wants of the listed machines.
    fn machines_of(
        &self,
        view: &View<PullRequest>,
        known: &mut KnownMachines,
        listed: &BTreeSet<&str>,
        now: Timestamp,
    ) {
        let state = &*view.state;
        let name = |run| self.0.owner(state, 0).machine_name(run).to_string();
        let stranded = state.stranded.iter().filter_map(|stranded| stranded.machine.as_ref());
        for machine in state.machine.iter().chain(stranded) {
            let owner = format!("{} run {}", view.workflow, machine.run);
            known.runs_by_id.extend(machine.id.clone().map(|id| (id, owner.clone())));
            known.runs.insert(name(machine.run), owner);
        }
        for pending in &view.pending {
            let (run, what) = match &pending.action {
                Action::StartMachine { run } => (*run, "its start"),
                Action::DestroyMachine { run, .. } => (*run, "its end"),
                _ => continue,
            };
            known.tombstones.insert(name(run), tombstone(&pending.action, what, view, now));
        }
        known.runs.retain(|name, _| listed.contains(name.as_str()));
        known.runs_by_id.retain(|id, _| listed.contains(id.as_str()));
    }

    /// The pull request whose volume, of some generation and copy, has this name.
    async fn made_for(&self, volume: &Volume) -> Result<Option<View<PullRequest>>, OwnersError> {
        let Ok(id) = volume.labels.workflow.parse() else { return Ok(None) };
        let Some(view) = self.pull_request(id).await? else { return Ok(None) };
        let state = &*view.state;
        let mut names = (1..=state.generation)
            .flat_map(|generation| (0..=state.copies.max(COPIES_TRIED)).map(move |copy| (generation, copy)));
        let found = names.any(|(generation, copy)| self.volume_name(state, generation, copy) == volume.name);
        Ok(found.then_some(view))
    }

    /// Whether GitHub says that it is closed. Only a clear answer counts: a 404 or 403 alone never means closed.
    async fn ask(&self, state: &State) -> Result<Claim, OwnersError> {
        let (title, number) = (state.pr.title(), state.pr.number);
        if let Access::Gone { why } = &state.access {
            return Ok(Claim::Free(format!("{title} cannot be reached any more: {why}")));
        }
        let mut repository = repository(state);
        let mut reading = self.read(&repository, number).await?;
        if let Reading::Moved { owner, name } = reading {
            repository = Repository { owner, name, ..repository };
            reading = self.read(&repository, number).await?;
        }
        Ok(match reading {
            Reading::Found(found) if found.repository_id != repository.id => {
                Claim::Kept(format!("another repository is called `{}/{}` by now", repository.owner, repository.name))
            }
            Reading::Found(found) if found.open => Claim::Kept(format!("{title} is open")),
            Reading::Found(_) => Claim::Free(format!("{title} is closed")),
            Reading::NotFound => Claim::Kept(format!("GitHub answers 404 for {title}, which does not mean closed")),
            Reading::Forbidden => Claim::Kept(format!("GitHub answers 403 for {title}, which does not mean closed")),
            Reading::Moved { .. } => Claim::Kept(format!("{title} has moved more than once")),
        })
    }

    async fn read(
        &self,
        repository: &Repository,
        number: u64,
    ) -> Result<Reading<github::api::PullRequest>, OwnersError> {
        match self.0.github.pull_request(repository, number).await {
            Err(github::Error::NoAccess { .. }) => Ok(Reading::Forbidden),
            answer => answer.map_err(|error| unknown(&error)),
        }
    }
}

#[async_trait]
impl Owners for WorkflowOwners {
    async fn volumes(&self, listed: &[Volume]) -> Result<Known, OwnersError> {
        let wanted: BTreeSet<&str> = listed.iter().flat_map(|volume| [&*volume.name, &*volume.id]).collect();
        let known = std::sync::Mutex::new(Known { recovery: self.recovery().await?, ..Known::default() });
        let locked = || known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = self.0.environment.now();
        let take = |seen: Seen<'_>| match seen {
            Seen::PullRequest(view) => self.volumes_of(view, &mut locked(), &wanted, now),
            Seen::Other(row) => {
                let id = row.volume_id.clone().filter(|id| wanted.contains(id.as_str()));
                locked().owners_by_id.extend(id.map(|id| (id, words(row))));
            }
        };
        let labels = labels(listed.iter().map(|volume| &*volume.labels.workflow));
        let unowned = || {
            let known = locked();
            let owned = |volume: &Volume| {
                known.owners.contains_key(&volume.name) || known.owners_by_id.contains_key(&volume.id)
            };
            !listed.iter().all(owned)
        };
        self.each(labels, take, unowned).await?;
        Ok(known.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    async fn machines(&self, listed: &[Machine]) -> Result<KnownMachines, OwnersError> {
        let wanted: BTreeSet<&str> = listed.iter().flat_map(|machine| [&*machine.name, &*machine.id]).collect();
        let known = std::sync::Mutex::new(KnownMachines { recovery: self.recovery().await?, ..Default::default() });
        let locked = || known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = self.0.environment.now();
        let take = |seen: Seen<'_>| match seen {
            Seen::PullRequest(view) => self.machines_of(view, &mut locked(), &wanted, now),
            Seen::Other(row) => {
                let id = row.machine_id.clone().filter(|id| wanted.contains(id.as_str()));
                locked().runs_by_id.extend(id.map(|id| (id, words(row))));
            }
        };
        let labels = labels(listed.iter().map(|machine| &*machine.labels.workflow));
        let unowned = || {
            let known = locked();
            let owned = |machine: &Machine| {
                known.runs.contains_key(&machine.name) || known.runs_by_id.contains_key(&machine.id)
            };
            !listed.iter().all(owned)
        };
        self.each(labels, take, unowned).await?;
        Ok(known.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    async fn claim(&self, volume: &Volume) -> Result<Claim, OwnersError> {
        match self.made_for(volume).await? {
            Some(view) => self.ask(&view.state).await,
            None => Ok(Claim::Free("no pull request known here ever had it".to_owned())),
        }
    }
}

/// A workflow as it is looked at.
enum Seen<'a> {
    PullRequest(&'a View<PullRequest>),
    /// Of another kind: its columns tell what it wants.
    Other(&'a Row),
}

fn words(row: &Row) -> String {
    format!("{} ({})", row.workflow, row.title)
}

fn labels<'a>(labels: impl Iterator<Item = &'a str>) -> BTreeSet<WorkflowId> {
    labels.filter_map(|label| label.parse().ok()).collect()
}

/// What an action that is under way has asked for, or will, may land until then.
fn tombstone(action: &Action, what: &str, view: &View<PullRequest>, now: Timestamp) -> Tombstone {
    let until = now.plus_millis(action.options().timeout_ms) + SETTLE;
    Tombstone { until, reason: format!("{what} is under way for {}", words(&view.row)) }
}

fn unknown(error: &dyn std::fmt::Display) -> OwnersError {
    OwnersError { what: error.to_string() }
}
