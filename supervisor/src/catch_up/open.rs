//! Open pull requests of the allowed repositories, compared with the workflows. One step is one page from GitHub or one
//! page of workflows, so that whatever is more urgent comes between.

use super::{
    CatchUp,
    compare::{Closed, Difference, compare},
    pace::Pace,
    rest::Rest,
    stop::Stop,
};
use crate::intake::{listed, opened};
use domain::{
    ids::PullRequestRef,
    pull_request::{Event, Hint, PullRequest},
};
use engine::EventId;
use github::{
    api::Repository,
    app_level::{Listed, OpenPullRequest},
};
use std::collections::{BTreeSet, HashSet, VecDeque};

/// Pages of 100 installations.
const INSTALLATION_PAGES_MAX: u32 = 100;
/// Pages of 100 repositories of one installation.
const REPOSITORY_PAGES_MAX: u32 = 100;
/// Pages of 100 open pull requests of one repository: more than that are read one by one.
const PULL_PAGES_MAX: u32 = 100;
/// Times that an event is submitted again to an engine that is busy.
const SUBMIT_TRIES: u32 = 5;

/// A page to be read.
#[derive(Debug, Clone)]
enum Work {
    Installations { page: u32 },
    Repositories { installation: u64, page: u32 },
    PullRequests { repository: Repository, page: u32 },
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Keys of pull requests that were listed as open.
    pub(super) open: HashSet<String>,
    /// Repositories whose open pull requests were listed to the end.
    pub(super) complete: HashSet<u64>,
    /// Repositories whose pull requests cannot be worked on.
    pub(super) archived: HashSet<u64>,
    /// Installations that may not be used for now.
    pub(super) suspended: HashSet<u64>,
    /// Everything was looked at: what was not found is read one by one.
    pub(super) everything: bool,
}

impl Found {
    /// Why a workflow's pull request was not listed, if the lists say so.
    pub(super) fn closed(&self, pr: &PullRequestRef) -> Option<Closed> {
        if self.suspended.contains(&pr.installation) {
            Some(Closed::Suspended)
        } else {
            self.archived.contains(&pr.repository_id).then_some(Closed::Archived)
        }
    }
}

/// The lists that are still to be read.
pub(super) struct Open {
    work: VecDeque<Work>,
    found: Found,
    rest: Option<Rest>,
    /// Names the events of this start.
    boot: String,
    events: u64,
    /// Hints that were given, for the log.
    hinted: usize,
}

impl Open {
    /// From the first installation on.
    pub(super) fn everything(boot: String) -> Self {
        let (work, found) = (VecDeque::new(), Found::default());
        let mut open = Self { work, found, rest: None, boot, events: 0, hinted: 0 };
        open.begin_again();
        open
    }

    /// Everything once more.
    pub(super) fn begin_again(&mut self) {
        self.work = VecDeque::from([Work::Installations { page: 1 }]);
        (self.found, self.rest) = (Found { everything: true, ..Found::default() }, None);
    }

    /// These installations too.
    pub(super) fn add(&mut self, installations: BTreeSet<u64>) {
        for installation in installations {
            self.work.push_back(Work::Repositories { installation, page: 1 });
        }
    }

    pub(super) fn has_work(&self) -> bool {
        !self.work.is_empty() || self.rest.is_some()
    }

    /// One page.
    pub(super) async fn step(&mut self, duty: &CatchUp, pace: &mut Pace) -> Result<(), Stop> {
        let Some(work) = self.work.front().cloned() else { return self.step_of_rest(duty).await };
        pace.call().await;
        match self.page(duty, &work).await {
            Ok(()) => {}
            // The whole App is refused: tried again later. One installation or repository: left to single readings.
            Err(Stop::Denied { why }) if !matches!(work, Work::Installations { .. }) => {
                tracing::warn!(?work, why, "open pull requests cannot be listed here");
            }
            Err(stop) => return Err(stop),
        }
        // Work is added at the end only, so the first is still what was done.
        self.work.pop_front();
        if self.work.is_empty() {
            self.rest = Some(Rest::default());
        }
        Ok(())
    }

    async fn step_of_rest(&mut self, duty: &CatchUp) -> Result<(), Stop> {
        let Some(rest) = self.rest.clone() else { return Ok(()) };
        let page = rest.page(duty, &self.found).await?;
        // Where submitting fails half-way the page is looked at again: being told twice does no harm.
        for (key, event) in page.events {
            self.submit(duty, &key, event).await?;
        }
        self.rest = page.next.map(Rest::after);
        if self.rest.is_none() {
            let found = std::mem::take(&mut self.found);
            if found.everything || self.hinted > 0 {
                tracing::info!(
                    open = found.open.len(),
                    repositories = found.complete.len(),
                    told = self.hinted,
                    "open pull requests were compared with the workflows"
                );
            }
            self.hinted = 0;
        }
        Ok(())
    }

    async fn page(&mut self, duty: &CatchUp, work: &Work) -> Result<(), Stop> {
        match work {
            Work::Installations { page } => self.installations(duty, *page).await,
            Work::Repositories { installation, page } => self.repositories(duty, *installation, *page).await,
            Work::PullRequests { repository, page } => self.pull_requests(duty, repository, *page).await,
        }
    }

    async fn installations(&mut self, duty: &CatchUp, number: u32) -> Result<(), Stop> {
        let page = duty.github.installations(number).await?;
        let allowed = &duty.intake.parts.config.github.allowed_installations;
        for installation in page.items {
            if allowed.as_ref().is_some_and(|allowed| !allowed.contains(&installation.id)) {
                continue;
            }
            if installation.suspended {
                self.found.suspended.insert(installation.id);
            } else {
                self.work.push_back(Work::Repositories { installation: installation.id, page: 1 });
            }
        }
        match page.next {
            Some(page) if page <= INSTALLATION_PAGES_MAX => self.work.push_back(Work::Installations { page }),
            Some(_) => tracing::warn!("there are more installations than are looked through"),
            None => {}
        }
        Ok(())
    }

    async fn repositories(&mut self, duty: &CatchUp, installation: u64, number: u32) -> Result<(), Stop> {
        let page = duty.github.repositories(installation, number).await?;
        self.found.suspended.remove(&installation);
        for Listed { repository, archived } in page.items {
            let is_listed = listed(&duty.intake.parts.config.github, installation, &repository.owner, &repository.name);
            if is_listed != domain::gates::Listed::Yes {
                continue;
            }
            if archived {
                self.found.archived.insert(repository.id);
            } else {
                self.found.archived.remove(&repository.id);
                self.work.push_back(Work::PullRequests { repository, page: 1 });
            }
        }
        match page.next {
            Some(page) if page <= REPOSITORY_PAGES_MAX => {
                self.work.push_back(Work::Repositories { installation, page });
            }
            Some(_) => tracing::warn!(installation, "the installation has more repositories than are looked through"),
            None => {}
        }
        Ok(())
    }

    async fn pull_requests(&mut self, duty: &CatchUp, repository: &Repository, number: u32) -> Result<(), Stop> {
        let page = duty.github.open_pull_requests(repository, number).await?;
        for pull in page.items {
            let key = domain::ids::key(repository.id, pull.number);
            self.compared(duty, repository, &pull, &key).await?;
            self.found.open.insert(key);
        }
        match page.next {
            Some(page) if page <= PULL_PAGES_MAX => {
                self.work.push_back(Work::PullRequests { repository: repository.clone(), page });
            }
            Some(_) => tracing::warn!(repository = repository.id, "more pull requests are open than are listed"),
            None => {
                self.found.complete.insert(repository.id);
            }
        }
        Ok(())
    }

    async fn compared(
        &mut self,
        duty: &CatchUp,
        repository: &Repository,
        pull: &OpenPullRequest,
        key: &str,
    ) -> Result<(), Stop> {
        let view = duty.intake.parts.engine.engine()?.view_by_key::<PullRequest>(key).await?;
        let hinted = |hint| {
            let (installation, repository_id) = (repository.installation, repository.id);
            let (owner, name) = (repository.owner.clone(), repository.name.clone());
            let pr = PullRequestRef { installation, repository_id, owner, name, number: pull.number };
            Event::Hinted { pr, hint }
        };
        let event = match compare(view.as_ref().map(|view| &*view.state), repository, pull) {
            Difference::None => {
                duty.counts.add("open_pull_requests", "same");
                return Ok(());
            }
            Difference::Unknown => {
                duty.counts.add("open_pull_requests", "unknown");
                let at = github::webhook::RepositoryRef {
                    id: repository.id,
                    owner: repository.owner.clone(),
                    name: repository.name.clone(),
                };
                let (id, event) = opened(repository.installation, &at, pull.number, &pull.head_sha);
                return self.submit_as(duty, key, id, event).await;
            }
            Difference::Over => hinted(Hint::Reopened),
            Difference::Changed => hinted(Hint::Started),
            Difference::Access(change) => Event::AccessChanged { change },
        };
        duty.counts.add("open_pull_requests", "differs");
        self.submit(duty, key, event).await
    }

    /// Under an id of its own: the same difference may come again.
    async fn submit(&mut self, duty: &CatchUp, key: &str, event: Event) -> Result<(), Stop> {
        self.events += 1;
        let id = EventId::new("start", format!("{}:{}", self.boot, self.events));
        self.submit_as(duty, key, id, event).await
    }

    async fn submit_as(&mut self, duty: &CatchUp, key: &str, id: EventId, event: Event) -> Result<(), Stop> {
        self.hinted += 1;
        submit(duty, key, id, event).await
    }
}

/// Waits while the engine is busy: outside events go first.
async fn submit(duty: &CatchUp, key: &str, id: EventId, event: Event) -> Result<(), Stop> {
    let mut tries = 0;
    loop {
        match duty.intake.submit(key, id.clone(), event.clone()).await {
            Ok(_) => return Ok(()),
            Err(crate::seams::Error::Refused(why)) => {
                tracing::info!(key, why, "event refused");
                return Ok(());
            }
            Err(crate::seams::Error::Overloaded { retry_after }) if tries < SUBMIT_TRIES => {
                tries += 1;
                duty.intake.parts.environment.sleep(retry_after).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
