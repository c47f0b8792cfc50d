//! A running shell, as handles reach it.

use super::{
    Registry, Tenure,
    committer::Committer,
    shell::{Command, Ended, Gauges, STORE_WORK_MAX, Shell},
};
use crate::{
    Committed, Limits, Store, StoreError,
    core::{Core, Part},
};
use environment::{Environment, Task};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Places for commands that are not submissions (signals, questions): these may be lost or asked again.
const OTHER_COMMANDS_MAX: usize = 1_024;

/// Where commands go, and what is counted there.
#[derive(Clone)]
pub(crate) struct Desk {
    pub commands: mpsc::Sender<Command>,
    pub gauges: Arc<Mutex<Gauges>>,
}

/// What a shell is started with.
#[derive(Clone)]
pub(crate) struct Opening {
    pub environment: Environment,
    pub store: Arc<dyn Store>,
    pub registry: Arc<Registry>,
    pub limits: Limits,
    pub feed: broadcast::Sender<Committed>,
}

impl Desk {
    /// Starts a shell: what was left pending is started again, what fell due fires.
    pub async fn open(opening: Opening, part: Part, tenure: Option<Tenure>) -> Result<(Self, Task<Ended>), StoreError> {
        let Opening { environment, store, registry, limits, feed } = opening;
        let highest = store.highest_id().await?.max(registry.ids_after);
        let kinds = registry.kinds.values().cloned();
        let core = Core::new(kinds, &registry.pools, limits, Arc::clone(&registry.code), highest).owning(part);
        let (commands, accepted) = mpsc::channel(limits.queue_max + OTHER_COMMANDS_MAX);
        let (ends, ended) = mpsc::channel(limits.actions_running_max + STORE_WORK_MAX);
        let gauges = Arc::<Mutex<Gauges>>::default();
        let committer = Committer::start(&environment, Arc::clone(&store), ends.clone());
        let shell = Shell {
            environment: environment.clone(),
            store,
            committer,
            carriers: registry.carriers.clone(),
            core,
            commands: accepted,
            ends,
            ended,
            feed,
            gauges: Arc::clone(&gauges),
            waiting: HashMap::new(),
            ticket: 0,
            stopping: Vec::new(),
            tenure,
        };
        Ok((Self { commands, gauges }, environment.spawn(shell.run())))
    }

    /// Asks the shell to finish what is in hand and end; returns when it has ended.
    pub async fn shut(&self) {
        let (told, stopped) = oneshot::channel();
        if self.commands.send(Command::Shutdown(told)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}
