//! Review threads. A thread is named by the comment that began it.

use super::{Outcome, not_for_us};
use crate::github::{
    hub::Change,
    rest::{Api, Refusal, caller::Need},
    views::node_id,
    world::{Fact, ReviewComment, ReviewState, Thread, UserKind, World},
};
use serde_json::{Value, json};

const READ: Need = Need::read(&["pull_requests"]);
/// An App needs both to resolve a thread, although nothing of the repository's contents is written.
const WRITE: [Need; 2] = [Need::write(&["pull_requests"]), Need::write(&["contents"])];
/// GitHub's largest page.
const PAGE_MAX: u64 = 100;
const KIND: &str = "PRRT";

/// `repository { pullRequest { reviewThreads } }`.
pub async fn list(api: &Api, query: &str, wanted: &Value) -> Outcome {
    let text = |name: &str| wanted[name].as_str().unwrap_or_default();
    let (owner, name, number) = (text("owner"), text("name"), wanted["number"].as_u64().unwrap_or_default());
    let world = api.hub.read().await;
    let repo = match api.repository(&world, (owner, name), READ) {
        Ok(repo) => repo,
        Err(refusal) if refusal.is_forbidden() => return Err(not_for_us()),
        Err(_) => {
            let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
            return Err(("NOT_FOUND", message));
        }
    };
    if !world.pulls.contains_key(&(repo.id, number)) {
        return Err(("NOT_FOUND", format!("Could not resolve to a PullRequest with the number of {number}.")));
    }
    let began = |it: &&ReviewComment| {
        let of_pull = it.repository == repo.id && it.number == number && it.in_reply_to.is_none();
        let pending = world.reviews.get(&it.review).is_some_and(|review| review.state == ReviewState::Pending);
        of_pull && (!pending || it.user == api.call.actor)
    };
    let all: Vec<&ReviewComment> = world.review_comments.values().filter(began).collect();
    let page = Page::of(query, wanted, &all)?;
    let may = WRITE.iter().all(|need| api.repository(&world, (owner, name), *need).is_ok());
    let nodes: Vec<Value> = page.items.iter().map(|it| thread(&world, it, may)).collect();
    let cursor = |it: Option<&&ReviewComment>| it.map(|it| cursor_of(it.id));
    let info = json!({
        "hasPreviousPage": page.has_previous,
        "hasNextPage": page.has_next,
        "startCursor": cursor(page.items.first()),
        "endCursor": cursor(page.items.last()),
    });
    let threads = json!({ "totalCount": all.len(), "pageInfo": info, "nodes": nodes });
    Ok(json!({ "pullRequest": { "reviewThreads": threads } }))
}

fn cursor_of(id: u64) -> String {
    format!("Y3Vyc29y{id}")
}

struct Page<'a> {
    items: Vec<&'a ReviewComment>,
    has_previous: bool,
    has_next: bool,
}

impl<'a> Page<'a> {
    fn of(query: &str, wanted: &Value, all: &[&'a ReviewComment]) -> Result<Self, (&'static str, String)> {
        let asked = |name: &str| query.contains(&format!("{name}: ${name}")).then(|| wanted[name].as_u64()).flatten();
        let (first, last) = (asked("first"), asked("last"));
        let Some(size) = first.or(last) else {
            return Err((
                "MISSING_PAGINATION_BOUNDARIES",
                "You must provide a `first` or `last` value to properly paginate the `reviewThreads` connection."
                    .into(),
            ));
        };
        if size > PAGE_MAX {
            let message =
                format!("Requesting {size} records on the `reviewThreads` connection exceeds the limit of 100.");
            return Err(("EXCESSIVE_PAGINATION", message));
        }
        let place = |name: &str| {
            let cursor = wanted[name].as_str()?;
            all.iter().position(|it| cursor_of(it.id) == cursor)
        };
        let from = place("after").map_or(0, |place| place + 1);
        let to = place("before").unwrap_or(all.len()).max(from);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let (from, to) =
            if first.is_some() { (from, to.min(from + size)) } else { (from.max(to.saturating_sub(size)), to) };
        Ok(Self { items: all[from..to].to_vec(), has_previous: from > 0, has_next: to < all.len() })
    }
}

fn thread(world: &World, began: &ReviewComment, may: bool) -> Value {
    let comments = world.review_comments.values();
    let comments = comments.filter(|it| it.id == began.id || it.in_reply_to == Some(began.id));
    let resolved_by = world.resolved_by(began.id);
    json!({
        "id": node_id(KIND, began.id),
        "isResolved": resolved_by.is_some(),
        "isOutdated": false,
        "path": began.path,
        "line": began.line,
        "viewerCanResolve": may && resolved_by.is_none(),
        "viewerCanUnresolve": may && resolved_by.is_some(),
        "resolvedBy": resolved_by.map(|login| json!({ "login": login })),
        "comments": { "nodes": comments.map(|it| comment(world, it)).collect::<Vec<_>>() },
    })
}

/// GraphQL names an App by its slug: without `[bot]`, and with its kind beside it.
fn comment(world: &World, it: &ReviewComment) -> Value {
    let kind = world.users.get(&it.user.to_lowercase()).map_or(UserKind::User, |user| user.kind);
    let kind = if kind == UserKind::Bot { "Bot" } else { "User" };
    let login = it.user.strip_suffix("[bot]").unwrap_or(&it.user);
    json!({
        "id": node_id("PRRC", it.id),
        "databaseId": it.id,
        "body": it.body,
        "author": { "__typename": kind, "login": login },
    })
}

/// `resolveReviewThread`.
pub async fn resolve(api: &Api, wanted: &Value) -> Result<Outcome, Refusal> {
    let id = wanted["threadId"].as_str().unwrap_or_default();
    let nowhere = || Ok(Err(("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'."))));
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let number = id.strip_prefix(KIND).and_then(|rest| rest.strip_prefix("_standin")).and_then(|it| it.parse().ok());
    let began = number.and_then(|number: u64| change.review_comments.get(&number));
    let Some(began) = began.filter(|it| it.in_reply_to.is_none()).cloned() else { return nowhere() };
    let Some(repo) = change.repositories.get(&began.repository).cloned() else { return nowhere() };
    for need in WRITE {
        match api.repository(&change, (&repo.owner, &repo.name), need) {
            Ok(_) => {}
            Err(refusal) if refusal.is_forbidden() => return Ok(Err(not_for_us())),
            Err(_) => return nowhere(),
        }
    }
    let already = change.resolved_by(began.id).is_some();
    set_resolved(&mut change, began.id, Some(&api.call.actor));
    let value = json!({ "thread": thread(&change, &began, true), "clientMutationId": null });
    if !already {
        change.commit("thread.resolved")?;
    }
    Ok(Ok(value))
}

/// Resolves a thread, or opens it again. Who resolved it first stays named.
pub fn set_resolved(change: &mut Change<'_>, began: u64, by: Option<&str>) {
    let already = change.resolved_by(began).is_some();
    if already != by.is_some() {
        change.put(Fact::Thread(Thread { id: began, resolved_by: by.map(str::to_owned) }));
    }
}
