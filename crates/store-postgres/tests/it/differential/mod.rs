//! Long random stories through the whole engine on every store there is, on virtual time, with equal results.
//!
//! Why in this way: the core is deterministic, so two stores that answer alike make it do the same, to the last effect.
//! Every effect and every answer of a story is written down; the first line that differs is where the stores differ.
//! `LONGSHORE_SEEDS` says how many stories; a story that fails names its seed.

pub mod picture;
mod story;
mod twisted;
mod world;

use crate::server;
use engine::{MemoryStore, Store, beside::Beside};
use environment::Environment;
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use testkit::HandClock;
use twisted::{Twist, Twisted};
use world::World;

/// Stories, unless `LONGSHORE_SEEDS` says otherwise.
const SEEDS: u64 = 3;

/// A store as the supervisor has it.
pub trait Both: Store + Beside {}
impl<T: Store + Beside> Both for T {}

fn seeds() -> u64 {
    std::env::var("LONGSHORE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

/// Everything that a story on this store showed.
pub async fn told(store: &dyn Both, clock: &HandClock, seed: u64) -> Vec<String> {
    let mut world = World::start(store, clock.clone(), seed).await;
    story::tell(&mut world, seed).await;
    world.crash().await;
    story::come_to_rest(&mut world).await;
    let picture = picture::of(store).await;
    world.log.into_iter().chain(picture).collect()
}

/// Where two tellings part, with what came before.
pub fn difference(
    seed: u64,
    (one, first): (&str, &[String]),
    (other, second): (&str, &[String]),
) -> Result<(), String> {
    let same = first.iter().zip(second).take_while(|(first, second)| first == second).count();
    if same == first.len().max(second.len()) {
        return Ok(());
    }
    let before = first[same.saturating_sub(5)..same].join("\n  ");
    let line = |told: &[String]| told.get(same).map_or("(it ends)".to_owned(), Clone::clone);
    Err(format!(
        "seed {seed}: {one} and {other} differ at line {same}, after\n  {before}\n{one}:\n  {}\n{other}:\n  {}",
        line(first),
        line(second)
    ))
}

async fn on_memory(seed: u64) -> Vec<String> {
    told(&MemoryStore::new(), &HandClock::default(), seed).await
}

async fn on_sqlite(seed: u64) -> Vec<String> {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::default());
    let store = SqliteStore::open(folder.path().join("longshore.db"), clock.environment()).await.unwrap();
    told(&store, &clock, seed).await
}

async fn on_postgres(seed: u64) -> Vec<String> {
    let clock = HandClock::default();
    let database = testkit::postgres::database();
    // It connects by the real clock: this one stands still while nobody moves it.
    server::open(&database).await.close().await;
    let store = PostgresStore::open(&database.url, clock.environment()).await.unwrap();
    told(&store, &clock, seed).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_random_stories_go_the_same_way_in_memory_on_sqlite_and_on_postgresql() {
    let environment = Environment::real();
    for seed in 0..seeds() {
        let memory = on_memory(seed).await;
        let sqlite = environment.spawn(on_sqlite(seed));
        let postgres = environment.spawn(on_postgres(seed));
        let (sqlite, postgres) = (sqlite.await.unwrap(), postgres.await.unwrap());
        let found = difference(seed, ("memory", &memory), ("SQLite", &sqlite))
            .and_then(|()| difference(seed, ("SQLite", &sqlite), ("PostgreSQL", &postgres)));
        found.unwrap_or_else(|difference| panic!("{difference}"));
        eprintln!("seed {seed}: {} lines, the same on all", memory.len());
    }
}

#[tokio::test]
async fn a_story_is_the_same_when_it_is_told_again() {
    assert_eq!(difference(7, ("once", &on_memory(7).await), ("again", &on_memory(7).await)), Ok(()));
    assert_ne!(on_memory(7).await, on_memory(8).await);
}

#[tokio::test]
async fn every_planted_difference_is_found() {
    /// By then each has shown.
    const ENOUGH: u64 = 40;
    for twist in Twist::ALL {
        let mut found = None;
        for seed in 0..ENOUGH {
            let clock = HandClock::default();
            let twisted = told(&Twisted::new(twist), &clock, seed).await;
            found = difference(seed, ("memory", &on_memory(seed).await), ("twisted", &twisted)).err();
            if found.is_some() {
                break;
            }
        }
        let found = found.unwrap_or_else(|| panic!("{twist:?} is not found"));
        eprintln!("{twist:?}: {}", found.lines().next().unwrap_or_default());
        assert!(found.starts_with("seed "), "{found}");
    }
}
