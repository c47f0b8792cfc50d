//! From event header and body to facts. An unknown event or action is no error; a body that does not fit its header is.

use super::delivery::{Account, CheckRunRef, CommentKind, Delivery, PullRequestHint, RepositoryRef, Sender};
use super::payload;
use serde::de::DeserializeOwned;

/// Why a signed body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It ends too early or is no JSON at all.
    #[error("the webhook's body is not JSON ({detail}); set the webhook's content type to application/json")]
    NotJson {
        /// Place, from the parser; holds nothing of the body.
        detail: String,
    },
    /// It is JSON, and not what its header says.
    #[error("the webhook's body does not fit its event `{event}` ({detail})")]
    DoesNotFit {
        /// The header.
        event: String,
        /// Place and missing field, from the parser.
        detail: String,
    },
}

/// Characters of a parser's message that are kept: enough for the field and the place.
const DETAIL_CHARS_MAX: usize = 160;

/// Reads a webhook whose signature was good. `event` is the `X-GitHub-Event` header.
///
/// # Errors
/// The body is truncated, is not JSON, or does not fit `event`.
pub fn parse(event: &str, body: &[u8]) -> Result<Delivery, PayloadError> {
    let any: payload::Any = serde_json::from_slice(body).map_err(|error| not_fitting(event, &error))?;
    let action = any.action.unwrap_or_default();
    match (event, action.as_str()) {
        ("pull_request", _) => read(event, body).map(|it| pull_request(action, it)),
        ("check_run", "requested_action") => read(event, body).and_then(|it| requested_action(event, it)),
        ("check_run", "rerequested") => read(event, body).map(rerequested),
        ("check_suite", "rerequested") => read(event, body).map(suite_rerequested),
        ("issue_comment", "created") => read(event, body).map(issue_comment),
        ("pull_request_review_comment", "created") => read(event, body).map(review_comment),
        ("installation", _) => read(event, body).map(|it| installation(action, it)),
        ("installation_repositories", _) => read(event, body).map(installation_repositories),
        ("repository", _) => read(event, body).map(|it: payload::RepositoryEvent| Delivery::RepositoryChanged {
            action,
            installation: id_of(it.installation),
            repository: repository(it.repository),
        }),
        ("ping", _) => Ok(Delivery::Ping),
        _ => Ok(Delivery::Other { event: event.to_owned(), action: Some(action).filter(|it| !it.is_empty()) }),
    }
}

fn read<T: DeserializeOwned>(event: &str, body: &[u8]) -> Result<T, PayloadError> {
    serde_json::from_slice(body).map_err(|error| not_fitting(event, &error))
}

fn not_fitting(event: &str, error: &serde_json::Error) -> PayloadError {
    let detail = error.to_string().chars().take(DETAIL_CHARS_MAX).collect();
    if error.is_data() {
        PayloadError::DoesNotFit { event: event.to_owned(), detail }
    } else {
        PayloadError::NotJson { detail }
    }
}

fn pull_request(action: String, it: payload::PullRequestEvent) -> Delivery {
    let pull = it.pull_request;
    Delivery::PullRequest {
        action,
        installation: id_of(it.installation),
        repository: repository(it.repository),
        pull_request: PullRequestHint {
            number: pull.number,
            head_sha: pull.head.sha,
            base_sha: pull.base.sha,
            draft: pull.draft,
            open: pull.state == "open",
            merged: pull.merged,
        },
        sender: sender(it.sender),
    }
}

fn requested_action(event: &str, it: payload::CheckRunEvent) -> Result<Delivery, PayloadError> {
    let Some(requested) = it.requested_action else {
        let detail = "missing field `requested_action`".to_owned();
        return Err(PayloadError::DoesNotFit { event: event.to_owned(), detail });
    };
    Ok(Delivery::CheckRunRequestedAction {
        installation: id_of(it.installation),
        repository: repository(it.repository),
        check_run: check_run(it.check_run),
        identifier: requested.identifier,
        sender: sender(it.sender),
    })
}

fn rerequested(it: payload::CheckRunEvent) -> Delivery {
    Delivery::CheckRunRerequested {
        installation: id_of(it.installation),
        repository: repository(it.repository),
        check_run: check_run(it.check_run),
        sender: sender(it.sender),
    }
}

fn suite_rerequested(it: payload::CheckSuiteEvent) -> Delivery {
    Delivery::CheckSuiteRerequested {
        installation: id_of(it.installation),
        repository: repository(it.repository),
        head_sha: it.check_suite.head_sha,
        pull_requests: it.check_suite.pull_requests.into_iter().map(|pull| pull.number).collect(),
        app_id: it.check_suite.app.map_or(0, |app| app.id),
        sender: sender(it.sender),
    }
}

fn issue_comment(it: payload::IssueCommentEvent) -> Delivery {
    Delivery::Comment {
        installation: id_of(it.installation),
        repository: repository(it.repository),
        kind: CommentKind::Issue,
        comment_id: it.comment.id,
        in_reply_to: None,
        number: it.issue.number,
        is_pull_request: it.issue.pull_request.is_some(),
        body: it.comment.body,
        author: sender(it.comment.user.unwrap_or(it.sender)),
    }
}

fn review_comment(it: payload::ReviewCommentEvent) -> Delivery {
    Delivery::Comment {
        installation: id_of(it.installation),
        repository: repository(it.repository),
        kind: CommentKind::Review,
        comment_id: it.comment.id,
        in_reply_to: it.comment.in_reply_to_id,
        number: it.pull_request.number,
        is_pull_request: true,
        body: it.comment.body,
        author: sender(it.comment.user.unwrap_or(it.sender)),
    }
}

fn installation(action: String, it: payload::InstallationEvent) -> Delivery {
    let account = it.installation.account;
    Delivery::Installation {
        action,
        id: it.installation.id,
        account: account.map_or(Account { id: 0, login: String::new() }, |it| Account { id: it.id, login: it.login }),
        repositories: it.repositories.into_iter().map(repository).collect(),
    }
}

fn installation_repositories(it: payload::InstallationRepositoriesEvent) -> Delivery {
    Delivery::InstallationRepositories {
        id: it.installation.id,
        added: it.repositories_added.into_iter().map(repository).collect(),
        removed: it.repositories_removed.into_iter().map(repository).collect(),
    }
}

fn id_of(installation: Option<payload::Installation>) -> Option<u64> {
    installation.map(|it| it.id)
}

fn repository(it: payload::Repository) -> RepositoryRef {
    // An installation's list leaves `owner` out and gives `full_name` only.
    let full = it.full_name.split_once('/').map(|(owner, _)| owner.to_owned());
    let owner = it.owner.map(|owner| owner.login).filter(|login| !login.is_empty()).or(full);
    RepositoryRef { id: it.id, owner: owner.unwrap_or_default(), name: it.name }
}

fn check_run(it: payload::CheckRun) -> CheckRunRef {
    let app_id = it.app.map_or(0, |app| app.id);
    CheckRunRef { id: it.id, external_id: it.external_id, name: it.name, head_sha: it.head_sha, app_id }
}

fn sender(it: payload::User) -> Sender {
    let is_bot = it.kind == "Bot" || it.login.ends_with("[bot]");
    Sender { id: it.id, login: it.login, is_bot }
}
