//! Wires the supervisor: store, engine, drivers, clients, the two listeners; and takes it down in order.

use crate::{
    backend,
    cli::{LOCAL_FILE, Local},
    config::Config,
    database::Database,
    deployment::{DeploymentSecret, data_folder, open_to_others, write_private},
    http::{
        self,
        machine::{Machine, RunSockets},
        public::{Access, Pages, Public, is_loopback_url},
    },
    inner::{Inner, Outside},
    neighbours,
    seams::{Look, Steer},
};
use engine::{Engine, Limits, beside::Beside};
use environment::{Environment, Task};
use github::{App, AppConfig, GitHub};
use machines::Machines;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Between two calls to github.com that change something, as it asks for.
const PACE: Duration = Duration::from_secs(1);

/// Why the supervisor does not start; a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error("{0}")]
    Configuration(String),
    /// The data folder.
    #[error("the data folder `{path}` cannot be used: {why}")]
    Data {
        /// Which.
        path: String,
        /// Why.
        why: std::io::Error,
    },
    /// The database.
    #[error("{0}")]
    Database(String),
    /// An address.
    #[error("cannot listen on {address}: {why}; set `server.listen` and `server.machine_listen`")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        why: std::io::Error,
    },
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// What a program around a supervisor in its own process may see and steer: the same that the API offers.
pub struct Inside {
    /// Reads.
    pub look: Arc<dyn Look>,
    /// Answers and cancels.
    pub steer: Arc<dyn Steer>,
    /// Results and other blobs.
    pub beside: Arc<dyn Beside>,
    machines: Arc<dyn Machines>,
    deployment: String,
}

impl std::fmt::Debug for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inside").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}

/// A supervisor that serves.
#[derive(Debug)]
pub struct Supervisor {
    /// Address of the public listener.
    pub public: SocketAddr,
    /// Address of the machine listener.
    pub machine: SocketAddr,
    /// Words for the start: what is not as one might expect.
    pub notices: Vec<String>,
    /// For a program around it.
    pub inside: Inside,
    data: PathBuf,
    engine: Engine,
    closing: CancellationToken,
    servers: Vec<Task<std::io::Result<()>>>,
    /// Where machines reach us without a network.
    sockets: Option<RunSockets>,
    /// What goes on beside the serving, by name.
    duties: Vec<(&'static str, Task<()>)>,
}

impl Supervisor {
    /// Starts everything; it serves when this returns.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(environment: Environment, config: Config) -> Result<Self, StartError> {
        config.check_serve().map_err(|error| StartError::Configuration(error.to_string()))?;
        let config = Arc::new(config);
        let data = config.server.data.clone();
        let in_data = |why| StartError::Data { path: data.display().to_string(), why };
        data_folder(&data).map_err(in_data)?;
        let secret = match &config.server.secret {
            Some(secret) => DeploymentSecret::of(secret.reveal()),
            None => DeploymentSecret::open(&data, &environment).map_err(in_data)?,
        };
        let database = Database::open(&config, &environment).await?;
        if database.is_shared() {
            neighbours::same_secret(&*database.beside, &secret).await?;
        }
        let public = listen(config.server.listen).await?;
        let machine = listen(config.server.machine_listen).await?;
        let (public_address, machine_address) = (address(&public)?, address(&machine)?);
        let (machines, mut notices) = backend::machines(&environment, &config).await.map_err(StartError::Other)?;
        let root = backend::machines_root(&config).map_err(StartError::Other)?;
        let about = neighbours::about(&config, &root);
        neighbours::same_machines(&about, &database.others().await?)?;
        notices.extend(open_to_others(&data));
        let github = Arc::new(app(&environment, &config)?);
        let closing = CancellationToken::new();
        let client = http::client().map_err(|error| StartError::Other(error.to_string()))?;
        let sockets = backend::sockets(&environment, &config, &client, &closing).map_err(StartError::Other)?;
        let inner = Inner::start(Outside {
            environment: environment.clone(),
            config: Arc::clone(&config),
            secret: secret.clone(),
            beside: Arc::clone(&database.beside),
            store: Arc::clone(&database.store),
            joins: database.joins(&about),
            github: Arc::clone(&github) as Arc<dyn GitHub>,
            app: github,
            machines,
            machine_url: config.server.machine_url.clone().unwrap_or_else(|| format!("http://{machine_address}")),
            sockets: sockets.clone(),
            limits: Limits::default(),
        })
        .await?;
        let parts = Arc::clone(&inner.parts);
        notices.extend(parts.recovery.is_on().then(|| parts.recovery.words()));
        let access = Access::new(environment.clone(), Arc::clone(&parts.beside), &secret);
        access.write_admin_token(&data).map_err(in_data)?;
        let machine_router = http::machine::router(Machine {
            environment: environment.clone(),
            runs: inner.runs.clone(),
            github: Arc::clone(&parts.github),
            client,
        });
        let inside = Inside {
            look: Arc::clone(&inner.look),
            steer: inner.intake.clone(),
            beside: Arc::clone(&parts.beside),
            machines: Arc::clone(&parts.machines),
            deployment: parts.deployment.clone(),
        };
        let public_router = http::public::router(Public {
            environment: environment.clone(),
            look: Arc::clone(&inner.look),
            steer: inner.intake.clone(),
            intake: inner.intake.clone(),
            runs: inner.runs.clone(),
            machines: Arc::clone(&parts.machines),
            deployment: parts.deployment.clone(),
            pages: Pages {
                local_is_free: public_address.ip().is_loopback() && is_loopback_url(&config.server.public_url),
                public_url: config.server.public_url.clone(),
                web_url: parts.web_url.clone(),
                database: database.name,
            },
            recovery: parts.recovery.clone(),
            access,
            webhook_secrets: config.github.webhook_secrets.clone(),
            sweep: inner.sweeper.clone(),
            counts: Arc::clone(&inner.counts),
            closing: closing.clone(),
        });
        let servers = vec![
            environment.spawn(http::serve(environment.clone(), machine, machine_router, closing.clone())),
            environment.spawn(http::serve(environment.clone(), public, public_router, closing.clone())),
        ];
        tell_where(&data, public_address, machine_address).map_err(in_data)?;
        let duties = inner.duties(&closing);
        let engine = inner.engine;
        let (public, machine) = (public_address, machine_address);
        Ok(Self { public, machine, notices, inside, data, engine, closing, servers, sockets, duties })
    }

    /// Takes nothing more, finishes what is in hand, and ends. Machines keep running: they are found again.
    pub async fn stop(self) {
        self.closing.cancel();
        for server in self.servers {
            if let Err(error) = server.await {
                tracing::warn!(%error, "a listener ended badly");
            }
        }
        if let Some(sockets) = self.sockets {
            sockets.ended().await;
        }
        for (name, duty) in self.duties {
            if let Err(error) = duty.await {
                tracing::warn!(%error, "{name} ended badly");
            }
        }
        self.engine.shutdown().await;
        // The verbs then say at once that none serves here.
        let _gone = std::fs::remove_file(self.data.join(LOCAL_FILE));
    }

    /// As [`Supervisor::stop`], and no machine keeps running either: what one was doing is done again after the next
    /// start.
    pub async fn stop_with_machines(self) {
        let (machines, deployment) = (Arc::clone(&self.inside.machines), self.inside.deployment.clone());
        self.stop().await;
        for machine in machines.machines(&deployment).await.unwrap_or_default() {
            if let Err(error) = machines.destroy_machine(&machine.id).await {
                tracing::warn!(%error, machine = machine.id, "a machine was not ended");
            }
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|why| StartError::Listen { address, why })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::Other(error.to_string()))
}

pub(crate) fn app(environment: &Environment, config: &Config) -> Result<App, StartError> {
    let github = &config.github;
    let (Some(app_id), Some(key)) = (github.app_id, github.private_keys.first()) else {
        return Err(StartError::Configuration("`github.app_id` and `github.private_key` must be set".into()));
    };
    let app = AppConfig {
        app_id,
        private_key_pem: key.reveal().to_owned(),
        private_key_old_pem: github.private_keys.get(1).map(|key| key.reveal().to_owned()),
        api_url: github.api_url.clone(),
        pace: if is_github_com(&github.api_url) { PACE } else { Duration::ZERO },
        push_allowed: Vec::new(),
    };
    App::new(app, environment.clone()).map_err(|error| StartError::Configuration(error.to_string()))
}

pub(crate) fn is_github_com(api_url: &str) -> bool {
    api_url.trim_end_matches('/') == "https://api.github.com"
}

/// GitHub's pages beside its API: `api.github.com` → `github.com`, `host/api/v3` → `host`, else the same.
pub(crate) fn web_url(api_url: &str) -> String {
    let api_url = api_url.trim_end_matches('/');
    match api_url {
        "https://api.github.com" => "https://github.com".to_owned(),
        other => other.strip_suffix("/api/v3").unwrap_or(other).to_owned(),
    }
}

/// Lets the verbs of the command line find this supervisor.
fn tell_where(data: &Path, public: SocketAddr, machine: SocketAddr) -> std::io::Result<()> {
    let local = Local {
        url: format!("http://{public}"),
        machine_url: format!("http://{machine}"),
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    write_private(&data.join(LOCAL_FILE), &serde_json::to_string(&local)?)
}
