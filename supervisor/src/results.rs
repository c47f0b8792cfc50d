//! From a worker's result, which lies beside by digest, to the few facts that the workflow needs.

use crate::seams::Error;
use domain::pull_request::{Counts, PatchFacts, ResultFacts, RunOutcome, State};
use engine::beside::Beside;
use protocol::{Outcome, RunResult, Severity};
use std::collections::BTreeSet;

/// The result stored under a digest; none if it has expired.
///
/// # Errors
/// The database failed, or what is stored cannot be read.
pub async fn load(beside: &dyn Beside, digest: &str) -> Result<Option<RunResult>, Error> {
    let Some(bytes) = beside.blob(digest).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| Error::Failed(format!("result {digest}: {error}")))
}

/// Ids of the findings that were published and are open as far as is known: those of the last result, without what its
/// patch fixes once that was pushed.
///
/// # Errors
/// The database failed, or what is stored cannot be read.
pub async fn known(beside: &dyn Beside, state: &State) -> Result<Vec<String>, Error> {
    let Some(last) = &state.result else { return Ok(Vec::new()) };
    let patched = state.is_patched();
    let findings = load(beside, &last.digest).await?.into_iter().flat_map(|result| result.findings);
    Ok(findings.filter(|finding| !(patched && finding.in_patch)).map(|finding| finding.id).collect())
}

/// What follows from a result, when `known` findings were open before.
pub fn facts(digest: &str, result: &RunResult, known: &[String]) -> ResultFacts {
    let ids: BTreeSet<&str> = result.findings.iter().map(|finding| finding.id.as_str()).collect();
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let count = |severity| {
        let of = result.findings.iter().filter(|finding| finding.severity == severity);
        u32::try_from(of.count()).unwrap_or(u32::MAX)
    };
    let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    ResultFacts {
        digest: digest.to_owned(),
        outcome: outcome(&result.outcome),
        head_sha: result.head_sha.clone(),
        findings: Counts { high: count(Severity::High), medium: count(Severity::Medium), low: count(Severity::Low) },
        new: size(ids.difference(&known).count()),
        resolved: size(known.difference(&ids).count()),
        files_read: result.coverage.files_read,
        files_total: result.coverage.files_total,
        patch: patch(result),
    }
}

/// The patch, if the push guard would take it: nobody is asked about one that could not be pushed.
fn patch(result: &RunResult) -> Option<PatchFacts> {
    let patch = result.patch.as_ref()?;
    let summary = match github::push::check_patch(&patch.diff, &github::push::GuardOptions::default()) {
        Ok(summary) => summary,
        Err(refusal) => {
            tracing::warn!(%refusal, "a proposed patch is refused");
            return None;
        }
    };
    let fixes = result.findings.iter().filter(|finding| finding.in_patch).count();
    Some(PatchFacts {
        digest: patch.digest().0,
        fixes: u32::try_from(fixes).unwrap_or(u32::MAX),
        files: u32::try_from(summary.files.len()).unwrap_or(u32::MAX),
    })
}

fn outcome(outcome: &Outcome) -> RunOutcome {
    let cut = |text: &str| domain::cut(text, domain::WHY_CHARS_MAX);
    match outcome {
        Outcome::Reviewed => RunOutcome::Reviewed,
        Outcome::ApplyApproved { digest } => RunOutcome::ApplyApproved { digest: cut(&digest.0) },
        Outcome::DecisionNoted => RunOutcome::DecisionNoted,
        Outcome::Asked { .. } => RunOutcome::Asked,
        Outcome::Answered { .. } => RunOutcome::Answered,
        Outcome::BudgetReached { limit } => RunOutcome::BudgetReached { limit: cut(limit) },
        Outcome::Failed { message, .. } => RunOutcome::Failed { message: cut(message) },
    }
}
