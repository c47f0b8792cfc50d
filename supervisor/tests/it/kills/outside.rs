//! What others know: the stand-in's log of webhooks, its truth about every pull request, and what the sender of webhooks
//! of our own was told.

use crate::stage::Stage;
use simulators::github::control::{DeliverySnapshot, PullName, PullSnapshot};
use std::collections::BTreeMap;

/// Hints that the supervisor takes; whoever is told that one was taken may forget it.
const HINTS: [&str; 7] =
    ["opened", "synchronize", "reopened", "ready_for_review", "converted_to_draft", "closed", "edited"];
/// The login of our App.
const BOT: &str = "longshore[bot]";

/// Everything that can be held against the database.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    pub acknowledged: Vec<Acknowledged>,
    /// By the key of their workflow.
    pub pulls: BTreeMap<String, Pull>,
    /// Volumes and machines that are still there.
    pub left_over: usize,
}

/// A fact that was answered with 2xx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// For people.
    pub what: String,
    /// The id under which it must be in the history.
    pub event: String,
}

/// One pull request as GitHub has it.
#[derive(Debug, Clone, Default)]
pub struct Pull {
    pub checks: Vec<Check>,
    /// Ids of our reviews that others see.
    pub reviews: Vec<u64>,
    /// Commits of ours.
    pub pushed: Vec<String>,
}

/// A check run of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub id: u64,
    /// Workflow and run.
    pub external_id: String,
    pub sha: String,
    pub completed: bool,
}

impl Outside {
    /// Reads the stand-in; `sent` are the ids of webhooks of our own that were taken.
    pub async fn read(stage: &Stage, pulls: &[PullName], sent: Vec<String>, left_over: usize) -> Self {
        let mut outside = Self { left_over, ..Self::default() };
        for name in pulls {
            let truth = stage.truth_of(name).await;
            let key = domain::ids::key(truth.repository_id, name.number);
            outside.pulls.insert(key, pull(&truth));
        }
        let deliveries = stage.deliveries().await;
        outside.acknowledged = deliveries.iter().filter_map(acknowledged).collect();
        let sent = sent.into_iter().map(|guid| Acknowledged { what: "webhook of our own".into(), event: fact(&guid) });
        outside.acknowledged.extend(sent);
        outside
    }
}

fn pull(truth: &PullSnapshot) -> Pull {
    let completed = |status: &str| status == "completed";
    let ours = truth.reviews.iter().filter(|it| it.user == BOT && it.state != "PENDING");
    Pull {
        checks: truth
            .checks
            .iter()
            .map(|it| Check {
                id: it.id,
                external_id: it.external_id.clone(),
                sha: it.head_sha.clone(),
                completed: completed(&it.status),
            })
            .collect(),
        reviews: ours.map(|it| it.id).collect(),
        pushed: truth.pushed_by_app.clone(),
    }
}

/// What was answered with 2xx and is a fact of ours by its nature, or by what the answer says.
fn acknowledged(delivery: &DeliverySnapshot) -> Option<Acknowledged> {
    delivery.status_code.filter(|code| (200..300).contains(code))?;
    let action = delivery.action.as_deref().unwrap_or_default();
    let is_recorded = delivery.answer.contains("\"recorded\"");
    let event = match delivery.event.as_str() {
        "pull_request" if HINTS.contains(&action) => fact(&delivery.guid),
        // Told to whom it concerns when its turn comes: to nobody, before there is a workflow (`fan_out` has tests of its own).
        "installation" | "installation_repositories" | "repository" => return None,
        "issue_comment" if is_recorded => format!("gh:comment:{}:0", delivery.payload["comment"]["id"]),
        _ if is_recorded => fact(&delivery.guid),
        _ => return None,
    };
    Some(Acknowledged { what: format!("{} {action}", delivery.event), event })
}

fn fact(guid: &str) -> String {
    engine::EventId::new("gh", guid).to_string()
}
