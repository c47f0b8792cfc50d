//! A stand-in with an app, and a driver for it.

use super::clock::{fast, fast_stand_in};
use environment::Environment;
use machines::{
    Error, FlyMachines, Labels, Machine, MachineSpec, Machines, Resources, Volume, VolumeSpec,
    fly::{Processors, Settings, Token},
};
use simulators::fly::{
    FlySimulator, Options, RunningFly,
    audit::left,
    control::{Action, Called, Client, Command, Fault, Timings},
};
use std::{collections::BTreeMap, time::Duration};

pub const TOKEN: &str = "FlyV1 fm2_secret";
pub const APP: &str = "workers";
pub const PORT: u16 = 8443;

pub struct Stage {
    pub environment: Environment,
    pub fly: RunningFly,
    pub control: Client,
    pub driver: FlyMachines,
    times: u32,
}

/// As the supervisor makes them, for a stand-in.
pub fn settings(url: &str) -> Settings {
    Settings {
        api_url: url.into(),
        logs_url: url.into(),
        token: Token::new(TOKEN),
        app: APP.into(),
        organisation: Some("personal".into()),
        regions: vec!["iad".into(), "lhr".into()],
        image: "registry.fly.io/workers:1".into(),
        processors: Processors::Shared,
        ports: vec![PORT],
        paced: false,
    }
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(Timings::default(), 1).await
    }

    /// On a clock that runs `times` as fast.
    pub async fn with(timings: Timings, times: u32) -> Self {
        let mut options = Options::new(TOKEN);
        (options.rate_limits, options.timings) = (false, timings);
        Self::of(options, times, |_| {}).await
    }

    pub async fn of(options: Options, times: u32, adjust: impl FnOnce(&mut Settings)) -> Self {
        let fly = FlySimulator::start(fast_stand_in(times), options).await.unwrap();
        let (environment, control) = (fast(times), Client::new(fly.url()).unwrap());
        let mut settings = settings(&fly.url());
        adjust(&mut settings);
        let driver = FlyMachines::new(environment.clone(), settings).unwrap();
        driver.check().await.unwrap();
        Self { environment, fly, control, driver, times }
    }

    /// Another driver, as after a restart of the supervisor: it remembers nothing.
    pub fn forgetful(&self) -> FlyMachines {
        FlyMachines::new(fast(self.times), settings(&self.fly.url())).unwrap()
    }

    pub async fn run(&self, command: Command) {
        self.control.run(&command).await.unwrap();
    }

    pub async fn fail_once(&self, action: Action, fault: Fault) {
        self.control.fail_once(action, fault).await.unwrap();
    }

    pub async fn fail_always(&self, action: Action, fault: Fault) {
        self.control.fail_always(action, fault).await.unwrap();
    }

    /// The calls of one action, oldest first.
    pub async fn calls(&self, action: Action) -> Vec<Called> {
        self.control.calls().await.unwrap().into_iter().filter(|call| call.action == action).collect()
    }

    pub async fn volume(&self) -> Volume {
        self.driver.create_volume(&volume_spec()).await.unwrap()
    }

    pub async fn start(&self, run: u32, volume: &Volume) -> Machine {
        self.driver.start_machine(&machine_spec(run, volume)).await.unwrap()
    }

    pub async fn machine_names(&self) -> Vec<String> {
        self.control.truth().await.unwrap().machines.into_iter().map(|machine| machine.name).collect()
    }

    pub async fn volume_ids(&self) -> Vec<String> {
        self.control.truth().await.unwrap().volumes.into_iter().map(|volume| volume.id).collect()
    }

    /// Waits for something that is on its way, in the stand-in's own time.
    pub async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let real = Environment::real();
        let found = real.timeout(Duration::from_secs(30), async {
            while !holds().await {
                real.sleep(Duration::from_millis(10)).await;
            }
        });
        let found = found.await;
        assert!(found.is_ok(), "{what}");
    }

    /// Removes what is left; nothing may have written a volume beside another, and nothing stays.
    pub async fn end(self) {
        self.run(Command::ClearRules).await;
        for machine in self.driver.machines("here").await.unwrap() {
            self.driver.destroy_machine(&machine.id).await.unwrap();
        }
        for volume in self.driver.volumes("here").await.unwrap() {
            self.driver.delete_volume(&volume.id).await.unwrap();
        }
        assert_eq!(self.control.violations().await.unwrap(), Vec::<String>::new());
        let left = left(&self.control.audit().await.unwrap());
        assert_eq!(left, Vec::<String>::new());
    }
}

pub fn labels(run: u32) -> Labels {
    Labels { deployment: "here".into(), workflow: "wf_1".into(), run, operation: format!("wf_1:{run}") }
}

pub fn volume_spec() -> VolumeSpec {
    VolumeSpec { name: "pr_6c2361a0a767d6de02aa9c9c".into(), labels: labels(0), size_gib: 1 }
}

pub fn machine_spec(run: u32, volume: &Volume) -> MachineSpec {
    MachineSpec {
        name: format!("m-6c2361a0a767d6de02aa9c9c-{run}"),
        labels: labels(run),
        volume_id: volume.id.clone(),
        environment: BTreeMap::from([("LONGSHORE_RUN".to_owned(), run.to_string())]),
        sockets: None,
        resources: Resources::default(),
    }
}

/// The result must be an error of that kind; its sentence.
#[macro_export]
macro_rules! fly_error {
    ($result:expr, $kind:ident) => {
        match $result {
            Err(error @ machines::Error::$kind { .. }) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
}

/// The sentence of an error.
pub fn sentence<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}
