//! The janitor's record: one document per deed, in the database beside the workflows, newest first.
//!
//! Why documents: what was deleted may belong to a workflow that the database does not know, so its history cannot hold it.

use super::workflows::unknown;
use crate::{parts::Parts, seams::Error};
use async_trait::async_trait;
use engine::beside::{Beside, Expected};
use environment::Timestamp;
use janitor::{Audit, Entry, OwnersError};
use std::sync::Arc;

const COLLECTION: &str = "janitor_audit";
/// Keys count down from here, so that the newest comes first; in milliseconds it is the year 33658.
const END_MS: u64 = 999_999_999_999_999;
/// Documents read at a time.
const PAGE: usize = 500;

/// The record in the database.
pub struct Recorded(pub(super) Arc<Parts>);

/// Keys of one moment begin like this.
fn moment(at: Timestamp) -> String {
    format!("{:015}", END_MS.saturating_sub(at.as_millis()))
}

#[async_trait]
impl Audit for Recorded {
    async fn write(&self, entry: &Entry) -> Result<(), OwnersError> {
        let key = format!("{}/{}/{}", moment(entry.at), entry.kind.word(), entry.id);
        let value = serde_json::to_value(entry).map_err(|error| unknown(&error))?;
        let put = self.0.beside.put_document(COLLECTION, &key, &value, Expected::Any).await;
        put.map(drop).map_err(|error| unknown(&error))
    }
}

/// Entries after a place, newest first, each with its own place.
pub(super) async fn read(
    beside: &dyn Beside,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Entry)>, Error> {
    let rows = beside.documents(COLLECTION, "", after, limit).await?;
    let read = |(key, document): (String, engine::beside::Document)| {
        let entry = serde_json::from_value(document.value);
        entry.map(|entry| (key, entry)).map_err(|error| Error::Failed(error.to_string()))
    };
    rows.into_iter().map(read).collect()
}

/// Removes entries older than `before`, or counts them in a dry run.
pub(super) async fn remove(beside: &dyn Beside, before: Timestamp, rows_max: u64, dry_run: bool) -> Result<u64, Error> {
    // Entries of that very moment are not older: their keys go on after it.
    let (mut gone, mut after) = (0, format!("{}~", moment(before)));
    while gone < rows_max {
        let rows = beside.documents(COLLECTION, "", Some(&after), PAGE).await?;
        for (key, _) in &rows {
            if !dry_run {
                beside.delete_document(COLLECTION, key).await?;
            }
            gone += 1;
        }
        match rows.last() {
            Some((key, _)) if rows.len() == PAGE => after = key.clone(),
            _ => break,
        }
    }
    Ok(gone)
}
