//! Lines of logs.

use crate::{
    convert::{limit, millis, number, positive, time},
    text::{Texts, original, stored},
};
use engine::{Timestamp, beside::LogLine};
use sqlx::PgExecutor;

/// All lines in one statement; a sequence number that is there stays as it is.
pub(crate) async fn append(on: impl PgExecutor<'_>, stream: &str, lines: &[LogLine]) -> Result<(), sqlx::Error> {
    let sequences: Vec<_> = lines.iter().map(|line| number(line.sequence)).collect();
    let times: Vec<_> = lines.iter().map(|line| millis(line.at)).collect();
    let texts: Vec<_> = lines.iter().map(|line| stored(&line.text)).collect();
    let query = sqlx::query!(
        "INSERT INTO log (stream, sequence, at, text) \
         SELECT $1, l.* FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS l \
         ON CONFLICT (stream, sequence) DO NOTHING",
        &*stored(stream),
        &sequences[..],
        &times[..],
        &texts as &Texts<'_>
    );
    query.execute(on).await.map(|_| ())
}

pub(crate) async fn read(
    on: impl PgExecutor<'_>,
    stream: &str,
    after: u64,
    rows: usize,
) -> Result<Vec<LogLine>, sqlx::Error> {
    let query = sqlx::query!(
        "SELECT sequence, at, text FROM log WHERE stream = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
        &*stored(stream),
        number(after),
        limit(rows)
    );
    let lines = query.fetch_all(on).await?.into_iter().map(|row| {
        let text = original(row.text);
        LogLine { sequence: positive(row.sequence), at: time(row.at), text }
    });
    Ok(lines.collect())
}

/// Removes lines written before a time, the oldest first; how many.
pub(crate) async fn sweep(on: impl PgExecutor<'_>, before: Timestamp, rows: usize) -> Result<u64, sqlx::Error> {
    let query = sqlx::query!(
        "DELETE FROM log WHERE (stream, sequence) IN \
         (SELECT stream, sequence FROM log WHERE at < $1 ORDER BY at LIMIT $2)",
        millis(before),
        limit(rows)
    );
    Ok(query.execute(on).await?.rows_affected())
}
