use crate::{
    Timestamp,
    beside::{Beside, Expected, LogLine, Past, Put},
};
use serde_json::json;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Bytes under their SHA-256, once; the later end wins.
pub async fn blobs_are_found_by_digest_and_swept(store: &impl Beside) {
    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(store.put_blob(b"hello", Some(at(10))).await.unwrap(), HELLO);
    assert_eq!(store.put_blob(b"hello", Some(at(30))).await.unwrap(), HELLO);
    store.put_blob(b"hello", Some(at(20))).await.unwrap();
    let kept = store.put_blob(b"kept", Some(at(10))).await.unwrap();
    store.put_blob(b"kept", None).await.unwrap();
    assert_eq!(store.blob(HELLO).await.unwrap().as_deref(), Some(&b"hello"[..]));
    assert_eq!(store.remove_past(Past::Blobs, at(29), 9, false).await.unwrap(), 0);
    assert_eq!(store.remove_past(Past::Blobs, at(30), 9, true).await.unwrap(), 1, "it is only counted");
    assert!(store.blob(HELLO).await.unwrap().is_some());
    assert_eq!(store.remove_past(Past::Blobs, at(30), 9, false).await.unwrap(), 1);
    assert_eq!(store.blob(HELLO).await.unwrap(), None);
    assert_eq!(store.blob(&kept).await.unwrap().as_deref(), Some(&b"kept"[..]));
}

/// The condition and the write are one.
pub async fn documents_are_written_under_a_condition(store: &impl Beside) {
    let put = async |value: u32, expected| store.put_document("c", "k", &json!(value), expected).await.unwrap();
    assert_eq!(put(0, Expected::Revision(1)).await, Put::Conflict(None));
    assert_eq!(put(1, Expected::Absent).await, Put::Done(1));
    let Put::Conflict(Some(there)) = put(2, Expected::Absent).await else { panic!("it is there already") };
    assert_eq!((there.value, there.revision), (json!(1), 1));
    assert_eq!(put(3, Expected::Revision(1)).await, Put::Done(2));
    assert!(matches!(put(4, Expected::Revision(1)).await, Put::Conflict(Some(_))));
    assert_eq!(put(5, Expected::Any).await, Put::Done(3));
    assert_eq!(store.document("c", "k").await.unwrap().map(|document| document.value), Some(json!(5)));
    assert_eq!(store.document("other", "k").await.unwrap(), None);
    store.delete_document("c", "k").await.unwrap();
    store.delete_document("c", "k").await.unwrap();
    assert_eq!(store.document("c", "k").await.unwrap(), None);
}

/// In order of keys; a prefix is not a pattern.
pub async fn documents_are_listed_by_prefix(store: &impl Beside) {
    for key in ["a%1", "a%2", "a%3", "ab1", "b"] {
        store.put_document("c", key, &json!(key), Expected::Absent).await.unwrap();
    }
    let keys = async |prefix: &str, after: Option<&str>, limit| -> Vec<String> {
        store.documents("c", prefix, after, limit).await.unwrap().into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys("a%", None, 9).await, ["a%1", "a%2", "a%3"]);
    assert_eq!(keys("a%", Some("a%1"), 1).await, ["a%2"]);
    assert_eq!(keys("", None, 9).await.len(), 5);
    assert_eq!(store.documents("other", "", None, 9).await.unwrap(), []);
}

/// As names of workflows are.
pub async fn documents_that_look_alike_are_told_apart(store: &impl Beside) {
    let keys = ["a", "A", "a ", "a\0", "a\0b", "a\u{1}", "e\u{301}", "é"];
    for key in keys {
        store.put_document("c", key, &json!(key), Expected::Absent).await.unwrap();
    }
    store.put_document("C", "a", &json!("other"), Expected::Absent).await.unwrap();
    let found = async |prefix: &str, after: Option<&str>| -> Vec<String> {
        store.documents("c", prefix, after, 99).await.unwrap().into_iter().map(|(key, _)| key).collect()
    };
    let mut sorted = keys;
    sorted.sort_unstable();
    assert_eq!(found("", None).await, sorted);
    assert_eq!(found("a\0", None).await, ["a\0", "a\0b"]);
    assert_eq!(found("a", Some("a\0")).await, ["a\0b", "a\u{1}", "a "]);
    assert_eq!(found("e", None).await, ["e\u{301}"]);
}

/// A sequence number is stored once.
pub async fn log_lines_are_stored_once_and_swept(store: &impl Beside) {
    let line = |sequence, text: &str| LogLine { sequence, at: at(sequence * 10), text: text.into() };
    store.append_log("s", &[line(1, "one"), line(2, "two")]).await.unwrap();
    store.append_log("s", &[line(2, "another"), line(3, "three")]).await.unwrap();
    store.append_log("s", &[]).await.unwrap();
    store.append_log("t", &[line(1, "other")]).await.unwrap();
    assert_eq!(store.log("s", 0, 9).await.unwrap(), [line(1, "one"), line(2, "two"), line(3, "three")]);
    assert_eq!(store.log("s", 1, 1).await.unwrap(), [line(2, "two")]);
    assert_eq!(store.remove_past(Past::Logs, at(20), 9, true).await.unwrap(), 2, "they are only counted");
    assert_eq!(store.remove_past(Past::Logs, at(20), 9, false).await.unwrap(), 2);
    assert_eq!(store.log("s", 0, 9).await.unwrap(), [line(2, "two"), line(3, "three")]);
}

/// What is counted is bounded as what is removed is; the rest is for the next time.
pub async fn what_is_past_goes_in_bounded_steps(store: &impl Beside) {
    let line = |sequence| LogLine { sequence, at: at(1), text: "old".into() };
    let lines: Vec<_> = (1..=2_000).map(line).collect();
    store.append_log("s", &lines).await.unwrap();
    let remove = async |rows_max, dry_run| store.remove_past(Past::Logs, at(2), rows_max, dry_run).await.unwrap();
    assert_eq!(remove(1_200, true).await, 1_200);
    let removed = remove(1_200, false).await;
    assert!((1_200..2_000).contains(&removed), "{removed}");
    assert_eq!(store.log("s", 0, 9_999).await.unwrap().len() as u64, 2_000 - removed);
    assert_eq!(remove(9_999, false).await, 2_000 - removed);
    assert_eq!(remove(9_999, false).await, 0);
}

/// Maintenance changes nothing that anybody reads.
pub async fn maintenance_leaves_everything_as_it_is(store: &impl Beside) {
    store.put_document("c", "k", &json!(1), Expected::Absent).await.unwrap();
    store.maintain().await.unwrap();
    store.maintain().await.unwrap();
    assert_eq!(store.document("c", "k").await.unwrap().map(|document| document.value), Some(json!(1)));
}
