//! The bounds of what a worker may say, checked where it is received.

use crate::{
    ANSWER_BYTES_MAX, CHECKPOINT_BYTES_MAX, DETAIL_BYTES_MAX, FINDINGS_MAX, Finding, Outcome, PATCH_BYTES_MAX,
    REPORTS_PER_BATCH_MAX, Report, ResultRequest, RunResult, Sequenced, TITLE_BYTES_MAX,
};

/// Bytes of a finding's id, rule, or a path.
const NAME_BYTES_MAX: usize = 512;
/// Bytes of a log line or phase.
const LINE_BYTES_MAX: usize = 2 * 1024;
/// Entries of `not_checked` and `notes`.
const NOTES_MAX: usize = 100;

/// Why something was refused, a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Checks a batch of events.
///
/// # Errors
/// A sentence that names the bound.
pub fn batch(events: &[Sequenced]) -> Result<(), Refused> {
    at_most("events in a batch", events.len(), REPORTS_PER_BATCH_MAX)?;
    if !events.windows(2).all(|pair| pair[0].sequence < pair[1].sequence) {
        return Err(Refused("sequence numbers must ascend".into()));
    }
    events.iter().try_for_each(|event| match &event.report {
        Report::Finding { finding: it } => finding(it),
        Report::Progress { phase: line, .. } | Report::Log { line } => {
            at_most("bytes of a line", line.len(), LINE_BYTES_MAX)
        }
        Report::Heartbeat => Ok(()),
    })
}

/// Checks a result with its checkpoint.
///
/// # Errors
/// A sentence that names the bound.
pub fn result_request(request: &ResultRequest) -> Result<(), Refused> {
    result(&request.result)?;
    let Some(checkpoint) = &request.checkpoint else { return Ok(()) };
    let bytes: usize = checkpoint.files.iter().map(|(path, content)| path.len() + content.len() / 4 * 3).sum();
    at_most("bytes of a checkpoint", bytes, CHECKPOINT_BYTES_MAX)
}

/// Checks a result.
///
/// # Errors
/// A sentence that names the bound.
pub fn result(result: &RunResult) -> Result<(), Refused> {
    if let Outcome::Answered { answer } = &result.outcome {
        at_most("bytes of an answer", answer.len(), ANSWER_BYTES_MAX)?;
    }
    at_most("findings", result.findings.len(), FINDINGS_MAX)?;
    result.findings.iter().try_for_each(finding)?;
    if let Some(patch) = &result.patch {
        at_most("bytes of a patch", patch.diff.len(), PATCH_BYTES_MAX)?;
    }
    for sha in [&result.head_sha, &result.base_sha, &result.merge_base] {
        if sha.len() > 64 || !sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Refused("a commit id must be hexadecimal".into()));
        }
    }
    let words = result.coverage.not_checked.iter().chain(&result.coverage.notes);
    at_most("notes", words.clone().count(), NOTES_MAX)?;
    words
        .chain([&result.agent.name, &result.agent.version, &result.agent.what])
        .try_for_each(|line| at_most("bytes of a note", line.len(), LINE_BYTES_MAX))
}

fn finding(finding: &Finding) -> Result<(), Refused> {
    at_most("bytes of a title", finding.title.len(), TITLE_BYTES_MAX)?;
    at_most("bytes of a detail", finding.detail.len(), DETAIL_BYTES_MAX)?;
    at_most("bytes of a suggestion", finding.suggestion.as_ref().map_or(0, String::len), DETAIL_BYTES_MAX)?;
    for name in [&finding.id, &finding.rule, &finding.path] {
        at_most("bytes of a name", name.len(), NAME_BYTES_MAX)?;
    }
    Ok(())
}

fn at_most(what: &str, is: usize, max: usize) -> Result<(), Refused> {
    if is <= max { Ok(()) } else { Err(Refused(format!("{is} {what}, at most {max} are taken"))) }
}
