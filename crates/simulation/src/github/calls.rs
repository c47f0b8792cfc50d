//! The App client's verbs, call by call.

use super::{Check, FORK, permission, repository};
use crate::{
    faults::Fault,
    life::Life,
    production::{APP, GIT_TOKEN},
    world::{Kind, State, Trouble, World},
};
use async_trait::async_trait;
use github::{
    Error, GitHub,
    api::{
        CheckRun, CheckState, Comment, CommentId, Conclusion, GitUpstream, OpenCheckRun, Permission, PublishedReview,
        PullRequest, Push, Pushed, Reaction, Reading, Repository, Review, ReviewThread,
    },
};
use std::sync::Arc;

/// GitHub as one life of the supervisor reaches it.
#[derive(Clone)]
pub(crate) struct Client {
    pub world: World,
    pub life: Arc<Life>,
}

/// For how long a read may show what was there before.
const STALE_MS: u64 = 20_000;

fn trouble(trouble: Trouble) -> Error {
    let what = "as the simulation wants it".to_owned();
    match trouble {
        Trouble::Unavailable => Error::Retryable { what, retry_after: None },
        Trouble::Limited(after) => Error::Retryable { what, retry_after: Some(after) },
        Trouble::Lost => Error::Ambiguous { what },
    }
}

impl Client {
    pub(super) async fn read<T: Send + 'static>(
        &self,
        what: impl Into<String>,
        effect: impl FnOnce(&mut State, u64) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.world.call(&self.life, Kind::Read, what.into(), effect).await.map_err(trouble)
    }

    async fn write<T: Send + 'static>(
        &self,
        what: impl Into<String>,
        effect: impl FnOnce(&mut State, u64) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.world.call(&self.life, Kind::Write, what.into(), effect).await.map_err(trouble)
    }

    async fn end_twins(&self, check: &CheckRun, id: u64) -> Result<(), Error> {
        let (external_id, head_sha) = (check.external_id.clone(), check.head_sha.clone());
        let twins = self
            .read(format!("find twins of check {external_id}"), move |state, _| {
                let same = |it: &&Check| it.app == APP && it.external_id == external_id && it.head_sha == head_sha;
                let open = state.github.checks.iter().filter(same).filter(|it| it.id != id && !it.is_completed());
                open.map(|it| it.id).collect::<Vec<_>>()
            })
            .await?;
        for twin in twins {
            self.write(format!("end check {twin}"), move |state, _| {
                if let Some(check) = state.github.checks.iter_mut().find(|it| it.id == twin) {
                    check.state = CheckState::Completed(Conclusion::Cancelled);
                    check.actions.clear();
                }
            })
            .await?;
        }
        Ok(())
    }

    async fn comment(&self, number: u64, comment: &Comment, bring_up_to_date: bool) -> Result<u64, Error> {
        let marker = comment.marker.clone();
        let found = self
            .read(format!("find comment on {number}"), move |state, _| {
                let mut comments = state.github.comments.iter();
                comments.find(|it| it.number == number && it.marker == marker).map(|it| (it.id, it.body.clone()))
            })
            .await?;
        let wanted = comment.clone();
        match found {
            None => {
                let first = comment.body.lines().next().unwrap_or_default().to_owned();
                let what = format!("create comment on {number}: {first}");
                self.write(what, move |state, _| state.create_comment(number, &wanted)).await
            }
            Some((id, body)) if bring_up_to_date && body != wanted.body => {
                self.write(format!("update comment {id}"), move |state, _| {
                    if let Some(it) = state.github.comments.iter_mut().find(|it| it.id == id) {
                        it.body = wanted.body;
                    }
                    id
                })
                .await
            }
            Some((id, _)) => Ok(id),
        }
    }
}

#[async_trait]
impl GitHub for Client {
    async fn pull_request(&self, _: &Repository, number: u64) -> Result<Reading<PullRequest>, Error> {
        self.read(format!("read pull request {number}"), move |state, now| {
            let stale = state.happens(Fault::StaleRead);
            let Some(pull) = state.github.pull_mut(number) else { return Reading::NotFound };
            let old = stale && now.saturating_sub(pull.moved_at_ms) < STALE_MS;
            let head = if old { pull.before.clone() } else { pull.head.clone() };
            if !pull.open {
                pull.told_closed_ms.push(now);
            }
            Reading::Found(PullRequest {
                repository_id: repository().id,
                number,
                title: format!("Change {number}"),
                author: pull.author.clone(),
                author_is_bot: false,
                head_sha: head,
                head_ref: pull.branch.clone(),
                head_repository_id: Some(if pull.fork { FORK } else { repository().id }),
                base_sha: pull.base.clone(),
                base_ref: "main".into(),
                draft: pull.draft,
                open: pull.open,
                merged: false,
                default_branch: "main".into(),
                archived: false,
                labels: Vec::new(),
            })
        })
        .await
    }

    async fn file(&self, _: &Repository, path: &str, _: &str) -> Result<Option<Vec<u8>>, Error> {
        let ours = path == ".github/longshore.yml";
        self.read(format!("read file {path}"), move |state, _| {
            state.github.file.clone().filter(|_| ours).map(String::into_bytes)
        })
        .await
    }

    async fn branch_sha(&self, _: &Repository, branch: &str) -> Result<Option<String>, Error> {
        self.read(format!("read branch {branch}"), |_, _| Some("b".repeat(40))).await
    }

    async fn permission(&self, _: &Repository, login: &str) -> Result<Permission, Error> {
        let permission = permission(login);
        self.read(format!("read permission of {login}"), move |_, _| permission).await
    }

    async fn put_check_run(&self, _: &Repository, check: &CheckRun) -> Result<u64, Error> {
        let wanted = check.clone();
        let what = format!("{} {} on {}", check.external_id, check.title, &check.head_sha[..7]);
        let found = self
            .read(format!("find check {}", check.external_id), {
                let wanted = wanted.clone();
                move |state, _| {
                    let ours = state.github.checks.iter().filter(|it| it.app == APP);
                    let found = match wanted.id {
                        Some(id) => ours.clone().find(|it| it.id == id),
                        None => ours
                            .filter(|it| it.external_id == wanted.external_id && it.head_sha == wanted.head_sha)
                            .max_by_key(|it| it.id),
                    };
                    found.map(|it| (it.id, it.is_completed()))
                }
            })
            .await?;
        match found {
            None => self.write(format!("create check {what}"), move |state, _| state.create_check(&wanted)).await,
            Some((id, true)) if !matches!(wanted.state, CheckState::Completed(_)) => Ok(id),
            Some((id, _)) => {
                let completes = wanted.id.is_some() && matches!(wanted.state, CheckState::Completed(_));
                self.write(format!("update check {what}"), move |state, _| state.update_check(id, &wanted)).await?;
                if completes {
                    self.end_twins(check, id).await?;
                }
                Ok(id)
            }
        }
    }

    async fn open_check_runs(&self, _: &Repository, _: &str, sha: &str) -> Result<Vec<OpenCheckRun>, Error> {
        let sha = sha.to_owned();
        self.read(format!("open checks of {}", &sha[..7]), move |state, _| {
            let ours =
                state.github.checks.iter().filter(|it| it.app == APP && it.head_sha == sha && !it.is_completed());
            ours.map(|it| OpenCheckRun { id: it.id, external_id: it.external_id.clone() }).collect()
        })
        .await
    }

    async fn put_review(&self, _: &Repository, number: u64, review: &Review) -> Result<PublishedReview, Error> {
        let marker = review.marker.clone();
        let (ours, pending) = self
            .read(format!("find reviews of {number}"), move |state, _| {
                let of_pull = state.github.reviews.iter().filter(|it| it.number == number);
                let ours = of_pull.clone().find(|it| it.marker == marker && it.submitted).cloned();
                (ours, of_pull.clone().find(|it| !it.submitted).cloned())
            })
            .await?;
        if let Some(found) = ours {
            return Ok(PublishedReview { id: found.id, comments: found.comments });
        }
        let (id, comments) = match pending {
            Some(found) if found.marker == review.marker => (found.id, found.comments),
            other => {
                if let Some(left) = other {
                    self.write(format!("delete review {}", left.id), move |state, _| {
                        state.github.reviews.retain(|it| it.id != left.id || it.submitted);
                        state.github.threads.retain(|it| it.review != left.id);
                    })
                    .await?;
                }
                let wanted = review.clone();
                let what = format!("create review of {number}");
                let id = self.write(what, move |state, _| state.create_review(number, &wanted)).await?;
                (id, u32::try_from(review.comments.len()).unwrap_or(u32::MAX))
            }
        };
        self.write(format!("submit review {id}"), move |state, _| state.submit_review(id)).await?;
        Ok(PublishedReview { id, comments })
    }

    async fn put_comment(&self, _: &Repository, number: u64, comment: &Comment) -> Result<u64, Error> {
        self.comment(number, comment, true).await
    }

    async fn put_comment_once(&self, _: &Repository, number: u64, comment: &Comment) -> Result<u64, Error> {
        self.comment(number, comment, false).await
    }

    async fn review_threads(&self, _: &Repository, number: u64) -> Result<Vec<ReviewThread>, Error> {
        self.read(format!("read threads of {number}"), move |state, _| {
            let threads = state.github.threads.iter().filter(|it| it.number == number).rev();
            threads
                .map(|it| ReviewThread {
                    id: it.id.clone(),
                    resolved: it.resolved,
                    can_resolve: true,
                    body: it.body.clone(),
                })
                .collect()
        })
        .await
    }

    async fn resolve_thread(&self, _: &Repository, thread: &str) -> Result<bool, Error> {
        let thread = thread.to_owned();
        self.write(format!("resolve {thread}"), move |state, _| {
            let found = state.github.threads.iter_mut().find(|it| it.id == thread);
            found.map(|it| it.resolved = true).is_some()
        })
        .await
    }

    async fn react(&self, _: &Repository, _: CommentId, _: Reaction) -> Result<(), Error> {
        self.write("react", |_, _| ()).await
    }

    async fn push(&self, _: &Repository, push: &Push) -> Result<Pushed, Error> {
        let wanted = push.clone();
        let number = push.number;
        let (found, head) = self
            .read(format!("read branch of {number}"), {
                let wanted = wanted.clone();
                move |state, _| {
                    let pull = state.github.pull(number)?;
                    let mut commits = pull.commits.iter();
                    let found = commits.find(|it| it.decision == wanted.decision && it.parent == wanted.head_sha);
                    Some((found.map(|it| it.sha.clone()), pull.head.clone()))
                }
            })
            .await?
            .unwrap_or_default();
        let moved = || Pushed::Refused { reason: "the branch moved".into() };
        if let Some(sha) = found {
            return Ok(Pushed::Done { sha });
        }
        if head != push.head_sha {
            return Ok(moved());
        }
        let what = format!("commit for {} on {number}", push.decision);
        let made = self.write(what, move |state, now| state.commit(&wanted, now)).await?;
        Ok(made.map_or_else(moved, |sha| Pushed::Done { sha }))
    }

    async fn git_upstream(&self, _: &Repository) -> Result<GitUpstream, Error> {
        Ok(GitUpstream { url: "https://github.test/acme/shop.git".into(), authorization: GIT_TOKEN.into() })
    }
}
