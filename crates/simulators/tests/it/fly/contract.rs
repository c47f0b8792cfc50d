//! What the stand-in says fits Fly's published description: every answer of a tour through the API, and every body that
//! the tour sends. What the description does not declare is a fault as well, unless it is listed here.

use crate::{
    fly::support::{APP, Stage, new_machine, of_app, of_machine, of_volume},
    openapi::Description,
};
use serde_json::{Value, json};
use simulators::fly::control::{Action, Fault, Named};
use std::{collections::BTreeSet, sync::OnceLock};

/// Where Fly was seen to differ from its description: part of the call, part of the fault, where it was seen.
const SEEN_OTHERWISE: [(&str, &str, &str); 6] = [
    ("/lease", "'data'", "a lease lies in `data`: fly-go's MachineLease, and Fly's own pages"),
    ("/lease 409", "'message' was unexpected", "community.fly.io/t/15555"),
    ("/lease 409", "\"error\" is not one of", "the same"),
    (
        "/platform/placements",
        "'Regions'",
        "the live API answers in PascalCase: notes of a client's author, September 2026",
    ),
    ("", "\"name_taken\" is not one of", "fly-go, flaps_error_test.go"),
    ("", "\"volume_placement_capacity\" is not one of", "the same"),
];
/// Calls that are documented on Fly's pages and missing from the description: what they answer is checked by hand.
const UNDESCRIBED: [&str; 2] = ["/network_policies", "/api/v1/apps/"];

fn description() -> &'static Description {
    static DESCRIPTION: OnceLock<Description> = OnceLock::new();
    DESCRIPTION.get_or_init(|| Description::of("fly/machines.openapi.json").strict())
}

struct Tour {
    stage: Stage,
    faults: BTreeSet<String>,
    seen: usize,
}

impl Tour {
    async fn call(&mut self, method: &str, path: &str, body: Option<Value>, status: u16) -> Value {
        let answer = self.stage.call(method, path, body.clone()).await;
        let said: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let what = format!("{method} {} {}", path.split('?').next().unwrap(), answer.status);
        if answer.status != status {
            self.note(&what, format!("not {status}: {}", answer.text));
        }
        assert!(answer.headers["fly-request-id"].to_str().unwrap().ends_with("-sim"), "{what}");
        if UNDESCRIBED.iter().any(|it| path.contains(it)) {
            self.seen += 1;
            return said;
        }
        let described = path.strip_prefix("/v1").unwrap();
        let faults = description().answer_faults(method, described, answer.status, &said).or_else(|| {
            // Of refusals the description names few. Their form it does name.
            (answer.status >= 400).then(|| description().schema_faults("ErrorResponse", &said))
        });
        let sent = match body {
            Some(body) if answer.status < 400 => description().request_faults(method, described, &body),
            _ => Some(Vec::new()),
        };
        match faults.zip(sent) {
            None => self.note(&what, "is not in the description".into()),
            Some((said, sent)) => {
                self.seen += 1;
                said.into_iter().for_each(|fault| self.note(&what, fault));
                sent.into_iter().for_each(|fault| self.note(&format!("the body of {what}"), fault));
            }
        }
        said
    }

    fn note(&mut self, what: &str, fault: String) {
        let excuse = |(of, part, _): &(&str, &str, &str)| what.contains(of) && fault.contains(part);
        if !SEEN_OTHERWISE.iter().any(excuse) {
            self.faults.insert(format!("{what}: {}", fault.chars().take(300).collect::<String>()));
        }
    }

    fn end(&self) {
        let faults: Vec<&str> = self.faults.iter().map(String::as_str).collect();
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
        assert!(self.seen > 0);
    }
}

async fn tour() -> Tour {
    Tour { stage: Stage::new().await, faults: BTreeSet::new(), seen: 0 }
}

#[test]
fn an_answer_of_a_wrong_type_and_one_with_a_field_too_many_are_found_out() {
    let path = "/apps/workers/machines/148e21ea7de389";
    let said = |body: Value| description().answer_faults("GET", path, 200, &body).unwrap();
    assert_eq!(said(json!({ "id": "148e21ea7de389", "state": "started", "events": [] })), Vec::<String>::new());
    assert_eq!(said(json!({ "id": 7 })), ["/id: 7 is not of type \"string\""]);
    assert_eq!(
        said(json!({ "config": { "mounts": [{ "volume": 1 }] } })),
        ["/config/mounts/0/volume: 1 is not of type \"string\""]
    );
    assert_eq!(said(json!({ "nick": "m" })), [": Additional properties are not allowed ('nick' was unexpected)"]);
    let sent = description().request_faults("POST", "/apps/workers/volumes", &json!({ "size_gb": "1" })).unwrap();
    assert_eq!(sent, ["/size_gb: \"1\" is not of type \"integer\""]);
    assert_eq!(description().answer_faults("GET", "/nowhere", 200, &json!({})), None);
}

/// The tour's own eyes: what the stand-in would be told if one of its answers were wrong.
#[tokio::test]
async fn a_route_that_answers_a_field_of_a_wrong_type_fails_the_tour() {
    let mut tour = tour().await;
    let wrong = Fault::Refused { status: 200, body: json!([{ "id": "vol_1", "size_gb": "three" }]), retry_after: None };
    tour.stage.control.fail_once(Action::VolumeList, wrong).await.unwrap();
    tour.call("GET", &of_app("/volumes"), None, 200).await;
    let faults: Vec<String> = tour.faults.iter().cloned().collect();
    assert_eq!(faults, ["GET /v1/apps/workers/volumes 200: /0/size_gb: \"three\" is not of type \"integer\""]);
}

#[tokio::test]
async fn apps_are_shown_as_described() {
    let mut tour = tour().await;
    let new = |name: &str| Some(json!({ "name": name, "org_slug": "personal", "network": "w-net" }));
    tour.call("POST", "/v1/apps", new("w-2"), 201).await;
    let taken = tour.call("POST", "/v1/apps", new("w-2"), 422).await;
    assert_eq!(taken, json!({ "error": "Validation failed: Name has already been taken", "status": "name_taken" }));
    tour.call("POST", "/v1/apps", new("W_3"), 422).await;
    let shown = tour.call("GET", "/v1/apps/w-2", None, 200).await;
    assert_eq!((&shown["name"], &shown["network"]), (&"w-2".into(), &"w-net".into()));
    let all = tour.call("GET", "/v1/apps?org_slug=personal", None, 200).await;
    assert_eq!(all["total_apps"], 2);
    tour.call("POST", "/v1/apps/w-2/deploy_token", Some(json!({ "expiry": "1h" })), 200).await;
    tour.call("DELETE", "/v1/apps/w-2", None, 202).await;
    tour.call("GET", "/v1/apps/w-2", None, 404).await;
    tour.end();
}

#[tokio::test]
async fn a_machine_is_shown_as_described_from_its_creation_to_its_end() {
    let mut tour = tour().await;
    let volume = tour.stage.volume("session").await;
    let mut new = new_machine("m-1", Some(&volume));
    new["lease_ttl"] = 60.into();
    let made = tour.call("POST", &of_app("/machines"), Some(new.clone()), 200).await;
    let (id, nonce) = (made["id"].as_str().unwrap().to_owned(), made["nonce"].as_str().unwrap().to_owned());
    tour.call("POST", &of_app("/machines"), Some(new), 409).await;
    let at = |rest: &str| of_machine(&id, rest);
    tour.call("GET", &at("/wait?state=started&timeout=5"), None, 200).await;
    let shown = tour.call("GET", &at(""), None, 200).await;
    assert_eq!((&shown["state"], &shown["config"]["env"]), (&"started".into(), &json!({ "A": "1" })));
    tour.call("GET", &of_app("/machines"), None, 200).await;
    tour.call("GET", &of_app("/machines?summary=true"), None, 200).await;
    tour.call("GET", "/v1/orgs/personal/machines", None, 200).await;
    tour.call("GET", &at("/lease"), None, 200).await;
    tour.call("POST", &at("/lease"), Some(json!({ "ttl": 10 })), 409).await;
    let with =
        [("authorization", format!("Bearer {}", crate::fly::support::TOKEN)), ("fly-machine-lease-nonce", nonce)];
    tour.stage.call_with("DELETE", &at("/lease"), None, &with).await.unwrap().expect(200);
    tour.call("POST", &at("/lease"), Some(json!({ "ttl": 10, "description": "test" })), 201).await;
    tour.stage.control.advance(11_000).await.unwrap();
    tour.call("GET", &at("/lease"), None, 404).await;
    tour.call("PATCH", &at("/metadata"), Some(json!({ "metadata": { "a": "1", "owner": "" } })), 204).await;
    assert_eq!(tour.call("GET", &at("/metadata"), None, 200).await, json!({ "a": "1" }));
    tour.call("POST", &at("/metadata/b"), Some(json!({ "value": "2" })), 204).await;
    tour.call("GET", &at("/metadata/b"), None, 200).await;
    tour.call("DELETE", &at("/metadata/b"), None, 204).await;
    tour.call("GET", &at("/metadata/b"), None, 404).await;
    tour.call("POST", &at("/signal"), Some(json!({ "signal": "SIGUSR1" })), 200).await;
    tour.call("POST", &at("/cordon"), None, 200).await;
    tour.call("POST", &at("/uncordon"), None, 200).await;
    tour.call("GET", &at("/versions"), None, 200).await;
    let update =
        json!({ "config": new_machine("m-1", Some(&volume))["config"], "current_version": shown["instance_id"] });
    tour.call("POST", &at(""), Some(update.clone()), 200).await;
    tour.call("POST", &at(""), Some(update), 409).await;
    tour.call("GET", &at("/wait?state=started&timeout=5"), None, 200).await;
    tour.call("POST", &at("/restart"), None, 200).await;
    tour.call("GET", &at("/wait?state=started&timeout=5"), None, 200).await;
    tour.call("POST", &at("/stop"), Some(json!({ "signal": "SIGTERM", "timeout": "5s" })), 200).await;
    tour.call("GET", &at("/wait?state=stopped&timeout=5"), None, 200).await;
    tour.call("POST", &at("/start"), None, 200).await;
    tour.call("GET", &at("/wait?state=started&timeout=5"), None, 200).await;
    tour.call("POST", &at("/suspend"), None, 200).await;
    tour.call("GET", &at("/events?limit=5"), None, 200).await;
    tour.call("GET", &at("/wait?state=started&timeout=0"), None, 408).await;
    tour.call("GET", &at("/wait?state=created"), None, 400).await;
    tour.call("DELETE", &at("?force=true"), None, 200).await;
    tour.call("GET", &at("/wait?state=destroyed&timeout=5"), None, 200).await;
    tour.call("GET", &of_machine("00000000000000", ""), None, 404).await;
    tour.end();
}

#[tokio::test]
async fn volumes_are_shown_as_described() {
    let mut tour = tour().await;
    let new = json!({
        "name": "session", "region": "iad", "size_gb": 1, "require_unique_zone": false, "encrypted": true, "fstype": "ext4",
        "auto_backup_enabled": false, "snapshot_retention": 1, "compute_image": "registry.fly.io/workers:1",
        "compute": { "cpu_kind": "shared", "cpus": 1, "memory_mb": 512 },
    });
    let made = tour.call("POST", &of_app("/volumes"), Some(new), 200).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let at = |rest: &str| of_volume(&id, rest);
    tour.call("GET", &at(""), None, 200).await;
    tour.call("GET", &of_app("/volumes"), None, 200).await;
    tour.call("GET", "/v1/orgs/personal/volumes", None, 200).await;
    tour.call("PUT", &at(""), Some(json!({ "snapshot_retention": 2, "auto_backup_enabled": true })), 200).await;
    tour.call("PUT", &at("/extend"), Some(json!({ "size_gb": 2 })), 200).await;
    tour.call("PUT", &at("/extend"), Some(json!({ "size_gb": 1 })), 400).await;
    tour.call("POST", &at("/snapshots"), None, 200).await;
    let snapshots = tour.call("GET", &at("/snapshots"), None, 200).await;
    let fork = json!({ "name": "copy", "region": "iad", "size_gb": 2, "snapshot_id": snapshots[0]["id"] });
    tour.call("POST", &of_app("/volumes"), Some(fork), 200).await;
    tour.call("DELETE", &at(""), None, 200).await;
    tour.call("GET", &of_volume("vol_0000000000000000", ""), None, 404).await;
    tour.call("POST", &of_app("/volumes"), Some(json!({ "name": "Not fit", "region": "iad" })), 400).await;
    tour.end();
}

#[tokio::test]
async fn the_platform_and_every_named_refusal_are_as_described() {
    let mut tour = tour().await;
    tour.call("GET", "/v1/platform/regions", None, 200).await;
    tour.call("POST", "/v1/platform/placements", Some(json!({ "org_slug": "personal", "count": 1 })), 200).await;
    let named = [
        (Named::NoCapacity, 400),
        (Named::RegionFull, 409),
        (Named::HostShort, 409),
        (Named::VolumeHostFull, 412),
        (Named::NoCandidate, 422),
        (Named::QuotaReached, 403),
        (Named::MachineLimit, 422),
        (Named::NotSettled, 412),
        (Named::TooMany, 429),
        (Named::Unauthorized, 401),
    ];
    for (named, status) in named {
        tour.stage.control.fail_once(Action::MachineList, Fault::Named(named)).await.unwrap();
        tour.call("GET", &of_app("/machines"), None, status).await;
    }
    tour.end();
}

#[tokio::test]
async fn policies_and_logs_are_as_fly_s_pages_and_client_have_them() {
    let mut tour = tour().await;
    let path = of_app("/network_policies");
    let rules = json!([{ "action": "allow", "direction": "egress", "ports": [{ "protocol": "tcp", "port": 443 }] }]);
    let new = json!({ "name": "out", "selector": { "all": true }, "rules": rules });
    let made = tour.call("POST", &path, Some(new.clone()), 200).await;
    let id = made["id"].as_str().unwrap();
    let listed = tour.call("GET", &format!("{path}/"), None, 200).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["rules"]), (1, &rules));
    let again = json!({ "name": "out", "id": id, "selector": { "all": true }, "rules": [] });
    tour.call("POST", &path, Some(again), 200).await;
    assert_eq!(tour.call("GET", &path, None, 200).await[0]["rules"], json!([]));
    tour.call("DELETE", &format!("{path}/{id}"), None, 204).await;
    assert_eq!(tour.call("GET", &path, None, 200).await, json!([]));
    let denied =
        json!({ "name": "out", "selector": { "all": true }, "rules": [{ "action": "deny", "direction": "egress" }] });
    tour.call("POST", &path, Some(denied), 400).await;
    let logs = tour.call("GET", &format!("/api/v1/apps/{APP}/logs?instance=00000000000000"), None, 200).await;
    assert_eq!(logs, json!({ "data": [], "meta": { "next_token": "0" } }));
    tour.end();
}
