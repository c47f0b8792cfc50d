//! One seed, from the first webhook to the janitor's horizon.

use crate::{
    clock,
    github::Client,
    life::Life,
    machines::Driver,
    people,
    production::{End, Given, Production},
    profile::{Bustle, Profile},
    properties::{self, Violation},
    settings::Settings,
    store::Database,
    things::Things,
    world::World,
};
use engine::{Limits, MemoryStore, Store, beside::Beside};
use std::{collections::BTreeMap, sync::Arc};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Steps after which a run is given up: something goes round in circles.
const STEPS_MAX: u64 = 3_000_000;
/// Looks at the end, while the database of a seed fails at times.
const LOOKS: u32 = 10;

/// How to run a seed.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it is about.
    pub profile: Profile,
    /// Keep the lines of the trace.
    pub trace: bool,
    /// Where the rows are.
    pub stores: Stores,
}

/// Where the rows of a seed are.
#[derive(Clone)]
pub enum Stores {
    /// In memory.
    Memory,
    /// In a database that this opens anew for each seed. Its calls block the thread, so that no time passes in them.
    Opened(Arc<dyn Fn() -> Rows + Send + Sync>),
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Memory) { "Memory" } else { "Opened" })
    }
}

/// A store, in its two roles.
pub type Rows = (Arc<dyn Store>, Arc<dyn Beside>);

/// How a seed went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Properties that do not hold.
    pub violations: Vec<Violation>,
    /// Events that were committed.
    pub events: u64,
    /// Lives that ended by a crash.
    pub crashes: u64,
    /// Faults, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// What there was outside.
    pub things: Things,
    /// Steps of the clock.
    pub steps: u64,
    /// Virtual time, in milliseconds.
    pub virtual_ms: u64,
    /// Digest of everything that happened, in order.
    pub digest: String,
    /// What everything came to, without times.
    pub result: Vec<String>,
    /// Lines of the trace, if they were asked for.
    pub trace: Vec<String>,
}

/// Runs a seed.
///
/// # Errors
/// The runtime could not be made.
pub fn run(seed: u64, options: &Options, production: &Arc<dyn Production>) -> std::io::Result<Outcome> {
    let profile = options.profile;
    let world = World::new(seed, options.trace, profile, |chance| Settings::drawn(chance, profile));
    let memory = MemoryStore::new();
    let rows: Rows = match &options.stores {
        Stores::Memory => (Arc::new(memory.clone()), Arc::new(memory.clone())),
        Stores::Opened(open) => open(),
    };
    let ends = clock::run(&world.clock, whole(&world, &rows, production, seed, profile))?;
    let dump = matches!(options.stores, Stores::Memory).then(|| memory.contents());
    let (steps, virtual_ms) = (world.clock.jumps(), world.clock.passed());
    let mut state = world.state();
    match &ends {
        Ok(ends) => properties::at_the_end(&mut state, ends, dump.as_deref()),
        Err(why) => state.violated("P8", why.clone()),
    }
    state.life = None;
    Ok(Outcome {
        seed,
        violations: std::mem::take(&mut state.violations),
        events: state.events,
        crashes: state.crashes,
        faults: state.faults.counts(),
        things: Things::of(&state, ends.as_deref().unwrap_or_default()),
        steps,
        virtual_ms,
        digest: state.trace.digest(),
        result: ends.unwrap_or_default().iter().map(shown).collect(),
        trace: std::mem::take(&mut state.trace).into_lines(),
    })
}

fn shown(end: &End) -> String {
    format!("{} {} {:?} {:?} {:?}", end.key, end.status, end.head, end.volumes, end.decisions)
}

/// The story of a seed. What everything came to, or why that cannot be said.
async fn whole(
    world: &World,
    rows: &Rows,
    production: &Arc<dyn Production>,
    seed: u64,
    profile: Profile,
) -> Result<Vec<End>, String> {
    world.spawn(operate(world.clone(), rows.clone(), Arc::clone(production), seed));
    let bustle = profile.bustle(&mut world.state().chance);
    let Bustle { span_ms, .. } = bustle;
    people::live(world.clone(), bustle).await;
    let passed = world.clock.passed();
    world.sleep_ms(span_ms.saturating_sub(passed)).await;
    world.may_set_the_clock();
    world.come_to_rest();
    // A run, a wait for GitHub's longest pause, a host that was away, an outage: all of it is over by then.
    wait(world, 12 * HOUR_MS).await?;
    if world.state().chance.permille(600) {
        world.close_all();
    }
    let Settings { grace_ms, pass_ms, retention_ms, refresh_ms, .. } = world.state().settings.clone();
    wait(world, retention_ms + 2 * grace_ms + 3 * pass_ms + refresh_ms + 2 * HOUR_MS).await?;
    look(world).await
}

/// Waits, and gives up a run that goes round in circles.
async fn wait(world: &World, ms: u64) -> Result<(), String> {
    let until = world.clock.passed() + ms;
    while world.clock.passed() < until {
        world.sleep_ms((10 * MINUTE_MS).min(until - world.clock.passed())).await;
        if world.clock.jumps() > STEPS_MAX {
            return Err(format!("{STEPS_MAX} steps and no rest: something goes round in circles"));
        }
    }
    Ok(())
}

async fn look(world: &World) -> Result<Vec<End>, String> {
    let mut why = "the supervisor does not run".to_owned();
    for _ in 0..LOOKS {
        match world.knock("the last look", |it| Box::pin(async move { it.ends().await })).await {
            Some(Ok(ends)) => return Ok(ends),
            Some(Err(error)) => why = error,
            None => {}
        }
        world.sleep_ms(MINUTE_MS).await;
    }
    Err(why)
}

impl World {
    /// Nothing goes wrong any more, and everything can be reached again.
    fn come_to_rest(&self) {
        let mut state = self.state();
        state.faults.stop();
        state.machines.all_back();
        drop(state);
        self.note("faults stop");
    }
}

/// Starts the supervisor again whenever it died, at once or after a while.
async fn operate(world: World, rows: Rows, production: Arc<dyn Production>, seed: u64) {
    let mut secret = [0_u8; 32];
    secret[..8].copy_from_slice(&seed.to_le_bytes());
    loop {
        let life = Arc::new(Life::default());
        let now = world.clock.passed();
        {
            let mut state = world.state();
            (state.life, state.up_since) = (Some((Arc::clone(&life), None)), now);
        }
        world.note("the supervisor starts");
        let environment = world.environment.clone().watched(life.clone());
        let given = given(&world, &rows, &life, secret);
        let production = Arc::clone(&production);
        let started = environment.spawn(async move { production.start(given).await }).await;
        match started {
            Ok(Ok(supervisor)) if !life.is_over() => {
                world.state().life = Some((Arc::clone(&life), Some(supervisor)));
                life.ended().await;
            }
            Ok(Err(why)) => {
                world.note(format!("the supervisor does not start: {why}"));
                life.crash();
            }
            _ => life.crash(),
        }
        world.state().life = None;
        outage(&world).await;
    }
}

async fn outage(world: &World) {
    let long = world.state().chance.permille(120);
    if long {
        world.pause(20 * MINUTE_MS, 10 * HOUR_MS).await;
    } else {
        world.pause(200, 90_000).await;
    }
}

fn given(world: &World, rows: &Rows, life: &Arc<Life>, secret: [u8; 32]) -> Given {
    let database = Arc::new(Database {
        world: world.clone(),
        life: Arc::clone(life),
        store: Arc::clone(&rows.0),
        beside: Arc::clone(&rows.1),
    });
    let client = Arc::new(Client { world: world.clone(), life: Arc::clone(life) });
    Given {
        environment: world.environment.clone().watched(life.clone()),
        config: world.state().settings.config.clone(),
        secret,
        store: database.clone(),
        beside: database,
        github: client.clone(),
        app: client,
        machines: Arc::new(Driver { world: world.clone(), life: Arc::clone(life) }),
        limits: Limits { near_window_ms: 15 * MINUTE_MS, ..Limits::default() },
        life: Arc::clone(life),
    }
}
