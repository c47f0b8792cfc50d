//! Listening, the same for every stand-in. Connections are served by hyper directly, since a stand-in must be able to hang
//! up without an answer.

use axum::{body::Body, response::Response};
use environment::{Environment, Task};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    fs::File,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// Tasks that ended are forgotten when there are this many.
const TASKS_BEFORE_SWEEP: usize = 256;
/// A listener that cannot accept (out of files), or a folder that is in use, is tried again after this long.
const TRY_AGAIN: Duration = Duration::from_millis(20);
/// A stand-in that was killed lets go of its folder at once; one that is told to stop takes a moment.
const LOCK_WITHIN: Duration = Duration::from_secs(3);

/// The connection closes without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer was lost on purpose")]
pub struct Lost;

/// What answers the calls of a stand-in.
pub trait Gate: Clone + Send + Sync + 'static {
    /// Answers one call, or hangs up.
    fn answer(&self, request: Request<Body>) -> impl Future<Output = Result<Response, Lost>> + Send;
}

/// What runs for a stand-in. Cheap to clone; a clone is the same set.
#[derive(Debug, Clone, Default)]
pub struct Tasks(Arc<Mutex<Vec<Task<()>>>>);

impl Tasks {
    /// Remembers tasks, so that they end with the stand-in.
    pub fn keep(&self, new: impl IntoIterator<Item = Task<()>>) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() >= TASKS_BEFORE_SWEEP {
            tasks.retain(|task| !task.is_finished());
        }
        tasks.extend(new);
    }

    /// Ends all of them without waiting.
    pub fn abort(&self) {
        for task in self.take() {
            task.abort();
        }
    }

    /// Ends all of them and waits until none runs.
    pub async fn stop(&self) {
        let tasks = self.take();
        tasks.iter().for_each(Task::abort);
        for task in tasks {
            // A task that was ended says so with an error; that is what was wanted.
            let _ = task.await;
        }
    }

    fn take(&self) -> Vec<Task<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}

/// The folder is ours until the process ends, however it ends. One that is just ending is waited for; none: it is in use.
pub async fn lock_folder(environment: &Environment, data: &Path) -> std::io::Result<Option<File>> {
    let file = File::create(data.join("lock"))?;
    let deadline = environment.now() + LOCK_WITHIN;
    while file.try_lock().is_err() {
        if environment.now() >= deadline {
            return Ok(None);
        }
        environment.sleep(TRY_AGAIN).await;
    }
    Ok(Some(file))
}

/// Serves every connection until it is ended.
pub async fn accept_forever(environment: Environment, listener: TcpListener, gate: impl Gate, tasks: Tasks) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = connection(environment.clone(), gate.clone(), tasks.clone(), stream);
                tasks.keep([environment.spawn(connection)]);
            }
            Err(_) => environment.sleep(TRY_AGAIN).await,
        }
    }
}

async fn connection(environment: Environment, gate: impl Gate, tasks: Tasks, stream: TcpStream) {
    let service = service_fn(|request: Request<Incoming>| {
        let gate = gate.clone();
        let (answer, answered) = oneshot::channel();
        // In a task of its own: a call that was begun is finished even if the caller hangs up, as in the real service.
        let call = environment.spawn(async move {
            // Nobody left to hear the answer is no fault.
            let _ = answer.send(gate.answer(request.map(Body::new)).await);
        });
        tasks.keep([call]);
        async move { answered.await.unwrap_or(Err(Lost)) }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        let lost_on_purpose = std::error::Error::source(&error).is_some_and(|it| it.is::<Lost>());
        tracing::debug!(lost_on_purpose, "a connection to a stand-in ended early");
    }
}

/// A client that follows no redirects. Stand-ins speak plain HTTP; the provider is what the client insists on.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // Already installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()
}
