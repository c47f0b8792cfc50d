//! Lines of logs.

use crate::{
    convert::{limit, millis, number, positive, time},
    text::{original, stored},
};
use engine::beside::LogLine;
use sqlx::{PgExecutor, Row, postgres::PgRow};

pub(crate) const SWEEP: &str = "DELETE FROM log WHERE (stream, sequence) IN \
                                (SELECT stream, sequence FROM log WHERE at <= $1 ORDER BY at LIMIT $2)";

/// All lines in one statement; a sequence number that is there stays as it is.
pub(crate) async fn append(on: impl PgExecutor<'_>, stream: &str, lines: &[LogLine]) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO log (stream, sequence, at, text) \
               SELECT $1, l.* FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS l \
               ON CONFLICT (stream, sequence) DO NOTHING";
    let query = sqlx::query(sql)
        .bind(stored(stream))
        .bind(lines.iter().map(|line| number(line.sequence)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| millis(line.at)).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| stored(&line.text)).collect::<Vec<_>>());
    query.execute(on).await.map(|_| ())
}

pub(crate) async fn read(
    on: impl PgExecutor<'_>,
    stream: &str,
    after: u64,
    rows: usize,
) -> Result<Vec<LogLine>, sqlx::Error> {
    let sql = "SELECT sequence, at, text FROM log WHERE stream = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    let query = sqlx::query(sql).bind(stored(stream)).bind(number(after)).bind(limit(rows));
    let read = |row: &PgRow| {
        let text = original(row.try_get(2)?);
        Ok(LogLine { sequence: positive(row.try_get(0)?), at: time(row.try_get(1)?), text })
    };
    query.fetch_all(on).await?.iter().map(read).collect()
}
