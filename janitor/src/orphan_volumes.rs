//! Volumes that no workflow wants.

use crate::{
    Claim, Deed, Kind, Outcome, Sighting,
    duty::Round,
    ledger::{Ledger, Sentence, Suspect},
};
use machines::Volume;
use std::collections::BTreeMap;
use volumes::{Finding, Verdict, Wanted, judge};

/// Finds them, and deletes those that have been orphans for long enough.
///
/// `sightings` stays as it was if this fails: absence from a listing that failed proves nothing either way.
pub async fn run(round: &Round<'_>, sightings: &mut BTreeMap<String, Sighting>) -> Result<Vec<Deed>, String> {
    // First the volumes, then the owners: never the other way round.
    let listed = round.machines.volumes(&round.rules.deployment).await.map_err(|error| error.to_string())?;
    let verdicts = verdicts(round, &listed).await?;
    let ours = listed.iter().filter(|volume| volume.labels.deployment == round.rules.deployment).count();
    let before = sightings.clone();
    let mut ledger = Ledger::new(Kind::Volume, &before);
    let mut deeds = Vec::new();
    for verdict in verdicts {
        match verdict.finding {
            // Somebody's, or nothing to speak of.
            Finding::Owned | Finding::Foreign | Finding::TooYoung => {}
            Finding::Tombstoned | Finding::Recovering => deeds.push(kept(verdict)),
            Finding::Orphan => match ledger.sentence(round, suspect(&verdict)) {
                Sentence::Spare(deed) => deeds.push(deed),
                Sentence::Ask(suspect) => match ask(round, &mut ledger, suspect).await {
                    Ok(suspect) => ledger.condemned.push(suspect),
                    Err(deed) => deeds.push(deed),
                },
            },
        }
    }
    match ledger.release(round, ours) {
        Ok(condemned) => {
            for suspect in condemned {
                deeds.push(delete(round, &mut ledger, suspect).await);
            }
        }
        Err(held) => deeds.extend(held),
    }
    *sightings = ledger.seen;
    Ok(deeds)
}

async fn verdicts(round: &Round<'_>, listed: &[Volume]) -> Result<Vec<Verdict>, String> {
    let known = round.owners.volumes(listed).await.map_err(|error| error.to_string())?;
    Ok(judge(listed, &known, Wanted { deployment: &round.rules.deployment, now: round.now, grace: round.rules.grace }))
}

/// Asks outside whether anybody may still want it.
async fn ask(round: &Round<'_>, ledger: &mut Ledger<'_>, mut suspect: Suspect) -> Result<Suspect, Deed> {
    let there = match round.machines.volume(&suspect.id).await {
        Ok(there) => there,
        Err(error) => return Err(ledger.failed(suspect, &error.to_string())),
    };
    let Some(volume) = there else { return Err(ledger.reprieve(suspect, "it was gone already")) };
    match round.owners.claim(&volume).await {
        Ok(Claim::Free(why)) => suspect.reason = format!("{}; {why}", suspect.reason),
        Ok(Claim::Kept(why)) => return Err(ledger.keep(suspect, &why)),
        Err(error) => return Err(ledger.failed(suspect, &error.to_string())),
    }
    Ok(suspect)
}

/// Asks both sides once more, since all that may have taken a while; then deletes. A dry run asks the same.
async fn delete(round: &Round<'_>, ledger: &mut Ledger<'_>, suspect: Suspect) -> Deed {
    let there = match round.machines.volume(&suspect.id).await {
        Ok(there) => there,
        Err(error) => return ledger.failed(suspect, &error.to_string()),
    };
    let Some(volume) = there else { return ledger.reprieve(suspect, "it was gone already") };
    let again = match verdicts(round, &[volume]).await {
        Ok(mut again) => again.remove(0),
        Err(why) => return ledger.failed(suspect, &why),
    };
    if again.finding != Finding::Orphan {
        return ledger.reprieve(suspect, &again.reason);
    }
    if record(&again.volume) != suspect.record {
        return ledger.reprieve(suspect, "another volume has this id by now");
    }
    let id = suspect.id.clone();
    ledger.delete(round, suspect, round.machines.delete_volume(&id)).await
}

fn suspect(verdict: &Verdict) -> Suspect {
    let Volume { id, name, labels, .. } = verdict.volume.clone();
    let (record, reason) = (record(&verdict.volume), verdict.reason.clone());
    Suspect { id, name, workflow: labels.workflow, record, reason, since: None }
}

fn record(Volume { name, labels, created_at_ms, .. }: &Volume) -> String {
    format!("{name} {} {} {} {created_at_ms}", labels.deployment, labels.workflow, labels.operation)
}

fn kept(verdict: Verdict) -> Deed {
    let Volume { id, name, labels, .. } = verdict.volume;
    let (workflow, reason) = (labels.workflow, verdict.reason);
    Deed { kind: Kind::Volume, id, name, workflow, since: None, outcome: Outcome::Kept, reason }
}
