//! From the state and what lies beside to what people see.

use super::{Context, PullRequestExecutor, errors};
use crate::results;
use domain::pull_request::{Check, Choice, Decision, Face, Kind, Request, State};
use engine::ActionError;
use github::render::{
    CheckView, DecisionOutcome, DecisionView, Ending, Links, NotCompletedView, RequestKind, RequestView, ReviewView,
    RunningView,
};
use protocol::{Outcome, RunResult, SessionState};

impl PullRequestExecutor {
    pub(super) async fn check_view(&self, context: &Context, check: &Check) -> Result<CheckView, ActionError> {
        let state = &*context.state;
        let head_sha = check.sha.clone();
        let isolation = self.parts.isolation_note();
        let not_completed = |reason: &str| {
            let (reason, detail) = (reason.to_owned(), String::new());
            let request = open_request(state, check);
            let isolation = isolation.clone();
            CheckView::NotCompleted(NotCompletedView {
                head_sha: head_sha.clone(),
                reason,
                detail,
                run: check.run,
                request,
                isolation,
            })
        };
        Ok(match &check.face {
            Face::Queued => CheckView::Queued { head_sha, waits_for: state.held_back().map(str::to_owned) },
            Face::InProgress { findings, files_read, files_total } => {
                let progress = self.runs.progress(context.workflow, check.run);
                CheckView::Running(RunningView {
                    head_sha,
                    run: check.run,
                    phase: progress.map_or_else(|| "started".to_owned(), |progress| progress.phase),
                    files_read: *files_read,
                    files_total: *files_total,
                    findings: *findings,
                    isolation,
                })
            }
            Face::Reviewed { result, .. } | Face::NeedsDecision { result, .. } | Face::Stopped { result, .. } => {
                let mut view = self.review_view(context, check.run, result).await?;
                view.request = open_request(state, check);
                CheckView::Reviewed(Box::new(view))
            }
            Face::Decided { request, .. } | Face::NotDecided { request, .. } | Face::PushRefused { request, .. } => {
                match self.decision_view(context, request).await? {
                    Some(view) => CheckView::Decided(Box::new(view)),
                    None => not_completed(&format!("request {request} was not decided in time")),
                }
            }
            Face::Applied { request, sha, open } => match self.decision_view(context, request).await? {
                Some(view) if *sha != check.sha => CheckView::Decided(Box::new(view)),
                _ => CheckView::OwnPush {
                    sha: sha.clone(),
                    patch: state.decision(request).map(patch_of).unwrap_or_default(),
                    run: state.decision(request).map_or(check.run, |decision| decision.request.run),
                    open: open.all(),
                },
            },
            Face::NotCompleted { why, .. } => not_completed(why),
            Face::Cancelled { why } => not_completed(why),
            Face::Gated { gate, .. } => CheckView::NotReviewed {
                head_sha,
                reason: gate.words().to_owned(),
                ask_with: Some(format!("@{} review", self.parts.config.github.bot_name)),
            },
            Face::Paused { by } => CheckView::NotReviewed {
                head_sha,
                reason: format!("paused by {by}"),
                ask_with: Some(format!("@{} resume", self.parts.config.github.bot_name)),
            },
            Face::Superseded { by } => CheckView::Replaced { head_sha, by_sha: by.clone() },
        })
    }

    pub(super) async fn review_view(
        &self,
        context: &Context,
        run: u32,
        digest: &str,
    ) -> Result<ReviewView, ActionError> {
        let state = &*context.state;
        let result = self.result(digest).await?;
        let known = self.runs.known_before(context.workflow, run).await.map_err(errors::ours)?;
        let open: Vec<&str> = result.findings.iter().map(|finding| finding.id.as_str()).collect();
        let resolved = known.iter().filter(|id| !open.contains(&id.as_str())).count();
        let request = state.request.as_ref().filter(|request| request.run == run).map(request_view);
        let (mut coverage, patch) = (result.coverage.clone(), result.patch.clone());
        let refusal = patch
            .as_ref()
            .and_then(|patch| github::push::check_patch(&patch.diff, &github::push::GuardOptions::default()).err());
        if let Some(refusal) = &refusal {
            coverage.notes.push(format!("the proposed patch is not offered: {refusal}"));
        }
        coverage.notes.extend(state.policy.problem.clone());
        Ok(ReviewView {
            bot: self.parts.config.github.bot_name.clone(),
            current: state.snapshot.as_ref().is_some_and(|snapshot| snapshot.head_sha == result.head_sha),
            head_sha: result.head_sha.clone(),
            run,
            ending: ending(&result),
            known,
            resolved: u32::try_from(resolved).unwrap_or(u32::MAX),
            patch: patch.filter(|_| refusal.is_none()),
            request,
            agent: result.agent.clone(),
            cost_microusd: result.cost_microusd,
            duration_ms: result.duration_ms,
            session: result.session,
            isolation: self.parts.isolation_note(),
            links: Links {
                check: check_url(&self.parts.web_url, state, run),
                log: self.parts.config.server.link(&format!("/workflows/{}/runs/{run}/log", context.workflow)),
                rules: None,
            },
            coverage,
            findings: result.findings,
        })
    }

    pub(super) async fn result(&self, digest: &str) -> Result<RunResult, ActionError> {
        let result = results::load(&*self.parts.beside, digest).await.map_err(errors::ours)?;
        result.ok_or_else(|| errors::missing("the result"))
    }

    pub(super) async fn decision_view(
        &self,
        context: &Context,
        request: &domain::ids::RequestId,
    ) -> Result<Option<DecisionView>, ActionError> {
        let state = &*context.state;
        let Some(decision) = state.decision(request) else { return Ok(None) };
        let carried = carried_out(state, decision);
        let session = match carried {
            Some(run) => self.runs.session(context.workflow, run).await.map_err(errors::ours)?,
            None => None,
        };
        Ok(Some(decision_view(state, decision, carried, session)))
    }
}

fn ending(result: &RunResult) -> Ending {
    match &result.outcome {
        Outcome::BudgetReached { limit } => Ending::Stopped { limit: limit.clone() },
        Outcome::Asked { question } => Ending::Asked { question: question.clone() },
        _ => Ending::Complete,
    }
}

fn open_request(state: &State, check: &Check) -> Option<RequestView> {
    let shown = check.face.request()?;
    state
        .request
        .as_ref()
        .filter(|open| open.id == *shown)
        .map(|open| RequestView { who_may: state.policy.decide.words().into(), ..request_view(open) })
}

pub(super) fn request_view(request: &Request) -> RequestView {
    RequestView {
        id: request.id.to_string(),
        kind: match request.kind {
            Kind::Fix { .. } => RequestKind::Fix,
            Kind::RunReview => RequestKind::RunReview,
            Kind::Retry if request.again.is_some() => RequestKind::RetryDecision,
            Kind::Retry => RequestKind::Retry,
            Kind::RetryOnCopy => RequestKind::RetryOnCopy,
            Kind::Continue => RequestKind::Continue,
            Kind::Ask => RequestKind::Ask,
        },
        deadline_ms: request.deadline.as_millis(),
        who_may: domain::policy::Decide::Write.words().into(),
    }
}

fn patch_of(decision: &Decision) -> String {
    match &decision.request.kind {
        Kind::Fix { patch } => patch.short().to_owned(),
        _ => String::new(),
    }
}

/// The run that carried a decision out: the one whose check tells of it.
fn carried_out(state: &State, decision: &Decision) -> Option<u32> {
    state.checks.iter().rev().find_map(|check| match &check.face {
        Face::Applied { request, .. } | Face::PushRefused { request, .. } if *request == decision.request.id => {
            Some(check.run)
        }
        _ => None,
    })
}

fn decision_view(state: &State, decision: &Decision, run: Option<u32>, session: Option<SessionState>) -> DecisionView {
    let patch = patch_of(decision);
    let refused = state.checks.iter().rev().find_map(|check| match &check.face {
        Face::PushRefused { request, reason } if *request == decision.request.id => Some(reason.clone()),
        _ => None,
    });
    let open = state.checks.iter().rev().find_map(|check| match &check.face {
        Face::Applied { request, open, .. } if *request == decision.request.id => Some(open.all()),
        _ => None,
    });
    let found = state.result.as_ref().map_or(0, |result| result.findings.all());
    let open = open.unwrap_or(found);
    let outcome = match (&decision.request.kind, decision.choice, &decision.pushed, refused) {
        (Kind::Fix { .. }, Choice::Yes, Some(sha), _) => DecisionOutcome::Applied { patch, sha: sha.clone() },
        (Kind::Fix { .. }, Choice::Yes, None, Some(reason)) => DecisionOutcome::PushRefused { patch, reason },
        (Kind::Fix { .. }, Choice::Yes, None, None) => DecisionOutcome::Approved { patch },
        (Kind::Fix { .. }, Choice::No, ..) => DecisionOutcome::Kept,
        (_, Choice::Later, ..) => DecisionOutcome::Later,
        (_, choice, ..) => DecisionOutcome::Answered { answer: choice.code().into() },
    };
    DecisionView {
        head_sha: decision.request.head_sha.clone(),
        by: Some(decision.by.clone()),
        asked_ms: decision.request.asked_at.as_millis(),
        decided_ms: decision.at.as_millis(),
        outcome,
        run,
        asked_by_run: decision.request.run,
        session,
        resolved: found.saturating_sub(open),
        open,
        late_answer_ms: None,
    }
}

/// Page of the run's check on GitHub.
pub(super) fn check_url(web_url: &str, state: &State, run: u32) -> Option<String> {
    let check_run = state.checks.iter().rev().find(|check| check.run == run)?.check_run?;
    Some(format!("{web_url}/{}/{}/runs/{check_run}", state.pr.owner, state.pr.name))
}
