//! Many rows per statement. A statement costs a trip to the connection's thread, about 30 µs; 256 rows share one, and
//! remainders are cut by halving, so that nine prepared statements per table serve every count.

use crate::{early, event, workflow};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr, SqliteConnection, sqlite::SqliteArguments};

/// Rows in the largest statement; 512 was no faster.
const ROWS_MAX: usize = 256;

/// The texts of one table's statement, by number of rows.
#[derive(Debug)]
pub(crate) struct Chunked {
    /// For 256, 128, …, 1 rows.
    texts: Vec<(usize, SqlStr)>,
}

impl Chunked {
    fn new(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        let sizes = std::iter::successors(Some(ROWS_MAX), |size| (*size > 1).then_some(size / 2));
        let text = |size: usize| AssertSqlSafe(format!("{head} VALUES {} {tail}", vec![row.as_str(); size].join(",")));
        Self { texts: sizes.map(|size| (size, text(size).into_sql_str())).collect() }
    }

    /// Writes all rows.
    pub async fn write<T>(
        &self,
        connection: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(&mut SqliteArguments, &T) -> Result<(), sqlx::error::BoxDynError>,
    ) -> Result<(), sqlx::Error> {
        let mut rest = rows;
        for (size, text) in &self.texts {
            while rest.len() >= *size {
                let (now, later) = rest.split_at(*size);
                rest = later;
                let mut arguments = SqliteArguments::default();
                for row in now {
                    bind(&mut arguments, row).map_err(sqlx::Error::Encode)?;
                }
                sqlx::query_with(text.clone(), arguments).execute(&mut *connection).await?;
            }
        }
        Ok(())
    }
}

/// All statements that are written in chunks.
#[derive(Debug)]
pub(crate) struct Statements {
    pub insert_workflows: Chunked,
    pub update_workflows: Chunked,
    pub insert_events: Chunked,
    pub insert_early: Chunked,
}

impl Statements {
    pub fn new() -> Self {
        Self {
            insert_workflows: Chunked::new(workflow::INSERT, workflow::COLUMNS, ""),
            update_workflows: Chunked::new(workflow::INSERT, workflow::COLUMNS, workflow::ON_CONFLICT),
            insert_events: Chunked::new(event::INSERT, event::COLUMNS, ""),
            insert_early: Chunked::new(early::INSERT, early::COLUMNS, ""),
        }
    }
}
