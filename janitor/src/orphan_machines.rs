//! Machines that belong to no live run: they cost money and hold a volume.

use crate::{
    Deed, Kind, KnownMachines, Outcome, Sighting,
    duty::{Ledger, Round, Sentence, Suspect},
};
use environment::Timestamp;
use machines::Machine;
use std::collections::BTreeMap;

/// Finds them, and destroys those that have been orphans for long enough.
///
/// `sightings` stays as it was if this fails.
pub async fn run(round: &Round<'_>, sightings: &mut BTreeMap<String, Sighting>) -> Result<Vec<Deed>, String> {
    // First the machines, then the owners: never the other way round.
    let listed = round.machines.machines(round.deployment).await.map_err(|error| error.to_string())?;
    let known = round.owners.machines().await.map_err(|error| error.to_string())?;
    let before = sightings.clone();
    let mut ledger = Ledger::new(Kind::Machine, &before);
    let mut deeds = Vec::new();
    for machine in &listed {
        match find(round, machine, &known) {
            Found::Somebodys => {}
            Found::Kept(reason) => deeds.push(Deed {
                kind: Kind::Machine,
                id: machine.id.clone(),
                name: machine.name.clone(),
                outcome: Outcome::Kept,
                reason,
            }),
            Found::Orphan(reason) => match ledger.sentence(round, suspect(machine, reason)) {
                Sentence::Spare(deed) => deeds.push(deed),
                Sentence::Delete(suspect) => deeds.push(destroy(round, &mut ledger, suspect).await),
            },
        }
    }
    *sightings = ledger.seen;
    Ok(deeds)
}

enum Found {
    /// A live run's, another deployment's, or too young to tell.
    Somebodys,
    Kept(String),
    Orphan(String),
}

/// Whatever speaks for keeping it comes first, as with volumes.
fn find(round: &Round<'_>, machine: &Machine, known: &KnownMachines) -> Found {
    let name = &machine.name;
    let age = round.now.since(Timestamp::from_millis(machine.created_at_ms));
    if machine.labels.deployment != round.deployment || known.runs.contains_key(name) {
        return Found::Somebodys;
    }
    if let Some(tombstone) = known.tombstones.get(name).filter(|tombstone| tombstone.until > round.now) {
        let left_s = tombstone.until.since(round.now).as_secs();
        return Found::Kept(format!("`{name}` waits {left_s} s more: {}", tombstone.reason));
    }
    if age < round.grace {
        return Found::Somebodys;
    }
    if known.recovery {
        return Found::Kept(format!(
            "`{name}` is unknown to the restored database; nothing is destroyed until that is confirmed"
        ));
    }
    let (workflow, run) = (&machine.labels.workflow, machine.labels.run);
    Found::Orphan(format!(
        "`{name}` was made for {workflow} run {run}, {} s ago, and no live run wants it",
        age.as_secs()
    ))
}

/// Asks both sides once more, then destroys.
async fn destroy(round: &Round<'_>, ledger: &mut Ledger<'_>, suspect: Suspect) -> Deed {
    let there = match round.machines.machine(&suspect.id).await {
        Ok(there) => there,
        Err(error) => return ledger.done(suspect, Err(error)),
    };
    let Some(machine) = there else { return ledger.reprieve(suspect, "it was gone already") };
    let known = match round.owners.machines().await {
        Ok(known) => known,
        Err(error) => {
            let what = error.to_string();
            return ledger.done(suspect, Err(machines::Error::Retryable { what, retry_after: None }));
        }
    };
    match find(round, &machine, &known) {
        Found::Orphan(_) if record(&machine) == suspect.record => {}
        Found::Orphan(_) => return ledger.reprieve(suspect, "another machine has this id by now"),
        Found::Kept(reason) => return ledger.reprieve(suspect, &reason),
        Found::Somebodys => return ledger.reprieve(suspect, "a live run wants it after all"),
    }
    let destroyed = round.machines.destroy_machine(&suspect.id).await;
    ledger.done(suspect, destroyed)
}

fn suspect(machine: &Machine, reason: String) -> Suspect {
    Suspect { id: machine.id.clone(), name: machine.name.clone(), record: record(machine), reason }
}

fn record(Machine { name, labels, volume_id, created_at_ms, .. }: &Machine) -> String {
    format!("{name} {} {} {} {volume_id} {created_at_ms}", labels.deployment, labels.workflow, labels.run)
}
