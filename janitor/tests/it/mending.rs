//! Runs, workflows and checks: what is put right, and that a dry run says the same and does nothing.

use crate::world::World;
use janitor::{Kind, OpenCheck, OpenRun, Outcome, Report, RunStanding, STUCK_PER_PASS_MAX, Stage, Stuck};

fn open(run: u32, standing: RunStanding) -> OpenRun {
    OpenRun { workflow: "wf_1".into(), title: "acme/shop#7".into(), run, standing }
}

fn stuck(workflow: &str) -> Stuck {
    Stuck {
        workflow: workflow.into(),
        title: "acme/shop#7".into(),
        why: format!("{workflow} is `queued`: nothing will move it"),
    }
}

fn told(report: &Report) -> Vec<(&str, Outcome, &str)> {
    report.deeds.iter().map(|deed| (&*deed.id, deed.outcome, &*deed.reason)).collect()
}

fn asked(world: &World) -> Vec<String> {
    world.change(|state| std::mem::take(&mut state.beside.asked))
}

/// Word for word, but for the verdict.
fn same_words(dry: &Report, real: &Report) {
    let words = |report: &Report| report.deeds.iter().map(|deed| deed.reason.clone()).collect::<Vec<_>>();
    assert_eq!(words(dry), words(real));
    assert!(dry.deeds.iter().all(|deed| deed.outcome == Outcome::WouldMend), "{dry:?}");
}

#[tokio::test]
async fn a_run_that_its_workflow_left_is_ended_and_one_that_is_overdue_is_left_to_its_workflow() {
    let mut world = World::new();
    world.change(|state| {
        state.beside.open_runs = vec![
            open(1, RunStanding::Left("wf_1 is at run 3".into())),
            open(2, RunStanding::UnderWay),
            open(3, RunStanding::Overdue("its time was over 2 h ago".into())),
        ];
    });
    let dry = world.dry_run().await;
    assert_eq!(asked(&world), Vec::<String>::new(), "a dry run changes nothing");
    let real = world.pass().await;
    same_words(&dry, &real);
    assert_eq!(
        told(&real),
        [
            ("wf_1:1", Outcome::Mended, "wf_1 is at run 3; it is ended"),
            ("wf_1:3", Outcome::Mended, "its time was over 2 h ago; the workflow is asked to look again"),
        ]
    );
    assert_eq!(asked(&world), ["end wf_1 1", "repair wf_1"]);
    let stages: Vec<_> = world.audit().into_iter().map(|entry| (entry.kind, entry.stage)).collect();
    assert_eq!(stages, [(Kind::Run, Stage::Begun), (Kind::Run, Stage::Done)].repeat(2));
}

#[tokio::test]
async fn a_stuck_workflow_looks_again_and_one_that_stays_stuck_is_told_as_a_failure() {
    let mut world = World::new();
    world.change(|state| {
        state.beside.stuck = vec![stuck("wf_1"), stuck("wf_2")];
        state.beside.hopeless = vec!["wf_2".into()];
    });
    let dry = world.dry_run().await;
    assert_eq!(dry.count(Outcome::WouldMend), 2);
    assert_eq!(asked(&world), Vec::<String>::new());
    let real = world.pass().await;
    let mended = "wf_1 is `queued`: nothing will move it; it is asked to look again";
    let failed = "wf_2 is `queued`: nothing will move it; it is asked to look again; it failed: the owners could not be \
                  asked: still stuck: nothing will move it";
    assert_eq!(told(&real), [("wf_1", Outcome::Mended, mended), ("wf_2", Outcome::Failed, failed)]);
    assert_eq!(told(&world.pass().await).len(), 1, "what was mended is not stuck any more");
}

#[tokio::test]
async fn one_pass_repairs_a_bounded_number() {
    let mut world = World::new();
    let all = (0..=STUCK_PER_PASS_MAX).map(|number| stuck(&format!("wf_{number}"))).collect();
    world.change(|state| state.beside.stuck = all);
    let report = world.pass().await;
    assert_eq!((report.count(Outcome::Mended), report.count(Outcome::Postponed)), (STUCK_PER_PASS_MAX, 1));
    assert_eq!(world.pass().await.count(Outcome::Mended), 1);
}

#[tokio::test]
async fn an_open_check_is_concluded_by_its_workflow() {
    let mut world = World::new();
    let (workflow, title) = ("wf_1".to_owned(), "acme/shop#7".to_owned());
    let check =
        OpenCheck { workflow, title, run: 2, sha: "3f2a91c07d1f0f6f5f6a4d1b2c3d4e5f60718293".into(), check_run: 101 };
    world.change(|state| state.beside.open_checks = vec![check]);
    let dry = world.dry_run().await;
    let real = world.pass().await;
    same_words(&dry, &real);
    let reason = "the check of wf_1 run 2 on 3f2a91c is open on GitHub, and no run is behind it; the workflow is asked to \
                  conclude it";
    assert_eq!(told(&real), [("101", Outcome::Mended, reason)]);
    assert_eq!(asked(&world), ["conclude 101"]);
    assert_eq!(told(&world.pass().await), []);
}

#[tokio::test]
async fn a_pass_goes_on_where_the_last_one_stopped_and_a_dry_run_leaves_the_place() {
    let mut world = World::new();
    world.change(|state| state.beside.next = Some("wf_7".into()));
    world.pass().await;
    world.change(|state| state.beside.next = None);
    world.dry_run().await;
    world.pass().await;
    world.pass().await;
    let places = world.change(|state| std::mem::take(&mut state.beside.places));
    let at = Some("wf_7".to_owned());
    assert_eq!(places, [None, None, at.clone(), at.clone(), at.clone(), at, None, None], "runs and checks, four times");
}

#[tokio::test]
async fn a_duty_that_cannot_be_done_does_not_keep_the_others() {
    let mut world = World::new();
    world.volume("pr_1");
    world.change(|state| state.beside.fails = true);
    let report = world.two_passes().await;
    assert_eq!(
        report.failures,
        [
            "stuck workflows were not looked for: the owners could not be asked: the database is away",
            "expired runs were not looked for: the owners could not be asked: the database is away",
            "unfinished checks were not looked for: the owners could not be asked: the database is away",
        ]
    );
    assert_eq!(report.count(Outcome::Deleted), 1);
}
