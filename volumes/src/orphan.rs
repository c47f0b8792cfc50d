//! The rule for "orphan": a volume goes only if it is provably nobody's.
//!
//! Pure, so that every case is a line in a table. It judges what one look at the backend and one look at the owners
//! showed; that two looks agree, with time between them, is the janitor's part.

use environment::Timestamp;
use machines::Volume;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// Something that may still land: a creation whose answer never came, a deletion under way. Until then the volume is
/// not the janitor's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// From then on nothing of it can land any more.
    pub until: Timestamp,
    /// A few words: `creation unanswered`.
    pub reason: String,
}

/// What the owners know, by volume name. Read it *after* the volumes were listed: an intent is recorded before the
/// call, so that whatever the listing shows is known by then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The workflow that wants it.
    pub owners: BTreeMap<String, String>,
    /// What may still land.
    pub tombstones: BTreeMap<String, Tombstone>,
    /// The database was restored and nobody has confirmed yet: what it does not know may well be somebody's.
    pub recovery: bool,
}

/// For whom, and how patiently, volumes are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// This deployment; all others' volumes are none of our business.
    pub deployment: &'a str,
    /// The present.
    pub now: Timestamp,
    /// A volume younger than this is never an orphan.
    pub grace: Duration,
}

/// What a volume was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Nobody's. The only finding after which it may be deleted.
    Orphan,
    /// A workflow wants it.
    Owned,
    /// It may belong to something that is under way.
    TooYoung,
    /// Something about it may still land.
    Tombstoned,
    /// Another deployment's.
    Foreign,
    /// It would be an orphan, but the database is being recovered.
    Recovering,
}

/// A finding with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The volume.
    pub volume: Volume,
    /// What it is.
    pub finding: Finding,
    /// A sentence for the log and the report.
    pub reason: String,
}

/// Judges each volume. Whatever speaks for keeping it comes first.
pub fn judge(volumes: &[Volume], known: &Known, wanted: Wanted<'_>) -> Vec<Verdict> {
    let verdict = |volume: &Volume| {
        let (finding, reason) = find(volume, known, wanted);
        Verdict { volume: volume.clone(), finding, reason }
    };
    volumes.iter().map(verdict).collect()
}

fn find(volume: &Volume, known: &Known, Wanted { deployment, now, grace }: Wanted<'_>) -> (Finding, String) {
    let name = &volume.name;
    if volume.labels.deployment != deployment {
        return (Finding::Foreign, format!("`{name}` belongs to another deployment"));
    }
    if let Some(workflow) = known.owners.get(name) {
        return (Finding::Owned, format!("`{name}` belongs to {workflow}"));
    }
    if let Some(tombstone) = known.tombstones.get(name).filter(|tombstone| tombstone.until > now) {
        let left_s = tombstone.until.since(now).as_secs();
        return (Finding::Tombstoned, format!("`{name}` waits {left_s} s more: {}", tombstone.reason));
    }
    // A volume from the future was made by a clock that disagrees with ours; it has no age yet.
    let age = now.since(Timestamp::from_millis(volume.created_at_ms));
    if age < grace {
        let (age_s, grace_s) = (age.as_secs(), grace.as_secs());
        return (Finding::TooYoung, format!("`{name}` is {age_s} s old; only after {grace_s} s it may be nobody's"));
    }
    if known.recovery {
        let reason =
            format!("`{name}` is unknown to the restored database; nothing is deleted until that is confirmed");
        return (Finding::Recovering, reason);
    }
    let workflow = &volume.labels.workflow;
    (Finding::Orphan, format!("`{name}` was made for {workflow}, {} s ago, and nothing wants it", age.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use machines::Labels;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
    const GRACE: Duration = Duration::from_secs(3600);

    fn volume(age_s: i64) -> Volume {
        Volume {
            id: "vol_1".into(),
            name: "pr_1".into(),
            labels: Labels { deployment: "ours".into(), workflow: "wf_1".into(), run: 0, operation: "wf_1:1".into() },
            created_at_ms: NOW.as_millis().checked_add_signed(-age_s * 1000).unwrap(),
            adopted: true,
        }
    }

    fn known(owned: bool, tombstone_s: Option<u64>, recovery: bool) -> Known {
        let tombstone = |s| {
            let until = NOW.plus_millis(s * 1000);
            ("pr_1".to_owned(), Tombstone { until, reason: "deletion unanswered".into() })
        };
        Known {
            owners: owned.then(|| ("pr_1".to_owned(), "wf_9".to_owned())).into_iter().collect(),
            tombstones: tombstone_s.map(tombstone).into_iter().collect(),
            recovery,
        }
    }

    fn judged(volume: &Volume, known: &Known) -> (Finding, String) {
        let wanted = Wanted { deployment: "ours", now: NOW, grace: GRACE };
        let verdict = judge(std::slice::from_ref(volume), known, wanted).remove(0);
        (verdict.finding, verdict.reason)
    }

    #[test]
    fn a_volume_is_an_orphan_only_if_nothing_speaks_for_keeping_it() {
        for (age_s, owned, tombstone_s, recovery, expected, reason) in [
            (7200, false, None, false, Finding::Orphan, "`pr_1` was made for wf_1, 7200 s ago, and nothing wants it"),
            (3600, false, None, false, Finding::Orphan, "`pr_1` was made for wf_1, 3600 s ago, and nothing wants it"),
            (3599, false, None, false, Finding::TooYoung, "`pr_1` is 3599 s old; only after 3600 s it may be nobody's"),
            (-60, false, None, false, Finding::TooYoung, "`pr_1` is 0 s old; only after 3600 s it may be nobody's"),
            (7200, true, None, false, Finding::Owned, "`pr_1` belongs to wf_9"),
            (7200, true, Some(60), true, Finding::Owned, "`pr_1` belongs to wf_9"),
            (7200, false, Some(60), false, Finding::Tombstoned, "`pr_1` waits 60 s more: deletion unanswered"),
            (
                7200,
                false,
                Some(0),
                false,
                Finding::Orphan,
                "`pr_1` was made for wf_1, 7200 s ago, and nothing wants it",
            ),
            (
                7200,
                false,
                None,
                true,
                Finding::Recovering,
                "`pr_1` is unknown to the restored database; nothing is deleted until that is confirmed",
            ),
        ] {
            let case = format!("age {age_s} s, owned {owned}, tombstone {tombstone_s:?}, recovery {recovery}");
            let found = judged(&volume(age_s), &known(owned, tombstone_s, recovery));
            assert_eq!(found, (expected, reason.to_owned()), "{case}");
        }
    }

    #[test]
    fn another_deployments_volume_is_never_ours_to_judge() {
        let mut foreign = volume(7200);
        foreign.labels.deployment = "theirs".into();
        assert_eq!(judged(&foreign, &known(false, None, false)).0, Finding::Foreign);
    }

    #[test]
    fn a_restored_database_deletes_nothing_whatever_it_finds() {
        for age_s in [0, 3600, 900_000] {
            for owned in [false, true] {
                for tombstone_s in [None, Some(0), Some(60)] {
                    assert_ne!(judged(&volume(age_s), &known(owned, tombstone_s, true)).0, Finding::Orphan);
                }
            }
        }
    }

    #[test]
    fn every_volume_gets_a_verdict_in_the_order_it_was_listed() {
        let wanted = Wanted { deployment: "ours", now: NOW, grace: GRACE };
        let findings = judge(&[volume(7200), volume(0)], &Known::default(), wanted);
        assert_eq!(
            findings.iter().map(|verdict| verdict.finding).collect::<Vec<_>>(),
            [Finding::Orphan, Finding::TooYoung]
        );
    }
}
