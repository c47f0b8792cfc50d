//! Machines that really run: the stand-in starts programs through the process driver, and the Fly driver reaches them through
//! the stand-in.

use super::stage::{TOKEN, settings};
use async_trait::async_trait;
use environment::Environment;
use machines::{
    FlyMachines, Labels, MachineSpec, MachineState, Machines, ProcessMachines, Resources, VolumeSpec,
    conformance::Bench,
};
use simulators::fly::{Exit, FlySimulator, Options, Program, Runner, VolumeOrder};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Between two looks at a program.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The process driver as what runs behind the stand-in.
struct Processes {
    environment: Environment,
    driver: ProcessMachines,
}

fn labels(run: u32) -> Labels {
    let (deployment, workflow) = ("fly".to_owned(), "wf_1".to_owned());
    Labels { deployment, workflow, run, operation: "wf_1:1".into() }
}

#[async_trait]
impl Runner for Processes {
    async fn create_volume(&self, order: &VolumeOrder) -> Result<String, String> {
        let spec = VolumeSpec { name: order.name.clone(), labels: labels(0), size_gib: order.size_gb };
        let made = self.driver.create_volume(&spec).await.map_err(|error| error.to_string())?;
        Ok(made.id)
    }

    async fn delete_volume(&self, id: &str) -> Result<(), String> {
        self.driver.delete_volume(id).await.map_err(|error| error.to_string())
    }

    async fn start(&self, program: &Program) -> Result<String, String> {
        // The driver says where the volume is; the stand-in passes on where the machine wanted it.
        let environment: BTreeMap<_, _> = program
            .environment
            .iter()
            .filter(|(name, _)| name.as_str() != "LONGSHORE_SESSION_DIR")
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let spec = MachineSpec {
            name: program.name.clone(),
            labels: labels(1),
            volume_id: program.volume.clone().ok_or("every machine of ours has a volume")?,
            environment,
            sockets: None,
            resources: Resources::default(),
        };
        let started = self.driver.start_machine(&spec).await.map_err(|error| error.to_string())?;
        Ok(started.id)
    }

    async fn ended(&self, id: &str) -> Exit {
        while let Ok(Some(machine)) = self.driver.machine(id).await
            && machine.state != MachineState::Stopped
        {
            self.environment.sleep(LOOK_AGAIN).await;
        }
        Exit::default()
    }

    async fn end(&self, id: &str) -> Result<(), String> {
        self.driver.destroy_machine(id).await.map_err(|error| error.to_string())
    }

    async fn log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, String> {
        self.driver.machine_log(id, lines_max).await.map_err(|error| error.to_string())
    }
}

/// A bench of the Fly driver.
pub async fn bench() -> Bench {
    let environment = Environment::real();
    let folder = tempfile::tempdir().unwrap();
    let processes = Processes { environment: environment.clone(), driver: crate::bench::driver(folder.path()) };
    let mut options = Options::new(TOKEN);
    options.rate_limits = false;
    options.runner = Some(Arc::new(processes));
    let fly = FlySimulator::start(environment.clone(), options).await.unwrap();
    let driver = FlyMachines::new(environment.clone(), settings(&fly.url())).unwrap();
    driver.check().await.unwrap();
    Bench::new(environment, Arc::new(driver), (fly, folder))
}
