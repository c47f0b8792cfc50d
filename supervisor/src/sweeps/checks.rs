//! Which check runs of ours GitHub shows as open although their workflows have no run behind them.
//!
//! Only those of some two weeks are asked after: GitHub itself marks a check run as stale that is open for longer than 14 days
//! (docs.github.com, "Using the REST API to interact with checks").

use crate::{
    executor::CHECK_NAME,
    parts::{Parts, failed, repository},
    seams::Error,
};
use domain::pull_request::{Action, Publishing, PullRequest};
use engine::{ListFilter, View, Workflow, WorkflowId};
use janitor::{OpenCheck, Page};
use std::{collections::BTreeSet, time::Duration};

/// Commits that one pass asks GitHub about, each for one call of some five thousand an hour.
const COMMITS_PER_PASS_MAX: usize = 200;
/// Rows read at a time.
const PAGE: usize = 500;
/// After this GitHub ends an open check run by itself.
const STALE: Duration = Duration::from_secs(14 * 24 * 3600);
/// What moved this recently, or within the grace period if that is shorter, is still publishing.
const SETTLE: Duration = Duration::from_secs(600);

/// Those of the workflows after `place`.
pub(super) async fn open(parts: &Parts, place: Option<&str>) -> Result<Page<OpenCheck>, Error> {
    let mut after: Option<WorkflowId> = place.and_then(|place| place.parse().ok());
    let (mut found, mut asked) = (Vec::new(), 0);
    loop {
        let filter = ListFilter { kind: Some(PullRequest::KIND.into()), after, limit: PAGE, ..ListFilter::default() };
        let rows = parts.engine.engine()?.list(filter).await.map_err(failed)?;
        let now = parts.environment.now();
        let settle = SETTLE.min(parts.config.janitor.grace);
        for row in rows.iter().filter(|row| (settle..=STALE).contains(&now.since(row.last_activity))) {
            let Some(view) = parts.view(row.workflow).await?.filter(is_settled) else { continue };
            let commits = commits(&view);
            if asked + commits.len() > COMMITS_PER_PASS_MAX {
                return Ok(Page { found, next: after.map(|after| after.to_string()) });
            }
            asked += commits.len();
            for sha in commits {
                found.extend(of_commit(parts, &view, &sha).await?);
            }
            after = Some(row.workflow);
        }
        if rows.len() < PAGE {
            return Ok(Page { found, next: None });
        }
        after = rows.last().map(|row| row.workflow);
    }
}

/// Nothing is being published, nor will be by itself.
fn is_settled(view: &View<PullRequest>) -> bool {
    let publishing = view.pending.iter().any(|pending| matches!(pending.action, Action::PublishCheck { .. }));
    let state = &view.state;
    let behind =
        state.checks.iter().any(|check| check.publishing != Publishing::No || check.published < check.revision);
    state.access.can_write() && !publishing && !behind
}

/// Where checks of it may be: those that it remembers, and its head.
fn commits(view: &View<PullRequest>) -> BTreeSet<String> {
    let remembered = view.state.checks.iter().map(|check| check.sha.clone());
    remembered.chain(view.state.snapshot.iter().map(|snapshot| snapshot.head_sha.clone())).collect()
}

async fn of_commit(parts: &Parts, view: &View<PullRequest>, sha: &str) -> Result<Vec<OpenCheck>, Error> {
    let state = &*view.state;
    let open = match parts.github.open_check_runs(&repository(state), CHECK_NAME, sha).await {
        Ok(open) => open,
        // Whether access is lost is for a reading to say.
        Err(github::Error::NoAccess { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(Error::Failed(error.to_string())),
    };
    let policy = &state.policy;
    let of_this = open.into_iter().filter_map(|open| {
        let (workflow, run) = open.external_id.split_once(':')?;
        let run = run.parse().ok().filter(|_| workflow == view.workflow.to_string())?;
        let is_wanted = state.wanted.as_ref().is_some_and(|wanted| wanted.run == run)
            || state.check(run, sha).is_some_and(|check| check.face.conclusion(policy).is_none());
        (!is_wanted).then(|| OpenCheck {
            workflow: workflow.to_owned(),
            title: view.row.title.clone(),
            run,
            sha: sha.to_owned(),
            check_run: open.id,
        })
    });
    Ok(of_this.collect())
}
