//! Calls that fail before, after, or without what they ask for.

use crate::fly::support::{APP, Stage, TOKEN, new_machine, of_app, of_machine};
use serde_json::json;
use simulators::fly::control::{Action, Command, Fault, Named, Rule};

#[tokio::test]
async fn a_creation_may_fail_before_it_happens_or_lose_its_answer_after() {
    let stage = Stage::new().await;
    let body = || Some(new_machine("m-1", None));
    stage.control.fail_once(Action::MachineCreate, Fault::NotDone).await.unwrap();
    assert!(stage.try_call("POST", &of_app("/machines"), body()).await.is_err());
    assert!(stage.truth().await.machines.is_empty());
    stage.control.fail_once(Action::MachineCreate, Fault::AnswerLost).await.unwrap();
    assert!(stage.try_call("POST", &of_app("/machines"), body()).await.is_err());
    assert_eq!(stage.truth().await.machines.len(), 1);
    for status in [408, 500, 502] {
        stage.control.fail_once(Action::VolumeCreate, Fault::DoneBut { status }).await.unwrap();
        let made = stage.post(&of_app("/volumes"), json!({ "name": "v", "region": "iad" })).await;
        assert_eq!(made.status, status);
    }
    assert_eq!(stage.truth().await.volumes.len(), 3);
    stage.end(4).await;
}

#[tokio::test]
async fn what_a_call_asks_for_may_happen_long_after_its_answer() {
    let stage = Stage::new().await;
    stage.control.fail_once(Action::MachineCreate, Fault::Late { status: Some(408), millis: 90_000 }).await.unwrap();
    let words = "deadline_exceeded: request timed out";
    assert_eq!(stage.try_machine("m-1", None).await.refused(408), words);
    assert!(stage.truth().await.machines.is_empty());
    stage.control.advance(90_000).await.unwrap();
    while stage.truth().await.machines.is_empty() {
        tokio::task::yield_now().await;
    }
    stage.end(1).await;
}

#[tokio::test]
async fn a_machine_may_be_stuck_in_created_and_start_when_nobody_expects_it() {
    let stage = Stage::new().await;
    let volume = stage.volume("session").await;
    stage.control.fail_once(Action::MachineCreate, Fault::StuckCreated).await.unwrap();
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.control.advance(2 * 3_600_000).await.unwrap();
    assert_eq!(stage.shown(&machine).await["state"], "created");
    let start = stage.call("POST", &of_machine(&machine, "/start"), None).await;
    assert_eq!(start.refused(412), "failed_precondition: unable to start machine from current state: 'created'");
    stage.run(Command::Unstick { machine: machine.clone() }).await;
    stage.until_state(&machine, "started").await;
    stage.end(2).await;
}

#[tokio::test]
async fn refusals_come_in_the_words_that_were_seen() {
    let stage = Stage::new().await;
    stage.control.fail_once(Action::MachineCreate, Fault::Named(Named::NoCandidate)).await.unwrap();
    let said = stage.try_machine("m-1", None).await.expect(422);
    assert_eq!(said, json!({ "error": "could not find a candidate host", "status": "insufficient_capacity" }));
    let html = Fault::Refused { status: 500, body: json!("<html>oops</html>"), retry_after: Some(7) };
    stage.control.fail_once(Action::MachineCreate, html).await.unwrap();
    let said = stage.try_machine("m-1", None).await;
    assert_eq!(
        (said.status, said.text.as_str(), &said.headers["retry-after"]),
        (500, "<html>oops</html>", &"7".parse().unwrap())
    );
    stage.end(0).await;
}

#[tokio::test]
async fn a_rule_may_hit_by_chance_and_only_what_it_names() {
    let stage = Stage::with(|options| options.seed = 3).await;
    let rule = Rule::always(Action::VolumeCreate, Fault::Named(Named::NoCapacity));
    let rule = Rule { contains: Some("unlucky".into()), probability: Some(0.5), ..rule };
    stage.run(Command::AddRule(rule)).await;
    let mut made = 0;
    for _ in 0..40 {
        stage.volume("lucky").await;
        let answer = stage.post(&of_app("/volumes"), json!({ "name": "unlucky", "region": "iad" })).await;
        made += u32::from(answer.status == 200);
    }
    assert!((5..35).contains(&made), "{made}");
    stage.run(Command::ClearRules).await;
    stage.volume("unlucky").await;
}

#[tokio::test]
async fn too_many_calls_are_refused_until_a_second_has_passed() {
    let stage = Stage::with(|options| options.rate_limits = true).await;
    let list = of_app("/machines");
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(stage.get(&list).await.status);
    }
    assert_eq!(statuses[..3], [200, 200, 200]);
    assert!(statuses[3..].contains(&429), "{statuses:?}");
    stage.control.advance(1_000).await.unwrap();
    stage.get(&list).await.expect(200);
    stage.run(Command::SetRateLimits { hold: false }).await;
    for _ in 0..20 {
        stage.get(&list).await.expect(200);
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_the_token_and_nobody_at_all_in_an_outage() {
    let stage = Stage::new().await;
    for said in [None, Some("Bearer wrong".to_owned()), Some(TOKEN.to_owned())] {
        let headers: Vec<_> = said.map(|it| ("authorization", it)).into_iter().collect();
        stage.call_with("GET", &of_app("/machines"), None, &headers).await.unwrap().refused(401);
    }
    stage.run(Command::Outage { status: Some(503) }).await;
    assert_eq!(stage.get(&of_app("")).await.status, 503);
    stage.run(Command::Outage { status: None }).await;
    assert!(stage.try_call("GET", &of_app(""), None).await.is_err());
    stage.run(Command::ClearRules).await;
    stage.get(&of_app("")).await.expect(200);
    stage.run(Command::TakeAppName { app: "theirs".into() }).await;
    assert_eq!(stage.get("/v1/apps/theirs").await.status, 403);
    assert_eq!(stage.get("/v1/nowhere").await.status, 404);
}

#[tokio::test]
async fn every_call_is_noted_with_what_it_was_answered() {
    let stage = Stage::new().await;
    stage.machine("m-1", None).await;
    stage.get(&of_machine("00000000000000", "?a=b")).await.refused(404);
    let calls = stage.control.calls().await.unwrap();
    let told: Vec<_> = calls.iter().map(|it| (it.action, it.status, it.path.as_str())).collect();
    let machines = of_app("/machines");
    let missing = of_machine("00000000000000", "?a=b");
    assert_eq!(
        told,
        [
            (Action::AppCreate, Some(201), "/v1/apps"),
            (Action::MachineCreate, Some(200), machines.as_str()),
            (Action::MachineGet, Some(404), missing.as_str()),
        ]
    );
    assert_eq!((calls[0].body["name"].as_str(), calls[1].body["name"].as_str()), (Some(APP), Some("m-1")));
}
