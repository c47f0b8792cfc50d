//! What lies in the tables, by the same SQL on both databases.

use super::read_only;
use crate::{Failure, workload::TRANSITIONS};
use std::{collections::BTreeMap, path::Path};
use tokio_postgres::{Client, NoTls};

/// What lies in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stored {
    /// Rows of workflows.
    pub workflows: u64,
    /// Those that are over.
    pub closed: u64,
    /// Those that wait for a person.
    pub awaiting: u64,
    /// Rows of events.
    pub events: u64,
    /// Workflows whose history has every revision.
    pub unbroken: u64,
}

/// One number each, in the order of the fields.
const COUNTS: [&str; 5] = [
    "SELECT count(*) FROM workflow",
    "SELECT count(*) FROM workflow WHERE status = 'closed' AND pending IS NULL",
    "SELECT count(*) FROM workflow WHERE status = 'awaiting_decision' AND pending IS NULL",
    "SELECT count(*) FROM event",
    "SELECT count(*) FROM workflow w JOIN (SELECT workflow, count(DISTINCT seq) AS steps, min(seq) AS first, \
     max(seq) AS last FROM event GROUP BY workflow) e ON e.workflow = w.id \
     WHERE e.first = 1 AND e.last = w.revision AND e.steps = w.revision",
];

/// Id and earliest timer.
const WAKE_UPS: &str = "SELECT id, wake_at FROM workflow WHERE wake_at IS NOT NULL";

impl Stored {
    fn of([workflows, closed, awaiting, events, unbroken]: [u64; 5]) -> Self {
        Self { workflows, closed, awaiting, events, unbroken }
    }

    /// Every workflow finished, every event stored.
    ///
    /// # Errors
    /// Not so.
    pub fn all_closed(self, workflows: u64) -> Result<(), Failure> {
        let wanted =
            Self { workflows, closed: workflows, awaiting: 0, events: TRANSITIONS * workflows, unbroken: workflows };
        self.must_be(wanted)
    }

    /// Exactly this.
    ///
    /// # Errors
    /// Not so.
    pub fn must_be(self, wanted: Self) -> Result<(), Failure> {
        if self == wanted {
            return Ok(());
        }
        Err(Failure::Check(format!("the database has {self:?}, and should have {wanted:?}")))
    }
}

pub(super) fn of_file(path: &Path) -> Result<Stored, Failure> {
    let connection = read_only(path)?;
    let mut counts = [0; 5];
    for (count, sql) in counts.iter_mut().zip(COUNTS) {
        *count = connection.query_row(sql, (), |row| row.get(0))?;
    }
    Ok(Stored::of(counts))
}

pub(super) async fn of_server(url: &str) -> Result<Stored, Failure> {
    let client = connect(url).await?;
    let mut counts = [0; 5];
    for (count, sql) in counts.iter_mut().zip(COUNTS) {
        *count = positive(client.query_one(sql, &[]).await?.try_get(0)?);
    }
    Ok(Stored::of(counts))
}

pub(super) async fn bytes_of_server(url: &str) -> Result<u64, Failure> {
    let sql = "SELECT pg_total_relation_size('workflow') + pg_total_relation_size('event')";
    Ok(positive(connect(url).await?.query_one(sql, &[]).await?.try_get(0)?))
}

pub(super) fn wake_ups_of_file(path: &Path) -> Result<Vec<(u64, u64)>, Failure> {
    let connection = read_only(path)?;
    let mut statement = connection.prepare(WAKE_UPS)?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) async fn wake_ups_of_server(url: &str) -> Result<Vec<(u64, u64)>, Failure> {
    let rows = connect(url).await?.query(WAKE_UPS, &[]).await?;
    let pair = |row: &tokio_postgres::Row| Ok((positive(row.try_get(0)?), positive(row.try_get(1)?)));
    rows.iter().map(pair).collect()
}

pub(super) fn events_of_file(path: &Path, source: &str) -> Result<u64, Failure> {
    let sql = "SELECT count(*) FROM event WHERE substr(id, 1, length(?1)) = ?1";
    Ok(read_only(path)?.query_row(sql, [source], |row| row.get(0))?)
}

pub(super) async fn events_of_server(url: &str, source: &str) -> Result<u64, Failure> {
    let sql = "SELECT count(*) FROM event WHERE substr(id, 1, length($1)) = $1";
    Ok(positive(connect(url).await?.query_one(sql, &[&source]).await?.try_get(0)?))
}

pub(super) fn table_bytes_of_file(path: &Path) -> Result<BTreeMap<String, u64>, Failure> {
    let connection = read_only(path)?;
    let mut statement = connection.prepare("SELECT name, sum(pgsize - unused) FROM dbstat GROUP BY name")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A connection to look through; it ends with the client.
pub(super) async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    environment::Environment::real().spawn(async move {
        // What goes wrong on it is told to the client.
        let _ = connection.await;
    });
    Ok(client)
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Stored;

    #[test]
    fn a_missing_event_or_an_open_workflow_is_a_failure() {
        let good = Stored { workflows: 2, closed: 2, awaiting: 0, events: 18, unbroken: 2 };
        assert!(good.all_closed(2).is_ok());
        assert!(Stored { events: 17, ..good }.all_closed(2).is_err());
        assert!(Stored { closed: 1, ..good }.all_closed(2).is_err());
        assert!(good.all_closed(3).is_err());
    }
}
