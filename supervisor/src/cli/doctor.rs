use super::{Common, Failure, Output, api, table::Table};
use crate::{
    config::Config,
    doctor::{self, Finding, State},
};
use clap::Args;
use environment::Environment;
use serde_json::json;
use std::path::PathBuf;

/// Look at everything that a supervisor needs, and say what is broken and what to do; changes nothing.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Configuration file; by default `longshore.toml` if it is there
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
}

impl Doctor {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let config = Config::load(self.config.as_deref(), &api::variables(common)?)?;
        let findings = doctor::look(&environment, &config).await;
        output.table(&json!({"checks": findings}), |_| table(&findings))?;
        match findings.iter().filter(|finding| finding.state == State::Broken).count() {
            0 => Ok(()),
            1 => Err(Failure::new("one thing is broken").after_its_answer()),
            broken => Err(Failure::new(format!("{broken} things are broken")).after_its_answer()),
        }
    }
}

pub(super) fn table(findings: &[Finding]) -> Table {
    let row = |it: &Finding| [it.what.to_owned(), it.state.word().to_owned(), it.sentence.clone()];
    Table::new(["CHECK", "STATE", "WHAT"]).rows(findings.iter().map(row))
}
