//! Network policies. They are documented on a page and not in the description; what a list answers is a guess.

use super::{Answer, Call, Refusal};
use crate::fly::{hub::Hub, ids};
use serde_json::{Value, json};

pub fn list(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    call.app_exists(&world)?;
    let policies: Vec<&Value> = world.apps.get(&call.app).into_iter().flat_map(|app| app.policies.values()).collect();
    Ok(Answer::ok(json!(policies)))
}

/// Makes a policy, or changes the one whose id it names. One is kept as it was given: the stand-in has no network.
pub fn put(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let mut policy: Value = call.input()?;
    let rules = policy["rules"].as_array().map_or(&[][..], Vec::as_slice);
    let is_fit =
        |rule: &Value| rule["action"] == "allow" && (rule["direction"] == "egress" || rule["direction"] == "ingress");
    if policy["name"].as_str().is_none_or(str::is_empty) || !policy["selector"].is_object() || !rules.iter().all(is_fit)
    {
        return Err(Refusal::bad_request("invalid network policy"));
    }
    let id = match policy["id"].as_str() {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => ids::plain(hub.environment()),
    };
    policy["id"] = id.clone().into();
    hub.change(|world, _| {
        let app = world.apps.get_mut(&call.app).ok_or_else(|| Refusal::not_found("app"))?;
        app.policies.insert(id, policy.clone());
        Ok(Answer::ok(policy))
    })
}

pub fn delete(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    hub.change(|world, _| {
        let app = world.apps.get_mut(&call.app).ok_or_else(|| Refusal::not_found("app"))?;
        app.policies.remove(&call.id).ok_or_else(|| Refusal::not_found("network policy"))?;
        Ok(Answer::empty(204))
    })
}
