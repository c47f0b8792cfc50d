use super::{
    Failure, Output,
    api::{Api, segment},
    output::printable,
    table::Table,
    times::ago,
};
use crate::{http::public::api::VolumeRow, session::ARCHIVE_BYTES_MAX};
use clap::Subcommand;
use environment::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    io::{IsTerminal, Read, Write},
    path::{Path, PathBuf},
};

/// Look at volumes, and take sessions out of them or put them in.
#[derive(Debug, Subcommand)]
pub(super) enum Volumes {
    /// List the volumes that the backend shows
    Ls,
    /// Write a pull request's session, as of its last result, as a tar archive
    Export {
        /// `wf_12` or `owner/repo#7`
        workflow: String,
        /// File to write, which must not be there yet; without it the archive goes to stdout
        file: Option<PathBuf>,
    },
    /// Put the session in a tar archive in the place of a pull request's; only while no machine runs
    Import {
        /// `wf_12` or `owner/repo#7`
        workflow: String,
        /// Archive that `export` wrote
        file: PathBuf,
    },
}

#[derive(Serialize, Deserialize)]
struct Listed {
    volumes: Vec<VolumeRow>,
}

impl Volumes {
    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        match self {
            Self::Ls => {
                let listed: Listed = api.get("/volumes").await?;
                output.table(&listed, |listed| table(&listed.volumes, now))
            }
            Self::Export { workflow, file } => export(api, output, &workflow, file.as_deref()).await,
            Self::Import { workflow, file } => {
                let archive = read(&file)?;
                let said: Value = api.upload(&path(&workflow), archive).await?;
                output.data(&said, |said| format!("{}\n", printable(said["message"].as_str().unwrap_or_default())))
            }
        }
    }
}

async fn export(api: &Api, output: &Output, workflow: &str, file: Option<&Path>) -> Result<(), Failure> {
    let stdout = std::io::stdout();
    if file.is_none() && (output.is_json() || stdout.is_terminal()) {
        return Err(Failure::usage("an archive is nothing for a terminal, nor JSON")
            .hint("to a file", format!("longshore volumes export {workflow} FILE")));
    }
    let archive = api.download(&path(workflow)).await?;
    let bytes = archive.len();
    let Some(file) = file else {
        let failed = |error| Failure::new(format!("stdout: {error}"));
        return stdout.lock().write_all(&archive).and_then(|()| stdout.lock().flush()).map_err(failed);
    };
    let failed = |error| Failure::new(format!("`{}` cannot be written: {error}", file.display()));
    let mut new = crate::deployment::new_private(file).map_err(failed)?;
    new.write_all(&archive).and_then(|()| new.sync_all()).map_err(failed)?;
    output.data(&json!({"file": file.display().to_string(), "bytes": bytes}), |_| format!("{}\n", file.display()))?;
    output.say(&format!("{bytes} bytes: what the agent remembers, as of its last result"));
    Ok(())
}

/// At most what the supervisor takes, and one byte more, so that it says so.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file);
    let read = opened.and_then(|it| it.take(ARCHIVE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", file.display())))?;
    Ok(bytes)
}

fn path(workflow: &str) -> String {
    format!("/workflows/{}/session", segment(workflow))
}

pub(super) fn table(rows: &[VolumeRow], now: Timestamp) -> Table {
    let row = |row: &VolumeRow| [row.name.clone(), row.workflow.clone(), ago(now, row.created_at_ms)];
    Table::new(["VOLUME", "WORKFLOW", "CREATED"]).rows(rows.iter().map(row))
}
