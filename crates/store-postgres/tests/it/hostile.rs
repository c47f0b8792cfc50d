//! Characters that PostgreSQL cannot store.

use crate::{
    rows::{event, row},
    server::fresh,
};
use engine::{
    Batch, EarlyRow, ListFilter, LoadRequest, Store, Timestamp, WorkflowId, WorkflowRow,
    beside::{Beside, Expected, LogLine},
};
use serde_json::json;

#[tokio::test]
async fn a_nul_anywhere_neither_fails_a_batch_nor_gets_lost() {
    let store = fresh().await;
    let hostile = WorkflowRow {
        key: "key\0".into(),
        subject: Some("\0".into()),
        machine_id: Some("m\u{1}\0".into()),
        state: json!({"said": "a\0b"}).to_string().into(),
        ..row(1, "a title with \0 in it")
    };
    let early = EarlyRow {
        kind: "order".into(),
        key: "key\0".into(),
        id: event("a", 1).id,
        payload: json!("\0").to_string().into(),
        at: Timestamp::from_millis(1),
        keep_until: Timestamp::from_millis(2),
    };
    let batch = Batch {
        inserts: vec![hostile.clone(), row(2, "its neighbour")],
        events: vec![event("a", 1)],
        early: vec![early.clone()],
        ..Batch::default()
    };
    store.commit(&batch).await.unwrap();
    assert_eq!(store.row_by_key("order", "key\0").await.unwrap(), Some(hostile.clone()));
    let found = |text: &str| ListFilter { text: Some(text.into()), ..ListFilter::default() };
    assert_eq!(store.list(&found("with \0 in")).await.unwrap(), [hostile]);
    assert_eq!(store.list(&found("\0\0")).await.unwrap(), []);
    let request = LoadRequest { ids: vec![WorkflowId(1)], ..LoadRequest::default() };
    assert_eq!(store.load(&request).await.unwrap().early, [early]);
}

#[tokio::test]
async fn a_nul_in_a_log_or_a_document_is_kept() {
    let store = fresh().await;
    let line = LogLine { sequence: 1, at: Timestamp::from_millis(1), text: "from a machine: \0\u{1}\0".into() };
    store.append_log("s\0", std::slice::from_ref(&line)).await.unwrap();
    assert_eq!(store.log("s\0", 0, 9).await.unwrap(), [line]);
    assert_eq!(store.log("s", 0, 9).await.unwrap(), []);
    for key in ["a\0b", "a\0", "a", "a\u{1}"] {
        store.put_document("c", key, &json!({"k": key}), Expected::Absent).await.unwrap();
    }
    let listed = store.documents("c", "a\0", None, 9).await.unwrap();
    let keys: Vec<_> = listed.iter().map(|(key, document)| (key.as_str(), document.value["k"].as_str())).collect();
    assert_eq!(keys, [("a\0", Some("a\0")), ("a\0b", Some("a\0b"))]);
}

#[tokio::test]
async fn the_longest_key_fits_into_every_index_even_of_characters_that_take_two() {
    let store = fresh().await;
    let key: std::sync::Arc<str> = "\u{1}".repeat(engine::KEY_BYTES_MAX).into();
    let early = EarlyRow {
        kind: "pull_request".into(),
        key: std::sync::Arc::clone(&key),
        id: engine::EventId::from_stored("x".repeat(engine::EventId::BYTES_MAX)),
        payload: "{}".into(),
        at: Timestamp::from_millis(1),
        keep_until: Timestamp::from_millis(2),
    };
    let long = WorkflowRow { key: std::sync::Arc::clone(&key), ..row(1, "a long name") };
    store.commit(&Batch { inserts: vec![long.clone()], early: vec![early], ..Batch::default() }).await.unwrap();
    assert_eq!(store.row_by_key("order", &key).await.unwrap(), Some(long));
}
