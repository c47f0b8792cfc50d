//! The one connection that commits, and what is done when it is lost.
//!
//! After a commit whose end is unknown (the connection broke, or nobody answered), the statement may still be carried out
//! by a server that we no longer hear. So before anything is read or written again, the fences are raised on a new
//! connection: that waits for the statement if it has begun, and makes it write nothing if it has not.

use crate::{
    OpenError,
    code::Codes,
    commit,
    connect::{ANSWER_MAX, Address, silent},
    error::{self, FENCED},
    fences::Fences,
    ownership,
};
use engine::{Batch, CommitError, StoreError};
use environment::Environment;
use sqlx::{Connection, PgConnection};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Mutex;

/// Commits one batch at a time.
#[derive(Debug)]
pub(crate) struct Committer {
    address: Address,
    environment: Environment,
    codes: Arc<Codes>,
    /// Owns the whole database, which a lock of its session says to others.
    alone: bool,
    /// A statement of ours may still be on its way.
    in_doubt: AtomicBool,
    line: Mutex<Line>,
}

#[derive(Debug)]
struct Line {
    connection: Option<PgConnection>,
    fences: Fences,
    /// The session holds the lock that refuses a second owner.
    locked: bool,
    /// Something was sent under the fences, so that on a new connection they are raised first.
    used: bool,
    /// Another one took our place; that is for good.
    evicted: bool,
}

/// Leaves a doubt behind unless the answer came: also when the caller goes away in the middle.
struct Doubt<'a>(&'a AtomicBool);

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Doubt<'_> {
    fn none(self) {
        std::mem::forget(self);
    }
}

impl Committer {
    /// Takes the database over.
    pub async fn take(address: &Address, environment: &Environment, who: &str) -> Result<Self, OpenError> {
        let connection = address.committing(environment).await;
        let mut connection = connection.map_err(|error| address.unreachable(&error))?;
        let fences = ownership::take(&mut connection, address, who, environment.now()).await?;
        let codes = Arc::new(Codes::read(&mut connection).await.map_err(|error| address.failed(&error))?);
        let line = Line { connection: Some(connection), fences, locked: true, used: true, evicted: false };
        Ok(Self {
            address: address.clone(),
            environment: environment.clone(),
            codes,
            alone: true,
            in_doubt: AtomicBool::new(false),
            line: Mutex::new(line),
        })
    }

    /// Commits for one partition, whose fence was raised for it; connects when it is used.
    pub fn of_partition(address: &Address, environment: &Environment, codes: &Arc<Codes>, fences: Fences) -> Self {
        Self {
            address: address.clone(),
            environment: environment.clone(),
            codes: Arc::clone(codes),
            alone: false,
            in_doubt: AtomicBool::new(false),
            line: Mutex::new(Line { connection: None, fences, locked: true, used: false, evicted: false }),
        }
    }

    /// Writes a batch durably, or nothing of it.
    pub async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        let codes = &self.codes;
        let outcome = self.fenced(async |connection, fences| commit::write(connection, fences, codes, batch).await);
        outcome.await.map_err(|failure| match failure {
            Failure::Database(error) => error::commit(&error),
            Failure::Fenced if self.alone => CommitError::Failed(FENCED.to_owned()),
            Failure::Fenced => CommitError::Fenced,
        })
    }

    /// Runs a statement that checks the fences itself and answers `None` if they did not hold.
    pub async fn fenced<T>(
        &self,
        statement: impl AsyncFnOnce(&mut PgConnection, &Fences) -> Result<Option<T>, sqlx::Error>,
    ) -> Result<T, Failure> {
        let mut line = self.line.lock().await;
        self.settle(&mut line).await?;
        let Line { connection: Some(connection), fences, evicted, .. } = &mut *line else {
            return Err(Failure::Fenced);
        };
        let doubt = Doubt(&self.in_doubt);
        let answer = self.environment.timeout(ANSWER_MAX, statement(connection, fences)).await;
        match answer.unwrap_or_else(|_| Err(silent(ANSWER_MAX))) {
            Ok(Some(answer)) => {
                doubt.none();
                Ok(answer)
            }
            Ok(None) => {
                doubt.none();
                *evicted = true;
                Err(Failure::Fenced)
            }
            Err(error) => {
                if error::nothing_was_written(&error) {
                    doubt.none();
                }
                Err(Failure::Database(error))
            }
        }
    }

    /// Waits until nothing is in doubt: whoever reads after this sees a picture that no statement given up can change.
    pub async fn settled(&self) -> Result<(), StoreError> {
        if !self.in_doubt.load(Ordering::SeqCst) {
            return Ok(());
        }
        match self.settle(&mut *self.line.lock().await).await {
            // Who is evicted may look.
            Ok(()) | Err(Failure::Fenced) => Ok(()),
            Err(Failure::Database(error)) => Err(error::store(error)),
        }
    }

    async fn settle(&self, line: &mut Line) -> Result<(), Failure> {
        if line.evicted {
            return Err(Failure::Fenced);
        }
        if self.in_doubt.load(Ordering::SeqCst) {
            line.connection = None;
        }
        let Some(connection) = &mut line.connection else {
            let connected = self.environment.timeout(ANSWER_MAX, self.connect(line)).await;
            return connected.unwrap_or_else(|_| Err(Failure::Database(silent(ANSWER_MAX))));
        };
        if !line.locked {
            line.locked = ownership::lock_again(connection).await.unwrap_or(false);
        }
        Ok(())
    }

    async fn connect(&self, line: &mut Line) -> Result<(), Failure> {
        let mut connection = self.address.committing(&self.environment).await.map_err(Failure::Database)?;
        let locked = !self.alone || ownership::lock_again(&mut connection).await.map_err(Failure::Database)?;
        if line.used && !line.fences.raise(&mut connection).await.map_err(Failure::Database)? {
            line.evicted = true;
            self.in_doubt.store(false, Ordering::SeqCst);
            return Err(Failure::Fenced);
        }
        tracing::debug!(database = self.address.place, "connected to commit");
        (line.connection, line.locked, line.used) = (Some(connection), locked, true);
        self.in_doubt.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Gives the database free for another supervisor.
    pub async fn close(self) {
        if let Some(connection) = self.line.into_inner().connection {
            let _ = connection.close().await;
        }
    }
}

/// Why a fenced statement did nothing, or may have.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database.
    Database(sqlx::Error),
    /// Another owner.
    Fenced,
}
