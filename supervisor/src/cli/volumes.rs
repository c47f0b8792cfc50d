use super::{Failure, Output, api::Api, table::Table, times::ago};
use crate::http::public::api::VolumeRow;
use clap::Subcommand;
use environment::Timestamp;
use serde::{Deserialize, Serialize};

/// Look at volumes.
#[derive(Debug, Subcommand)]
pub(super) enum Volumes {
    /// List the volumes that the backend shows
    Ls,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    volumes: Vec<VolumeRow>,
}

impl Volumes {
    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        let Self::Ls = self;
        let listed: Listed = api.get("/volumes").await?;
        output.table(&listed, |listed| table(&listed.volumes, now))
    }
}

pub(super) fn table(rows: &[VolumeRow], now: Timestamp) -> Table {
    let row = |row: &VolumeRow| [row.name.clone(), row.workflow.clone(), ago(now, row.created_at_ms)];
    Table::new(["VOLUME", "WORKFLOW", "CREATED"]).rows(rows.iter().map(row))
}
