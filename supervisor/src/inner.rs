//! The supervisor without its outsides: store, GitHub, machines and clock are given. `serve` puts listeners around it,
//! the simulation a simulated world; both run these very parts.

use crate::{
    catch_up::{CatchUp, Wanted},
    config::Config,
    crash::{self, CrashPoint, Crashing},
    deployment::{DeploymentSecret, deployment_id},
    executor::{PullRequestExecutor, ReminderExecutor},
    fan_out::{self, FanOut},
    http::{Counts, machine::RunSockets},
    intake::PullRequests,
    look::EngineLook,
    parts::{EngineSlot, Parts},
    recovery::Recovery,
    runs::Runs,
    seams::Look,
    serve::{StartError, is_github_com, web_url},
    sweeps::{self, Sees, Sweeper},
};
use domain::{
    pull_request::{POOL, PullRequest},
    reminder::Reminder,
};
use engine::{
    Engine, Executor, Limits, Registry, Store, Workflow,
    beside::Beside,
    cluster::{ClusterLimits, Shared},
};
use environment::{Environment, Task};
use github::{AppLevel, GitHub, marker::Markers};
use machines::Machines;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Between two bursts of reading back from github.com.
const BURST_PAUSE: Duration = Duration::from_secs(5);

/// What the supervisor is given.
pub struct Outside {
    /// Clock, chance, tasks.
    pub environment: Environment,
    /// As configured.
    pub config: Arc<Config>,
    /// From the data folder.
    pub secret: DeploymentSecret,
    /// Workflows.
    pub store: Arc<dyn Store>,
    /// What is joined where others may be on the same database; the store is to read only then.
    pub joins: Option<(Arc<dyn Shared>, ClusterLimits)>,
    /// What lies beside them, in the same database.
    pub beside: Arc<dyn Beside>,
    /// GitHub, about repositories.
    pub github: Arc<dyn GitHub>,
    /// GitHub, about the App itself.
    pub app: Arc<dyn AppLevel>,
    /// Machines and volumes.
    pub machines: Arc<dyn Machines>,
    /// Address of the machine listener, as a machine reaches it.
    pub machine_url: String,
    /// How they reach us instead, where they have no network.
    pub sockets: Option<RunSockets>,
    /// Bounds of the engine.
    pub limits: Limits,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("machine_url", &self.machine_url).finish_non_exhaustive()
    }
}

/// The parts, running.
pub struct Inner {
    /// What they share.
    pub parts: Arc<Parts>,
    /// Webhooks, steering, what happens in runs.
    pub intake: Arc<PullRequests>,
    /// Runs as the machines see them.
    pub runs: Runs,
    /// The engine.
    pub engine: Engine,
    /// The janitor.
    pub sweeper: Arc<Sweeper>,
    /// Counters.
    pub counts: Arc<Counts>,
    /// Reads.
    pub look: Arc<dyn Look>,
    app: Arc<dyn AppLevel>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("parts", &self.parts).finish_non_exhaustive()
    }
}

impl Inner {
    /// Starts the engine on the store, with everything it needs; what goes on by itself is [`Inner::duties`].
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(outside: Outside) -> Result<Self, StartError> {
        let Outside {
            environment,
            config,
            secret,
            store,
            joins,
            beside,
            github,
            app,
            machines,
            machine_url,
            sockets,
            limits,
        } = outside;
        let deployment = deployment_id(&*beside, &environment).await;
        let deployment = deployment.map_err(|error| StartError::Database(error.to_string()))?;
        let recovery = Recovery::read(Arc::clone(&beside)).await;
        let recovery = recovery.map_err(|error| StartError::Database(error.to_string()))?;
        if recovery.is_on() && joins.is_some() {
            let sentence = "the database was restored: start one supervisor with `database.shared = false`, confirm with \
                            `longshore restore --confirm`, then start the others";
            return Err(StartError::Other(sentence.to_owned()));
        }
        let found = if recovery.is_on() {
            let found = recovery.look_outside(&*machines, &deployment).await;
            found.map_err(|why| StartError::Other(format!("the database was restored, and {why}")))?
        } else {
            Vec::new()
        };
        let slot = EngineSlot::default();
        let parts = Arc::new(Parts {
            environment: environment.clone(),
            github,
            machines,
            beside: Arc::clone(&beside),
            deployment,
            machine_url,
            web_url: web_url(&config.github.api_url),
            markers: Markers::new(secret.derive("marker", &[]).into_bytes()),
            engine: slot.clone(),
            config: Arc::clone(&config),
            recovery: recovery.clone(),
            wanted: Wanted::default(),
            fan_out: fan_out::Bell::default(),
        });
        let intake = Arc::new(PullRequests::new(Arc::clone(&parts)));
        let runs = Runs::new(environment.clone(), beside, intake.clone(), secret);
        if let Some(sockets) = &sockets {
            sockets.begin(&runs, &parts.github).await.map_err(StartError::Other)?;
        }
        let executor = PullRequestExecutor::new(Arc::clone(&parts), runs.clone(), sockets);
        let executor = crashing(Arc::new(executor), &environment)?;
        let reminders = crashing(Arc::new(ReminderExecutor::new(Arc::clone(&parts))), &environment)?;
        let registry = Registry::new()
            .with::<PullRequest>(executor)
            .with::<Reminder>(reminders)
            .pool(POOL, usize::try_from(config.machines.max_running).unwrap_or(usize::MAX))
            .numbered_after(recovery.ids_after())
            .code(env!("CARGO_PKG_VERSION"));
        let engine = match joins {
            None => Engine::start(environment.clone(), store, registry, limits).await,
            Some((shared, cluster)) => Engine::join(environment.clone(), shared, registry, limits, cluster).await,
        };
        let engine = engine.map_err(|error| StartError::Database(error.to_string()))?;
        recovery.tell(&engine, &found).await.map_err(StartError::Other)?;
        slot.fill(engine.clone(), runs.clone());
        let counts = Arc::<Counts>::default();
        let look: Arc<dyn Look> = Arc::new(EngineLook::new(environment, slot, Arc::clone(&parts.beside)));
        let sees = Sees { runs: runs.clone(), look: Arc::clone(&look), steer: intake.clone() };
        let sweeper = Arc::new(Sweeper::new(Arc::clone(&parts), sees, Arc::clone(&counts)));
        Ok(Self { parts, intake, runs, engine, sweeper, counts, look, app })
    }

    /// What goes on beside the serving, by name, until `closing`.
    pub fn duties(&self, closing: &CancellationToken) -> Vec<(&'static str, Task<()>)> {
        let (environment, config) = (&self.parts.environment, &self.parts.config);
        let schedule = config.janitor.schedule.clone();
        let janitor = sweeps::keep(environment.clone(), Arc::clone(&self.sweeper), schedule, closing.clone());
        let catch_up = CatchUp {
            intake: Arc::clone(&self.intake),
            webhooks: self.intake.clone(),
            github: Arc::clone(&self.app),
            counts: Arc::clone(&self.counts),
            every: config.github.catch_up_every,
            pause: if is_github_com(&config.github.api_url) { BURST_PAUSE } else { Duration::ZERO },
        };
        vec![
            ("the janitor", environment.spawn(janitor)),
            ("catching up", environment.spawn(catch_up.run(closing.clone()))),
            ("telling many workflows", environment.spawn(FanOut::new(&self.parts).run(closing.clone()))),
        ]
    }
}

fn crashing<W: Workflow>(
    executor: Arc<dyn Executor<W>>,
    environment: &Environment,
) -> Result<Arc<dyn Executor<W>>, StartError> {
    match std::env::var(crash::VARIABLE) {
        Err(_) => Ok(executor),
        Ok(text) => {
            let point: CrashPoint = text.parse().map_err(StartError::Configuration)?;
            tracing::warn!(?point, "this supervisor will crash on purpose");
            let hold = std::env::var_os(crash::HOLD_VARIABLE).map(Into::into);
            Ok(Arc::new(Crashing::new(executor, point, hold, environment.clone())))
        }
    }
}
