//! Everything that a store holds.

use super::{Both, story};
use engine::{ListFilter, Timestamp, WorkflowId};
use sha2::{Digest, Sha256};
use std::fmt::Debug;

const ALL: usize = 10_000;

pub async fn of(store: &dyn Both) -> Vec<String> {
    let mut told = Vec::new();
    let mut note = |what: &str, value: &dyn Debug| told.push(format!("{what}: {value:?}"));
    let rows = store.list(&ListFilter { limit: ALL, ..ListFilter::default() }).await.unwrap();
    for row in &rows {
        note("row", row);
        for event in store.history(row.id, 0, ALL).await.unwrap() {
            note("event", &event);
        }
    }
    for key in story::keys() {
        note("early", &store.early("order", key, ALL).await);
        note("log", &store.log(key, 0, ALL).await);
    }
    note("highest", &store.highest_id().await);
    note("pools", &store.pools().await);
    note("pending", &store.active_after(WorkflowId(0), ALL).await);
    let end = Timestamp::from_millis(i64::MAX as u64);
    note("waking", &store.waking(Default::default(), end, ALL).await);
    note("stuck", &store.stuck(WorkflowId(0), ALL).await);
    for collection in story::collections() {
        for (key, document) in store.documents(collection, "", None, ALL).await.unwrap() {
            note("document", &(collection, key, document.value.to_string(), document.revision));
        }
    }
    for text in story::texts() {
        note("blob", &store.blob(&hex::encode(Sha256::digest(text.as_bytes()))).await);
    }
    told
}
