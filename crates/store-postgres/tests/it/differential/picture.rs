//! Everything that a store holds at the end.

use super::{story, world::World};
use engine::{ListFilter, Timestamp, WorkflowId};
use sha2::{Digest, Sha256};

const ALL: usize = 10_000;

pub async fn of(world: &mut World<'_>) {
    let store = world.store;
    let rows = store.list(&ListFilter { limit: ALL, ..ListFilter::default() }).await.unwrap();
    for row in &rows {
        world.note("row", row);
        for event in store.history(row.id, 0, ALL).await.unwrap() {
            world.note("event", event);
        }
    }
    for key in story::keys() {
        world.note("early", store.early("order", key, ALL).await);
        world.note("log", store.log(key, 0, ALL).await);
    }
    world.note("highest", store.highest_id().await);
    world.note("pools", store.pools().await);
    world.note("pending", store.pending_after(WorkflowId(0), ALL).await);
    let end = Timestamp::from_millis(i64::MAX as u64);
    world.note("waking", store.waking(Default::default(), end, ALL).await);
    world.note("stuck", store.stuck(WorkflowId(0), ALL).await);
    for collection in story::collections() {
        for (key, document) in store.documents(collection, "", None, ALL).await.unwrap() {
            world.note("document", (collection, key, document.value.to_string(), document.revision));
        }
    }
    for text in story::texts() {
        world.note("blob", store.blob(&hex::encode(Sha256::digest(text.as_bytes()))).await);
    }
}
