//! The listener. Connections are served by hyper directly, since a stand-in must be able to hang up without an answer.

use super::{
    Options, control,
    git::GitError,
    hub::Hub,
    log::LogError,
    page,
    rest::{self, Lost, through_the_gate},
    webhook,
    world::{Fact, UserKind},
};
use axum::{Router, body::Body};
use environment::{Environment, Task};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    fs::File,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// A stand-in for GitHub.
#[derive(Debug)]
pub struct Simulator;

/// Why a stand-in does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder.
    #[error("the GitHub stand-in cannot use its folder")]
    Log(#[from] LogError),
    /// The port.
    #[error("the GitHub stand-in cannot listen on {address}; is one running already?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Git.
    #[error("the GitHub stand-in needs git")]
    Git(#[from] GitError),
    /// Somebody else has the folder.
    #[error("`{folder}` is in use by another GitHub stand-in; stop it first, or give this one its own folder")]
    InUse {
        /// The folder.
        folder: String,
    },
    /// The HTTP client for webhooks.
    #[error("the GitHub stand-in cannot make an HTTP client")]
    Client(#[from] reqwest::Error),
}

/// A stand-in that runs until it is stopped or dropped. Dropping is as abrupt as a kill: what was answered is kept.
#[derive(Debug)]
pub struct RunningSimulator {
    address: SocketAddr,
    url: String,
    tasks: Arc<Mutex<Vec<Task<()>>>>,
}

/// Tasks that ended are forgotten when there are this many.
const TASKS_BEFORE_SWEEP: usize = 256;
/// A listener that cannot accept (out of files), or a folder that is in use, is tried again after this long.
const TRY_AGAIN: Duration = Duration::from_millis(20);
/// A stand-in that was killed lets go of its folder at once; one that is told to stop takes a moment.
const LOCK_WITHIN: Duration = Duration::from_secs(3);

impl Simulator {
    /// Opens the folder, brings git level with the log, and listens.
    ///
    /// # Errors
    /// [`StartError`], each of which says what to do.
    pub async fn start(environment: Environment, options: Options) -> Result<RunningSimulator, StartError> {
        let client = http_client()?;
        std::fs::create_dir_all(options.data.join("repos")).map_err(LogError::from)?;
        let lock = lock_folder(&environment, &options.data).await?;
        let hub = Hub::open(environment, options, lock)?;
        let mut change = hub.change(None).await;
        let bot = hub.options().bot_login();
        change.user(&bot, UserKind::Bot);
        change.user("longshore-dev", UserKind::Organization);
        let url = hub.options().webhook_url.clone();
        if url.is_some() && change.webhook_url != url {
            change.put(Fact::WebhookUrl(url));
        }
        change.commit("standin.started")?;
        hub.level_all_git().await;
        let address = hub.options().listen;
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let url = format!("http://{address}{}", hub.options().prefix());
        hub.listens_at(url.clone());
        let tasks = Arc::new(Mutex::new(Vec::new()));
        let accept = hub.environment().spawn(accept_forever(hub.clone(), listener, tasks.clone()));
        let send = hub.environment().spawn(webhook::send_forever(hub.clone(), client));
        keep(&tasks, [accept, send]);
        Ok(RunningSimulator { address, url, tasks })
    }
}

impl RunningSimulator {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:41873`: base of the API, of pages and of git alike.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Ends it and waits until nothing of it runs.
    pub async fn stop(self) {
        let tasks: Vec<Task<()>> = lock(&self.tasks).drain(..).collect();
        for task in &tasks {
            task.abort();
        }
        for task in tasks {
            // A task that was ended says so with an error; that is what was wanted.
            let _ = task.await;
        }
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        for task in lock(&self.tasks).drain(..) {
            task.abort();
        }
    }
}

/// The folder is ours until the process ends, however it ends. One that is just ending is waited for.
async fn lock_folder(environment: &Environment, data: &Path) -> Result<File, StartError> {
    let file = File::create(data.join("lock")).map_err(LogError::from)?;
    let deadline = environment.now() + LOCK_WITHIN;
    while file.try_lock().is_err() {
        if environment.now() >= deadline {
            return Err(StartError::InUse { folder: data.display().to_string() });
        }
        environment.sleep(TRY_AGAIN).await;
    }
    Ok(file)
}

fn lock(tasks: &Mutex<Vec<Task<()>>>) -> std::sync::MutexGuard<'_, Vec<Task<()>>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(tasks: &Mutex<Vec<Task<()>>>, new: impl IntoIterator<Item = Task<()>>) {
    let mut tasks = lock(tasks);
    if tasks.len() >= TASKS_BEFORE_SWEEP {
        tasks.retain(|task| !task.is_finished());
    }
    tasks.extend(new);
}

async fn accept_forever(hub: Hub, listener: TcpListener, tasks: Arc<Mutex<Vec<Task<()>>>>) {
    let routes = Router::new()
        .merge(rest::router())
        .merge(control::routes())
        .merge(page::routes())
        .fallback(page::repository_or_git)
        .with_state(hub.clone());
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = connection(hub.clone(), routes.clone(), tasks.clone(), stream);
                keep(&tasks, [hub.environment().spawn(connection)]);
            }
            Err(_) => hub.environment().sleep(TRY_AGAIN).await,
        }
    }
}

async fn connection(hub: Hub, routes: Router, tasks: Arc<Mutex<Vec<Task<()>>>>, stream: TcpStream) {
    let service = service_fn(|request: Request<Incoming>| {
        let (hub, routes) = (hub.clone(), routes.clone());
        let (answer, answered) = oneshot::channel();
        // In a task of its own: a call that was begun is finished even if the caller hangs up, as on GitHub.
        let call = hub.clone().environment().spawn(async move {
            // Nobody left to hear the answer is no fault.
            let _ = answer.send(through_the_gate(&hub, routes, request.map(Body::new)).await);
        });
        keep(&tasks, [call]);
        async move { answered.await.unwrap_or(Err(Lost)) }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        let lost_on_purpose = std::error::Error::source(&error).is_some_and(|it| it.is::<Lost>());
        tracing::debug!(lost_on_purpose, "a connection to the GitHub stand-in ended early");
    }
}

/// A client that follows no redirects. The stand-in speaks plain HTTP; the provider is what the client insists on.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // Already installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()
}
