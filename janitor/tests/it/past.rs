//! What is kept no longer than it must be, and what the database wants done.

use crate::world::{HOUR, World};
use environment::Timestamp;
use janitor::{Class, Kind, Outcome, ROWS_PER_CLASS_MAX, Report};

const DAY_MS: u64 = 24 * 3_600_000;
const NOW: Timestamp = Timestamp::from_millis(1_000 * DAY_MS);

fn world(rows: &[(Class, &[u64])]) -> World {
    let mut world = World::new();
    world.now = NOW;
    world.change(|state| {
        for (class, ages) in rows {
            let at = |days: &u64| Timestamp::from_millis(NOW.as_millis() - days * DAY_MS);
            state.beside.rows.insert(*class, ages.iter().map(at).collect());
        }
    });
    world
}

fn told(report: &Report) -> Vec<(&str, Outcome, &str)> {
    let records = report.deeds.iter().filter(|deed| deed.kind == Kind::Record);
    records.map(|deed| (&*deed.id, deed.outcome, &*deed.reason)).collect()
}

#[tokio::test]
async fn each_class_is_kept_for_its_own_time() {
    let ages: &[u64] = &[1, 29, 31, 89, 91, 399, 401];
    let mut world = world(&[
        (Class::Logs, ages),
        (Class::Runs, ages),
        (Class::History, ages),
        (Class::Audit, &[401]),
        (Class::Blobs, &[1]),
    ]);
    let dry = world.dry_run().await;
    let real = world.pass().await;
    assert_eq!(
        told(&real),
        [
            ("blobs", Outcome::Deleted, "1 blob, past their end"),
            ("logs", Outcome::Deleted, "5 lines of runs' logs, older than 30 d"),
            ("runs", Outcome::Deleted, "3 records beside closed workflows, older than 90 d"),
            ("history", Outcome::Deleted, "1 event of a closed workflow, older than 400 d"),
            ("audit", Outcome::Deleted, "1 entry of the janitor's record, older than 400 d"),
        ]
    );
    let words = |report: &Report| report.deeds.iter().map(|deed| deed.reason.clone()).collect::<Vec<_>>();
    assert_eq!(words(&dry), words(&real), "the dry run counted the same and removed nothing");
    assert_eq!(dry.count(Outcome::WouldDelete), 5);
    assert_eq!(told(&world.pass().await), []);
    assert_eq!(world.audit().len(), 5, "that something was removed is in the record");
}

#[tokio::test]
async fn one_pass_removes_a_bounded_number_of_rows() {
    let mut world = world(&[]);
    let old = vec![Timestamp::from_millis(0); usize::try_from(ROWS_PER_CLASS_MAX).unwrap() + 1];
    world.change(|state| state.beside.rows.insert(Class::Logs, old));
    let report = world.pass().await;
    assert_eq!(told(&report)[0].2, "100000 lines of runs' logs, older than 30 d; the next pass goes on");
    assert_eq!(told(&world.pass().await)[0].2, "1 line of a run's log, older than 30 d");
}

#[tokio::test]
async fn what_cannot_be_removed_is_told_and_keeps_nothing_else() {
    let mut world = world(&[(Class::Logs, &[31])]);
    world.change(|state| state.beside.fails = true);
    let report = world.pass().await;
    assert_eq!(report.count(Outcome::Failed), 5);
    let sentence = "what is older than 30 d could not be removed: the owners could not be asked: the database is away";
    assert_eq!(told(&report)[1], ("logs", Outcome::Failed, sentence));
}

#[tokio::test]
async fn the_database_is_looked_after_once_a_pass_and_not_in_a_dry_run() {
    let mut world = World::new();
    world.change(|state| state.beside.maintenance = Some("its statistics are brought up to date"));
    world.later(HOUR);
    let dry = world.dry_run().await;
    assert_eq!(world.change(|state| state.beside.maintained), 0);
    let real = world.pass().await;
    assert_eq!(world.change(|state| state.beside.maintained), 1);
    assert_eq!((dry.deeds[0].outcome, real.deeds[0].outcome), (Outcome::WouldMend, Outcome::Mended));
    assert_eq!(dry.deeds[0].reason, real.deeds[0].reason);
    assert_eq!(real.deeds[0].kind, Kind::Database);
}
