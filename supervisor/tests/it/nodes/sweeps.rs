//! The janitor of several supervisors: all have its schedule, one passes, and when that one dies in the middle of a pass another goes
//! on, after its turn is over and not before.

use super::several::Several;
use crate::{
    janitor::{deployment, driver, make, owner, there},
    stage::LONG_PATIENCE,
};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// It passes every second, and nothing is spared for long.
const ALWAYS: &str = "janitor.schedule = \"* * * * * *\"\njanitor.grace = \"0s\"\njanitor.share_max = 100";
/// Orphans before the death, and in the pass that is cut off by it.
const EACH: u32 = 3;
const NOW_MS: &str = "(extract(epoch FROM now()) * 1000)::bigint";

#[tokio::test]
async fn one_of_two_supervisors_sweeps_and_when_it_is_killed_in_its_sweep_the_other_takes_over() {
    let mut several = Several::of(2, ALWAYS).await;
    several.stage.open_pull_request().await;
    several.stage.until_status("awaiting_decision").await;
    let root = several.stage.path().join("machines");
    let deployment = deployment(&root, &there(&root));
    several.stage.close_pull_request().await;
    several.stage.until_status("closed").await;

    // Copies of its volume that nobody knows: about each of them GitHub is asked.
    let before = orphans(&several, &root, &deployment, 1..=EACH).await;
    several.stage.until("they are swept", || async { there(&root).is_empty() }).await;
    let leader = several.leader().expect("somebody leads");
    let other = 1 - leader;
    assert!(several.log_of(leader).contains("the janitor has passed"));
    assert!(!several.log_of(other).contains("the janitor has passed"), "the schedule is one supervisor's");

    // GitHub does not answer: the pass is in the middle of its questions.
    several.stage.pause_github();
    let within = orphans(&several, &root, &deployment, EACH + 1..=2 * EACH).await;
    several.stage.until("a pass has been under way for seconds", || async { until_ms(&several, 2).is_some() }).await;
    let refused = several.verb(other, &["janitor", "--once"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    let sentence = "the janitor of another supervisor passes right now; try again in a few minutes";
    assert!(!refused.status.success() && words.contains(sentence), "{words}");
    assert_eq!(there(&root), within);

    several.kill(leader);
    let turn = until_ms(&several, 0).expect("the dead one's turn is not over");
    several.stage.go_on_github();
    several.stage.until_within(LONG_PATIENCE, "the other one sweeps", || async { there(&root).is_empty() }).await;
    several.stage.until("it says so", || async { several.log_of(other).contains("the janitor has passed") }).await;

    let audit = audit(&several);
    let recorded: Vec<&str> = audit.iter().map(|entry| entry["id"].as_str().expect("an id")).collect();
    let all: BTreeSet<&str> = before.iter().chain(&within).map(String::as_str).collect();
    assert_eq!((recorded.len(), recorded.iter().copied().collect::<BTreeSet<_>>()), (all.len(), all), "each once");
    assert!(audit.iter().all(|entry| entry["stage"] == "done" && entry["by"] == "schedule"), "{audit:#?}");
    for entry in audit.iter().filter(|entry| within.contains(entry["id"].as_str().expect("an id"))) {
        let at = entry["at_ms"].as_u64().expect("a time");
        assert!(at >= turn, "no pass began before the turn of the dead one was over: {entry:#}");
    }
    let deleted = |place| several.log_of(place).matches("the janitor deleted an orphan").count();
    assert_eq!((deleted(leader), deleted(other)), (before.len(), within.len()));
}

async fn orphans(
    several: &Several,
    root: &Path,
    deployment: &str,
    copies: std::ops::RangeInclusive<u32>,
) -> BTreeSet<String> {
    let (long_ago, mut made) = (driver(root), BTreeSet::new());
    let workflow = several.stage.workflow().await.expect("the workflow")["id"].as_str().expect("an id").to_owned();
    let owner = owner(&several.stage, &workflow, deployment).await;
    for copy in copies {
        let name = volumes::Owner { copy, ..owner.clone() }.volume_name().to_string();
        made.insert(make(&long_ago, &name, &workflow, deployment).await);
    }
    made
}

/// When the turn ends of the janitor that passes now and has done so for so many seconds.
fn until_ms(several: &Several, seconds: u32) -> Option<u64> {
    let sql = format!(
        "SELECT value::json->>'until_ms' FROM document WHERE collection = 'janitor' AND key = 'turn' \
         AND (value::json->>'until_ms')::bigint > {NOW_MS} AND updated_at < {NOW_MS} - {seconds}000"
    );
    several.sql(&sql).parse().ok()
}

/// What the janitor did to volumes, by the record.
fn audit(several: &Several) -> Vec<Value> {
    let sql = "SELECT coalesce(json_agg(value::json), '[]') FROM document \
               WHERE collection = 'janitor_audit' AND value::json->>'kind' = 'volume'";
    serde_json::from_str(&several.sql(sql)).expect("JSON")
}
