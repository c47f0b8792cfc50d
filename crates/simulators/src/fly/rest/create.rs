use super::{Answer, Call, Refusal, lease, views};
use crate::fly::{
    audit::What,
    faults::volume_host_full,
    hub::Hub,
    ids,
    life::start_later,
    world::{Config, HostStatus, Machine, State, World},
};
use serde::Deserialize;
use serde_json::Value;

/// What stands for a machine's id in a claim that names none, as was once seen: as many NUL bytes.
const NAMELESS: &str = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

#[derive(Deserialize)]
pub struct NewMachine {
    #[serde(default)]
    name: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    config: Value,
    #[serde(default)]
    skip_launch: bool,
    lease_ttl: Option<u64>,
}

pub fn create(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: NewMachine = call.input()?;
    let settings = settings(&new.config)?;
    let (answer, start) = hub.change(|world, now| {
        call.app_exists(world)?;
        name_is_free(world, call, &new.name)?;
        let volume = mounted(hub, world, call, &settings, now)?;
        let (region, host) = place(hub, world, &new, volume.as_deref())?;
        let id = ids::machine(hub.environment());
        let name = if new.name.is_empty() { format!("machine-{}", &id[..8]) } else { new.name.clone() };
        let machine = fresh(hub, call, &new, now, [id.clone(), name.clone(), region, host], volume.clone());
        if let Some(volume) = volume.as_ref().and_then(|volume| world.volumes.get_mut(volume)) {
            (volume.attached_machine, volume.updated_at_ms, volume.lingering_claim) = (Some(id.clone()), now, None);
        }
        world.happened(now, What::MachineCreated { machine: id.clone(), name, app: call.app.clone(), volume });
        let mut shown = views::machine(world, &machine, machine.state);
        if let Some(lease) = &machine.lease {
            shown["nonce"] = lease.nonce.clone().into();
        }
        let start = (!machine.parked && !machine.stuck).then_some((id.clone(), machine.life));
        world.machines.insert(id, machine);
        Ok::<_, Refusal>((Answer::ok(shown), start))
    })?;
    if let Some((id, life)) = start {
        start_later(hub, &id, life, hub.now_ms().saturating_add(hub.timings().create_ms));
    }
    Ok(answer)
}

/// What a configuration says, or what is wrong with it.
pub fn settings(config: &Value) -> Result<Config, Refusal> {
    let settings =
        Config::deserialize(config).map_err(|error| Refusal::bad_request(format!("invalid config: {error}")))?;
    if settings.image.is_empty() {
        return Err(Refusal::bad_request("invalid config: image is required"));
    }
    if settings.mounts.len() > 1 {
        return Err(Refusal::bad_request("invalid config.mounts, only one volume can be mounted per machine"));
    }
    Ok(settings)
}

fn name_is_free(world: &World, call: &Call, name: &str) -> Result<(), Refusal> {
    match world.named(&call.app, name) {
        Some(holder) if !name.is_empty() => {
            let id = &holder.id;
            let words = format!("unique machine name violation, machine ID {id} already exists with name \"{name}\"");
            Err(Refusal::new(409, format!("already_exists: {words}")))
        }
        _ => Ok(()),
    }
}

/// The volume that is to be mounted; none is wanted, or a refusal why it cannot be.
fn mounted(hub: &Hub, world: &World, call: &Call, settings: &Config, now: u64) -> Result<Option<String>, Refusal> {
    let Some(mount) = settings.mounts.first() else { return Ok(None) };
    let mut of_app = world.volumes.values().filter(|it| it.app == call.app && it.is_there());
    let volume = if mount.volume.is_empty() {
        of_app.find(|it| it.name == mount.name && it.claimed_by(now).is_none())
    } else {
        of_app.find(|it| it.id == mount.volume)
    };
    // One that is deleted is found by its id and not here.
    let volume = volume.ok_or_else(|| Refusal::bad_request("volume not found"))?;
    if let Some(holder) = volume.claimed_by(now) {
        let nameless = volume.attached_machine.is_none() && hub.timings().claim_is_nameless;
        let holder = if nameless { NAMELESS } else { holder };
        return Err(Refusal::precondition(&format!("volume already claimed by machine {holder}")));
    }
    match world.hosts.get(&volume.host) {
        Some(host) if host.status != HostStatus::Ok => Err(Refusal::unreachable()),
        Some(host) if host.full => Err(volume_host_full(&volume.id)),
        _ => Ok(Some(volume.id.clone())),
    }
}

/// Region and host: the volume's, or the first that is wanted and there.
fn place(hub: &Hub, world: &mut World, new: &NewMachine, volume: Option<&str>) -> Result<(String, String), Refusal> {
    let regions = &hub.options().regions;
    let wanted: Vec<&str> = new.region.split(',').map(str::trim).filter(|it| !it.is_empty()).collect();
    let fits = |region: &String| wanted.is_empty() || wanted.contains(&"any") || wanted.contains(&region.as_str());
    if let Some(volume) = volume.and_then(|id| world.volumes.get(id)) {
        if !fits(&volume.region) {
            // The words are a guess.
            return Err(Refusal::bad_request(format!("volume {} is in region {}", volume.id, volume.region)));
        }
        return Ok((volume.region.clone(), volume.host.clone()));
    }
    let region = wanted.iter().find_map(|wanted| regions.iter().find(|it| it == wanted)).or(regions.first());
    let region = region.filter(|region| fits(region)).ok_or_else(|| Refusal::bad_request("invalid region"))?.clone();
    // A host that is full or lost takes nothing; there are others.
    for _ in 0..hub.options().hosts_per_region {
        let host = world.next_host(&region, hub.options().hosts_per_region);
        if world.hosts.get(&host).is_none_or(|it| !it.full && it.status == HostStatus::Ok) {
            return Ok((region, host));
        }
    }
    Err(Refusal::new(422, "could not find a candidate host").with_status("insufficient_capacity"))
}

fn fresh(
    hub: &Hub,
    call: &Call,
    new: &NewMachine,
    now: u64,
    [id, name, region, host]: [String; 4],
    volume: Option<String>,
) -> Machine {
    let version = ids::ulid(hub.environment(), now);
    let lease = new.lease_ttl.filter(|ttl| *ttl > 0).map(|ttl| lease::fresh(hub, "", &version, now, ttl));
    let mut machine = Machine {
        app: call.app.clone(),
        state: State::Created,
        version,
        created_at_ms: now,
        updated_at_ms: now,
        config: new.config.clone(),
        events: Vec::new(),
        past: Vec::new(),
        life: 1,
        starts: 0,
        retries: 0,
        run: None,
        running: false,
        stuck: call.stuck,
        parked: new.skip_launch,
        settles_at_ms: now.saturating_add(hub.timings().settle_ms),
        log: Vec::new(),
        cordoned: false,
        id,
        name,
        region,
        host,
        volume,
        lease,
    };
    machine.moves(now, ids::ulid(hub.environment(), now), "launch", State::Created, "user");
    machine
}
