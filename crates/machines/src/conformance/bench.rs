use crate::{Error, Labels, Machine, MachineSpec, MachineState, Machines, Resources, Volume, VolumeSpec};
use environment::Environment;
use std::{any::Any, collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

/// What the machines of a driver under test run.
pub const PROGRAM: [&str; 3] = ["sh", "-c", "eval \"$SCRIPT\""];
/// The variable that holds a machine's script.
pub const SCRIPT: &str = "SCRIPT";

/// How long something that is on its way may take; the tests of a loaded machine share two cores.
const SOON: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A driver under test, and two deployments of which nobody else has heard.
#[derive(Clone)]
pub struct Bench {
    /// Clock and randomness.
    pub environment: Environment,
    /// The driver.
    pub machines: Arc<dyn Machines>,
    /// The deployment of the case.
    pub deployment: String,
    /// Another one on the same backend.
    pub other_deployment: String,
    /// A folder that the driver can mount for [`MachineSpec::sockets`], where it isolates.
    pub sockets: Option<PathBuf>,
    /// How long something that is on its way may take.
    pub patience: Duration,
    unique: String,
    keeps: Arc<dyn Any + Send + Sync>,
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench").field("backend", &self.machines.backend()).finish_non_exhaustive()
    }
}

impl Bench {
    /// `keeps` lives as long as the bench: a folder, a connection.
    pub fn new(environment: Environment, machines: Arc<dyn Machines>, keeps: impl Any + Send + Sync) -> Self {
        let unique = environment.random_id()[..8].to_owned();
        let [deployment, other_deployment] = ["here", "there"].map(|which| format!("{which}{unique}"));
        Self {
            environment,
            machines,
            deployment,
            other_deployment,
            sockets: None,
            patience: SOON,
            unique,
            keeps: Arc::new(keeps),
        }
    }

    /// Runs a case and removes everything it made, also when it fails.
    pub async fn run<F: Future<Output = ()> + Send + 'static>(self, case: impl FnOnce(Self) -> F) {
        let outcome = self.environment.spawn(case(self.clone())).await;
        for deployment in [&self.deployment, &self.other_deployment] {
            for machine in self.machines.machines(deployment).await.expect("machines can be listed") {
                self.machines.destroy_machine(&machine.id).await.expect("a machine can be destroyed");
            }
            for volume in self.machines.volumes(deployment).await.expect("volumes can be listed") {
                self.machines.delete_volume(&volume.id).await.expect("a volume can be deleted");
            }
        }
        drop(self.keeps);
        if let Err(failure) = outcome {
            std::panic::resume_unwind(failure.into_panic());
        }
    }

    /// The same backend as another deployment uses it.
    pub fn as_other_deployment(&self) -> Self {
        Self { deployment: self.other_deployment.clone(), ..self.clone() }
    }

    /// Labels of run `run` of this deployment's workflow.
    pub fn labels(&self, run: u32) -> Labels {
        let (deployment, workflow, operation) = (self.deployment.clone(), "wf_1".to_owned(), "wf_1:1".to_owned());
        Labels { deployment, workflow, run, operation }
    }

    /// A volume to make; `tag` tells it from others of the case.
    pub fn volume_spec(&self, tag: &str) -> VolumeSpec {
        VolumeSpec { name: format!("t_{}_{tag}", self.unique), labels: self.labels(0), size_gib: 1 }
    }

    /// Makes a volume.
    pub async fn volume(&self, tag: &str) -> Volume {
        self.machines.create_volume(&self.volume_spec(tag)).await.expect("a volume can be made")
    }

    /// A machine to start: run `run`, on `volume`, carrying out `script` in the volume.
    pub fn machine_spec(&self, run: u32, volume: &Volume, script: &str) -> MachineSpec {
        let script = format!("cd \"$LONGSHORE_SESSION_DIR\" || exit 9\n{script}");
        MachineSpec {
            name: format!("t-{}-{run}", self.unique),
            labels: self.labels(run),
            volume_id: volume.id.clone(),
            environment: BTreeMap::from([(SCRIPT.to_owned(), script)]),
            sockets: None,
            resources: Resources::default(),
        }
    }

    /// Starts a machine.
    pub async fn start(&self, run: u32, volume: &Volume, script: &str) -> Machine {
        self.machines.start_machine(&self.machine_spec(run, volume, script)).await.expect("a machine can be started")
    }

    /// Waits until the machine has printed `line`.
    pub async fn printed(&self, machine: &Machine, line: &str) {
        let mut seen = Vec::new();
        let found = self.environment.timeout(self.patience, async {
            loop {
                seen = self.log(machine).await;
                if seen.iter().any(|printed| printed == line) {
                    return;
                }
                self.environment.sleep(LOOK_AGAIN).await;
            }
        });
        let found = found.await;
        assert!(found.is_ok(), "{line:?} was not printed, but {seen:?}");
    }

    /// Waits until the machine's program has ended, and gives what it printed.
    pub async fn ended(&self, machine: &Machine) -> Vec<String> {
        let stopped = self.environment.timeout(self.patience, async {
            while self.state(machine).await != Some(MachineState::Stopped) {
                self.environment.sleep(LOOK_AGAIN).await;
            }
        });
        assert!(stopped.await.is_ok(), "the machine did not end: {:?}", self.log(machine).await);
        self.log(machine).await
    }

    /// Runs a script in a machine of its own, to its end, and removes the machine. What it printed.
    pub async fn output(&self, run: u32, volume: &Volume, script: &str) -> Vec<String> {
        let machine = self.start(run, volume, script).await;
        let printed = self.ended(&machine).await;
        self.machines.destroy_machine(&machine.id).await.expect("an ended machine can be destroyed");
        printed
    }

    /// What the machine does; `None` if it is not there.
    pub async fn state(&self, machine: &Machine) -> Option<MachineState> {
        self.machines.machine(&machine.id).await.expect("a machine can be looked up").map(|machine| machine.state)
    }

    /// What the machine printed.
    pub async fn log(&self, machine: &Machine) -> Vec<String> {
        self.machines.machine_log(&machine.id, 100).await.expect("a log can be read")
    }
}

/// The result must be a refusal for good.
pub fn assert_permanent<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::Permanent { .. })), "{result:?}");
}

/// The result must be a refusal because the volume is in use.
pub fn assert_in_use<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::InUse { .. })), "{result:?}");
}
