//! The one connection that writes.

use sqlx::{Executor, SqliteConnection};

/// A connection and whether it may be inside of a transaction whose caller went away.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: SqliteConnection,
    unsettled: bool,
}

impl Writer {
    pub fn new(connection: SqliteConnection) -> Self {
        Self { connection, unsettled: false }
    }

    pub fn into_connection(self) -> SqliteConnection {
        self.connection
    }

    /// Begins a transaction. One that was left open, because its future was dropped or its commit failed, is rolled back
    /// first.
    pub async fn begin(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.settle().await;
        self.unsettled = true;
        self.connection.execute("BEGIN IMMEDIATE").await?;
        Ok(&mut self.connection)
    }

    /// Ends it; durable when this returns.
    pub async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.connection.execute("COMMIT").await?;
        self.unsettled = false;
        Ok(())
    }

    /// For one statement that is a transaction by itself.
    pub async fn single(&mut self) -> &mut SqliteConnection {
        self.settle().await;
        &mut self.connection
    }

    /// Rolls back what is open.
    pub async fn settle(&mut self) {
        if std::mem::take(&mut self.unsettled) {
            // SQLite may have rolled back by itself (a full disk does that); then there is nothing to do.
            let _ = self.connection.execute("ROLLBACK").await;
        }
    }
}
