//! The app, the token and the network policy: what is wrong with them is one sentence before anything starts.

use super::{
    clock::fast,
    stage::{APP, PORT, Stage, TOKEN, machine_spec, sentence, settings},
};
use crate::fly_error;
use machines::{FlyMachines, Machines, fly::Settings};
use serde_json::{Value, json};
use simulators::fly::control::{Action, Command, Fault, Named};

fn driver(settings: Settings) -> FlyMachines {
    FlyMachines::new(fast(1), settings).unwrap()
}

/// Without the id of the request.
fn without_id(said: &str) -> String {
    said.split(", request ").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_an_app_and_a_name_that_are_wrong_are_said() {
    let stage = Stage::new().await;
    let url = stage.fly.url();
    let wrong = Settings { token: machines::fly::Token::new("FlyV1 fm2_expired"), ..settings(&url) };
    let said = sentence(driver(wrong).check().await);
    assert_eq!(
        without_id(&said),
        "Fly does not accept the token: make one with `fly tokens create`, and set `machines.fly_token`: unauthorized (401"
    );
    assert!(!said.contains("expired"), "the token is not repeated: {said}");
    let missing = Settings { app: "elsewhere".into(), organisation: None, ..settings(&url) };
    assert_eq!(
        sentence(driver(missing).check().await),
        "there is no Fly app `elsewhere`: make it with `fly apps create elsewhere --network elsewhere`, or set `machines.fly_org`"
    );
    stage.run(Command::TakeAppName { app: "taken".into() }).await;
    let taken = Settings { app: "taken".into(), ..settings(&url) };
    assert_eq!(
        without_id(&sentence(driver(taken).check().await)),
        "the Fly token may not use the app `taken`, or the name is another organisation's: set `machines.fly_app` to one of \
         yours, or use a token of that app: unauthorized (403"
    );
    stage.fail_once(Action::AppGet, Fault::Named(Named::Unauthorized)).await;
    fly_error!(stage.driver.check().await, Permanent);
    stage.end().await;
}

#[tokio::test]
async fn an_app_is_made_on_a_network_of_its_own_and_one_on_the_shared_network_is_refused() {
    let stage = Stage::new().await;
    let made = &stage.calls(Action::AppCreate).await[0].body;
    assert_eq!((&made["network"], &made["org_slug"]), (&json!(APP), &json!("personal")));
    post(&stage, "/v1/apps", json!({"name": "shared", "org_slug": "personal"})).await;
    let shared = Settings { app: "shared".into(), ..settings(&stage.fly.url()) };
    assert_eq!(
        sentence(driver(shared).check().await),
        "the Fly app `shared` is on its organisation's shared network, where workers would reach other apps: use one that is \
         not (`fly apps create NAME --network NAME`), or an unused name and `machines.fly_org`"
    );
    stage.end().await;
}

#[tokio::test]
async fn f01_an_app_that_was_made_though_the_call_failed_is_used() {
    let stage = Stage::new().await;
    for (app, fault) in [("one", Fault::AnswerLost), ("two", Fault::DoneBut { status: 502 })] {
        stage.fail_once(Action::AppCreate, fault).await;
        driver(Settings { app: app.into(), ..settings(&stage.fly.url()) }).check().await.unwrap();
    }
    stage.end().await;
}

async fn post(stage: &Stage, path: &str, body: Value) -> Value {
    let client = reqwest::Client::new();
    let call = client.post(format!("{}{path}", stage.fly.url())).header("authorization", format!("Bearer {TOKEN}"));
    let answer = call.json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn no_machine_is_started_without_the_policy_or_with_a_wider_one() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let path = format!("/v1/apps/{APP}/network_policies");
    let rules = json!([{"action": "allow", "direction": "egress", "ports": [{"protocol": "tcp", "port": 25}]}]);
    let wider = post(&stage, &path, json!({"name": "mail", "selector": {"all": true}, "rules": rules})).await;
    let said = fly_error!(stage.driver.start_machine(&machine_spec(1, &volume)).await, Permanent);
    assert_eq!(
        said,
        format!(
            "the Fly app `{APP}` has the network policy `mail`, by which machines may connect to tcp port 25: remove it, or name \
             the port in `machines.fly_ports`"
        )
    );
    assert_eq!(sentence(stage.driver.check().await), said);
    // Ours, changed by hand to let everything out.
    remove(&stage, &format!("{path}/{}", wider["id"].as_str().unwrap())).await;
    let ours = stage.calls(Action::PolicyPut).await[0].clone();
    assert_eq!(ours.body["rules"][0]["ports"].as_array().unwrap().len(), 3);
    assert!(ours.body.to_string().contains(&PORT.to_string()));
    let listed: Value = get(&stage, &path).await;
    let (id, name) = (&listed[0]["id"], &listed[0]["name"]);
    let open = json!([{"action": "allow", "direction": "egress", "ports": []}]);
    post(&stage, &path, json!({"id": id, "name": name, "selector": {"all": true}, "rules": open})).await;
    let said = fly_error!(stage.driver.start_machine(&machine_spec(1, &volume)).await, Permanent);
    assert_eq!(
        said,
        format!(
            "the Fly app `{APP}` does not have the network policy `longshore-workers` any more: no machine is started without \
             it; restart the supervisor, which makes it"
        )
    );
    // A restart puts it right, and makes no second one.
    stage.driver.check().await.unwrap();
    assert_eq!(get(&stage, &path).await.as_array().unwrap().len(), 1);
    stage.start(1, &volume).await;
    stage.end().await;
}

async fn get(stage: &Stage, path: &str) -> Value {
    let call = reqwest::Client::new().get(format!("{}{path}", stage.fly.url()));
    let answer = call.header("authorization", format!("Bearer {TOKEN}")).send().await.unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

async fn remove(stage: &Stage, path: &str) {
    let call = reqwest::Client::new().delete(format!("{}{path}", stage.fly.url()));
    let answer = call.header("authorization", format!("Bearer {TOKEN}")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 204);
}
