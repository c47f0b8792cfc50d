//! Backups, and what they are put back into: on both databases, and from one to the other.

use crate::{differential, server};
use engine::{
    WorkflowId,
    archive::{BackUpError, Counts, Item, Mark, Reader, RestoreError, Restored, Writer},
};
use environment::Environment;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    pin::{Pin, pin},
    time::Duration,
};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use testkit::{HandClock, postgres::Database};

/// A database of either kind that may be backed up and restored into.
pub enum Place {
    /// The file, and the folder that goes with it.
    Sqlite(PathBuf, #[expect(dead_code, reason = "it is removed when this is dropped")] tempfile::TempDir),
    Postgres(Database),
}

impl Place {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::Sqlite(folder.path().join("longshore.db"), folder)
    }

    pub fn postgres() -> Self {
        Self::Postgres(testkit::postgres::database())
    }

    pub fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// Of the same kind, and empty.
    pub fn another(&self) -> Self {
        match self {
            Self::Sqlite(..) => Self::sqlite(),
            Self::Postgres(_) => Self::postgres(),
        }
    }

    pub async fn back_up(&self) -> Result<Vec<u8>, BackUpError> {
        let (environment, mut bytes) = (Environment::real(), Vec::new());
        let _rows: Counts = match self {
            Self::Sqlite(path, _) => store_sqlite::back_up(path, "1.2.3", &environment, &mut bytes).await?,
            Self::Postgres(database) => {
                store_postgres::back_up(&database.url, "1.2.3", &environment, &mut bytes).await?
            }
        };
        Ok(bytes)
    }

    pub async fn restore(&self, backup: &[u8], marks: &[Mark]) -> Result<Restored, RestoreError> {
        let (environment, from) = (Environment::real(), Reader::begin(backup)?);
        match self {
            Self::Sqlite(path, _) => store_sqlite::restore(path, from, marks, &environment).await,
            Self::Postgres(database) => store_postgres::restore(&database.url, from, marks, &environment).await,
        }
    }

    pub async fn open(&self, environment: Environment) -> Opened {
        match self {
            Self::Sqlite(path, _) => Opened::Sqlite(Box::new(SqliteStore::open(path, environment).await.unwrap())),
            Self::Postgres(database) => {
                Opened::Postgres(Box::new(PostgresStore::open(&database.url, environment).await.unwrap()))
            }
        }
    }

    /// What it holds.
    async fn picture(&self) -> Vec<String> {
        let opened = self.open(Environment::real()).await;
        let picture = differential::picture::of(opened.store()).await;
        opened.close().await;
        picture
    }

    fn name(&self) -> String {
        match self {
            Self::Sqlite(path, _) => format!("`{}`", path.display()),
            Self::Postgres(database) => {
                let host = database.url.split('@').nth(1).unwrap().split('/').next().unwrap().replace("%2F", "/");
                format!("PostgreSQL database `{}` at `{host}`", database.name)
            }
        }
    }
}

pub enum Opened {
    Sqlite(Box<SqliteStore>),
    Postgres(Box<PostgresStore>),
}

impl Opened {
    pub fn store(&self) -> &dyn differential::Both {
        match self {
            Self::Sqlite(store) => &**store,
            Self::Postgres(store) => &**store,
        }
    }

    pub async fn close(self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

/// With what a long story leaves behind.
async fn filled(place: &Place, seed: u64) {
    let clock = HandClock::default();
    if let Place::Postgres(database) = place {
        // It connects by the real clock: the other one stands still while nobody moves it.
        server::open(database).await.close().await;
    }
    let opened = place.open(clock.environment()).await;
    differential::told(opened.store(), &clock, seed).await;
    opened.close().await;
}

fn same(one: &[String], other: &[String]) {
    differential::difference(0, ("the original", one), ("the restored", other)).unwrap();
}

#[tokio::test]
async fn a_backup_moves_between_the_databases_with_everything_in_it() {
    let (first, second, third) = (Place::sqlite(), Place::postgres(), Place::sqlite());
    filled(&first, 3).await;
    let backup = first.back_up().await.unwrap();
    let restored = second.restore(&backup, &[]).await.unwrap();
    assert_eq!((restored.head.database.as_str(), restored.head.program.as_str()), ("SQLite", "1.2.3"));
    let of = first.picture().await;
    assert!(of.len() > 50 && restored.rows["workflow"] >= 5, "{} lines, {:?}", of.len(), restored.rows);
    same(&of, &second.picture().await);
    third.restore(&second.back_up().await.unwrap(), &[]).await.unwrap();
    same(&of, &third.picture().await);
}

#[tokio::test]
async fn a_restored_postgresql_goes_on_with_its_story() {
    let (first, second) = (Place::postgres(), Place::postgres());
    filled(&first, 4).await;
    second.restore(&first.back_up().await.unwrap(), &[]).await.unwrap();
    filled(&second, 5).await;
    assert!(second.picture().await.len() > first.picture().await.len());
}

/// Who owns what, and what is on its way to its owner: one supervisor owns a SQLite file, by a lock on it.
const ONLY_ON_POSTGRESQL: [&str; 3] = ["fence", "inbox", "lease"];

#[tokio::test]
async fn the_databases_have_the_same_tables_and_columns() {
    let mut described = Vec::new();
    for place in Place::both() {
        place.open(Environment::real()).await.close().await;
        let backup = place.back_up().await.unwrap();
        let mut reader = Reader::begin(&backup[..]).unwrap();
        let mut tables = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            if let Item::Table { name, columns } = item
                && !ONLY_ON_POSTGRESQL.contains(&name.as_str())
            {
                tables.push((name, columns));
            }
        }
        described.push(tables);
    }
    assert_eq!(described[0], described[1]);
    let names: Vec<_> = described[0].iter().map(|(name, _)| name.as_str()).collect();
    for name in ["blob", "code_version", "document", "early", "event", "log", "workflow"] {
        assert!(names.contains(&name), "{name} is not in a backup: {names:?}");
    }
}

#[tokio::test]
async fn a_mark_is_left_in_the_same_commit_and_replaces_what_was_there() {
    for place in Place::both() {
        let opened = place.open(Environment::real()).await;
        let (store, old) = (opened.store(), json!("older"));
        store.put_document("deployment", "recovery", &old, engine::beside::Expected::Any).await.unwrap();
        opened.close().await;
        let backup = place.back_up().await.unwrap();
        let mark = Mark { collection: "deployment", key: "recovery", value: json!({"a": "b\0"}) };
        let other = place.another();
        other.restore(&backup, std::slice::from_ref(&mark)).await.unwrap();
        let opened = other.open(Environment::real()).await;
        let document = opened.store().document("deployment", "recovery").await.unwrap().unwrap();
        assert_eq!((document.value, document.revision), (mark.value, 2));
        opened.close().await;
    }
}

#[tokio::test]
async fn what_is_not_empty_is_not_restored_into() {
    for place in Place::both() {
        place.open(Environment::real()).await.close().await;
        let backup = place.back_up().await.unwrap();
        let refused = place.restore(&backup, &[]).await.unwrap_err().to_string();
        let hint = match &place {
            Place::Sqlite(..) => "name a file that is not there in `database.url`",
            Place::Postgres(_) => "make one with `CREATE DATABASE` and name it in `database.url`",
        };
        assert_eq!(refused, format!("{} is not empty; restore into a new one: {hint}", place.name()));
    }
}

#[tokio::test]
async fn a_damaged_backup_leaves_nothing_and_the_next_attempt_is_accepted() {
    for place in Place::both() {
        filled(&place, 6).await;
        let backup = place.back_up().await.unwrap();
        let lines: Vec<_> = backup.split_inclusive(|byte| *byte == b'\n').collect();
        let other = place.another();
        for (cut, fault) in [
            (lines[..lines.len() - 1].concat(), "the backup ends in the middle; nothing was restored"),
            (
                [&lines[..lines.len() - 2], &lines[lines.len() - 1..]].concat().concat(),
                "the backup is not as it was written: rows or digest differ from its last line; nothing was restored",
            ),
        ] {
            assert_eq!(other.restore(&cut, &[]).await.unwrap_err().to_string(), fault);
        }
        other.restore(&backup, &[]).await.unwrap();
        same(&other.picture().await, &place.picture().await);
    }
}

fn made(schema: i64, table: &str, column: &str) -> Vec<u8> {
    let head = engine::archive::Head {
        schema,
        program: "9".into(),
        database: "SQLite".into(),
        taken_at: engine::Timestamp::from_millis(1),
    };
    let mut writer = Writer::begin(Vec::new(), &head).unwrap();
    writer.table("unknown", &["and_empty".into()]).unwrap();
    writer.table(table, &[column.to_owned()]).unwrap();
    writer.row(vec![engine::archive::Value::Integer(1)]).unwrap();
    writer.finish().unwrap().0
}

#[tokio::test]
async fn a_backup_that_does_not_fit_is_refused_with_a_sentence() {
    for place in Place::both() {
        let said = async |backup: Vec<u8>| place.restore(&backup, &[]).await.unwrap_err().to_string();
        let newer = said(made(99, "workflow", "id")).await;
        assert!(newer.starts_with("the backup has schema version 99, this program knows "), "{newer}");
        assert!(newer.ends_with("; restore it with the newer program"), "{newer}");
        let name = place.name();
        assert_eq!(
            said(made(1, "other", "id")).await,
            format!("the backup holds rows of `other` that {name} has no place for: there is no such table")
        );
        assert_eq!(
            said(made(1, "workflow", "age")).await,
            format!("the backup holds rows of `workflow` that {name} has no place for: it has no column `age`")
        );
    }
}

#[tokio::test]
async fn where_nothing_is_nothing_is_backed_up() {
    for place in Place::both() {
        let said = place.back_up().await.unwrap_err().to_string();
        let name = place.name();
        assert_eq!(said, format!("there is nothing to back up: {name} holds no database of this program"));
        if let Place::Sqlite(path, _) = &place {
            assert!(!path.exists(), "looking makes no file");
        }
    }
}

#[tokio::test]
async fn a_backup_of_a_newer_schema_is_left_to_the_newer_program() {
    for place in Place::both() {
        place.open(Environment::real()).await.close().await;
        let sql = "INSERT INTO schema_migration (number, name, applied_at) VALUES (99, '0099_later', 0)";
        match &place {
            Place::Sqlite(path, _) => sqlite(path, sql).await,
            Place::Postgres(database) => _ = database.sql(&database.name, sql),
        }
        let said = place.back_up().await.unwrap_err().to_string();
        assert!(said.starts_with(&format!("{} has schema version 99, this program knows ", place.name())), "{said}");
        assert!(said.ends_with("; take the backup with the newer program"), "{said}");
    }
}

pub async fn sqlite(path: &Path, sql: &'static str) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The highest id, so that what follows a restore is numbered on.
#[tokio::test]
async fn numbers_go_on_after_a_restore() {
    for place in Place::both() {
        filled(&place, 2).await;
        let other = place.another();
        other.restore(&place.back_up().await.unwrap(), &[]).await.unwrap();
        let opened = other.open(Environment::real()).await;
        assert!(opened.store().highest_id().await.unwrap() > WorkflowId(3));
        opened.close().await;
    }
}

/// The backup under way has looked at the inbox, and waits.
async fn has_looked<T: std::fmt::Debug>(mut taken: Pin<&mut impl Future<Output = T>>, database: &Database) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name = 'longshore backup' AND query = 'ROLLBACK' AND state = 'idle'";
    while database.sql(&database.name, waiting) != "1" {
        for _ in 0..50 {
            tokio::select! { biased;
                done = &mut taken => panic!("it did not wait: {done:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
}

/// Time passes until it has come to its end.
async fn ends<T>(mut taken: Pin<&mut impl Future<Output = T>>, clock: &HandClock) -> T {
    loop {
        tokio::select! { biased;
            done = &mut taken => return done,
            () = tokio::task::yield_now() => clock.advance(Duration::from_millis(100)),
        }
    }
}

/// What was acknowledged is in a backup, or there is no backup: it waits until the owner has taken everything.
#[tokio::test]
async fn a_backup_waits_for_an_empty_inbox_and_is_none_if_it_stays_full() {
    let database = testkit::postgres::database();
    server::open(&database).await.close().await;
    let sql = "INSERT INTO inbox (partition, kind, key, id, payload, at) VALUES (0, 'order', 'a', 'gh:1', '{}', 1)";
    database.sql(&database.name, sql);
    let clock = HandClock::default();
    let environment = clock.environment();

    let mut bytes = Vec::new();
    let mut taken = pin!(store_postgres::back_up(&database.url, "1.2.3", &environment, &mut bytes));
    has_looked(taken.as_mut(), &database).await;
    let refused = ends(taken.as_mut(), &clock).await.unwrap_err().to_string();
    let place = Place::Postgres(database.clone()).name();
    let why = "events wait in the inbox for a supervisor that does not run; start one, and try again";
    assert_eq!(refused, format!("{place} cannot be read: {why}"));

    let mut bytes = Vec::new();
    let mut taken = pin!(store_postgres::back_up(&database.url, "1.2.3", &environment, &mut bytes));
    has_looked(taken.as_mut(), &database).await;
    // One that was refused waits for its sender, not for its owner.
    database.sql(&database.name, "UPDATE inbox SET refusal = 'no'");
    let rows = ends(taken.as_mut(), &clock).await.unwrap();
    assert!(rows.contains_key("workflow") && !rows.contains_key("inbox"), "{rows:?}");
}
