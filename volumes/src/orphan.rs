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

/// What the owners know. Read it *after* the volumes were listed: an intent is recorded before the call, so that
/// whatever the listing shows is known by then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The workflow that wants the volume of that name.
    pub owners: BTreeMap<String, String>,
    /// The workflow that wants the volume of that backend's id. Either is enough to keep it.
    pub owners_by_id: BTreeMap<String, String>,
    /// What may still land, by name.
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
    if let Some(workflow) = known.owners.get(name).or_else(|| known.owners_by_id.get(&volume.id)) {
        return (Finding::Owned, format!("`{name}` belongs to {workflow}"));
    }
    if let Some(tombstone) = known.tombstones.get(name).filter(|tombstone| tombstone.until > now) {
        let left = in_words(tombstone.until.since(now));
        return (Finding::Tombstoned, format!("`{name}` waits {left} more: {}", tombstone.reason));
    }
    // A volume from the future was made by a clock that disagrees with ours; it has no age yet.
    let age = now.since(Timestamp::from_millis(volume.created_at_ms));
    if age < grace {
        let (age, grace) = (in_words(age), in_words(grace));
        return (Finding::TooYoung, format!("`{name}` is {age} old; only after {grace} it may be nobody's"));
    }
    if known.recovery {
        let reason =
            format!("`{name}` is unknown to the restored database; nothing is deleted until that is confirmed");
        return (Finding::Recovering, reason);
    }
    let workflow = &volume.labels.workflow;
    // Without its age: what a dry run says beforehand is word for word what is said when it goes.
    (Finding::Orphan, format!("`{name}` was made for {workflow}, and no workflow refers to it"))
}

/// A span for people: its two largest units, rounded up, so that nothing is promised too early.
pub fn in_words(span: Duration) -> String {
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    let (large, unit, rest, small) = match seconds {
        0..120 => return format!("{seconds} s"),
        120..7_200 => (seconds / 60, "min", seconds % 60, "s"),
        7_200..172_800 => (seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => (seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    };
    if rest == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {rest} {small}") }
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
            owners_by_id: BTreeMap::new(),
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
            (7200, false, None, false, Finding::Orphan, "`pr_1` was made for wf_1, and no workflow refers to it"),
            (3600, false, None, false, Finding::Orphan, "`pr_1` was made for wf_1, and no workflow refers to it"),
            (
                3599,
                false,
                None,
                false,
                Finding::TooYoung,
                "`pr_1` is 59 min 59 s old; only after 60 min it may be nobody's",
            ),
            (-60, false, None, false, Finding::TooYoung, "`pr_1` is 0 s old; only after 60 min it may be nobody's"),
            (7200, true, None, false, Finding::Owned, "`pr_1` belongs to wf_9"),
            (7200, true, Some(60), true, Finding::Owned, "`pr_1` belongs to wf_9"),
            (7200, false, Some(60), false, Finding::Tombstoned, "`pr_1` waits 60 s more: deletion unanswered"),
            (7200, false, Some(0), false, Finding::Orphan, "`pr_1` was made for wf_1, and no workflow refers to it"),
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
    fn a_reference_by_the_backends_id_keeps_it_as_well() {
        let mut known = known(false, None, false);
        known.owners_by_id.insert("vol_1".into(), "wf_9".into());
        assert_eq!(judged(&volume(7200), &known), (Finding::Owned, "`pr_1` belongs to wf_9".to_owned()));
    }

    #[test]
    fn a_span_is_told_in_two_units_and_never_too_short() {
        for (millis, words) in [
            (0, "0 s"),
            (1, "1 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
            (3_599_001, "60 min"),
            (86_399_000, "23 h 59 min"),
            (200_000_000, "2 d 7 h"),
        ] {
            assert_eq!(in_words(Duration::from_millis(millis)), words, "{millis} ms");
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
