use super::{Answer, Call, Refusal, views};
use crate::fly::{
    audit::What,
    hub::Hub,
    ids,
    runner::VolumeOrder,
    world::{HostStatus, Snapshot, Volume, VolumeState, World},
};
use serde::Deserialize;
use serde_json::json;

/// Gigabytes where nothing is said, and at most.
const SIZE_GB: (u32, u32) = (3, 500);
/// Days that snapshots are kept where nothing is said.
const RETENTION_DAYS: u32 = 5;
/// Characters of a name: not in Fly's description, but every client keeps to it.
const NAME_MAX: usize = 30;

#[derive(Deserialize)]
struct NewVolume {
    #[serde(default)]
    name: String,
    #[serde(default)]
    region: String,
    size_gb: Option<u32>,
    encrypted: Option<bool>,
    fstype: Option<String>,
    snapshot_retention: Option<u32>,
    auto_backup_enabled: Option<bool>,
    #[serde(default)]
    source_volume_id: String,
    #[serde(default)]
    snapshot_id: String,
}

#[derive(Deserialize)]
struct Change {
    snapshot_retention: Option<u32>,
    auto_backup_enabled: Option<bool>,
}

#[derive(Deserialize)]
struct NewSize {
    size_gb: u32,
}

pub fn list(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let (world, at) = (hub.read(), call.shown_at(hub));
    call.app_exists(&world)?;
    let shown = listed(&world, at, &|volume| volume.app == call.app);
    Ok(Answer::ok(shown.into_iter().map(|(volume, state)| views::volume(&world, volume, state)).collect()))
}

/// The volumes that a list shows which lags until `at`: one that was deleted since is still `created` there.
pub fn listed<'a>(world: &'a World, at: u64, among: &dyn Fn(&Volume) -> bool) -> Vec<(&'a Volume, VolumeState)> {
    let then = |volume: &'a Volume| match volume.deleted_at_ms {
        _ if volume.created_at_ms > at || volume.state == VolumeState::Creating => None,
        Some(deleted) if deleted <= at => None,
        Some(_) => Some((volume, VolumeState::Created)),
        None => Some((volume, volume.state)),
    };
    world.volumes.values().filter(|volume| among(volume)).filter_map(then).collect()
}

/// Names are groups: the same one again is another volume.
pub async fn create(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: NewVolume = call.input()?;
    let id = hub.change(|world, now| {
        call.app_exists(world)?;
        let volume = fresh(hub, world, call, &new, now)?;
        let id = volume.id.clone();
        world.volumes.insert(id.clone(), volume);
        Ok::<_, Refusal>(id)
    })?;
    let order = VolumeOrder { name: id.clone(), app: call.app.clone(), size_gb: new.size_gb.unwrap_or(SIZE_GB.0) };
    let run = match &hub.options().runner {
        None => Ok(None),
        Some(runner) => runner.create_volume(&order).await.map(Some),
    };
    hub.change(|world, now| {
        let run = run.map_err(|why| {
            world.volumes.remove(&id);
            Refusal::new(500, why)
        })?;
        let volume = world.volumes.get_mut(&id).ok_or_else(|| Refusal::not_found("volume"))?;
        (volume.run, volume.state, volume.updated_at_ms) = (run, VolumeState::Created, now);
        let (name, app) = (volume.name.clone(), volume.app.clone());
        world.happened(now, What::VolumeCreated { volume: id.clone(), name, app });
        Ok(Answer::ok(views::volume(world, &world.volumes[&id], VolumeState::Created)))
    })
}

fn fresh(hub: &Hub, world: &mut World, call: &Call, new: &NewVolume, now: u64) -> Result<Volume, Refusal> {
    let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if new.name.is_empty() || new.name.len() > NAME_MAX || !new.name.bytes().all(is_fit) {
        return Err(Refusal::bad_request("invalid volume name"));
    }
    let size_gb = new.size_gb.unwrap_or(SIZE_GB.0);
    if !(1..=SIZE_GB.1).contains(&size_gb) {
        return Err(Refusal::bad_request("invalid volume size"));
    }
    if !new.source_volume_id.is_empty() || !new.snapshot_id.is_empty() {
        check_source(hub, world, call, new)?;
    }
    let region = if new.region.is_empty() { hub.options().regions.first() } else { Some(&new.region) };
    let region = region.filter(|it| hub.options().regions.contains(it)).cloned();
    let region = region.ok_or_else(|| Refusal::bad_request(format!("region {} not found", new.region)))?;
    Ok(Volume {
        id: ids::volume(hub.environment()),
        name: new.name.clone(),
        app: call.app.clone(),
        host: world.next_host(&region, hub.options().hosts_per_region),
        region,
        state: VolumeState::Creating,
        size_gb,
        encrypted: new.encrypted.unwrap_or(true),
        fstype: new.fstype.clone().unwrap_or_else(|| "ext4".into()),
        auto_backup_enabled: new.auto_backup_enabled.unwrap_or(true),
        snapshot_retention: new.snapshot_retention.unwrap_or(RETENTION_DAYS),
        created_at_ms: now,
        updated_at_ms: now,
        deleted_at_ms: None,
        attached_machine: None,
        lingering_claim: None,
        run: None,
        snapshots: Vec::new(),
    })
}

/// A fork or a restored snapshot. The stand-in holds no data of its own, so with programs that really run it refuses
/// rather than to give an empty volume.
fn check_source(hub: &Hub, world: &World, call: &Call, new: &NewVolume) -> Result<(), Refusal> {
    if hub.options().runner.is_some() {
        return Err(Refusal::new(422, "this stand-in cannot copy a volume's data"));
    }
    let mut of_app = world.volumes.values().filter(|it| it.app == call.app);
    let source = of_app.find(|it| {
        it.id == new.source_volume_id && it.is_there() || it.snapshots.iter().any(|it| it.id == new.snapshot_id)
    });
    let source = source.ok_or_else(|| Refusal::bad_request("volume not found"))?;
    let is_fork = !new.source_volume_id.is_empty();
    if is_fork && world.host_status(&source.host) != HostStatus::Ok {
        return Err(Refusal::unreachable());
    }
    if new.size_gb.is_some_and(|size| size < source.size_gb) {
        return Err(Refusal::bad_request("volume size must be at least that of its source"));
    }
    Ok(())
}

pub fn get(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    let volume = of_call(&world, call)?;
    Ok(Answer::ok(views::volume(&world, volume, volume.state)))
}

pub fn of_call<'a>(world: &'a World, call: &Call) -> Result<&'a Volume, Refusal> {
    call.app_exists(world)?;
    let volume = world.volumes.get(&call.id).filter(|volume| volume.app == call.app);
    volume.ok_or_else(|| Refusal::not_found("volume"))
}

fn change<T>(
    hub: &Hub,
    call: &Call,
    change: impl FnOnce(&mut Volume, u64) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    hub.change(|world, now| {
        of_call(world, call)?;
        let volume = world.volumes.get_mut(&call.id).ok_or_else(|| Refusal::not_found("volume"))?;
        volume.updated_at_ms = now;
        change(volume, now)
    })
}

pub fn update(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: Change = call.input()?;
    change(hub, call, |volume, _| {
        volume.snapshot_retention = new.snapshot_retention.unwrap_or(volume.snapshot_retention);
        volume.auto_backup_enabled = new.auto_backup_enabled.unwrap_or(volume.auto_backup_enabled);
        Ok(())
    })?;
    get(hub, call)
}

/// Volumes grow and never shrink.
pub fn extend(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: NewSize = call.input()?;
    change(hub, call, |volume, _| {
        if !(volume.size_gb..=SIZE_GB.1).contains(&new.size_gb) {
            return Err(Refusal::bad_request("volume can only be extended"));
        }
        volume.size_gb = new.size_gb;
        Ok(())
    })?;
    let shown = get(hub, call)?.body;
    Ok(Answer::ok(json!({ "volume": shown, "needs_restart": false })))
}

pub fn snapshots(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    Ok(Answer::ok(of_call(&world, call)?.snapshots.iter().map(views::snapshot).collect()))
}

pub fn snapshot(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    change(hub, call, |volume, now| {
        let (id, retention_days) = (ids::snapshot(hub.environment()), volume.snapshot_retention);
        volume.snapshots.push(Snapshot { id, created_at_ms: now, volume_size_gb: volume.size_gb, retention_days });
        Ok(())
    })?;
    Ok(Answer::done())
}

/// Refused while a machine has it. Afterwards it is found by its id for a day, in `pending_destroy`, and lost all the same.
pub async fn delete(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    {
        let world = hub.read();
        let volume = of_call(&world, call)?;
        if let Some(machine) = &volume.attached_machine {
            return Err(Refusal::precondition(&format!("volume is currently bound to machine: {machine}")));
        }
        // That it waits is documented; that it is answered so is a guess.
        if volume.deleted_at_ms.is_some() {
            return Ok(Answer::ok(views::volume(&world, volume, volume.state)));
        }
    }
    erase(hub, &call.id).await;
    get(hub, call)
}

/// Marks it first, so that no machine can have it any more, then erases what is in it.
pub async fn erase(hub: &Hub, id: &str) {
    let run = hub.change(|world, now| {
        let volume =
            world.volumes.get_mut(id).filter(|it| it.deleted_at_ms.is_none() && it.attached_machine.is_none())?;
        (volume.state, volume.deleted_at_ms, volume.updated_at_ms) = (VolumeState::PendingDestroy, Some(now), now);
        let run = volume.run.take();
        world.happened(now, What::VolumeDeleted { volume: id.to_owned() });
        run
    });
    if let (Some(run), Some(runner)) = (run, &hub.options().runner)
        && let Err(why) = runner.delete_volume(&run).await
    {
        tracing::warn!(volume = id, why, "a volume of the Fly stand-in is deleted, and its data is still there");
    }
}
