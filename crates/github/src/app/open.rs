//! What is open where the App is installed.

use super::{App, client::Call, pages::PER_PAGE, route};
use crate::{
    api::{Purpose, Repository},
    app_level::{Installation, Listed, OpenPullRequest, Page},
    error::Error,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct InstallationItem {
    id: u64,
    #[serde(default)]
    suspended_at: Option<Value>,
}

#[derive(Deserialize)]
struct Repositories {
    repositories: Vec<RepositoryItem>,
}

#[derive(Deserialize)]
struct RepositoryItem {
    id: u64,
    full_name: String,
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
struct PullItem {
    number: u64,
    #[serde(default)]
    draft: bool,
    head: Head,
    base: Base,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct Base {
    #[serde(rename = "ref")]
    branch: String,
}

impl App {
    pub(super) async fn list_installations(&self, page: u32) -> Result<Page<Installation>, Error> {
        let answer = self.client.as_app(&Call::read(paged("/app/installations?", page))).await?;
        let items: Vec<InstallationItem> = answer.ok()?.json()?;
        let read = |it: InstallationItem| Installation { id: it.id, suspended: it.suspended_at.is_some() };
        Ok(follow(items, page, read))
    }

    pub(super) async fn list_repositories(&self, installation: u64, page: u32) -> Result<Page<Listed>, Error> {
        // The one token that is not for one repository: it sees names only.
        let all = Repository { installation, id: 0, owner: String::new(), name: String::new() };
        let call = Call::read(paged("/installation/repositories?", page));
        let answer = self.call(&all, Purpose::List, &call).await?;
        let items = answer.ok()?.json::<Repositories>()?.repositories;
        Ok(follow(items, page, |it| {
            let (owner, name) = it.full_name.split_once('/').unwrap_or_default();
            let repository = Repository { installation, id: it.id, owner: owner.to_owned(), name: name.to_owned() };
            Listed { repository, archived: it.archived }
        }))
    }

    pub(super) async fn list_open(&self, repository: &Repository, page: u32) -> Result<Page<OpenPullRequest>, Error> {
        let call =
            Call::read(paged(&route::repository(repository, "/pulls?state=open&sort=created&direction=asc&"), page));
        let items: Vec<PullItem> = self.call(repository, Purpose::Read, &call).await?.ok()?.json()?;
        Ok(follow(items, page, |it| OpenPullRequest {
            number: it.number,
            head_sha: it.head.sha,
            base_ref: it.base.branch,
            draft: it.draft,
        }))
    }
}

fn paged(route: &str, page: u32) -> String {
    format!("{route}per_page={PER_PAGE}&page={page}")
}

fn follow<T, U>(items: Vec<T>, page: u32, read: impl FnMut(T) -> U) -> Page<U> {
    let next = (items.len() >= PER_PAGE).then(|| page.saturating_add(1));
    Page { items: items.into_iter().map(read).collect(), next }
}
