//! Commits whose end nobody heard of, and servers that go away.

use crate::{
    rows::batch,
    server::{Fresh, fresh, open},
};
use engine::{CommitError, Store, WorkflowId};
use environment::Environment;
use std::time::Duration;
use testkit::postgres::Cluster;

async fn events(store: &impl Store) -> usize {
    store.history(WorkflowId(1), 0, 9).await.unwrap().len()
}

/// Gives a commit up after a while, as a caller that is dropped does.
async fn give_up(store: &impl Store, id: &str, seq: u64) {
    let given_up = Environment::real().timeout(Duration::from_millis(500), store.commit(&batch(id, seq))).await;
    assert!(given_up.is_err(), "the commit was held up");
}

async fn sql_beside(database: &testkit::postgres::Database, sql: &'static str) {
    let database = database.clone();
    Environment::real().spawn(async move { tokio::task::block_in_place(|| database.sql(&database.name, sql)) });
    Environment::real().sleep(Duration::from_millis(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_given_up_before_it_held_its_fence_never_lands() {
    let Fresh { store, database } = fresh().await;
    store.commit(&batch("a", 1)).await.unwrap();
    sql_beside(&database, "BEGIN; LOCK TABLE event IN SHARE MODE; SELECT pg_sleep(2); COMMIT").await;
    give_up(&store, "b", 2).await;
    let read = events(&store).await;
    // Waits for the lock, and so until the commit that was given up has had its chance.
    database.sql(&database.name, "BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE; COMMIT");
    assert_eq!((read, events(&store).await), (1, 1), "what was read stays true");
    store.commit(&batch("b", 2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_given_up_while_it_held_its_fence_is_waited_for() {
    let Fresh { store, database } = fresh().await;
    store.commit(&batch("a", 1)).await.unwrap();
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
                'BEGIN PERFORM pg_sleep(2); RETURN NEW; END'; \
                CREATE TRIGGER slow BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION slow()";
    database.sql(&database.name, slow);
    give_up(&store, "b", 2).await;
    assert_eq!(events(&store).await, 2, "a reader sees what was under way");
    database.sql(&database.name, "DROP TRIGGER slow ON event");
    assert!(matches!(store.commit(&batch("b", 3)).await, Err(CommitError::Conflict(_))));
}

#[tokio::test]
async fn after_a_restart_of_the_server_everything_connects_again_by_itself() {
    let cluster = Cluster::start();
    let database = cluster.database("restarted");
    let store = open(&database).await;
    store.commit(&batch("a", 1)).await.unwrap();
    assert_eq!(events(&store).await, 1);
    cluster.crash();
    assert!(matches!(store.commit(&batch("b", 2)).await, Err(CommitError::Failed(_))));
    assert!(store.history(WorkflowId(1), 0, 9).await.is_err());
    cluster.start_again();
    assert_eq!(events(&store).await, 1);
    store.commit(&batch("b", 2)).await.unwrap();
    assert_eq!(events(&store).await, 2);
    let refused = store_postgres::PostgresStore::open(&database.url, Environment::real()).await;
    assert!(refused.unwrap_err().to_string().contains("in use"), "its lock was taken again");
}

#[tokio::test]
async fn a_full_disk_is_told_by_its_type_and_it_goes_on_when_there_is_room() {
    let Fresh { store, database } = fresh().await;
    // The server's own words for it, without filling a disk.
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$; \
                CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION full_disk()";
    database.sql(&database.name, full);
    let error = store.commit(&batch("a", 1)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "database disk full: free space; what was acknowledged is kept: could not extend file: No space left on device \
         (PostgreSQL 53100)"
    );
    assert!(matches!(error, CommitError::Full(_)));
    assert_eq!(events(&store).await, 0);
    database.sql(&database.name, "DROP TRIGGER full_disk ON event");
    store.commit(&batch("a", 1)).await.unwrap();
}
