//! Volumes and machines as the backend shows them.

use super::Public;
use crate::http::{ApiError, public::Scope};
use axum::{Json, extract::State, http::HeaderMap};
use machines::{Error, Isolation, Machine, MachineState, Volume};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A volume, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VolumeRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) workflow: String,
    pub(crate) created_at_ms: u64,
}

/// A machine, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MachineRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) workflow: String,
    pub(crate) run: u32,
    pub(crate) volume_id: String,
    pub(crate) state: MachineState,
    pub(crate) isolation: Isolation,
    pub(crate) created_at_ms: u64,
}

/// `GET /volumes`
pub(super) async fn volumes(State(public): State<Public>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let volumes = public.machines.volumes(&public.deployment).await.map_err(unreachable)?;
    let row = |Volume { id, name, labels, created_at_ms, .. }| VolumeRow {
        id,
        name,
        workflow: labels.workflow,
        created_at_ms,
    };
    Ok(Json(json!({"volumes": volumes.into_iter().map(row).collect::<Vec<_>>()})))
}

/// `GET /machines`
pub(super) async fn machines(State(public): State<Public>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let machines = public.machines.machines(&public.deployment).await.map_err(unreachable)?;
    let isolation = public.machines.isolation();
    let row = |Machine { id, name, labels, volume_id, state, created_at_ms }| MachineRow {
        id,
        name,
        workflow: labels.workflow,
        run: labels.run,
        volume_id,
        state,
        isolation,
        created_at_ms,
    };
    Ok(Json(json!({"machines": machines.into_iter().map(row).collect::<Vec<_>>()})))
}

fn unreachable(error: Error) -> ApiError {
    crate::seams::Error::Failed(error.to_string()).into()
}
