//! Volumes that no workflow wants.

use crate::{
    Claim, Deed, Kind, Outcome, Sighting,
    duty::{Ledger, Round, Sentence, Suspect},
};
use machines::Volume;
use std::collections::BTreeMap;
use volumes::{Finding, Verdict, Wanted, judge};

/// Finds them, and deletes those that have been orphans for long enough.
///
/// `sightings` stays as it was if this fails: absence from a listing that failed proves nothing either way.
pub async fn run(round: &Round<'_>, sightings: &mut BTreeMap<String, Sighting>) -> Result<Vec<Deed>, String> {
    // First the volumes, then the owners: never the other way round.
    let listed = round.machines.volumes(round.deployment).await.map_err(|error| error.to_string())?;
    let verdicts = verdicts(round, &listed).await?;
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
                Sentence::Delete(suspect) => deeds.push(delete(round, &mut ledger, suspect).await),
            },
        }
    }
    *sightings = ledger.seen;
    Ok(deeds)
}

async fn verdicts(round: &Round<'_>, listed: &[Volume]) -> Result<Vec<Verdict>, String> {
    let known = round.owners.volumes(listed).await.map_err(|error| error.to_string())?;
    Ok(judge(listed, &known, Wanted { deployment: round.deployment, now: round.now, grace: round.grace }))
}

/// Asks outside, then both sides once more, since all that may have taken a while; then deletes. A dry run asks the same.
async fn delete(round: &Round<'_>, ledger: &mut Ledger<'_>, mut suspect: Suspect) -> Deed {
    let there = match round.machines.volume(&suspect.id).await {
        Ok(there) => there,
        Err(error) => return ledger.failed(suspect, &error.to_string()),
    };
    let Some(volume) = there else { return ledger.reprieve(suspect, "it was gone already") };
    match round.owners.claim(&volume).await {
        Ok(Claim::Free(why)) => suspect.reason = format!("{}; {why}", suspect.reason),
        Ok(Claim::Kept(why)) => return ledger.keep(suspect, &why),
        Err(error) => return ledger.failed(suspect, &error.to_string()),
    }
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
