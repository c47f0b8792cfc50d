//! Review threads: found, and resolved. REST knows neither.

use super::{App, client::Effect, graphql::Graphql};
use crate::api::{Purpose, Repository, ReviewThread};
use crate::error::Error;
use serde::Deserialize;
use serde_json::{Value, json};

/// Threads of a page. Each comes with one body of up to 65,536 characters, and a page must stay a bounded answer.
const PAGE_THREADS: usize = 50;
/// Pages that are looked through, from the newest.
const PAGES_MAX: usize = 20;
/// Threads that are looked through: whoever has a thousand on one pull request resolves them by hand.
pub const THREADS_READ_MAX: usize = PAGE_THREADS * PAGES_MAX;

const THREADS: &str = "query($owner: String!, $name: String!, $number: Int!, $last: Int!, $before: String) { \
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { \
    reviewThreads(last: $last, before: $before) { \
    pageInfo { hasPreviousPage startCursor } \
    nodes { id isResolved viewerCanResolve comments(first: 1) { nodes { body author { __typename login } } } } } } } }";

const RESOLVE: &str = "mutation($input: ResolveReviewThreadInput!) { \
    resolveReviewThread(input: $input) { thread { isResolved } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    #[serde(default)]
    nodes: Vec<Option<Thread>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_previous_page: bool,
    start_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thread {
    id: String,
    is_resolved: bool,
    viewer_can_resolve: bool,
    comments: Comments,
}

#[derive(Deserialize)]
struct Comments {
    #[serde(default)]
    nodes: Vec<Option<Comment>>,
}

#[derive(Deserialize)]
struct Comment {
    body: String,
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
}

impl Author {
    /// GraphQL names an App without REST's `[bot]`; a person may have that very name, so the kind counts as well.
    fn is_app(&self, slug: &str) -> bool {
        self.kind == "Bot" && self.login == slug
    }
}

impl App {
    pub(super) async fn own_threads(&self, repository: &Repository, number: u64) -> Result<Vec<ReviewThread>, Error> {
        let slug = &self.whoami().await?.slug;
        let mut threads = Vec::new();
        let mut before: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self.thread_page(repository, number, before.as_deref()).await?;
            threads.extend(page.nodes.into_iter().rev().flatten().filter_map(|thread| ours(thread, slug)));
            before = page.page_info.start_cursor.filter(|_| page.page_info.has_previous_page);
            if before.is_none() {
                break;
            }
        }
        Ok(threads)
    }

    async fn thread_page(&self, repository: &Repository, number: u64, before: Option<&str>) -> Result<Page, Error> {
        let variables = json!({
            "owner": repository.owner,
            "name": repository.name,
            "number": number,
            "last": PAGE_THREADS,
            "before": before,
        });
        let asked = Graphql { document: THREADS, variables, effect: Effect::Reads };
        // With the token that resolves: what the viewer may do depends on it.
        let data = self.graphql(repository, Purpose::Resolve, &asked).await?;
        let mut data: Value = data.map_err(|complaints| complaints.error("the review threads cannot be read"))?;
        serde_json::from_value(data["repository"]["pullRequest"]["reviewThreads"].take()).map_err(|error| {
            Error::Permanent { what: format!("the review threads are not as GitHub documents ({error})"), status: None }
        })
    }

    pub(super) async fn resolve(&self, repository: &Repository, thread: &str) -> Result<bool, Error> {
        let variables = json!({ "input": { "threadId": thread } });
        let asked = Graphql { document: RESOLVE, variables, effect: Effect::Repeatable };
        match self.graphql(repository, Purpose::Resolve, &asked).await? {
            Ok(data) if data["resolveReviewThread"]["thread"]["isResolved"] == true => Ok(true),
            Ok(_) => Err(Error::Retryable { what: "the thread is still open".into(), retry_after: None }),
            Err(complaints) if complaints.is_not_found() => Ok(false),
            Err(complaints) => Err(complaints.error("a review thread was not resolved")),
        }
    }
}

fn ours(thread: Thread, slug: &str) -> Option<ReviewThread> {
    let first = thread.comments.nodes.into_iter().flatten().next()?;
    let by_us = first.author.as_ref().is_some_and(|author| author.is_app(slug));
    by_us.then_some(ReviewThread {
        id: thread.id,
        resolved: thread.is_resolved,
        can_resolve: thread.viewer_can_resolve,
        body: first.body,
    })
}
