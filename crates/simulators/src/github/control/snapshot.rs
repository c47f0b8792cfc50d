//! What a test asserts on: the truth, read past GitHub's API and its permissions.

use crate::github::{
    hub::Hub,
    world::{CheckAction, DeliveryState, Repository, ReviewState, World},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A pull request and everything about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullSnapshot {
    /// Id of the repository.
    pub repository_id: u64,
    /// Installation that reaches it.
    pub installation: Option<u64>,
    /// Open.
    pub open: bool,
    /// Merged.
    pub merged: bool,
    /// Draft.
    pub draft: bool,
    /// Head commit.
    pub head_sha: String,
    /// Base commit.
    pub base_sha: String,
    /// Check runs of all commits, oldest first.
    pub checks: Vec<CheckSnapshot>,
    /// Reviews, oldest first.
    pub reviews: Vec<ReviewSnapshot>,
    /// Comments of the conversation, oldest first.
    pub comments: Vec<CommentSnapshot>,
    /// Commits that the App pushed to the head branch, oldest first.
    pub pushed_by_app: Vec<String>,
}

/// A check run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckSnapshot {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Commit.
    pub head_sha: String,
    /// The App's own name for it.
    pub external_id: String,
    /// Status.
    pub status: String,
    /// Conclusion.
    pub conclusion: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Summary, Markdown.
    pub summary: Option<String>,
    /// Identifiers of its buttons.
    pub actions: Vec<String>,
    /// Labels of its buttons.
    pub labels: Vec<String>,
    /// How many annotations.
    pub annotations: usize,
}

/// A review.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewSnapshot {
    /// Id.
    pub id: u64,
    /// Author.
    pub user: String,
    /// `PENDING`, `COMMENTED` …
    pub state: String,
    /// Commit it is about.
    pub commit_id: String,
    /// Markdown.
    pub body: String,
    /// Its comments at lines.
    pub comments: Vec<CommentSnapshot>,
}

/// A comment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentSnapshot {
    /// Id.
    pub id: u64,
    /// Author.
    pub user: String,
    /// Markdown.
    pub body: String,
    /// File, of a comment at a line.
    pub path: Option<String>,
    /// Line.
    pub line: Option<u64>,
    /// Comment it answers.
    pub in_reply_to: Option<u64>,
    /// Who resolved the thread that it began.
    #[serde(default)]
    pub resolved_by: Option<String>,
}

/// A webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliverySnapshot {
    /// Id.
    pub id: u64,
    /// `X-GitHub-Delivery`.
    pub guid: String,
    /// Event.
    pub event: String,
    /// Action.
    pub action: Option<String>,
    /// Repeats an earlier one.
    pub redelivery: bool,
    /// `pending`, `held`, or how it ended.
    pub status: String,
    /// Of the answer.
    pub status_code: Option<u16>,
    /// What the receiver said, cut.
    #[serde(default)]
    pub answer: String,
    /// The body.
    pub payload: Value,
}

/// A mutating API call that had an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectSnapshot {
    /// In the past tense: `review.submitted`, `commit.pushed`, `check_run.created` …
    pub what: String,
    /// HTTP method.
    pub method: String,
    /// Path.
    pub path: String,
    /// Who.
    pub actor: String,
}

/// Everything about a pull request.
pub async fn pull(hub: &Hub, owner: &str, name: &str, number: u64) -> Option<PullSnapshot> {
    let world = hub.read().await;
    let gone = || world.repositories.values().find(|it| it.owner == owner && it.name == name);
    let repo = world.repository(owner, name).or_else(gone)?;
    let it = world.pulls.get(&(repo.id, number))?;
    let bot = hub.options().bot_login();
    let mut shas: Vec<&str> = vec![&it.head_sha];
    let pushes =
        || world.pushes.values().filter(|push| push.repository == it.head_repository && push.branch == it.head_ref);
    shas.extend(pushes().map(|push| push.after.as_str()));
    Some(PullSnapshot {
        repository_id: repo.id,
        installation: world.installation_of(repo.id).map(|it| it.id),
        open: it.open,
        merged: it.merged(),
        draft: it.draft,
        head_sha: it.head_sha.clone(),
        base_sha: it.base_sha.clone(),
        checks: checks(&world, repo, &shas),
        reviews: reviews(&world, repo, number),
        comments: comments(&world, repo, number),
        pushed_by_app: pushes().filter(|push| push.by == bot).map(|push| push.after.clone()).collect(),
    })
}

fn checks(world: &World, repo: &Repository, shas: &[&str]) -> Vec<CheckSnapshot> {
    let of_pull = world.checks.values().filter(|it| it.repository == repo.id && shas.contains(&it.head_sha.as_str()));
    let names =
        |actions: &[CheckAction], name: fn(&CheckAction) -> &String| actions.iter().map(name).cloned().collect();
    of_pull
        .map(|it| CheckSnapshot {
            id: it.id,
            name: it.name.clone(),
            head_sha: it.head_sha.clone(),
            external_id: it.external_id.clone(),
            status: it.status.clone(),
            conclusion: it.conclusion.clone(),
            title: it.title.clone(),
            summary: it.summary.clone(),
            actions: names(&it.actions, |action| &action.identifier),
            labels: names(&it.actions, |action| &action.label),
            annotations: it.annotations.len(),
        })
        .collect()
}

/// A comment alone lies in an empty review of its own; it is shown all the same, as GitHub lists it.
fn reviews(world: &World, repo: &Repository, number: u64) -> Vec<ReviewSnapshot> {
    let of_pull = world.reviews.values().filter(|it| it.repository == repo.id && it.number == number);
    of_pull
        .map(|it| ReviewSnapshot {
            id: it.id,
            user: it.user.clone(),
            state: ReviewState::name(it.state).to_string(),
            commit_id: it.commit_id.clone(),
            body: it.body.clone(),
            comments: world
                .comments_of_review(it.id)
                .into_iter()
                .map(|it| CommentSnapshot {
                    id: it.id,
                    user: it.user.clone(),
                    body: it.body.clone(),
                    path: Some(it.path.clone()),
                    line: it.line,
                    in_reply_to: it.in_reply_to,
                    resolved_by: world.resolved_by(it.id).map(str::to_owned),
                })
                .collect(),
        })
        .collect()
}

fn comments(world: &World, repo: &Repository, number: u64) -> Vec<CommentSnapshot> {
    let of_pull = world.comments.values().filter(|it| it.repository == repo.id && it.number == number);
    of_pull
        .map(|it| CommentSnapshot {
            id: it.id,
            user: it.user.clone(),
            body: it.body.clone(),
            path: None,
            line: None,
            in_reply_to: None,
            resolved_by: None,
        })
        .collect()
}

/// Every webhook, in the order in which they were caused.
pub async fn deliveries(hub: &Hub) -> Vec<DeliverySnapshot> {
    let world = hub.read().await;
    let shown = world.deliveries.values().map(|it| {
        let (status, status_code, answer) = match &it.state {
            DeliveryState::Pending => ("pending".to_string(), None, String::new()),
            DeliveryState::Held => ("held".to_string(), None, String::new()),
            DeliveryState::Ended { status, status_code, answer, .. } => {
                (status.clone(), Some(*status_code), answer.body.clone())
            }
        };
        DeliverySnapshot {
            id: it.id,
            guid: it.guid.clone(),
            event: it.event.clone(),
            action: it.action.clone(),
            redelivery: it.redelivery,
            status,
            status_code,
            answer,
            payload: serde_json::from_str(&it.body).unwrap_or(Value::Null),
        }
    });
    shown.collect()
}

/// Every mutating API call that had an effect, oldest first.
pub async fn effects(hub: &Hub) -> Vec<EffectSnapshot> {
    let world = hub.read().await;
    let shown = world.effects.iter().map(|it| EffectSnapshot {
        what: it.what.clone(),
        method: it.call.method.clone(),
        path: it.call.path.clone(),
        actor: it.call.actor.clone(),
    });
    shown.collect()
}
