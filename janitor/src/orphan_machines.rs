//! Machines that belong to no live run: they cost money and hold a volume.

use crate::{
    Deed, Kind, KnownMachines, Outcome, Sighting,
    duty::Round,
    ledger::{Ledger, Sentence, Suspect},
};
use environment::Timestamp;
use machines::Machine;
use std::collections::BTreeMap;
use volumes::in_words;

/// Finds them, and destroys those that have been orphans for long enough.
///
/// `sightings` stays as it was if this fails.
pub async fn run(round: &Round<'_>, sightings: &mut BTreeMap<String, Sighting>) -> Result<Vec<Deed>, String> {
    // First the machines, then the owners: never the other way round.
    let listed = round.machines.machines(&round.rules.deployment).await.map_err(|error| error.to_string())?;
    let known = round.owners.machines(&listed).await.map_err(|error| error.to_string())?;
    let ours = listed.iter().filter(|machine| machine.labels.deployment == round.rules.deployment).count();
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
                workflow: machine.labels.workflow.clone(),
                since: None,
                outcome: Outcome::Kept,
                reason,
            }),
            Found::Orphan(reason) => match ledger.sentence(round, suspect(machine, reason)) {
                Sentence::Spare(deed) => deeds.push(deed),
                // Nobody outside has to be asked about a machine.
                Sentence::Ask(suspect) => ledger.condemned.push(suspect),
            },
        }
    }
    match ledger.release(round, ours) {
        Ok(condemned) => {
            for suspect in condemned {
                deeds.push(destroy(round, &mut ledger, suspect).await);
            }
        }
        Err(held) => deeds.extend(held),
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
    let wanted = known.runs.contains_key(name) || known.runs_by_id.contains_key(&machine.id);
    if machine.labels.deployment != round.rules.deployment || wanted {
        return Found::Somebodys;
    }
    if let Some(tombstone) = known.tombstones.get(name).filter(|tombstone| tombstone.until > round.now) {
        let left = in_words(tombstone.until.since(round.now));
        return Found::Kept(format!("`{name}` waits {left} more: {}", tombstone.reason));
    }
    if age < round.rules.grace {
        return Found::Somebodys;
    }
    if known.recovery {
        return Found::Kept(format!(
            "`{name}` is unknown to the restored database; nothing is destroyed until that is confirmed"
        ));
    }
    let (workflow, run) = (&machine.labels.workflow, machine.labels.run);
    Found::Orphan(format!("`{name}` was made for {workflow} run {run}, and no live run refers to it"))
}

/// Asks both sides once more, then destroys. A dry run asks the same.
async fn destroy(round: &Round<'_>, ledger: &mut Ledger<'_>, suspect: Suspect) -> Deed {
    let there = match round.machines.machine(&suspect.id).await {
        Ok(there) => there,
        Err(error) => return ledger.failed(suspect, &error.to_string()),
    };
    let Some(machine) = there else { return ledger.reprieve(suspect, "it was gone already") };
    let known = match round.owners.machines(std::slice::from_ref(&machine)).await {
        Ok(known) => known,
        Err(error) => return ledger.failed(suspect, &error.to_string()),
    };
    match find(round, &machine, &known) {
        Found::Orphan(_) if record(&machine) == suspect.record => {}
        Found::Orphan(_) => return ledger.reprieve(suspect, "another machine has this id by now"),
        Found::Kept(reason) => return ledger.reprieve(suspect, &reason),
        Found::Somebodys => return ledger.reprieve(suspect, "a live run wants it after all"),
    }
    let id = suspect.id.clone();
    ledger.delete(round, suspect, round.machines.destroy_machine(&id)).await
}

fn suspect(machine: &Machine, reason: String) -> Suspect {
    let Machine { id, name, labels, .. } = machine.clone();
    Suspect { id, name, workflow: labels.workflow, record: record(machine), reason, since: None }
}

fn record(Machine { name, labels, volume_id, created_at_ms, .. }: &Machine) -> String {
    format!("{name} {} {} {} {volume_id} {created_at_ms}", labels.deployment, labels.workflow, labels.run)
}
