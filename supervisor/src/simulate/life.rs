//! One life of the supervisor, wired as `serve` wires it, without sockets.

use crate::{
    config::{Config, Variables},
    deployment::DeploymentSecret,
    inner::{Inner, Outside},
    runs::Refusal,
    seams::{self, Intake, Webhook},
};
use async_trait::async_trait;
use axum::body::Bytes;
use engine::Store;
use protocol::{
    ClaimRequest, ClaimResponse, EventsRequest, EventsResponse, Recovered, RecoveredAnswer, ResultAnswer, ResultRequest,
};
use simulation::{End, Given, Production, Refused, Supervisor, Taken};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Starts lives.
pub(super) struct Doors;

#[async_trait]
impl Production for Doors {
    async fn start(&self, given: Given) -> Result<Arc<dyn Supervisor>, String> {
        let config = Config::from_text(&given.config, "simulation", &Variables::default());
        let store = Arc::clone(&given.store);
        let inner = Inner::start(Outside {
            environment: given.environment,
            config: Arc::new(config.map_err(|error| error.to_string())?),
            secret: DeploymentSecret::from_bytes(given.secret),
            store: given.store,
            joins: None,
            beside: given.beside,
            github: given.github,
            app: given.app,
            machines: given.machines,
            sockets: None,
            machine_url: "http://supervisor.test".into(),
            limits: given.limits,
        });
        let inner = inner.await.map_err(|error| error.to_string())?;
        let closing = CancellationToken::new();
        let _they_end_with_the_life = inner.duties(&closing);
        Ok(Arc::new(Served { inner, store, _closing: closing }))
    }
}

struct Served {
    inner: Inner,
    store: Arc<dyn Store>,
    _closing: CancellationToken,
}

#[async_trait]
impl Supervisor for Served {
    async fn webhook(&self, guid: String, event: String, body: Vec<u8>) -> Taken {
        let Ok(delivery) = github::webhook::parse(&event, &body) else { return Taken::Refused };
        let webhook = Webhook { guid, event, body: Bytes::from(body), delivery };
        match self.inner.intake.take(webhook).await {
            Ok(seams::Taken::Recorded { workflows, .. }) => {
                Taken::Recorded(workflows.iter().map(ToString::to_string).collect())
            }
            Ok(seams::Taken::Ignored { reason }) => Taken::Ignored(reason),
            Err(_) => Taken::Refused,
        }
    }

    async fn claim(&self, request: ClaimRequest) -> Result<ClaimResponse, Refused> {
        self.inner.runs.claim(&request).await.map_err(refused)
    }

    async fn report(&self, credential: String, run: u32, request: EventsRequest) -> Result<EventsResponse, Refused> {
        self.inner.runs.report(&credential, run, &request).await.map_err(refused)
    }

    async fn finish(&self, credential: String, run: u32, request: ResultRequest) -> Result<ResultAnswer, Refused> {
        self.inner.runs.finish(&credential, run, &request).await.map_err(refused)
    }

    async fn recover(&self, credential: String, run: u32, request: Recovered) -> Result<RecoveredAnswer, Refused> {
        self.inner.runs.recover(&credential, run, &request).await.map_err(refused)
    }

    async fn ends(&self) -> Result<Vec<End>, String> {
        super::ends::all(&self.inner, &*self.store).await
    }
}

/// What a worker makes of a refusal: 503 comes back, everything else ends it.
fn refused(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::Busy(_) => Refused::Busy,
        Refusal::Unknown
        | Refusal::Stale
        | Refusal::TokenExpired
        | Refusal::ClaimedByAnother
        | Refusal::BadRequest(_)
        | Refusal::TooLarge(_) => Refused::Final,
    }
}
