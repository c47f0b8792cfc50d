//! What a stand-in for GitHub is made of, started and stopped together.

use super::{
    Options, control,
    git::GitError,
    hub::Hub,
    log::LogError,
    page,
    rest::{self, through_the_gate},
    webhook,
    world::{Fact, UserKind},
};
use crate::listener::{Gate, Lost, Tasks, accept_forever, http_client, lock_folder};
use axum::{Router, body::Body, response::Response};
use environment::Environment;
use http::Request;
use std::net::SocketAddr;
use tokio::net::TcpListener;

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
    tasks: Tasks,
}

impl Simulator {
    /// Opens the folder, brings git level with the log, and listens.
    ///
    /// # Errors
    /// [`StartError`], each of which says what to do.
    pub async fn start(environment: Environment, options: Options) -> Result<RunningSimulator, StartError> {
        let client = http_client()?;
        std::fs::create_dir_all(options.data.join("repos")).map_err(LogError::from)?;
        let lock = lock_folder(&environment, &options.data).await.map_err(LogError::from)?;
        let lock = lock.ok_or_else(|| StartError::InUse { folder: options.data.display().to_string() })?;
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
        let tasks = Tasks::default();
        let gate = Door { routes: routes(&hub), hub: hub.clone() };
        let accept = accept_forever(hub.environment().clone(), listener, gate, tasks.clone());
        let send = webhook::send_forever(hub.clone(), client);
        tasks.keep([hub.environment().spawn(accept), hub.environment().spawn(send)]);
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
        self.tasks.stop().await;
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.tasks.abort();
    }
}

/// Where every call comes in.
#[derive(Clone)]
struct Door {
    hub: Hub,
    routes: Router,
}

impl Gate for Door {
    async fn answer(&self, request: Request<Body>) -> Result<Response, Lost> {
        through_the_gate(&self.hub, self.routes.clone(), request).await
    }
}

fn routes(hub: &Hub) -> Router {
    Router::new()
        .merge(rest::router())
        .merge(control::routes())
        .merge(page::routes())
        .fallback(page::repository_or_git)
        .with_state(hub.clone())
}
