//! A database that was put back from a backup does not know what was made since. Until an operator confirms it, nothing is
//! deleted outside; and numbers go on after every one that is found outside: a run's number fences, names its machine and
//! stands in its worker's credential, a workflow's id does so too.
//!
//! Two documents beside the workflows: `recovery` is there while nobody has confirmed; `found` keeps the numbers, and stays,
//! since what carries them may come back whenever it likes.

use domain::pull_request::{Event, PullRequest};
use engine::{
    ActionError, Engine, EventId, StoreError, WorkflowId,
    archive::Mark,
    beside::{Beside, Expected},
};
use environment::Timestamp;
use machines::{Labels, Machine, Machines};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use volumes::Owner;

const COLLECTION: &str = "deployment";
const ON: &str = "recovery";
const FOUND: &str = "found";
/// How often an action that is held looks whether somebody has confirmed.
const HOLD: Duration = Duration::from_secs(60);

/// What the document of a restored database says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// When the backup was begun: what came later is lost.
    pub taken_at: Timestamp,
    /// When it was put back.
    pub restored_at: Timestamp,
}

/// Numbers that are used outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    /// Highest workflow id in a label.
    workflow: u64,
    /// Highest run by the name of its machines, without the run.
    runs: BTreeMap<String, u32>,
}

/// What a restore leaves in the database.
pub fn mark(taken_at: Timestamp, restored_at: Timestamp) -> Mark {
    let value = serde_json::json!({"taken_at": taken_at, "restored_at": restored_at});
    Mark { collection: COLLECTION, key: ON, value }
}

/// Whether this deployment is in recovery, and which numbers are used outside. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Recovery(Arc<Inside>);

#[derive(Default)]
struct Inside {
    beside: Option<Arc<dyn Beside>>,
    on: AtomicBool,
    since: Mutex<Option<Since>>,
    found: Mutex<Found>,
}

impl std::fmt::Debug for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovery").field("on", &self.on).finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recovery {
    /// As the database has it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn read(beside: Arc<dyn Beside>) -> Result<Self, StoreError> {
        let mut inside = Inside::default();
        if let Some(document) = beside.document(COLLECTION, ON).await? {
            // It is on whatever the document says: somebody may have put it there by hand.
            inside.on = AtomicBool::new(true);
            inside.since = Mutex::new(serde_json::from_value(document.value).ok());
        }
        if let Some(document) = beside.document(COLLECTION, FOUND).await? {
            let unreadable =
                |error| StoreError(format!("the document `{COLLECTION}`/`{FOUND}` cannot be read: {error}"));
            inside.found = Mutex::new(serde_json::from_value(document.value).map_err(unreadable)?);
        }
        inside.beside = Some(beside);
        Ok(Self(Arc::new(inside)))
    }

    /// Whether nothing may be deleted outside.
    pub fn is_on(&self) -> bool {
        self.0.on.load(Ordering::SeqCst)
    }

    /// Since when; `None` if it is not on or nobody knows.
    pub fn since(&self) -> Option<Since> {
        locked(&self.0.since).filter(|_| self.is_on())
    }

    /// For the person who starts it.
    pub fn words(&self) -> String {
        let of =
            self.since().map(|since| format!(" from a backup of {}", crate::words::time(since.taken_at.as_millis())));
        format!(
            "RECOVERY: the database was restored{}; nothing is deleted outside until `longshore restore --confirm`",
            of.unwrap_or_default()
        )
    }

    /// Looks which numbers are used outside, and writes them down; the machines it found.
    ///
    /// # Errors
    /// The backend or the database failed: a number could be used twice, so the supervisor must not start.
    pub async fn look_outside(&self, machines: &dyn Machines, deployment: &str) -> Result<Vec<Machine>, String> {
        let unlisted =
            |error| format!("what is outside cannot be listed, so that numbers could be used twice: {error}");
        let listed = machines.machines(deployment).await.map_err(unlisted)?;
        let volumes = machines.volumes(deployment).await.map_err(unlisted)?;
        let found = {
            let mut found = locked(&self.0.found);
            let labels =
                listed.iter().map(|machine| &machine.labels).chain(volumes.iter().map(|volume| &volume.labels));
            let ids = labels.filter_map(|Labels { workflow, .. }| workflow.parse::<WorkflowId>().ok());
            found.workflow = ids.map(|id| id.0).max().unwrap_or_default().max(found.workflow);
            for machine in &listed {
                let run = found.runs.entry(without_run(&machine.name).to_owned()).or_default();
                *run = machine.labels.run.max(*run);
            }
            serde_json::to_value(&*found).map_err(|error| error.to_string())?
        };
        let Some(beside) = &self.0.beside else { return Ok(listed) };
        beside.put_document(COLLECTION, FOUND, &found, Expected::Any).await.map_err(|error| error.to_string())?;
        Ok(listed)
    }

    /// New workflows are numbered after this.
    pub fn ids_after(&self) -> WorkflowId {
        WorkflowId(locked(&self.0.found).workflow)
    }

    /// The highest run of an owner that is used outside.
    pub fn run_found(&self, owner: &Owner) -> Option<u32> {
        let name = owner.machine_name(0);
        locked(&self.0.found).runs.get(without_run(name.as_str())).copied()
    }

    /// Tells the workflows that are known here which runs of theirs were found.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tell(&self, engine: &Engine, found: &[Machine]) -> Result<(), String> {
        for machine in found {
            let Ok(id) = machine.labels.workflow.parse::<WorkflowId>() else { continue };
            let row = engine.row(id).await.map_err(|error| error.to_string())?;
            if row.is_none_or(|row| row.kind != <PullRequest as engine::Workflow>::KIND) {
                continue;
            }
            let view = engine.view::<PullRequest>(id).await.map_err(|error| error.to_string())?;
            let Some(view) = view.filter(|view| view.state.run < machine.labels.run) else { continue };
            let run = machine.labels.run;
            tracing::warn!(workflow = %id, run, machine = machine.id, "a run that the restored database does not know");
            let told = engine.submit::<PullRequest>(&view.key, event_id(run), Event::RunsFound { run }).await;
            told.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// What an action is answered that would delete something.
    ///
    /// # Errors
    /// It is not carried out now.
    pub fn hold(&self, what: &str) -> Result<(), ActionError> {
        if !self.is_on() {
            return Ok(());
        }
        let message =
            format!("{what} waits: the database was restored, and nothing is deleted until that is confirmed");
        Err(ActionError::Postponed { message, wait: HOLD })
    }

    /// An operator believes the database. Whether it was on.
    ///
    /// # Errors
    /// The database failed: it stays on.
    pub async fn confirm(&self) -> Result<bool, StoreError> {
        if let Some(beside) = &self.0.beside {
            beside.delete_document(COLLECTION, ON).await?;
        }
        Ok(self.0.on.swap(false, Ordering::SeqCst))
    }
}

/// Of the event that tells a workflow; the same for the same number.
pub fn event_id(run: u32) -> EventId {
    EventId::new("cli", format!("recovery:{run}"))
}

/// A machine's name without the run at its end.
fn without_run(name: &str) -> &str {
    name.rsplit_once('-').map_or(name, |(before, _)| before)
}
