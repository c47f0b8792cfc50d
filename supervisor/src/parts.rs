//! What the inner parts share: the outside they reach and what the operator configured.

use crate::{catch_up::Wanted, config::Config, recovery::Recovery, runs::Runs};
use domain::{
    ids::PullRequestRef,
    pull_request::{PullRequest, State},
};
use engine::{Engine, View, WorkflowId, beside::Beside};
use environment::Environment;
use github::{GitHub, api::Repository, marker::Markers};
use machines::{Isolation, Machines};
use std::sync::{Arc, OnceLock};

/// What the executor, the intake and the steering share.
pub struct Parts {
    /// Clock and chance.
    pub environment: Environment,
    /// As configured.
    pub config: Arc<Config>,
    /// GitHub.
    pub github: Arc<dyn GitHub>,
    /// Machines and volumes.
    pub machines: Arc<dyn Machines>,
    /// Blobs, documents, logs.
    pub beside: Arc<dyn Beside>,
    /// Random id of this deployment, in every name and label.
    pub deployment: String,
    /// Address of the machine listener, as a machine reaches it.
    pub machine_url: String,
    /// Address of GitHub's pages, for links.
    pub web_url: String,
    /// Marks what we publish.
    pub markers: Markers,
    /// The engine, once it runs.
    pub engine: EngineSlot,
    /// Whether the database was put back and nobody has confirmed it yet.
    pub recovery: Recovery,
    /// Installations whose open pull requests are to be read.
    pub wanted: Wanted,
    /// Wakes the duty that tells many workflows of one delivery.
    pub fan_out: crate::fan_out::Bell,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}

/// The engine and the runs need each other: the engine is put here as soon as it runs, before any request is served.
#[derive(Clone, Default)]
pub struct EngineSlot(Arc<OnceLock<(Engine, Runs)>>);

impl std::fmt::Debug for EngineSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EngineSlot")
    }
}

impl EngineSlot {
    /// Puts the engine in; a second time changes nothing.
    pub fn fill(&self, engine: Engine, runs: Runs) {
        let _first = self.0.set((engine, runs));
    }

    /// The engine.
    ///
    /// # Errors
    /// It does not run yet; the caller is answered 503.
    pub fn engine(&self) -> Result<&Engine, crate::seams::Error> {
        self.0.get().map(|(engine, _)| engine).ok_or_else(starting)
    }

    /// The runs.
    ///
    /// # Errors
    /// As from [`EngineSlot::engine`].
    pub fn runs(&self) -> Result<&Runs, crate::seams::Error> {
        self.0.get().map(|(_, runs)| runs).ok_or_else(starting)
    }
}

fn starting() -> crate::seams::Error {
    crate::seams::Error::Overloaded { retry_after: std::time::Duration::from_secs(1) }
}

impl Parts {
    /// The pull request's workflow.
    ///
    /// # Errors
    /// The database failed, or the engine does not run yet.
    pub async fn view(&self, workflow: WorkflowId) -> Result<Option<View<PullRequest>>, crate::seams::Error> {
        self.engine.engine()?.view::<PullRequest>(workflow).await.map_err(failed)
    }

    /// What is said of the backend wherever a run is shown.
    pub fn isolation_note(&self) -> Option<String> {
        (self.machines.isolation() == Isolation::None).then(|| "a process: not isolated".to_owned())
    }

    /// Who owns the first volume of a pull request that is not known yet.
    pub fn first_owner(&self, pr: &PullRequestRef) -> volumes::Owner {
        let (repository_id, number) = (pr.repository_id, pr.number);
        volumes::Owner { deployment: self.deployment.clone(), repository_id, number, generation: 1, copy: 0 }
    }

    /// Who owns the workflow's volume, or one of its copies; names follow from it.
    pub fn owner(&self, state: &State, copy: u32) -> volumes::Owner {
        volumes::Owner {
            deployment: self.deployment.clone(),
            repository_id: state.pr.repository_id,
            number: state.pr.number,
            generation: state.generation,
            copy,
        }
    }
}

/// A store's failure, for the seams.
pub fn failed(error: engine::StoreError) -> crate::seams::Error {
    crate::seams::Error::Failed(error.to_string())
}

/// The repository of a state, as the GitHub client takes it.
pub fn repository(state: &State) -> Repository {
    repository_of(&state.pr)
}

/// The repository of a pull request, as the GitHub client takes it.
pub fn repository_of(pr: &PullRequestRef) -> Repository {
    Repository { installation: pr.installation, id: pr.repository_id, owner: pr.owner.clone(), name: pr.name.clone() }
}
