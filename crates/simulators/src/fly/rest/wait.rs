use super::{Answer, Call, Refusal};
use crate::fly::{
    hub::Hub,
    world::{Machine, World},
};
use serde_json::json;

/// Seconds that a wait may take at most, which is also what it takes where nothing is said.
const SECONDS_MAX: u64 = 60;
/// States that can be waited for.
const STATES: [&str; 6] = ["started", "stopped", "suspended", "destroyed", "failed", "settled"];

enum Seen {
    Reached(Answer),
    Gone,
}

/// Answers when the machine is in one of the states, or with 408.
pub async fn wait(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let wanted: Vec<String> = call
        .query
        .iter()
        .filter(|(name, value)| name == "state" && !value.is_empty())
        .flat_map(|(_, value)| value.split(',').map(str::to_owned))
        .collect();
    let wanted = if wanted.is_empty() { vec!["started".to_owned()] } else { wanted };
    if let Some(unknown) = wanted.iter().find(|it| !STATES.contains(&it.as_str())) {
        return Err(Refusal::bad_request(format!("invalid_argument: unsupported state '{unknown}'")));
    }
    let seconds = call.query("timeout").map(seconds).transpose()?.unwrap_or(SECONDS_MAX);
    if seconds > SECONDS_MAX {
        return Err(Refusal::bad_request(format!("invalid_argument: timeout must be at most {SECONDS_MAX} seconds")));
    }
    call.machine(&hub.read())?;
    let look = |world: &World, _now| match call.machine(world) {
        Ok(machine) => reached(machine, call, &wanted).map(Seen::Reached),
        Err(_) => Some(Seen::Gone),
    };
    match hub.until(hub.now_ms().saturating_add(seconds * 1000), look).await {
        Some(Seen::Reached(answer)) => Ok(answer),
        Some(Seen::Gone) => Err(Refusal::not_found("machine")),
        None => {
            let currently = call.machine(&hub.read())?.state.as_str();
            let wanted = wanted.join(", ");
            let words = format!("machine failed to reach desired state, {wanted}, currently {currently}");
            Err(Refusal::new(408, format!("deadline_exceeded: {words}")))
        }
    }
}

/// `10` or `10s`.
fn seconds(text: &str) -> Result<u64, Refusal> {
    text.trim_end_matches('s').parse().map_err(|_| Refusal::bad_request("invalid timeout"))
}

fn reached(machine: &Machine, call: &Call, wanted: &[String]) -> Option<Answer> {
    // `instance_id` is the older name.
    let version = call.query("version").or(call.query("instance_id"));
    if version.is_some_and(|version| version != machine.version) {
        return None;
    }
    let state = machine.state.as_str();
    let settled = matches!(state, "started" | "stopped" | "suspended" | "failed" | "destroyed");
    if !wanted.iter().any(|it| it == state || (it == "settled" && settled)) {
        return None;
    }
    let newest = machine.events.last()?;
    // Ids of events sort by their time.
    if call.query("from_event_id").is_some_and(|from| newest.id.as_str() <= from) {
        return None;
    }
    Some(Answer::ok(json!({ "ok": true, "state": state, "version": machine.version, "event_id": newest.id })))
}
