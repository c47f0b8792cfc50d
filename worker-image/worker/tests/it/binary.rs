//! The thin binary.

use crate::support::{Stage, TOKEN};
use protocol::boot;
use std::process::Output;

async fn start(variables: &[(&str, &str)]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_longshore-worker"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).kill_on_drop(true);
    command.envs(variables.iter().copied()).output().await.unwrap()
}

#[tokio::test]
async fn started_by_hand_it_says_what_is_missing() {
    let out = start(&[]).await;
    assert_eq!(out.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&out.stderr).contains("is not set: a worker is started by a supervisor, not by hand")
    );
}

#[tokio::test]
async fn started_for_a_run_it_does_it_and_its_log_holds_no_secret() {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.set(|heard| heard.task = Some(stage.task.clone()));
    let out = start(&[
        (boot::SUPERVISOR_URL, &stage.supervisor.url),
        (boot::WORKFLOW, "wf_7"),
        (boot::RUN, "1"),
        (boot::TOKEN, TOKEN),
        (boot::SESSION_DIR, stage.volume.path().to_str().unwrap()),
        (boot::MACHINE, "m-1"),
    ])
    .await;
    let log = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(0), "{log}");
    assert!(!log.contains(TOKEN) && !log.contains(crate::support::CREDENTIAL), "{log}");
    assert!(stage.supervisor.heard().result.is_some());
}
