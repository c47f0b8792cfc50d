//! A volume that an agent fills: the check says so, what the session held before is kept, and the work goes on once there is
//! room.

use super::{
    agent, on_docker,
    resume::{assert_remembers, until_a_check_says},
    volume_name,
};
use crate::{full::disk::SmallDisk, mending::exported, stage::Stage};

/// MiB of a volume that holds the demo's repository and little more; all of it in memory.
const VOLUME_MIB: u32 = 8;
/// Asks at first, and leaves something to be remembered. Then it writes all that its volume takes, spoils the rest of its session and
/// ends without a word of why; until somebody has made room.
const FILLS: &str = "read -r task; \
    if [ ! -e \"$HOME/memory\" ]; then echo 'remembered from run 1' > \"$HOME/memory\"; \
    echo '{\"type\":\"question\",\"question\":\"Shall it be?\"}'; \
    elif [ -e \"$HOME/room\" ]; then read -r memory < \"$HOME/memory\"; \
    printf '{\"type\":\"finding\",\"path\":\"src/upload.rs\",\"line\":5,\"title\":\"%s\"}\\n' \"$memory\"; \
    else block=0123456789abcdef; for twice in 1 2 3 4 5 6 7 8 9 10; do block=$block$block; done; \
    : > \"$HOME/spoilt\"; while printf %s \"$block\"; do :; done > \"$HOME/filler\" 2>/dev/null; exit 3; \
    fi; echo '{\"type\":\"done\"}'";
/// What the check says of it.
const SENTENCE: &str = "the volume is full: the repository and the agent's session do not fit on it; it takes more room for \
                        volumes, or a smaller repository (the agent ended with exit status: 3)";

#[tokio::test]
async fn an_agent_that_fills_its_volume_is_said_and_the_session_of_before_goes_on_once_there_is_room() {
    let (daemon, settings) = on_docker(&agent(FILLS)).await;
    let stage = Stage::waiting(&settings).await;
    let folder = daemon.volume(&volume_name(&stage).await);
    let small = SmallDisk::under(VOLUME_MIB, &folder);
    let before = exported(&stage);

    stage.click("Yes", "maintainer").await;
    until_a_check_says(&stage, &[SENTENCE]).await;
    stage.until_status("awaiting_decision").await;
    let check = stage.truth().await.checks.pop().expect("a check");
    assert_eq!((check.conclusion.as_deref(), check.labels), (Some("neutral"), vec!["Retry".to_owned()]));
    assert!(check.summary.is_some_and(|it| it.contains("\"Retry\" carries the decision out again.")));
    assert_eq!(exported(&stage), before, "the checkpoint is the one from before there was no room");
    let session = folder.join("agent/command");
    assert_eq!(std::fs::read_to_string(session.join("memory")).expect("it is there"), "remembered from run 1\n");

    // No room for anything at all: not even the worker's own files.
    small.fill();
    stage.click("Retry", "maintainer").await;
    stage.until("run 3 is said to find no room", || async { stage.recorded("run_finished").await == 3 }).await;
    stage.until_status("awaiting_decision").await;
    let said = stage.truth().await.checks.pop().and_then(|check| check.summary).expect("a summary");
    assert!(said.contains("the volume is full: "), "{said}");
    assert_eq!(exported(&stage), before);

    small.free();
    std::fs::remove_file(session.join("filler")).expect("somebody makes room");
    std::fs::write(session.join("room"), "").expect("there is room");
    stage.click("Retry", "maintainer").await;
    stage.until_status("idle").await;
    assert_remembers(&stage).await;
    assert_eq!(stage.recorded("machine_started").await, 4);
}
