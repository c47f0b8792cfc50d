use std::process::{Command, Output};

fn bench(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_longshore-bench")).args(words).output().unwrap()
}

/// The objects that it prints; each must hold these numbers, and none may be zero.
fn figures(words: &[&str], wanted: &[&str]) -> Vec<serde_json::Value> {
    let output = bench(&[words, &["--json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let objects: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!objects.is_empty(), "{words:?} printed nothing");
    for object in &objects {
        for name in wanted {
            assert!(object[name].as_f64().is_some_and(|figure| figure > 0.0), "{name} in {object}");
        }
    }
    objects
}

#[test]
fn the_limit_measures_the_disk_sqlite_and_the_store() {
    let output = bench(&["limit", "--seconds", "0.02", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    for what in ["append 4 KiB", "sqlite WAL FULL, one transaction", "group commit of at most 512", "the store alone"] {
        assert!(text.contains(what), "{what} is missing in {text}");
    }
}

#[test]
fn the_engine_finishes_every_workflow_and_is_held_against_the_limit() {
    let wanted = ["transitions_per_s", "limit_transitions_per_s", "ratio", "commits", "bytes_per_workflow"];
    let words = ["engine", "--workflows", "300", "--submitters", "40", "--runs", "1", "--limit-seconds", "0.05"];
    for store in ["sqlite", "postgres"] {
        let objects = figures(&[&words[..], &["--store", store]].concat(), &wanted);
        assert_eq!(objects.len(), 1);
        assert_eq!(objects[0]["store"], store);
        assert!(objects[0]["cpu_s_per_1000_workflows"].is_number());
        assert_eq!(objects[0]["runs"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn an_idle_engine_has_a_latency() {
    figures(&["latency", "--samples", "20", "--rest-ms", "1"], &["p50_ms", "p99_ms", "max_ms"]);
}

const PAUSED: [&str; 12] = [
    "store",
    "rss_mib",
    "rss_peak_mib",
    "rss_after_restart_mib",
    "bytes_per_workflow",
    "create_s",
    "restart_ms",
    "restart_accepted_ms",
    "wake_p50_ms",
    "wake_p99_ms",
    "wake_accepted_p50_ms",
    "wake_accepted_p99_ms",
];

#[test]
fn paused_workflows_survive_kills_and_are_woken_on_both_databases() {
    for store in ["sqlite", "postgres"] {
        let words =
            ["paused", "--store", store, "--count", "60", "--submitters", "7", "--samples", "9", "--restarts", "2"];
        let objects = figures(&words, &PAUSED[1..]);
        assert_eq!((objects.len(), &objects[0][PAUSED[0]]), (1, &store.into()));
        assert_eq!(objects[0]["restarts_ms"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn every_timer_fires_on_both_databases() {
    for store in ["sqlite", "postgres"] {
        let words = ["timers", "--store", store, "--count", "40", "--submitters", "8"];
        let times = ["--window-seconds", "0.2", "--lead-seconds", "5"];
        figures(&[&words[..], &times].concat(), &["lateness_p50_ms", "lateness_p99_ms", "create_s", "window_s"]);
    }
}

#[test]
fn timers_that_are_due_before_all_are_made_give_no_figure() {
    let output = bench(&["timers", "--count", "40", "--submitters", "2", "--lead-seconds", "0"]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("some timers were due before all of them were made"), "{words}");
}

#[test]
fn a_database_that_is_there_is_a_usage_error_and_stays_as_it_is() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let url = format!("sqlite://{}", file.path().display());
    let output = bench(&["engine", "--store", &url]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    let wanted =
        format!("error: `{}` is there already; name a new one, which the benchmark fills\n", file.path().display());
    assert_eq!(words, wanted);
    assert_eq!(std::fs::metadata(file.path()).unwrap().len(), 0);
}

/// The program that is measured lies beside ours. A test of the whole workspace has built it; one of this package alone
/// builds it here, the first time.
fn longshore() -> String {
    let beside = std::path::Path::new(env!("CARGO_BIN_EXE_longshore-bench")).with_file_name("longshore");
    if !beside.is_file() {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let built = Command::new(cargo).args(["build", "--locked", "-p", "supervisor", "--bin", "longshore"]).status();
        assert!(built.unwrap().success() && beside.is_file(), "{} is not there", beside.display());
    }
    beside.display().to_string()
}

#[test]
fn acknowledged_webhooks_are_found_after_a_kill_on_both_databases() {
    let program = longshore();
    for store in ["sqlite", "postgres"] {
        let words = ["webhooks", "--store", store, "--program", &program, "--count", "60", "--connections", "5"];
        let more = ["--pull-requests", "7", "--rate", "500"];
        let wanted = ["webhooks_per_s", "p50_ms", "p99_ms", "at_rate_p50_ms", "at_rate_p99_ms", "supervisor_rss_mib"];
        let objects = figures(&[&words[..], &more].concat(), &wanted);
        assert_eq!(objects[0]["recorded"], 180);
    }
}

#[test]
fn a_supervisor_at_rest_is_watched() {
    let program = longshore();
    let words = ["rest", "--program", &program, "--settle-seconds", "0.1", "--seconds", "0.3"];
    let objects = figures(&words, &["rss_mib", "rss_peak_mib", "seconds"]);
    assert!(objects[0]["cpu_ms"].is_number());
}

#[test]
fn a_review_that_waits_for_a_person_has_a_size() {
    let objects =
        figures(&["review", "--program", &longshore(), "--count", "1"], &["bytes_per_review", "events_per_review"]);
    let tables = objects[0]["tables"].as_array().unwrap();
    for name in ["workflow", "event", "blob"] {
        assert!(tables.iter().any(|table| table[0] == name), "{name} is missing in {tables:?}");
    }
}

#[test]
fn a_program_that_is_not_there_is_a_usage_error() {
    let output = bench(&["rest", "--program", "/nonexistent/longshore"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_machine_of_ours_is_held_against_the_daemon_s_own_calls() {
    let words = ["machines", "--backend", "docker", "--program", &longshore(), "--samples", "2"];
    let objects = figures(&words, &["plain_p50_ms", "plain_p90_ms", "ours_p50_ms", "ours_p90_ms", "samples"]);
    let steps: Vec<f64> =
        objects[0]["steps_p50_ms"].as_array().unwrap().iter().map(|step| step[1].as_f64().unwrap()).collect();
    assert!(steps.len() == 5 && steps.iter().all(|step| *step <= steps[4]), "the volume comes last: {objects:?}");
    let ours = objects[0]["ours_p50_ms"].as_f64().unwrap();
    assert!(steps[4] < ours, "the volume is there before the machine: {objects:?}");
    let plain = objects[0]["plain_p50_ms"].as_f64().unwrap();
    let share = objects[0]["share"].as_f64().unwrap();
    assert!((share - (ours - plain) / plain).abs() < 1e-9, "{objects:?}");
}

#[test]
fn a_daemon_that_is_not_on_this_machine_is_a_usage_error() {
    let program = longshore();
    let output = bench(&["machines", "--backend", "docker", "--docker", "tcp://elsewhere:2375", "--program", &program]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        words,
        "error: `tcp://elsewhere:2375` is not on this machine; give the path of its socket, as `unix://PATH`\n"
    );
}
