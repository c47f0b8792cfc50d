use super::{Answer, Call, Refusal, views};
use crate::fly::{
    audit::What,
    hub::Hub,
    ids,
    life::{Then, end_later, take_over},
    rest::volumes::erase,
    world::{App, State},
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Characters of an app's name: "under 63", says Fly's validation.
const NAME_MAX: usize = 62;

#[derive(Deserialize)]
struct NewApp {
    /// As Fly's client sends it.
    name: Option<String>,
    /// As Fly's pages say.
    app_name: Option<String>,
    #[serde(default)]
    org_slug: String,
    #[serde(default)]
    network: String,
}

pub fn list(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let org = call.query("org_slug").unwrap_or_default();
    if org != hub.options().org {
        return Err(Refusal::not_found("organization"));
    }
    let world = hub.read();
    let apps: Vec<_> = world.apps.values().map(|app| views::app(app, org, &world)).collect();
    Ok(Answer::ok(json!({ "total_apps": apps.len(), "apps": apps })))
}

pub fn create(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: NewApp = call.input()?;
    let name = new.name.or(new.app_name).unwrap_or_default();
    let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(is_fit) {
        let words = "Validation failed: Name must be under 63 characters and only contain numbers, lowercase letters and \
                     dashes";
        return Err(Refusal::new(422, words));
    }
    if new.org_slug != hub.options().org {
        return Err(Refusal::not_found("organization"));
    }
    hub.change(|world, now| {
        if world.apps.contains_key(&name) || world.foreign_apps.contains(&name) {
            let taken = Refusal::new(422, "Validation failed: Name has already been taken");
            return Err(taken.with_status("name_taken"));
        }
        let number = world.number();
        let network = if new.network.is_empty() { "default".to_owned() } else { new.network };
        world.apps.insert(name.clone(), App { name: name.clone(), number, network, policies: BTreeMap::new() });
        world.happened(now, What::AppCreated { app: name.clone() });
        Ok(Answer::json(201, json!({ "id": format!("app{number:013}"), "created_at": now })))
    })
}

pub fn get(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    if world.foreign_apps.contains(&call.app) {
        return Err(Refusal::new(403, "unauthorized"));
    }
    let app = world.apps.get(&call.app).ok_or_else(|| Refusal::not_found("app"))?;
    Ok(Answer::ok(views::app(app, &hub.options().org, &world)))
}

/// With everything in it: machines first, then the volumes that they had.
pub async fn delete(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let ending = hub.change(|world, now| {
        call.app_exists(world)?;
        let machines = || world.machines.values().filter(|it| it.app == call.app && !it.state.is_going());
        // That it is refused is a guess; `force` is documented to stop machines first.
        if !call.is_on("force") && machines().any(|it| it.state == State::Started) {
            return Err(Refusal::precondition("app has running machines, use force to stop them"));
        }
        let mut ending = Vec::new();
        for machine in world.machines.values_mut().filter(|it| it.app == call.app && !it.state.is_going()) {
            let id = ids::ulid(hub.environment(), now);
            machine.moves(now, id, "destroy", State::Destroying, "user");
            ending.push((machine.id.clone(), take_over(machine)));
        }
        world.apps.remove(&call.app);
        world.happened(now, What::AppDeleted { app: call.app.clone() });
        Ok(ending)
    })?;
    for (id, life) in ending {
        end_later(hub, &id, life, Then::Destroyed, hub.now_ms().saturating_add(hub.timings().destroy_ms));
    }
    let (later, app) = (hub.clone(), call.app.clone());
    hub.spawn(async move {
        let volumes: Vec<String> =
            later.read().volumes.values().filter(|it| it.app == app).map(|it| it.id.clone()).collect();
        for volume in volumes {
            let free = |world: &crate::fly::world::World, _now| {
                world.volumes.get(&volume).is_none_or(|it| it.attached_machine.is_none()).then_some(())
            };
            later.until(u64::MAX, free).await;
            erase(&later, &volume).await;
        }
    });
    Ok(Answer::empty(202))
}

/// A token that is let in nowhere: the stand-in knows one.
pub fn deploy_token(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    call.app_exists(&hub.read())?;
    Ok(Answer::ok(json!({ "token": format!("FlyV1 fm2_{}", ids::plain(hub.environment())) })))
}
