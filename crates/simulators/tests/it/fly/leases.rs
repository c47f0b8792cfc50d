//! A lease guards what changes a machine, and ends by the clock.

use crate::fly::support::{Stage, TOKEN, of_machine};
use serde_json::json;

#[tokio::test]
async fn a_lease_keeps_others_from_steering_a_machine_until_it_ends() {
    let stage = Stage::new().await;
    let machine = stage.machine("m-1", None).await;
    stage.until_state(&machine, "started").await;
    let taken = stage.post(&of_machine(&machine, "/lease?ttl=30"), json!({ "description": "mine" })).await.expect(201);
    let nonce = taken["data"]["nonce"].as_str().unwrap().to_owned();
    assert_eq!((&taken["status"], &taken["data"]["description"]), (&"success".into(), &"mine".into()));
    let kept = [("stop", "POST"), ("start", "POST"), ("restart", "POST"), ("lease", "POST"), ("lease", "DELETE")];
    for (what, method) in kept {
        let answer = stage.call(method, &of_machine(&machine, &format!("/{what}")), None).await;
        let words = answer.refused(409);
        assert!(words.starts_with(&format!("machine ID {machine} lease currently held by ")), "{what}: {words}");
        assert!(words.contains(", expires at "), "{words}");
    }
    stage.delete(&of_machine(&machine, "?force=true")).await.refused(409);
    // Neither metadata nor reading is guarded.
    stage
        .call("PATCH", &of_machine(&machine, "/metadata"), Some(json!({ "metadata": { "a": "1" } })))
        .await
        .expect(204);
    let mine = [("authorization", format!("Bearer {TOKEN}")), ("fly-machine-lease-nonce", nonce.clone())];
    let longer = stage.call_with("POST", &of_machine(&machine, "/lease"), None, &mine).await.unwrap().expect(201);
    assert_eq!(longer["data"]["nonce"], *nonce);
    stage.control.advance(119_000).await.unwrap();
    stage.call("POST", &of_machine(&machine, "/stop"), None).await.refused(409);
    stage.control.advance(2_000).await.unwrap();
    stage.call("POST", &of_machine(&machine, "/stop"), None).await.expect(200);
}
