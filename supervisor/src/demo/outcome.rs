//! How the story ended: read from the history and from the stand-in, not remembered by the narrator, so that it is the
//! same however often the story was interrupted.

use super::{story::Story, world::Step};
use domain::pull_request::{Event, Phase};
use serde::Serialize;
use simulators::github::control::PullSnapshot;
use std::collections::BTreeMap;

/// The whole story in numbers.
#[derive(Debug, Serialize)]
pub struct Outcome {
    ok: bool,
    statuses: Vec<String>,
    restarts: u32,
    runs: Vec<Run>,
    checks: Vec<Check>,
    review: Review,
    pushed_sha: Option<String>,
    volume_deleted: bool,
    duration_ms: u64,
    #[serde(skip)]
    submitted: usize,
    #[serde(skip)]
    wrong: Vec<String>,
    #[serde(skip)]
    left_over: usize,
}

#[derive(Debug, Serialize)]
struct Run {
    run: u32,
    machine_id: String,
    volume_id: String,
}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    sha: String,
    status: String,
    conclusion: Option<String>,
    actions: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct Review {
    comments: usize,
    resolved: usize,
    sha: Option<String>,
}

impl Outcome {
    pub(super) fn of(
        story: &Story,
        steps: &[Step],
        snapshot: Option<&PullSnapshot>,
        left_over: Option<usize>,
        now_ms: u64,
    ) -> Self {
        let checks = snapshot.map(checks).unwrap_or_default();
        let submitted: Vec<_> =
            snapshot.into_iter().flat_map(|it| &it.reviews).filter(|review| review.state == "COMMENTED").collect();
        let review = submitted.first().map_or_else(Review::default, |review| Review {
            comments: review.comments.len(),
            resolved: review.comments.iter().filter(|comment| comment.resolved_by.is_some()).count(),
            sha: Some(review.commit_id.clone()),
        });
        let pushed: Vec<String> = snapshot.map(|it| it.pushed_by_app.clone()).unwrap_or_default();
        let last = steps.last().map(|step| &step.after);
        let closed = last.is_some_and(|state| state.phase == Phase::Closed);
        let left_over = left_over.unwrap_or(usize::MAX);
        let approved = last.is_some_and(|state| state.decisions.iter().any(|decision| decision.pushed.is_some()));
        let mut wrong = Vec::new();
        let mut must = |holds: bool, sentence: String| {
            if !holds {
                wrong.push(sentence);
            }
        };
        must(closed, "the workflow is not closed".into());
        must(left_over == 0, format!("{left_over} volumes or machines are left"));
        must(submitted.len() == 1, format!("{} reviews were submitted, not one", submitted.len()));
        must(pushed.len() == usize::from(approved), format!("{} commits were pushed", pushed.len()));
        for check in &checks {
            must(check.status == "completed", format!("the check on {} is {}", check.sha, check.status));
        }
        for sha in &pushed {
            must(checks.iter().any(|check| check.sha == *sha), format!("the pushed commit {sha} has no check"));
        }
        Self {
            ok: wrong.is_empty(),
            statuses: statuses(steps),
            restarts: story.restarts,
            runs: runs(steps),
            checks,
            review,
            pushed_sha: pushed.first().cloned(),
            volume_deleted: closed && left_over == 0,
            duration_ms: now_ms.saturating_sub(story.began_ms),
            submitted: submitted.len(),
            wrong,
            left_over,
        }
    }

    /// It ended as it should.
    pub const fn ok(&self) -> bool {
        self.ok
    }

    /// What did not.
    pub fn what_is_wrong(&self) -> String {
        format!("the story ended badly: {}", self.wrong.join("; "))
    }

    /// As data.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// `1 review, 2 machines, 1 volume, 1 commit, 0 left over`.
    pub fn sentence(&self) -> String {
        let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let volumes: std::collections::BTreeSet<_> = self.runs.iter().map(|run| &run.volume_id).collect();
        format!(
            "{}, {}, {}, {}, {} left over",
            count(self.submitted, "review"),
            count(self.runs.len(), "machine"),
            count(volumes.len(), "volume"),
            count(usize::from(self.pushed_sha.is_some()), "commit"),
            self.left_over
        )
    }
}

fn checks(snapshot: &PullSnapshot) -> Vec<Check> {
    let check = |check: &simulators::github::control::CheckSnapshot| Check {
        name: check.name.clone(),
        sha: check.head_sha.clone(),
        status: check.status.clone(),
        conclusion: check.conclusion.clone(),
        actions: check.actions.clone(),
    };
    snapshot.checks.iter().map(check).collect()
}

fn statuses(steps: &[Step]) -> Vec<String> {
    let mut statuses: Vec<String> = steps.iter().map(|step| step.after.status().to_owned()).collect();
    statuses.dedup();
    statuses
}

fn runs(steps: &[Step]) -> Vec<Run> {
    let mut runs = BTreeMap::new();
    for step in steps {
        if let Event::MachineStarted { run, machine } = &step.event {
            let volume = step.after.volume.as_ref().and_then(|volume| volume.id.clone()).unwrap_or_default();
            runs.entry(*run).or_insert_with(|| Run { run: *run, machine_id: machine.clone(), volume_id: volume });
        }
    }
    runs.into_values().collect()
}
