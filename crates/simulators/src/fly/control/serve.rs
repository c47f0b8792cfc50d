//! The HTTP side of the control interface.

use super::{Command, hosts, snapshot};
use crate::fly::{
    audit,
    hub::Hub,
    ids,
    life::{Then, end_by_itself, end_later, start_later, take_over},
    rest::{Refusal, erase},
    runner::Exit,
    world::State,
};
use axum::{
    Json, Router,
    extract::State as Extract,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::json;

pub fn routes(hub: &Hub) -> Router {
    Router::new()
        .route("/_sim/commands", post(command))
        .route("/_sim/truth", get(|Extract(hub): Extract<Hub>| async move { Json(snapshot::truth(&hub)) }))
        .route("/_sim/audit", get(|Extract(hub): Extract<Hub>| async move { Json(hub.read().audit.clone()) }))
        .route("/_sim/calls", get(|Extract(hub): Extract<Hub>| async move { Json(hub.calls().clone()) }))
        .route("/_sim/violations", get(violations))
        .with_state(hub.clone())
}

async fn violations(Extract(hub): Extract<Hub>) -> Response {
    Json(audit::violations(&hub.read().audit)).into_response()
}

async fn command(Extract(hub): Extract<Hub>, Json(command): Json<Command>) -> Response {
    match obey(&hub, command).await {
        Ok(()) => Json(json!({})).into_response(),
        Err(refusal) => (StatusCode::BAD_REQUEST, Json(json!({ "message": refusal.words() }))).into_response(),
    }
}

/// Carries a command out.
async fn obey(hub: &Hub, command: Command) -> Result<(), Refusal> {
    match command {
        Command::Advance { millis } => hub.clock().advance(millis),
        Command::SetTimings(timings) => hub.set_timings(timings),
        Command::SetRateLimits { hold } => hub.limits().hold = hold,
        Command::AddRule(rule) => hub.faults().add(rule),
        Command::ClearRules => hub.faults().clear(),
        Command::Outage { status } => hub.faults().outage = Some(status),
        Command::TakeAppName { app } => hub.change(|world, _| world.foreign_apps.push(app)),
        Command::LoseHost { of, programs_end } => hosts::lose(hub, &of, programs_end).await?,
        Command::ReturnHost { of } => hosts::give_back(hub, &of)?,
        Command::FillHost { of, full } => hosts::fill(hub, &of, full)?,
        Command::Unstick { machine } => unstick(hub, &machine)?,
        Command::EndProgram { machine, exit_code, oom_killed } => {
            end_by_itself(hub, &machine, Exit { code: exit_code, oom_killed }).await?;
        }
        Command::DestroyMachine { machine } => end(hub, &machine, "destroy", State::Destroying, Then::Destroyed)?,
        Command::RestartMachine { machine } => end(hub, &machine, "restart", State::Stopping, Then::Restarted)?,
        Command::MigrateMachine { machine } => migrate(hub, &machine)?,
        Command::DeleteVolume { volume } => delete_volume(hub, &volume).await?,
    }
    Ok(())
}

fn unstick(hub: &Hub, id: &str) -> Result<(), Refusal> {
    let life = hub.change(|world, _| {
        let stuck = world.machines.get_mut(id).filter(|it| it.stuck && it.state == State::Created);
        let machine = stuck.ok_or_else(|| Refusal::not_found("stuck machine"))?;
        machine.stuck = false;
        Ok::<_, Refusal>(take_over(machine))
    })?;
    start_later(hub, id, life, hub.now_ms());
    Ok(())
}

fn end(hub: &Hub, id: &str, kind: &str, state: State, then: Then) -> Result<(), Refusal> {
    let life = hub.change(|world, now| {
        let there = world.machines.get_mut(id).filter(|it| !it.state.is_going());
        let machine = there.ok_or_else(|| Refusal::not_found("machine"))?;
        machine.moves(now, ids::ulid(hub.environment(), now), kind, state, "flyd");
        Ok::<_, Refusal>(take_over(machine))
    })?;
    end_later(hub, id, life, then, hub.now_ms());
    Ok(())
}

fn migrate(hub: &Hub, id: &str) -> Result<(), Refusal> {
    let host = hub.change(|world, _| {
        let region = world.machines.get(id).map(|it| it.region.clone()).ok_or_else(|| Refusal::not_found("machine"))?;
        Ok::<_, Refusal>(world.next_host(&region, hub.options().hosts_per_region))
    })?;
    end(hub, id, "migrate", State::Stopping, Then::Moved(host))
}

async fn delete_volume(hub: &Hub, id: &str) -> Result<(), Refusal> {
    let bound = hub.read().volumes.get(id).map(|it| it.attached_machine.is_some());
    match bound {
        None => Err(Refusal::not_found("volume")),
        Some(true) => Err(Refusal::precondition("volume is currently bound to a machine")),
        Some(false) => {
            erase(hub, id).await;
            Ok(())
        }
    }
}
