use super::{
    Answer, Call, Refusal,
    machines::{may_change, no_foreign_lease},
    views,
};
use crate::fly::{hub::Hub, ids, world::Lease};
use serde::Deserialize;
use serde_json::json;

/// The header in which whoever has the lease shows it.
pub const NONCE: &str = "fly-machine-lease-nonce";
/// Seconds that a lease holds where nothing is said, as in Fly's client.
const SECONDS: u64 = 120;
/// Who has a lease: the token's user on Fly.
const OWNER: &str = "sim@example.com";

#[derive(Deserialize)]
struct NewLease {
    ttl: Option<u64>,
    #[serde(default)]
    description: String,
}

pub fn fresh(hub: &Hub, description: &str, version: &str, now: u64, seconds: u64) -> Lease {
    Lease {
        nonce: ids::plain(hub.environment())[..12].to_owned(),
        description: description.into(),
        owner: OWNER.into(),
        expires_at_ms: now.saturating_add(seconds.saturating_mul(1000)),
        version: version.into(),
    }
}

pub fn get(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let (world, now) = (hub.read(), hub.now_ms());
    let machine = call.machine(&world)?;
    let lease = machine.held(now).ok_or_else(|| Refusal::not_found("lease"))?;
    Ok(Answer::ok(views::lease(lease)))
}

/// Takes the lease, or makes one that is held last longer.
pub fn create(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: NewLease = call.input()?;
    let seconds = call.number("ttl")?.or(new.ttl).unwrap_or(SECONDS);
    hub.change(|world, now| {
        may_change(call, world, now)?;
        let machine = call.machine_mut(world)?;
        let mut lease = fresh(hub, &new.description, &machine.version, now, seconds);
        if let Some(held) = machine.held(now) {
            lease.nonce.clone_from(&held.nonce);
        }
        let answer = Answer::json(201, views::lease(&lease));
        machine.lease = Some(lease);
        Ok(answer)
    })
}

pub fn release(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    hub.change(|world, now| {
        let machine = call.machine_mut(world)?;
        if machine.held(now).is_none() {
            return Err(Refusal::not_found("lease"));
        }
        no_foreign_lease(call, machine, now)?;
        machine.lease = None;
        Ok(Answer::ok(json!({ "ok": true })))
    })
}
