//! Lines of logs.

use crate::workflow::{limit, millis, positive, time};
use engine::{Timestamp, beside::LogLine};
use sqlx::SqliteExecutor;

/// All lines in one statement; a sequence number that is there stays as it is.
pub(crate) async fn append(on: impl SqliteExecutor<'_>, stream: &str, lines: &[LogLine]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = lines.iter().map(|line| (line.sequence, millis(line.at), &line.text)).collect();
    let rows = serde_json::json!(rows).to_string();
    let query = sqlx::query!(
        "INSERT INTO log (stream, sequence, at, text) \
         SELECT ?1, j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?2) j WHERE true \
         ON CONFLICT (stream, sequence) DO NOTHING",
        stream,
        rows
    );
    query.execute(on).await.map(|_| ())
}

pub(crate) async fn read(
    on: impl SqliteExecutor<'_>,
    stream: &str,
    after: i64,
    rows: usize,
) -> Result<Vec<LogLine>, sqlx::Error> {
    let rows = limit(rows);
    let query = sqlx::query!(
        "SELECT sequence, at, text FROM log WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        stream,
        after,
        rows
    );
    let lines = query.fetch_all(on).await?.into_iter();
    Ok(lines.map(|row| LogLine { sequence: positive(row.sequence), at: time(row.at), text: row.text }).collect())
}

/// Removes lines written before a time, the oldest first; how many.
pub(crate) async fn sweep(on: impl SqliteExecutor<'_>, before: Timestamp, rows: usize) -> Result<u64, sqlx::Error> {
    let (before, rows) = (millis(before), limit(rows));
    let query = sqlx::query!(
        "DELETE FROM log WHERE (stream, sequence) IN \
         (SELECT stream, sequence FROM log WHERE at < ? ORDER BY at LIMIT ?)",
        before,
        rows
    );
    Ok(query.execute(on).await?.rows_affected())
}
