//! Volumes that are somebody else's, or were prepared by somebody.

use crate::support::Stage;
use protocol::Outcome;
use std::os::unix::fs::symlink;
use worker::Exit;

#[tokio::test]
async fn anothers_volume_is_refused_and_the_supervisor_is_told() {
    for meta in [
        r#"{"deployment":"d1","workflow":"wf_8","last_run":1}"#,
        r#"{"deployment":"d2","workflow":"wf_7","last_run":1}"#,
        "not ours",
    ] {
        let stage = Stage::with_a_debug_call().await;
        std::fs::write(stage.at("meta.json"), meta).unwrap();
        assert_eq!(stage.run().await, Exit::VolumeRefused, "{meta}");
        assert_eq!(std::fs::read_dir(stage.volume.path()).unwrap().count(), 1);
        let outcome = stage.supervisor.heard().result.unwrap().result.outcome;
        assert!(matches!(outcome, Outcome::Failed { code, .. } if code == "volume_refused"));
    }
}

#[tokio::test]
async fn links_in_place_of_folders_lead_nowhere() {
    let stage = Stage::with_a_debug_call().await;
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("kept"), "kept").unwrap();
    for name in ["agent", "workspace", "outbox", "scratch"] {
        symlink(outside.path(), stage.at(name)).unwrap();
    }
    stage.run_to_result().await;
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    assert!(std::fs::symlink_metadata(stage.at("workspace")).unwrap().is_dir());
}
