//! Lets the machines of the Fly stand-in really run, by a driver underneath: a program on "Fly" is a process or a container
//! here, and a volume is what the driver makes of one.
//!
//! A crate of its own, because neither side may know the other: a stand-in that shares code with what it tests proves
//! nothing, and a driver starts what it is given. Images, commands and networks are the driver's, not the machine's
//! configuration's: what runs is the program for which the driver was made.

use async_trait::async_trait;
use environment::Environment;
use machines::{Error, Labels, MachineSpec, MachineState, Machines, Resources, VolumeSpec};
use simulators::fly::{Exit, Program, Runner, VolumeOrder};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Between two looks at a program that runs.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// A driver that does not answer for so many looks is asked more rarely; the program goes on meanwhile.
const AFTER_AN_ERROR: Duration = Duration::from_millis(500);
/// How often a start whose outcome is not known is repeated: it is found by its name if it happened.
const STARTS_MAX: u32 = 3;
/// Says where a volume is mounted; the driver underneath knows better than the machine's configuration.
const SESSION_DIR: &str = "LONGSHORE_SESSION_DIR";

/// The driver underneath.
#[derive(Clone)]
pub struct DriverRunner {
    environment: Environment,
    machines: Arc<dyn Machines>,
    deployment: String,
}

impl std::fmt::Debug for DriverRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DriverRunner").field("backend", &self.machines.backend()).finish_non_exhaustive()
    }
}

impl DriverRunner {
    /// Machines and volumes are made by `machines` and labelled with `deployment`, which must be the same again for a
    /// stand-in that goes on from its folder.
    pub fn new(environment: Environment, machines: Arc<dyn Machines>, deployment: impl Into<String>) -> Self {
        Self { environment, machines, deployment: deployment.into() }
    }

    fn labels(&self, app: &str, operation: &str) -> Labels {
        let (deployment, workflow, operation) = (self.deployment.clone(), app.to_owned(), operation.to_owned());
        Labels { deployment, workflow, run: 0, operation }
    }

    fn spec(&self, program: &Program) -> Result<MachineSpec, String> {
        let volume = program.volume.clone();
        let volume_id = volume.ok_or("this stand-in runs only machines that have a volume")?;
        let mut environment: BTreeMap<String, String> = program.environment.clone();
        environment.remove(SESSION_DIR);
        let cpu_millis = program.cpus.saturating_mul(1000);
        Ok(MachineSpec {
            name: program.name.clone(),
            labels: self.labels(&program.app, &program.name),
            volume_id,
            environment,
            sockets: None,
            resources: Resources { memory_mib: program.memory_mb, cpu_millis, ..Resources::default() },
        })
    }
}

#[async_trait]
impl Runner for DriverRunner {
    async fn create_volume(&self, order: &VolumeOrder) -> Result<String, String> {
        let labels = self.labels(&order.app, &order.name);
        let spec = VolumeSpec { name: order.name.clone(), labels, size_gib: order.size_gb };
        self.machines.create_volume(&spec).await.map(|volume| volume.id).map_err(words)
    }

    async fn delete_volume(&self, id: &str) -> Result<(), String> {
        self.machines.delete_volume(id).await.map_err(words)
    }

    async fn start(&self, program: &Program) -> Result<String, String> {
        let spec = self.spec(program)?;
        let mut tries = 1;
        loop {
            match self.machines.start_machine(&spec).await {
                Ok(machine) => return Ok(machine.id),
                Err(Error::Ambiguous { .. } | Error::Retryable { .. }) if tries < STARTS_MAX => tries += 1,
                Err(error) => return Err(words(error)),
            }
            self.environment.sleep(AFTER_AN_ERROR).await;
        }
    }

    async fn ended(&self, id: &str) -> Exit {
        loop {
            let pause = match self.machines.machine(id).await {
                Ok(Some(machine)) if machine.state != MachineState::Stopped => LOOK_AGAIN,
                // No driver tells what a program returned.
                Ok(_) => return Exit::default(),
                Err(error) => {
                    tracing::warn!(%error, machine = id, "the driver under the Fly stand-in does not say what runs");
                    AFTER_AN_ERROR
                }
            };
            self.environment.sleep(pause).await;
        }
    }

    async fn end(&self, id: &str) -> Result<(), String> {
        self.machines.destroy_machine(id).await.map_err(words)
    }

    async fn log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, String> {
        self.machines.machine_log(id, lines_max).await.map_err(words)
    }
}

fn words(error: Error) -> String {
    error.to_string()
}
