use super::{Common, Failure, Output, api};
use crate::{config::Config, database::Database};
use async_trait::async_trait;
use clap::Args;
use domain::{pull_request::PullRequest, reminder::Reminder};
use engine::{ActionContext, ActionError, Engine, Executor, Registry, Workflow};
use environment::Environment;
use serde_json::json;
use std::{path::PathBuf, sync::Arc};

/// Bring the database to this version's schema.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Configuration file; by default `longshore.toml` if it is there
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
    /// Try the upgrade of every live workflow as well, and write none of them
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let config = Config::load(self.config.as_deref(), &api::variables(common)?)?;
        let database = Database::open(&config, &environment).await.map_err(|error| Failure::new(error.to_string()))?;
        if !self.check {
            return output.data(&json!({"migrated": true}), |_| "the database has this version's schema\n".to_owned());
        }
        let registry = Registry::new().with::<PullRequest>(Arc::new(Idle)).with::<Reminder>(Arc::new(Idle));
        let report = Engine::check_upgrades(&*database.store, &registry)
            .await
            .map_err(|error| Failure::new(error.to_string()))?;
        let faults: Vec<_> = report
            .faults
            .iter()
            .map(|fault| json!({"workflow": fault.workflow.to_string(), "kind": fault.kind, "why": fault.why}))
            .collect();
        let data = json!({"rows": report.rows, "older": report.older, "faults": faults});
        output.data(&data, |_| {
            let mut words = format!("{} live workflows, {} of an older version\n", report.rows, report.older);
            for fault in &report.faults {
                words.push_str(&format!("{}  {}\n", fault.workflow, fault.why));
            }
            words
        })?;
        match report.faults.len() {
            0 => Ok(()),
            count => Err(Failure::new(format!("{count} workflows cannot be upgraded by this version"))
                .hint("until they can", "run the version that wrote them")
                .after_its_answer()),
        }
    }
}

/// Carries nothing out: a check starts no action.
struct Idle;

#[async_trait]
impl<W: Workflow> Executor<W> for Idle {
    async fn execute(&self, _: &ActionContext<W>, _: &W::Action) -> Result<W::Event, ActionError> {
        Err(ActionError::Permanent { message: "a check carries nothing out".to_owned() })
    }
}
