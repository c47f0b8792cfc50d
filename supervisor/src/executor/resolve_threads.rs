use super::{Context, PullRequestExecutor, errors};
use crate::{parts::repository, results};
use domain::pull_request::{Event, Gone};
use engine::ActionError;
use github::{api::ReviewThread, marker::finding_digest};
use std::collections::BTreeSet;

/// Threads of one round: at a call a second, as GitHub asks for, well within the action's time limit.
const THREADS_PER_ROUND: usize = 50;

/// Findings that are gone, and the runs whose comments were about them.
struct Fixed {
    findings: BTreeSet<String>,
    last_run: u32,
}

impl PullRequestExecutor {
    /// Only threads that our App began with a marked comment of an earlier run. What is resolved already is left alone, so
    /// that a round may be repeated; what a person opened again is not touched by a later action, since a finding goes once.
    pub(super) async fn resolve_threads(&self, context: &Context, gone: &Gone) -> Result<Event, ActionError> {
        let state = &*context.state;
        let resolved = |threads, left| Event::ThreadsResolved { gone: gone.clone(), threads, left };
        let Some(fixed) = self.fixed(context, gone).await?.filter(|fixed| !fixed.findings.is_empty()) else {
            return Ok(resolved(0, 0));
        };
        let repository = repository(state);
        let read = self.parts.github.review_threads(&repository, state.pr.number);
        let threads = read.await.map_err(errors::github)?;
        let workflow = context.workflow.to_string();
        let is_due = |thread: &ReviewThread| {
            let mark = self.parts.markers.read_finding(&thread.body, &workflow);
            let fixed = mark.is_some_and(|mark| mark.run <= fixed.last_run && fixed.findings.contains(&mark.finding));
            fixed && !thread.resolved
        };
        let (due, barred): (Vec<_>, Vec<_>) = threads.into_iter().filter(is_due).partition(|thread| thread.can_resolve);
        if !barred.is_empty() {
            let barred = barred.len();
            tracing::warn!(
                barred,
                "threads of fixed findings stay open: the App needs contents and pull requests, write"
            );
        }
        let mut threads = 0;
        for thread in due.iter().take(THREADS_PER_ROUND) {
            let done = self.parts.github.resolve_thread(&repository, &thread.id).await.map_err(errors::github)?;
            threads += u32::from(done);
        }
        let left = due.len().saturating_sub(THREADS_PER_ROUND);
        Ok(resolved(threads, u32::try_from(left).unwrap_or(u32::MAX)))
    }

    /// None if what is needed to tell is not stored any more.
    async fn fixed(&self, context: &Context, gone: &Gone) -> Result<Option<Fixed>, ActionError> {
        let state = &*context.state;
        match gone {
            Gone::Run { run, result } => {
                let known = self.runs.known_before(context.workflow, *run).await.map_err(errors::ours)?;
                let Some(result) = results::load(&*self.parts.beside, result).await.map_err(errors::ours)? else {
                    return Ok(None);
                };
                let open: BTreeSet<&str> = result.findings.iter().map(|finding| finding.id.as_str()).collect();
                let findings = known.iter().filter(|id| !open.contains(id.as_str()));
                let findings = findings.map(|id| finding_digest(id)).collect();
                Ok(Some(Fixed { findings, last_run: run.saturating_sub(1) }))
            }
            Gone::Patch { request } => {
                let Some(decision) = state.decision(request) else { return Ok(None) };
                let Some(digest) = &decision.result else { return Ok(None) };
                let Some(result) = results::load(&*self.parts.beside, digest).await.map_err(errors::ours)? else {
                    return Ok(None);
                };
                let fixed = result.findings.iter().filter(|finding| finding.in_patch);
                let findings = fixed.map(|finding| finding_digest(&finding.id)).collect();
                Ok(Some(Fixed { findings, last_run: decision.request.run }))
            }
        }
    }
}
