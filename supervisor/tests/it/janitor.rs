//! What nobody wants goes, after the grace period, with its reason; everything else stays.

use crate::stage::Stage;
use environment::{BoxFuture, Clock, Environment, Random, Timestamp};
use machines::{Labels, MachineSpec, Machines, ProcessMachines, Resources, VolumeSpec};
use serde_json::Value;
use simulators::github::{
    control::{Command, FileChange, NewPull},
    fixtures::demo_fixture,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};
use store_sqlite::SqliteStore;

/// Orphans and owned volumes of each deployment.
const EACH: usize = 20;
/// The janitor passes only when it is asked to.
const BY_HAND: &str = "janitor.schedule = \"0 0 0 29 2 *\"";

#[tokio::test]
async fn twenty_orphans_of_this_deployment_go_after_the_grace_period_each_with_its_reason() {
    let shared = tempfile::tempdir().expect("a folder");
    let root = shared.path().join("machines");
    let settings = |grace: &str| {
        format!(
            "{BY_HAND}\njanitor.grace = \"{grace}\"\nmachines.max_running = 4\nmachines.root = \"{}\"",
            root.display()
        )
    };
    let (mut ours, theirs) = (Stage::open(&settings("1h")).await, Stage::open(&settings("1h")).await);
    let (owned, foreign) = (own(&ours, EACH).await, own(&theirs, EACH).await);
    assert_eq!((owned.len(), foreign.len()), (EACH, EACH));

    let long_ago = driver(&root);
    let (deployment, other) = (deployment(&root, &owned), deployment(&root, &foreign));
    assert_ne!(deployment, other);
    let (mut orphans, mut others) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..EACH {
        // One of a workflow that nobody knows, one of a workflow that is there and does not want it.
        let workflow = if number % 2 == 0 { format!("wf_{}", 9_000 + number) } else { format!("wf_{}", 1 + number) };
        let (name, foreign) = (format!("pr_0ff0ad{number:02}"), format!("pr_f0e1600{number:02}"));
        orphans.insert(make(&long_ago, &name, &workflow, &deployment).await);
        others.insert(make(&long_ago, &foreign, &workflow, &other).await);
    }
    // A copy that an open pull request no longer refers to.
    let open = volumes::Owner { copy: 3, ..owner(&ours, "wf_1", &deployment).await };
    let of_an_open_one = make(&long_ago, open.volume_name().as_str(), "wf_1", &deployment).await;

    let first = janitor(&ours, &["--once"]);
    assert_eq!(of(&first, "noted").len(), EACH + 1, "{first:#}");
    let again = janitor(&ours, &["--once", "--dry-run"]);
    assert_eq!(of(&again, "noted").len(), EACH + 1, "two looks within the grace period are one");

    // The grace period outlives the supervisor, and goes on from when it began.
    ours.kill_supervisor();
    ours.configure(&settings("1s"));
    ours.start_supervisor().await;
    ours.until("the grace period is over", || async {
        of(&janitor(&ours, &["--once", "--dry-run", "--confirm"]), "would_delete").len() == EACH
    })
    .await;
    let dry = janitor(&ours, &["--once", "--dry-run", "--confirm"]);
    assert_eq!(of(&dry, "would_delete"), orphans, "{dry:#}");
    assert_eq!(since(&dry), since(&first), "a restart neither restarts the grace period nor shortens it");
    assert_eq!(there(&root).len(), 4 * EACH + 1, "a dry run changes nothing");

    // Twenty of forty-one are more than a fifth.
    let held = ours.verb(&["janitor", "--once"]);
    assert_eq!(held.status.code(), Some(1));
    let words = String::from_utf8_lossy(&held.stderr).into_owned();
    let sentence = "error: 20 deletions are held back: it is more than `janitor.share_max` lets one pass delete\n\n\
                    hint: if you have looked at them   longshore janitor --once --confirm\n";
    assert!(words.ends_with(sentence), "{words}");
    assert_eq!(there(&root).len(), 4 * EACH + 1, "nothing is deleted unasked");
    assert!(ours.supervisor_log().contains("the janitor deletes none of these volumes"));

    let real = janitor(&ours, &["--once", "--confirm"]);
    assert_eq!(of(&real, "deleted"), orphans, "{real:#}");
    assert_eq!(reasons(&real), reasons(&dry), "the dry run said the same beforehand");
    let after = janitor(&ours, &["--once"]);
    assert_eq!(of(&after, "kept"), BTreeSet::from([of_an_open_one.clone()]), "and nothing else: {after:#}");
    let kept = &reasons(&after)[&of_an_open_one];
    assert!(kept.ends_with("no workflow refers to it; acme/shop#7 is open"), "{kept}");
    let unknown = &reasons(&real)["pr_0ff0ad00"];
    assert_eq!(
        unknown,
        "`pr_0ff0ad00` was made for wf_9000, and no workflow refers to it; no pull request known here ever had it"
    );
    let expected: BTreeSet<String> =
        owned.iter().chain(&foreign).chain(&others).cloned().chain([of_an_open_one]).collect();
    assert_eq!(there(&root), expected, "exactly the orphans of this deployment are gone");
    let metrics = ours.get("/metrics").await;
    assert!(metrics.contains("longshore_janitor_orphan_volumes_total{outcome=\"deleted\"} 20\n"), "{metrics}");
    assert!(metrics.contains("longshore_janitor_passes_total{outcome=\"held\"} 1\n"), "{metrics}");
    assert!(ours.supervisor_log().contains("the janitor deleted an orphan"));

    // And each is in the record, with who confirmed it.
    let said = ours.verb(&["janitor", "--audit", "--json"]);
    let audit: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let entries = audit["entries"].as_array().expect("entries");
    let recorded = entries.iter().filter(|entry| entry["kind"] == "volume");
    let recorded: BTreeSet<String> = recorded
        .map(|entry| {
            assert_eq!((&entry["stage"], &entry["by"]), (&Value::from("done"), &Value::from("cli")), "{entry:#}");
            entry["id"].as_str().expect("an id").to_owned()
        })
        .collect();
    assert_eq!(recorded, orphans);
}

#[tokio::test]
async fn the_supervisor_passes_on_its_schedule_and_an_orphaned_machine_goes_before_its_volume() {
    let shared = tempfile::tempdir().expect("a folder");
    let root = shared.path().join("machines");
    let settings = format!(
        "janitor.schedule = \"* * * * * *\"\njanitor.grace = \"0s\"\nmachines.root = \"{}\"\nvolumes.retention = \"1h\"",
        root.display()
    );
    let stage = Stage::waiting(&settings).await;
    let owned: BTreeSet<String> = there(&root);
    let deployment = deployment(&root, &owned);
    let long_ago = driver(&root);
    let volume = make(&long_ago, "pr_0ff0ad", "wf_77", &deployment).await;
    let spec = MachineSpec {
        name: "m-0ff0ad-1".into(),
        labels: labels("wf_77", 1, &deployment),
        volume_id: volume,
        sockets: None,
        environment: BTreeMap::new(),
        resources: Resources::default(),
    };
    long_ago.start_machine(&spec).await.expect("a machine");
    stage.until("both are gone", || async { stage.left_over().await == 1 }).await;
    assert_eq!(there(&root), owned);
    for duty in ["orphan_machines", "orphan_volumes"] {
        let line = format!("longshore_janitor_{duty}_total{{outcome=\"deleted\"}} 1\n");
        stage.until("it is counted", || async { stage.get("/metrics").await.contains(&line) }).await;
    }
}

#[tokio::test]
async fn a_volume_that_outlived_its_closed_pull_request_goes_once_github_says_so() {
    let mut stage = Stage::waiting(&format!("{BY_HAND}\njanitor.grace = \"0s\"")).await;
    let root = stage.path().join("supervisor/machines");
    let deployment = deployment(&root, &there(&root));
    let name = owner(&stage, "wf_1", &deployment).await.volume_name().to_string();
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    assert!(there(&root).is_empty());
    // Its creation had been answered late.
    let volume = make(&driver(&root), &name, "wf_1", &deployment).await;
    janitor(&stage, &["--once"]);
    stage.kill_github();
    let away = janitor(&stage, &["--once"]);
    assert_eq!(of(&away, "failed"), BTreeSet::from([volume.clone()]), "nobody can be asked: {away:#}");
    stage.start_github().await;
    stage.until("GitHub answers again", || async { !of(&janitor(&stage, &["--once"]), "deleted").is_empty() }).await;
    assert!(there(&root).is_empty());
}

#[tokio::test]
async fn a_database_that_was_put_back_deletes_nothing_until_somebody_confirms() {
    use engine::beside::{Beside, Expected};
    let mut stage = Stage::waiting(&format!("{BY_HAND}\njanitor.grace = \"0s\"")).await;
    let root = stage.path().join("supervisor/machines");
    let deployment = deployment(&root, &there(&root));
    let orphan = make(&driver(&root), "pr_0ff0ad", "wf_77", &deployment).await;
    stage.kill_supervisor();
    {
        let path = stage.path().join("supervisor/longshore.db");
        let store = SqliteStore::open(&path, Environment::real()).await.expect("the database is free");
        let yes = Value::Bool(true);
        store.put_document("deployment", "recovery", &yes, Expected::Absent).await.expect("it is written");
    }
    stage.start_supervisor().await;
    for _ in 0..3 {
        let report = janitor(&stage, &["--once"]);
        assert_eq!(of(&report, "kept"), BTreeSet::from([orphan.clone()]), "{report:#}");
        assert!(reasons(&report)[&orphan].contains("nothing is deleted until that is confirmed"), "{report:#}");
    }
}

#[tokio::test]
async fn the_verb_says_what_it_does_and_how_it_is_called() {
    let mut stage = Stage::open(BY_HAND).await;
    stage.until("it answers", || async { stage.verb(&["ps"]).status.success() }).await;
    let said = stage.verb(&["janitor"]);
    assert_eq!(said.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8_lossy(&said.stderr));
    let said = stage.verb(&["janitor", "--once", "--dry-run"]);
    assert_eq!(said.status.code(), Some(0));
    let maintenance =
        "statistics for the planner are brought up to date, and the write-ahead log is moved into the file";
    let table = format!(
        "WHAT      ID        OWNER  SINCE  VERDICT     REASON\ndatabase  database  -      -      would mend  {maintenance}\n"
    );
    assert_eq!(String::from_utf8_lossy(&said.stdout), table);
    assert_eq!(String::from_utf8_lossy(&said.stderr), "dry run, nothing was changed: nothing that nobody wants\n");
    stage.kill_supervisor();
    let said = stage.verb(&["janitor", "--once"]);
    assert_eq!(said.status.code(), Some(1));
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(words.contains("no supervisor answers") && words.contains("longshore serve"), "{words}");
}

/// Opens that many pull requests and waits until each has been reviewed; their volumes.
async fn own(stage: &Stage, count: usize) -> BTreeSet<String> {
    let fixture = demo_fixture();
    stage.command(Command::CreateRepository(fixture.repository)).await;
    for number in 0..count as u64 {
        let pull = NewPull {
            number: Some(7 + number),
            head_ref: format!("branch-{number}"),
            changes: vec![FileChange::text(format!("docs/{number}.md"), "A page.\n")],
            ..fixture.pull.clone()
        };
        stage.command(Command::OpenPull(pull)).await;
    }
    let idle = || async {
        let rows = stage.api("/workflows?status=idle").await.unwrap_or_default();
        rows["workflows"].as_array().map_or(0, Vec::len) == count
    };
    stage.until("all of them are reviewed", idle).await;
    let volumes = stage.api("/volumes").await.expect("an answer");
    let volumes = volumes["volumes"].as_array().expect("a list");
    volumes.iter().map(|volume| volume["id"].as_str().expect("an id").to_owned()).collect()
}

/// What `janitor … --json` prints.
pub fn janitor(stage: &Stage, arguments: &[&str]) -> Value {
    let said = stage.verb(&[&["janitor", "--json"], arguments].concat());
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    serde_json::from_slice(&said.stdout).unwrap_or_else(|_| panic!("no JSON; {words}"))
}

fn deeds(report: &Value) -> impl Iterator<Item = (String, &Value)> {
    let deeds = report["deeds"].as_array().expect("deeds");
    deeds.iter().map(|deed| (deed["id"].as_str().expect("an id").to_owned(), deed))
}

pub fn of(report: &Value, outcome: &str) -> BTreeSet<String> {
    deeds(report).filter(|(_, deed)| deed["outcome"] == outcome).map(|(id, _)| id).collect()
}

fn reasons(report: &Value) -> BTreeMap<String, String> {
    deeds(report).map(|(id, deed)| (id, deed["reason"].as_str().expect("a reason").to_owned())).collect()
}

/// Since when each orphan is one; what is mended has no such time.
fn since(report: &Value) -> BTreeMap<String, u64> {
    let orphans = deeds(report).filter(|(_, deed)| deed["kind"] == "volume" || deed["kind"] == "machine");
    orphans.map(|(id, deed)| (id, deed["since_ms"].as_u64().expect("a time"))).collect()
}

/// Volumes of all deployments, by what lies in the folder.
pub fn there(root: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(root.join("volumes")).expect("the folder").flatten();
    names.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned())).collect()
}

pub fn deployment(root: &Path, volumes: &BTreeSet<String>) -> String {
    let any = volumes.first().expect("a volume");
    let record = std::fs::read(root.join(format!("volumes/{any}.json"))).expect("its record");
    let record: Value = serde_json::from_slice(&record).expect("JSON");
    record["labels"]["deployment"].as_str().expect("a deployment").to_owned()
}

/// Who owns the volume of a workflow.
pub async fn owner(stage: &Stage, workflow: &str, deployment: &str) -> volumes::Owner {
    let shown = stage.api(&format!("/workflows/{workflow}")).await.expect("the workflow");
    let pr = &shown["state"]["pr"];
    volumes::Owner {
        deployment: deployment.to_owned(),
        repository_id: pr["repository_id"].as_u64().expect("a repository"),
        number: pr["number"].as_u64().expect("a number"),
        generation: 1,
        copy: 0,
    }
}

pub fn labels(workflow: &str, run: u32, deployment: &str) -> Labels {
    let operation = format!("{workflow}:1");
    Labels { deployment: deployment.to_owned(), workflow: workflow.to_owned(), run, operation }
}

pub async fn make(driver: &ProcessMachines, name: &str, workflow: &str, deployment: &str) -> String {
    let spec = VolumeSpec { name: name.to_owned(), labels: labels(workflow, 0, deployment), size_gib: 1 };
    driver.create_volume(&spec).await.expect("a volume").id
}

/// A driver on the same folder, ten hours ago: what it makes is old enough to be nobody's.
pub fn driver(root: &Path) -> ProcessMachines {
    let environment = Environment::new(Arc::new(TenHoursAgo), Arc::new(Chance));
    let keeper = vec![env!("CARGO_BIN_EXE_longshore").into(), "machine-keeper".into()];
    let program = vec!["/bin/sleep".into(), "600".into()];
    ProcessMachines::new(environment, root.to_owned(), program, keeper).expect("a driver")
}

struct TenHoursAgo;

impl Clock for TenHoursAgo {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(Environment::real().now().as_millis() - 36_000_000)
    }

    fn sleep(&self, span: Duration) -> BoxFuture<()> {
        Box::pin(async move { Environment::real().sleep(span).await })
    }
}

struct Chance;

impl Random for Chance {
    fn bytes(&self) -> [u8; 16] {
        Environment::real().random_bytes()
    }
}
