//! A backup of a running supervisor is put back after the world went on: nothing outside is deleted and no number is used
//! twice until an operator says that the database may be believed.

use crate::{
    janitor::{deployment, driver, janitor, labels, make, of, owner, there},
    stage::{Stage, longshore},
};
use machines::{MachineSpec, Machines, Resources};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, process::Output};

/// The janitor passes only when it is asked to.
const SETTINGS: &str = "janitor.schedule = \"0 0 0 29 2 *\"\njanitor.grace = \"0s\"";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A verb that looks into the configuration rather than for a supervisor.
fn with_config(stage: &Stage, arguments: &[&str]) -> Output {
    let config = stage.path().join("longshore.toml");
    longshore().args(arguments).arg("--config").arg(config).output().expect("the program runs")
}

fn remove_database(stage: &Stage) {
    for file in ["longshore.db", "longshore.db-wal", "longshore.db-shm"] {
        let gone = std::fs::remove_file(stage.path().join("supervisor").join(file));
        assert!(gone.is_ok() || file != "longshore.db", "{gone:?}");
    }
}

async fn machine(root: &Path, name: String, volume_id: &str, workflow: &str, run: u32, deployment: &str) {
    let spec = MachineSpec {
        name,
        labels: labels(workflow, run, deployment),
        volume_id: volume_id.to_owned(),
        environment: BTreeMap::new(),
        resources: Resources::default(),
        sockets: None,
    };
    driver(root).start_machine(&spec).await.expect("a machine");
}

#[tokio::test]
async fn a_backup_is_put_back_and_nothing_outside_is_deleted_or_numbered_twice_until_somebody_confirms() {
    let mut stage = Stage::waiting(SETTINGS).await;
    let root = stage.path().join("supervisor/machines");
    let (file, deployment) = (stage.path().join("before.jsonl"), deployment(&root, &there(&root)));
    let name = file.display().to_string();
    let taken = with_config(&stage, &["backup", &name, "--json"]);
    assert!(taken.status.success(), "{}", said(&taken));
    let again = with_config(&stage, &["backup", &name]);
    assert_eq!(said(&again), format!("error: `{name}` is there already; a backup replaces nothing\n"));

    // What the backup does not know: run 7 of the pull request, and a workflow 40 with a volume of its own.
    let (volume, ours) = (there(&root).first().expect("a volume").clone(), owner(&stage, "wf_1", &deployment).await);
    machine(&root, ours.machine_name(7).to_string(), &volume, "wf_1", 7, &deployment).await;
    let unknown = make(&driver(&root), "pr_0ff0ad", "wf_40", &deployment).await;

    let busy = with_config(&stage, &["restore", &name]);
    assert!(said(&busy).contains("is in use by another supervisor"), "{}", said(&busy));
    stage.kill_supervisor();
    let full = with_config(&stage, &["restore", &name]);
    assert!(said(&full).ends_with("name a file that is not there in `database.url`\n"), "{}", said(&full));
    remove_database(&stage);
    let restored = with_config(&stage, &["restore", &name]);
    assert!(restored.status.success(), "{}", said(&restored));
    let recovery = "the database is in recovery: nothing is deleted outside until `longshore restore --confirm`\n";
    assert_eq!(said(&restored), recovery);

    stage.start_supervisor().await;
    stage.until("it answers", || async { stage.state().await.is_some() }).await;
    let told = stage.verb(&["ps"]);
    assert!(said(&told).contains("RECOVERY: the database was restored"), "{}", said(&told));
    let health: Value = serde_json::from_str(&stage.get("/health").await).expect("JSON");
    assert_eq!(health["recovery"], true);
    assert!(stage.get("/").await.contains("RECOVERY: the database was restored from a backup of "));
    assert_eq!(stage.state().await.expect("its state")["run"], 7, "the next run is the eighth");
    assert_eq!(stage.recorded("runs_found").await, 1);
    let report = janitor(&stage, &["--once"]);
    assert!(of(&report, "deleted").is_empty() && of(&report, "kept").contains(&unknown), "{report:#}");

    stage.close_pull_request().await;
    stage
        .until("its end waits", || async {
            let why = stage.verb(&["why", "wf_1"]);
            String::from_utf8_lossy(&why.stdout).contains("is put off and is looked at again")
        })
        .await;
    assert!(there(&root).contains(&volume), "its volume is still there");

    let confirmed = stage.verb(&["restore", "--confirm"]);
    let words = String::from_utf8_lossy(&confirmed.stdout).into_owned();
    assert_eq!(words, "recovery is over: what nobody wants is deleted again, after the grace period\n");
    assert!(!said(&stage.verb(&["ps"])).contains("RECOVERY"));
    janitor(&stage, &["--once"]);
    let repaired = stage.verb(&["repair", "wf_1"]);
    assert!(repaired.status.success(), "{}", said(&repaired));
    stage
        .until("the volumes are gone", || async {
            janitor(&stage, &["--once"]);
            stage.verb(&["repair", "wf_1"]);
            there(&root).is_empty()
        })
        .await;
    stage.kill_supervisor();
    stage.start_supervisor().await;
    stage.until("it answers", || async { stage.state().await.is_some() }).await;
    assert!(!stage.get("/health").await.contains("recovery"), "it does not come back");
}

#[tokio::test]
async fn what_is_stuck_is_found_and_moved() {
    let mut stage = Stage::waiting(SETTINGS).await;
    let nothing = stage.verb(&["repair"]);
    assert_eq!((nothing.status.code(), said(&nothing).as_str()), (Some(0), "nothing is stuck\n"));
    stage.kill_supervisor();
    let backup = stage.path().join("stuck.jsonl");
    let name = backup.display().to_string();
    assert!(with_config(&stage, &["backup", &name]).status.success());
    lose_the_thread(&backup);
    remove_database(&stage);
    assert!(with_config(&stage, &["restore", &name]).status.success());
    stage.start_supervisor().await;
    stage.until("it answers", || async { stage.state().await.is_some() }).await;
    let why = stage.verb(&["why", "wf_1"]);
    assert!(String::from_utf8_lossy(&why.stdout).contains("STUCK"), "{}", String::from_utf8_lossy(&why.stdout));
    let repaired = stage.verb(&["repair", "--json"]);
    let repaired: Value = serde_json::from_slice(&repaired.stdout).expect("JSON");
    assert_eq!(repaired["repaired"][0]["workflow"], "wf_1", "{repaired:#}");
    assert_eq!(
        (&repaired["repaired"][0]["was_stuck"], &repaired["repaired"][0]["stuck"]),
        (&true.into(), &false.into())
    );
    stage.until_status("awaiting_decision").await;
    let replayed = stage.verb(&["replay", "wf_1"]);
    assert!(replayed.status.success(), "{}", said(&replayed));
}

/// Makes of a good backup one whose workflow nothing will move: no timer, and no event that it waits for.
fn lose_the_thread(backup: &Path) {
    use engine::archive::{Item, Reader, Value, Writer};
    let bytes = std::fs::read(backup).expect("the backup");
    let mut reader = Reader::begin(&bytes[..]).expect("a backup");
    let mut writer = Writer::begin(Vec::new(), reader.head()).expect("written");
    let mut columns = Vec::new();
    while let Some(item) = reader.next_item().expect("whole") {
        match item {
            Item::Table { name, columns: names } => {
                writer.table(&name, &names).expect("written");
                columns = if name == "workflow" { names } else { Vec::new() };
            }
            Item::Row(mut row) => {
                for (value, column) in row.iter_mut().zip(&columns) {
                    match column.as_str() {
                        "standing" => *value = Value::Integer(0),
                        "timers" | "wake_at" => *value = Value::Null,
                        _ => {}
                    }
                }
                writer.row(row).expect("written");
            }
        }
    }
    std::fs::write(backup, writer.finish().expect("written").0).expect("written");
}
