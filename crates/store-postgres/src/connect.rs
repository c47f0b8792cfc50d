//! How each connection is set up.

use crate::{OpenError, error::words};
use environment::Environment;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, postgres::PgConnectOptions, postgres::PgPoolOptions};
use std::{str::FromStr, time::Duration};

/// Connecting, and waiting for a place in a pool.
pub(crate) const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A statement that takes longer has met something that waiting does not mend. A commit of 512 transitions takes
/// milliseconds.
const STATEMENT_TIMEOUT: &str = "30s";
/// Two owners of one database are the only ones who wait for each other.
const LOCK_TIMEOUT: &str = "10s";
/// The same from our side, should the server or the network say nothing at all.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(40);
/// How the server finds that we are gone though nobody told it: after 10 s of silence three questions, 5 s apart.
const KEEPALIVES: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];
/// Every statement goes by index, whatever the statistics of a table that was empty a moment ago say: measured, a plan
/// that scans costs an idle commit 6.7 ms instead of 1.
const PLANNER: [(&str, &str); 4] =
    [("jit", "off"), ("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")];

/// Where the database is.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    options: PgConnectOptions,
    /// Host and database, for sentences; never the password.
    pub place: String,
}

impl Address {
    pub fn parse(url: &str, program: &str) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url).map_err(|error| OpenError::Address(error.to_string()))?;
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => options.get_host().to_owned(),
        };
        let database = options.get_database().unwrap_or(options.get_username()).to_owned();
        let options = options
            .application_name(program)
            .options([("statement_timeout", STATEMENT_TIMEOUT), ("lock_timeout", LOCK_TIMEOUT)])
            .options([("idle_in_transaction_session_timeout", STATEMENT_TIMEOUT), ("TimeZone", "UTC")])
            .options(KEEPALIVES)
            .disable_statement_logging();
        Ok(Self { options, place: format!("PostgreSQL database `{database}` at `{host}`") })
    }

    /// A connection as the server would have it, to look at its settings and to migrate.
    pub async fn plain(&self, environment: &Environment) -> Result<PgConnection, sqlx::Error> {
        connect(&self.options, environment).await
    }

    /// A connection for one long read or write, which no limit cuts off.
    pub async fn unhurried(&self, environment: &Environment) -> Result<PgConnection, sqlx::Error> {
        let unlimited = [("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0")];
        connect(&self.options.clone().options(unlimited), environment).await
    }

    /// The connection that commits: one plan per statement, by index.
    pub async fn committing(&self, environment: &Environment) -> Result<PgConnection, sqlx::Error> {
        let options = self.options.clone().options(PLANNER).options([("plan_cache_mode", "force_generic_plan")]);
        connect(&options, environment).await
    }

    /// A pool that connects when it is used, and again after the server was away.
    pub fn pool(&self, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(CONNECT_MAX)
            .connect_lazy_with(self.options.clone().options(PLANNER))
    }
}

async fn connect(options: &PgConnectOptions, environment: &Environment) -> Result<PgConnection, sqlx::Error> {
    let connected = environment.timeout(CONNECT_MAX, PgConnection::connect_with(options)).await;
    connected.unwrap_or_else(|_| Err(silent(CONNECT_MAX)))
}

/// Nobody answered in time.
pub(crate) fn silent(after: Duration) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        format!("the server did not answer within {} s", after.as_secs()),
    ))
}

impl Address {
    pub fn unreachable(&self, error: &sqlx::Error) -> OpenError {
        OpenError::Unreachable { place: self.place.clone(), why: words(error) }
    }

    pub fn failed(&self, error: &sqlx::Error) -> OpenError {
        OpenError::Failed { place: self.place.clone(), why: words(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row;

    #[tokio::test]
    async fn every_connection_has_its_time_limits_and_only_the_committer_plans_once_for_all() {
        let (database, environment) = (testkit::postgres::database(), Environment::real());
        let address = Address::parse(&database.url, "longshore").unwrap();
        let settings = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), \
                        current_setting('idle_in_transaction_session_timeout'), current_setting('enable_seqscan'), \
                        current_setting('jit'), current_setting('plan_cache_mode'), \
                        current_setting('application_name'))";
        let mut plain = address.plain(&environment).await.unwrap();
        let said: String = sqlx::query(settings).fetch_one(&mut plain).await.unwrap().get(0);
        assert_eq!(said, "30s 10s 30s on on auto longshore");
        let mut committing = address.committing(&environment).await.unwrap();
        let said: String = sqlx::query(settings).fetch_one(&mut committing).await.unwrap().get(0);
        assert_eq!(said, "30s 10s 30s off off force_generic_plan longshore");
        let said: String = sqlx::query(settings).fetch_one(&address.pool(1)).await.unwrap().get(0);
        assert_eq!(said, "30s 10s 30s off off auto longshore");
    }
}
