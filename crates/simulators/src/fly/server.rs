//! What a stand-in for Fly is made of, started and stopped together.

use super::{Options, control, hub::Hub, life, rest::through_the_gate};
use crate::listener::{Gate, Lost, Tasks, accept_forever, lock_folder};
use axum::{Router, body::Body, response::Response};
use environment::Environment;
use http::Request;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// A stand-in for Fly's Machines API.
#[derive(Debug)]
pub struct FlySimulator;

/// Why a stand-in does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder.
    #[error("the Fly stand-in cannot use its folder `{folder}`; look at its permissions, or give it an empty one")]
    Folder {
        /// Which.
        folder: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The port.
    #[error("the Fly stand-in cannot listen on {address}; is one running already?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Somebody else has the folder.
    #[error("`{folder}` is in use by another Fly stand-in; stop it first, or give this one its own folder")]
    InUse {
        /// The folder.
        folder: String,
    },
}

/// A stand-in that runs until it is stopped or dropped. Dropping is as abrupt as a kill; programs that a runner has started
/// go on, as those of a killed process do.
#[derive(Debug)]
pub struct RunningFly {
    address: SocketAddr,
    token: String,
    tasks: Tasks,
}

impl FlySimulator {
    /// Reads the folder, if there is one, goes on with what was begun, and listens.
    ///
    /// # Errors
    /// [`StartError`], each of which says what to do.
    pub async fn start(environment: Environment, options: Options) -> Result<RunningFly, StartError> {
        let lock = match &options.data {
            None => None,
            Some(data) => {
                let unusable = |source| StartError::Folder { folder: data.display().to_string(), source };
                std::fs::create_dir_all(data).map_err(unusable)?;
                let lock = lock_folder(&environment, data).await.map_err(unusable)?;
                Some(lock.ok_or_else(|| StartError::InUse { folder: data.display().to_string() })?)
            }
        };
        let (address, token, folder) = (options.listen, options.token.clone(), options.data.clone());
        let tasks = Tasks::default();
        let hub = Hub::open(environment, options, lock, tasks.clone()).map_err(|source| StartError::Folder {
            folder: folder.unwrap_or_default().display().to_string(),
            source,
        })?;
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        life::resume(&hub);
        let door = Door { control: control::routes(&hub), hub: hub.clone() };
        hub.spawn(accept_forever(hub.environment().clone(), listener, door, tasks.clone()));
        Ok(RunningFly { address, token, tasks })
    }
}

impl RunningFly {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:41873`: stands for `https://api.machines.dev`, and for `https://api.fly.io` where logs are read.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bearer token that is let in.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Ends it and waits until nothing of it runs. Programs that a runner has started go on.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

impl Drop for RunningFly {
    fn drop(&mut self) {
        self.tasks.abort();
    }
}

/// Where every call comes in.
#[derive(Clone)]
struct Door {
    hub: Hub,
    control: Router,
}

impl Gate for Door {
    async fn answer(&self, request: Request<Body>) -> Result<Response, Lost> {
        through_the_gate(&self.hub, self.control.clone(), request).await
    }
}
