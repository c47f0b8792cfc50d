//! What a server must be like: an acknowledged fact is on its disk, and every character can be stored.

use crate::{OpenError, connect::Address};
use sqlx::PgConnection;

/// 15.0; older ones are not tried.
const VERSION_MIN: i32 = 150_000;

/// Settings that decide whether it can be used.
#[derive(Debug)]
struct Settings {
    version: i32,
    encoding: String,
    synchronous_commit: String,
    fsync: String,
    standby: bool,
    database: String,
}

pub(crate) async fn check(connection: &mut PgConnection, address: &Address) -> Result<(), OpenError> {
    let settings = read(connection).await.map_err(|error| address.failed(&error))?;
    match settings.fault() {
        Some(why) => Err(OpenError::Unfit { place: address.place.clone(), why }),
        None => Ok(()),
    }
}

async fn read(connection: &mut PgConnection) -> Result<Settings, sqlx::Error> {
    let query = sqlx::query_as!(
        Settings,
        "SELECT current_setting('server_version_num')::integer AS \"version!\", \
         current_setting('server_encoding') AS \"encoding!\", \
         current_setting('synchronous_commit') AS \"synchronous_commit!\", current_setting('fsync') AS \"fsync!\", \
         pg_is_in_recovery() AS \"standby!\", current_database()::text AS \"database!\""
    );
    query.fetch_one(connection).await
}

impl Settings {
    fn fault(&self) -> Option<String> {
        let Self { version, encoding, synchronous_commit, fsync, standby, database } = self;
        if *version < VERSION_MIN {
            return Some(format!("it is PostgreSQL {}; version 15 or newer is needed", version / 10_000));
        }
        if *standby {
            return Some("it is a standby, which cannot be written; give the address of the primary".into());
        }
        if encoding != "UTF8" {
            return Some(format!(
                "its encoding is {encoding}; make one with `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
            ));
        }
        if fsync != "on" {
            return Some(
                "the server runs with `fsync = off`, so that a crash may lose everything; set it to `on`".into(),
            );
        }
        // `local` and `remote_write` are less than a failover to a synchronous standby needs.
        if !matches!(synchronous_commit.as_str(), "on" | "remote_apply") {
            return Some(format!(
                "it has `synchronous_commit = {synchronous_commit}`, so that what was acknowledged may be lost; run \
                 `ALTER DATABASE \"{database}\" SET synchronous_commit = on`"
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Settings {
        Settings {
            version: 150_008,
            encoding: "UTF8".into(),
            synchronous_commit: "on".into(),
            fsync: "on".into(),
            standby: false,
            database: "longshore".into(),
        }
    }

    #[test]
    fn each_setting_that_loses_facts_is_a_sentence() {
        assert_eq!(good().fault(), None);
        assert_eq!(Settings { synchronous_commit: "remote_apply".into(), ..good() }.fault(), None);
        let said = |settings: Settings| settings.fault().unwrap_or_default();
        assert_eq!(
            said(Settings { synchronous_commit: "off".into(), ..good() }),
            "it has `synchronous_commit = off`, so that what was acknowledged may be lost; run \
             `ALTER DATABASE \"longshore\" SET synchronous_commit = on`"
        );
        assert_eq!(
            said(Settings { fsync: "off".into(), ..good() }),
            "the server runs with `fsync = off`, so that a crash may lose everything; set it to `on`"
        );
        assert_eq!(said(Settings { version: 140_011, ..good() }), "it is PostgreSQL 14; version 15 or newer is needed");
        assert_eq!(
            said(Settings { encoding: "SQL_ASCII".into(), ..good() }),
            "its encoding is SQL_ASCII; make one with `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
        );
        assert_eq!(
            said(Settings { standby: true, ..good() }),
            "it is a standby, which cannot be written; give the address of the primary"
        );
    }
}
