//! Reads of the pull request. A 404 or 403 alone never means "closed": it is told apart from a move.

use super::{App, client::Call, route, tokens::Denied};
use crate::api::{PullRequest, Purpose, Reading, Repository};
use crate::error::Error;
use serde::Deserialize;

#[derive(Deserialize)]
struct Body {
    number: u64,
    title: String,
    user: Option<User>,
    state: String,
    #[serde(default)]
    draft: Option<bool>,
    #[serde(default)]
    merged: Option<bool>,
    #[serde(default)]
    labels: Vec<Label>,
    head: Side,
    base: Side,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Label {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Side {
    sha: String,
    #[serde(rename = "ref")]
    branch: String,
    repo: Option<RepositoryBody>,
}

#[derive(Deserialize)]
struct RepositoryBody {
    id: u64,
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    default_branch: String,
    #[serde(default)]
    archived: bool,
}

impl App {
    pub(super) async fn read_pull_request(
        &self,
        repository: &Repository,
        number: u64,
    ) -> Result<Reading<PullRequest>, Error> {
        let call = Call::read(route::repository(repository, &format!("/pulls/{number}")));
        let answer = match self.call(repository, Purpose::Read, &call).await {
            Ok(answer) => answer,
            Err(Denied::NotFound(_)) => return Ok(Reading::NotFound),
            Err(Denied::Forbidden(_)) => return Ok(Reading::Forbidden),
            Err(Denied::Other(error)) => return Err(error),
        };
        match answer.status() {
            301 | 302 | 307 | 308 | 404 => self.moved_or(repository, Reading::NotFound).await,
            403 => Ok(Reading::Forbidden),
            _ => {
                let body: Body = answer.ok()?.json()?;
                match body.base.repo {
                    // Somebody else's repository under the old name.
                    Some(ref it) if it.id != repository.id => self.moved_or(repository, Reading::NotFound).await,
                    _ => Ok(Reading::Found(pull_request(body, repository))),
                }
            }
        }
    }

    /// Asks for the repository by its id, which stays when it is renamed or transferred.
    async fn moved_or<T>(&self, repository: &Repository, otherwise: Reading<T>) -> Result<Reading<T>, Error> {
        let call = Call::read(format!("/repositories/{}", repository.id));
        let answer = match self.call(repository, Purpose::Read, &call).await {
            Ok(answer) => answer,
            Err(Denied::NotFound(_)) => return Ok(Reading::NotFound),
            Err(Denied::Forbidden(_)) => return Ok(Reading::Forbidden),
            Err(Denied::Other(error)) => return Err(error),
        };
        match answer.status() {
            404 => return Ok(Reading::NotFound),
            403 => return Ok(Reading::Forbidden),
            _ => {}
        }
        let body: RepositoryBody = answer.ok()?.json()?;
        Ok(match body.full_name.split_once('/') {
            Some((owner, name)) if (owner, name) != (repository.owner.as_str(), repository.name.as_str()) => {
                Reading::Moved { owner: owner.to_owned(), name: name.to_owned() }
            }
            _ => otherwise,
        })
    }
}

fn pull_request(body: Body, repository: &Repository) -> PullRequest {
    let (author, author_is_bot) = body.user.map_or_else(
        || ("ghost".to_owned(), false),
        |user| (user.login.clone(), user.kind == "Bot" || user.login.ends_with("[bot]")),
    );
    let base = body.base.repo.as_ref();
    PullRequest {
        repository_id: base.map_or(repository.id, |it| it.id),
        number: body.number,
        title: body.title,
        author,
        author_is_bot,
        head_sha: body.head.sha,
        head_ref: body.head.branch,
        head_repository_id: body.head.repo.map(|it| it.id),
        base_sha: body.base.sha,
        draft: body.draft.unwrap_or(false),
        open: body.state == "open",
        merged: body.merged.unwrap_or(false),
        default_branch: base.map(|it| it.default_branch.clone()).unwrap_or_default(),
        archived: base.is_some_and(|it| it.archived),
        labels: body.labels.into_iter().map(|label| label.name).collect(),
        base_ref: body.base.branch,
    }
}
