//! Metadata changes without a new version of the machine, and leases do not guard it.

use super::{Answer, Call, Refusal};
use crate::fly::hub::Hub;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Update {
    #[serde(default)]
    metadata: BTreeMap<String, Option<String>>,
    #[serde(default)]
    machine_version: String,
}

#[derive(Deserialize)]
struct NewValue {
    value: String,
}

pub fn get(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    Ok(Answer::ok(json!(call.machine(&world)?.settings().metadata)))
}

pub fn get_key(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    let metadata = call.machine(&world)?.settings().metadata;
    let value = metadata.get(&call.key).ok_or_else(|| Refusal::not_found("metadata key"))?;
    Ok(Answer::ok(json!({ "value": value })))
}

/// Merges; nothing and an empty string remove.
pub fn update(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: Update = call.input()?;
    write(hub, call, &new.machine_version, new.metadata)
}

pub fn set_key(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: NewValue = call.input()?;
    write(hub, call, "", BTreeMap::from([(call.key.clone(), Some(new.value))]))
}

pub fn delete_key(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    write(hub, call, "", BTreeMap::from([(call.key.clone(), None)]))
}

fn write(hub: &Hub, call: &Call, version: &str, values: BTreeMap<String, Option<String>>) -> Result<Answer, Refusal> {
    hub.change(|world, _| {
        let machine = call.machine_mut(world)?;
        if !version.is_empty() && version != machine.version {
            return Err(Refusal::precondition("machine version is stale"));
        }
        if !machine.config["metadata"].is_object() {
            machine.config["metadata"] = Value::Object(Map::new());
        }
        if let Some(metadata) = machine.config["metadata"].as_object_mut() {
            for (key, value) in values {
                match value.filter(|value| !value.is_empty()) {
                    Some(value) => metadata.insert(key, value.into()),
                    None => metadata.remove(&key),
                };
            }
        }
        Ok(Answer::empty(204))
    })
}
