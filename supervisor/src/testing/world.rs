//! A public listener over stand-ins.

use super::{HandClock, MemoryBeside, MemoryIntake, MemoryLook, MemorySteer, MemorySweep, OneMachine, RecordedEvents};
use crate::{
    config::Secret,
    deployment::DeploymentSecret,
    http::public::{Access, Pages, Public, router},
    runs::Runs,
};
use axum::Router;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Signs webhooks.
pub(crate) const WEBHOOK_SECRET: &str = "a webhook secret";

/// A public listener and what lies behind it.
pub(crate) struct World {
    pub(crate) clock: HandClock,
    pub(crate) intake: Arc<MemoryIntake>,
    pub(crate) look: Arc<MemoryLook>,
    pub(crate) steer: Arc<MemorySteer>,
    pub(crate) beside: Arc<MemoryBeside>,
    pub(crate) public: Public,
    pub(crate) router: Router,
    pub(crate) admin: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = HandClock::default();
        let environment = clock.environment();
        let secret = DeploymentSecret::from_bytes([7; 32]);
        let (intake, look) = (Arc::<MemoryIntake>::default(), Arc::<MemoryLook>::default());
        let (steer, beside) = (Arc::<MemorySteer>::default(), Arc::<MemoryBeside>::default());
        let store: Arc<MemoryBeside> = Arc::clone(&beside);
        let events = Arc::<RecordedEvents>::default();
        let public = Public {
            environment: environment.clone(),
            intake: Arc::<MemoryIntake>::clone(&intake),
            look: Arc::<MemoryLook>::clone(&look),
            steer: Arc::<MemorySteer>::clone(&steer),
            sweep: Arc::new(MemorySweep),
            runs: Runs::new(environment.clone(), Arc::<MemoryBeside>::clone(&store), events, secret.clone()),
            machines: Arc::new(OneMachine),
            deployment: "d".into(),
            pages: Pages {
                local_is_free: true,
                public_url: "http://127.0.0.1:8080".into(),
                web_url: "https://github.com".into(),
                database: "SQLite",
            },
            recovery: Default::default(),
            access: Access::new(environment, store, &secret),
            webhook_secrets: vec![Secret::new(WEBHOOK_SECRET), Secret::new("the old one")],
            counts: Arc::default(),
            closing: CancellationToken::new(),
        };
        let router = router(public.clone());
        Self { clock, intake, look, steer, beside, public, router, admin: secret.derive("admin token", &[]) }
    }
}
