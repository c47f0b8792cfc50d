//! What is so, as the API shows it.

use crate::fly::world::{App, Event, HostStatus, Lease, Machine, Snapshot, State, Volume, VolumeState, World};
use serde_json::{Value, json};

/// Milliseconds as Fly writes moments.
pub fn moment(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

pub fn app(app: &App, org: &str, world: &World) -> Value {
    let machines = world.machines.values().filter(|it| it.app == app.name && !it.state.is_going()).count();
    let volumes = world.volumes.values().filter(|it| it.app == app.name && it.deleted_at_ms.is_none()).count();
    json!({
        "id": format!("app{:013}", app.number),
        "internal_numeric_id": app.number,
        "name": app.name,
        "network": app.network,
        "status": if machines == 0 { "pending" } else { "deployed" },
        "organization": { "name": org, "slug": org },
        "machine_count": machines,
        "volume_count": volumes,
    })
}

/// A machine, with the state that is to be shown.
pub fn machine(world: &World, machine: &Machine, state: State) -> Value {
    let status = world.host_status(&machine.host);
    let mut shown = summary(machine, state);
    shown["host_status"] = status.as_str().into();
    shown["image_ref"] = image(&machine.settings().image);
    shown["events"] = machine.events.iter().rev().map(event).collect();
    // What a host that is not reached was told last is all that is known.
    shown[if status == HostStatus::Ok { "config" } else { "incomplete_config" }] = machine.config.clone();
    shown
}

/// A machine in a list that was asked for a summary.
pub fn summary(machine: &Machine, state: State) -> Value {
    json!({
        "id": machine.id,
        "name": machine.name,
        "state": state.as_str(),
        "region": machine.region,
        "instance_id": machine.version,
        "private_ip": private_ip(&machine.id),
        "created_at": moment(machine.created_at_ms),
        "updated_at": moment(machine.updated_at_ms),
    })
}

/// A machine in the list of an organisation.
pub fn org_machine(machine: &Machine, state: State) -> Value {
    let settings = machine.settings();
    let guest = json!({
        "cpu_kind": settings.guest.cpu_kind, "cpus": settings.guest.cpus, "memory_mb": settings.guest.memory_mb,
    });
    let mut shown = summary(machine, state);
    shown["app_name"] = machine.app.clone().into();
    shown["version"] = machine.version.clone().into();
    shown["config"] = json!({ "image": settings.image, "metadata": settings.metadata, "guest": guest });
    shown
}

pub fn event(event: &Event) -> Value {
    let mut shown = json!({
        "id": event.id,
        "type": event.kind,
        "status": event.status.as_str(),
        "source": event.source,
        "timestamp": event.at_ms,
    });
    if let Some(request) = &event.request {
        shown["request"] = request.clone();
    }
    shown
}

/// Not flat, as the description has it, but as Fly's own client reads it.
pub fn lease(lease: &Lease) -> Value {
    json!({
        "status": "success",
        "data": {
            "nonce": lease.nonce,
            "description": lease.description,
            "owner": lease.owner,
            "expires_at": lease.expires_at_ms / 1000,
            "version": lease.version,
        },
    })
}

/// A volume, with the state that is to be shown.
pub fn volume(world: &World, volume: &Volume, state: VolumeState) -> Value {
    /// Bytes of a block.
    const BLOCK: u64 = 4096;
    let bytes = u64::from(volume.size_gb) << 30;
    let mut shown = json!({
        "id": volume.id,
        "name": volume.name,
        "state": state.as_str(),
        "region": volume.region,
        "zone": zone(&volume.host),
        "size_gb": volume.size_gb,
        "encrypted": volume.encrypted,
        "fstype": volume.fstype,
        "type": "local",
        "host_status": world.host_status(&volume.host).as_str(),
        "created_at": moment(volume.created_at_ms),
        "auto_backup_enabled": volume.auto_backup_enabled,
        "snapshot_retention": volume.snapshot_retention,
        "block_size": BLOCK,
        "blocks": bytes / BLOCK,
        "blocks_free": bytes / BLOCK,
        "blocks_avail": bytes / BLOCK,
        "bytes_total": bytes,
        "bytes_used": 0,
    });
    if let Some(machine) = &volume.attached_machine {
        shown["attached_machine_id"] = machine.clone().into();
    }
    shown
}

pub fn snapshot(snapshot: &Snapshot) -> Value {
    json!({
        "id": snapshot.id,
        "created_at": moment(snapshot.created_at_ms),
        "digest": snapshot.id,
        "retention_days": snapshot.retention_days,
        "size": 0,
        "status": "created",
        "volume_size": u64::from(snapshot.volume_size_gb) << 30,
    })
}

/// Four hexadecimal digits for a host: hardware zones are shown, hosts are not.
fn zone(host: &str) -> String {
    let sum = host.bytes().fold(0_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    format!("{sum:04x}")
}

fn private_ip(machine: &str) -> String {
    let part = |from: usize| machine.get(from..from + 4).unwrap_or("0");
    format!("fdaa:0:1:a7b:{}:{}:{}:2", part(0), part(4), part(8))
}

fn image(image: &str) -> Value {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (name, "latest"),
    };
    let (registry, repository) = match name.split_once('/') {
        Some((registry, rest)) if registry.contains(['.', ':']) => (registry, rest.to_owned()),
        Some(_) => ("registry-1.docker.io", name.to_owned()),
        None => ("registry-1.docker.io", format!("library/{name}")),
    };
    json!({ "registry": registry, "repository": repository, "tag": tag, "digest": digest })
}
