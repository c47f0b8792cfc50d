//! Lines of logs.

use crate::workflow::{limit, millis, positive, time};
use engine::beside::LogLine;
use sqlx::{Row, SqliteExecutor, sqlite::SqliteRow};

pub(crate) const SWEEP: &str = "DELETE FROM log WHERE (stream, sequence) IN \
                                (SELECT stream, sequence FROM log WHERE at <= ? ORDER BY at LIMIT ?)";

/// All lines in one statement; a sequence number that is there stays as it is.
pub(crate) async fn append(on: impl SqliteExecutor<'_>, stream: &str, lines: &[LogLine]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = lines.iter().map(|line| (line.sequence, millis(line.at), &line.text)).collect();
    let sql = "INSERT INTO log (stream, sequence, at, text) \
               SELECT ?1, j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?2) j WHERE true \
               ON CONFLICT (stream, sequence) DO NOTHING";
    sqlx::query(sql).bind(stream).bind(serde_json::json!(rows).to_string()).execute(on).await.map(|_| ())
}

pub(crate) async fn read(
    on: impl SqliteExecutor<'_>,
    stream: &str,
    after: i64,
    rows: usize,
) -> Result<Vec<LogLine>, sqlx::Error> {
    let sql = "SELECT sequence, at, text FROM log WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?";
    let rows = sqlx::query(sql).bind(stream).bind(after).bind(limit(rows)).fetch_all(on).await?;
    let read = |row: &SqliteRow| {
        Ok(LogLine { sequence: positive(row.try_get(0)?), at: time(row.try_get(1)?), text: row.try_get(2)? })
    };
    rows.iter().map(read).collect()
}
