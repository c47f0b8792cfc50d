//! What GitHub tells the App itself: attempts, installations, what is open.

use super::{Client, repository};
use async_trait::async_trait;
use github::{
    AppLevel, Error,
    api::Repository,
    app_level::{Attempt, Installation, Listed, OpenPullRequest, Page},
};

/// Attempts on a page: few, so that pages are turned.
const PER_PAGE: usize = 30;

#[async_trait]
impl AppLevel for Client {
    async fn attempts(&self, cursor: Option<&str>) -> Result<Page<Attempt, String>, Error> {
        // The cursor is the id of the last attempt on the page before.
        let before: u64 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(u64::MAX);
        self.read("list attempts", move |state, _| {
            let all = state.github.attempts.iter().rev().map(|(attempt, _)| attempt);
            let mut items: Vec<Attempt> =
                all.filter(|attempt| attempt.id < before).take(PER_PAGE + 1).cloned().collect();
            let more = items.len() > PER_PAGE;
            items.truncate(PER_PAGE);
            let next = items.last().filter(|_| more).map(|last| last.id.to_string());
            Page { items, next }
        })
        .await
    }

    async fn payload(&self, attempt: u64) -> Result<Option<Vec<u8>>, Error> {
        self.read(format!("read attempt {attempt}"), move |state, _| {
            let delivery = state.github.attempts.iter().find(|(it, _)| it.id == attempt).map(|(_, place)| *place)?;
            state.github.deliveries.get(delivery).map(|it| it.body.clone())
        })
        .await
    }

    async fn installations(&self, _: u32) -> Result<Page<Installation>, Error> {
        let items = vec![Installation { id: repository().installation, suspended: false }];
        self.read("list installations", move |_, _| Page { items, next: None }).await
    }

    async fn repositories(&self, _: u64, _: u32) -> Result<Page<Listed>, Error> {
        let items = vec![Listed { repository: repository(), archived: false }];
        self.read("list repositories", move |_, _| Page { items, next: None }).await
    }

    async fn open_pull_requests(&self, _: &Repository, _: u32) -> Result<Page<OpenPullRequest>, Error> {
        self.read("list pull requests", |state, _| {
            let open = state.github.pulls.iter().filter(|pull| pull.open);
            let items = open.map(|pull| OpenPullRequest {
                number: pull.number,
                head_sha: pull.head.clone(),
                base_ref: "main".into(),
                draft: pull.draft,
            });
            Page { items: items.collect(), next: None }
        })
        .await
    }
}
