use super::{Failure, Output, api::Api, table::Table, times::ago};
use crate::http::public::api::MachineRow;
use clap::Subcommand;
use environment::Timestamp;
use machines::{Isolation, MachineState};
use serde::{Deserialize, Serialize};

/// Look at machines.
#[derive(Debug, Subcommand)]
pub(super) enum Machines {
    /// List the machines that the backend shows
    Ls,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    machines: Vec<MachineRow>,
}

impl Machines {
    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        let Self::Ls = self;
        let listed: Listed = api.get("/machines").await?;
        output.table(&listed, |listed| table(&listed.machines, now))
    }
}

pub(super) fn table(rows: &[MachineRow], now: Timestamp) -> Table {
    let row = |row: &MachineRow| {
        [
            row.name.clone(),
            row.workflow.clone(),
            row.run.to_string(),
            row.volume_id.clone(),
            state(row.state).to_owned(),
            isolation(row.isolation).to_owned(),
            ago(now, row.created_at_ms),
        ]
    };
    Table::new(["MACHINE", "WORKFLOW", "RUN", "VOLUME", "STATE", "ISOLATION", "CREATED"])
        .right(2)
        .rows(rows.iter().map(row))
}

fn state(state: MachineState) -> &'static str {
    match state {
        MachineState::Starting => "starting",
        MachineState::Running => "running",
        MachineState::Stopped => "stopped",
    }
}

fn isolation(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::None => "none",
        Isolation::Container => "container",
        Isolation::Vm => "vm",
    }
}
