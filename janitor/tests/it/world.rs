use crate::beside::Beside;
use async_trait::async_trait;
use environment::Timestamp;
use janitor::{
    Claim, Entry, Janitor, Keep, KnownMachines, Order, Outcome, Owners, OwnersError, Report, Rules, Sightings,
};
use machines::{Error, Isolation, Labels, Machine, MachineSpec, MachineState, Machines, Volume, VolumeSpec};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use volumes::{Known, Tombstone};

pub const HOUR: Duration = Duration::from_secs(3600);
pub const DEPLOYMENT: &str = "ours";

/// What happens the moment before a deletion is confirmed a last time.
pub type Meanwhile = Box<dyn FnOnce(&mut State) + Send>;

#[derive(Default)]
pub struct State {
    pub volumes: BTreeMap<String, Volume>,
    pub machines: BTreeMap<String, Machine>,
    pub known: Known,
    pub runs: KnownMachines,
    pub listing_fails: bool,
    pub owners_fail: bool,
    pub deletions_fail: bool,
    pub github_is_away: bool,
    /// Volumes of open pull requests.
    pub open: BTreeSet<String>,
    pub meanwhile: Option<Meanwhile>,
    pub beside: Beside,
}

/// The world, a janitor in it, and a clock that a case turns.
pub struct World {
    pub state: Arc<Mutex<State>>,
    pub sightings: Sightings,
    pub now: Timestamp,
    pub rules: Rules,
}

#[derive(Clone)]
pub struct Backend(pub Arc<Mutex<State>>);

impl World {
    pub fn new() -> Self {
        let now = Timestamp::from_millis(1_000_000_000);
        let day = 24 * HOUR;
        let keep = Keep { logs: 30 * day, runs: 90 * day, history: 400 * day, audit: 400 * day };
        // What is tried of the share sets it.
        let rules = Rules { deployment: DEPLOYMENT.into(), grace: HOUR, sightings: 2, share_max: 100, keep };
        Self { state: Arc::default(), sightings: Sightings::default(), now, rules }
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// A volume that was made just now.
    pub fn volume(&self, name: &str) {
        let (id, name, labels) = (name.to_owned(), name.to_owned(), labels(DEPLOYMENT, 0));
        let volume = Volume { id, name, labels, created_at_ms: self.now.as_millis(), adopted: false };
        self.change(|state| state.volumes.insert(volume.id.clone(), volume));
    }

    /// A machine that was made just now.
    pub fn machine(&self, name: &str) {
        let (id, name, labels) = (name.to_owned(), name.to_owned(), labels(DEPLOYMENT, 1));
        let (volume_id, state) = ("pr_1".to_owned(), MachineState::Running);
        let machine = Machine { id, name, labels, volume_id, state, created_at_ms: self.now.as_millis() };
        self.change(|state| state.machines.insert(machine.id.clone(), machine));
    }

    pub fn tombstone(&self, left: Duration) -> Tombstone {
        Tombstone { until: self.now + left, reason: "creation unanswered".into() }
    }

    pub fn later(&mut self, span: Duration) {
        self.now = self.now + span;
    }

    pub async fn pass(&mut self) -> Report {
        self.ordered(false).await
    }

    /// A pass by an operator who has looked.
    pub async fn confirmed(&mut self) -> Report {
        self.ordered(true).await
    }

    async fn ordered(&mut self, confirmed: bool) -> Report {
        let mut sightings = self.sightings.clone();
        let order = Order { dry_run: false, confirmed, by: "schedule".into() };
        let report = self.janitor().pass(&mut sightings, self.now, &order).await;
        // As the supervisor keeps them.
        self.sightings = serde_json::from_str(&serde_json::to_string(&sightings).unwrap()).unwrap();
        report
    }

    pub async fn dry_run(&mut self) -> Report {
        let order = Order { dry_run: true, confirmed: false, by: "cli".into() };
        self.janitor().pass(&mut self.sightings, self.now, &order).await
    }

    /// Passes an hour apart until the first sighting has been confirmed.
    pub async fn two_passes(&mut self) -> Report {
        self.later(HOUR);
        self.pass().await;
        self.later(HOUR);
        self.pass().await
    }

    fn janitor(&self) -> Janitor {
        let all = Arc::new(Backend(self.state.clone()));
        let world = janitor::World {
            machines: all.clone(),
            owners: all.clone(),
            workflows: all.clone(),
            records: all.clone(),
            audit: all,
        };
        Janitor::new(world, self.rules.clone())
    }

    pub fn volumes_left(&self) -> Vec<String> {
        self.change(|state| state.volumes.keys().cloned().collect())
    }

    /// What the record says, oldest first.
    pub fn audit(&self) -> Vec<Entry> {
        self.change(|state| state.beside.audit.clone())
    }

    pub fn machines_left(&self) -> Vec<String> {
        self.change(|state| state.machines.keys().cloned().collect())
    }
}

pub fn outcomes(report: &Report) -> Vec<(&str, Outcome)> {
    report.deeds.iter().map(|deed| (&*deed.name, deed.outcome)).collect()
}

pub fn labels(deployment: &str, run: u32) -> Labels {
    Labels { deployment: deployment.into(), workflow: "wf_1".into(), run, operation: "wf_1:1".into() }
}

impl Backend {
    fn listed<T>(&self, pick: impl FnOnce(&State) -> T) -> Result<T, Error> {
        let state = self.0.lock().unwrap();
        if state.listing_fails {
            return Err(Error::Retryable { what: "the backend does not answer".into(), retry_after: None });
        }
        Ok(pick(&state))
    }

    fn deleted(&self, delete: impl FnOnce(&mut State) -> Result<(), Error>) -> Result<(), Error> {
        let mut state = self.0.lock().unwrap();
        if state.deletions_fail {
            return Err(Error::Ambiguous { what: "no answer".into() });
        }
        delete(&mut state)
    }

    /// The last question is the lookup by id: what happens meanwhile happens here.
    fn looked_up<T>(&self, look: impl FnOnce(&State) -> Option<T>) -> Option<T> {
        let mut state = self.0.lock().unwrap();
        if let Some(meanwhile) = state.meanwhile.take() {
            meanwhile(&mut state);
        }
        look(&state)
    }

    fn owners(&self) -> Result<std::sync::MutexGuard<'_, State>, OwnersError> {
        let state = self.0.lock().unwrap();
        if state.owners_fail { Err(OwnersError { what: "the database is away".into() }) } else { Ok(state) }
    }
}

#[async_trait]
impl Owners for Backend {
    async fn volumes(&self, _: &[Volume]) -> Result<Known, OwnersError> {
        Ok(self.owners()?.known.clone())
    }
    async fn machines(&self, _: &[Machine]) -> Result<KnownMachines, OwnersError> {
        Ok(self.owners()?.runs.clone())
    }
    async fn claim(&self, volume: &Volume) -> Result<Claim, OwnersError> {
        let state = self.owners()?;
        if state.github_is_away {
            return Err(OwnersError { what: "GitHub does not answer".into() });
        }
        Ok(match state.open.contains(&volume.name) {
            true => Claim::Kept("acme/shop#7 is open".into()),
            false => Claim::Free("acme/shop#7 is closed".into()),
        })
    }
}

#[async_trait]
impl Machines for Backend {
    fn backend(&self) -> &'static str {
        "memory"
    }
    fn isolation(&self) -> Isolation {
        Isolation::None
    }
    async fn create_volume(&self, _: &VolumeSpec) -> Result<Volume, Error> {
        panic!("the janitor makes nothing")
    }
    async fn start_machine(&self, _: &MachineSpec) -> Result<Machine, Error> {
        panic!("the janitor makes nothing")
    }
    async fn machine_log(&self, _: &str, _: usize) -> Result<Vec<String>, Error> {
        panic!("the janitor reads no logs")
    }
    async fn volume(&self, id: &str) -> Result<Option<Volume>, Error> {
        Ok(self.looked_up(|state| state.volumes.get(id).cloned()))
    }
    async fn machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        Ok(self.looked_up(|state| state.machines.get(id).cloned()))
    }
    // A backend that forgets to filter: the rule must not rely on it.
    async fn volumes(&self, _: &str) -> Result<Vec<Volume>, Error> {
        self.listed(|state| state.volumes.values().cloned().collect())
    }
    async fn machines(&self, _: &str) -> Result<Vec<Machine>, Error> {
        self.listed(|state| state.machines.values().cloned().collect())
    }
    async fn holders(&self, _: &str) -> Result<Vec<Machine>, Error> {
        panic!("the janitor asks by id")
    }
    async fn delete_volume(&self, id: &str) -> Result<(), Error> {
        self.deleted(|state| match state.machines.values().find(|machine| machine.volume_id == id) {
            Some(machine) => Err(Error::InUse { volume: id.into(), machine: machine.id.clone() }),
            None => {
                state.volumes.remove(id);
                Ok(())
            }
        })
    }
    async fn destroy_machine(&self, id: &str) -> Result<(), Error> {
        self.deleted(|state| {
            state.machines.remove(id);
            Ok(())
        })
    }
}
