//! The lines of the protocol, both ways.

use super::super::{AgentError, Assignment};
use protocol::{DecisionRecord, Finding, Purpose, Severity};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Version of the protocol; a program may refuse one it does not know.
const PROTOCOL: u32 = 1;
/// Bytes of a wrong line that an error repeats.
const QUOTED_BYTES_MAX: usize = 80;

/// The one line we write.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "assignment")]
pub(super) struct Assigned<'a> {
    protocol: u32,
    run: u32,
    repository: &'a str,
    number: u64,
    title: &'a str,
    head: &'a str,
    base: &'a str,
    merge_base: &'a str,
    base_ref: &'a str,
    purpose: &'a Purpose,
    decisions: &'a [DecisionRecord],
    known_findings: &'a [String],
    fixes: bool,
    workspace: &'a Path,
    diff: &'a Path,
    session: &'a Path,
}

impl<'a> Assigned<'a> {
    pub(super) fn of(assignment: &Assignment<'a>) -> Self {
        let (task, change) = (assignment.task, assignment.change);
        Self {
            protocol: PROTOCOL,
            run: task.run,
            repository: &task.repository,
            number: task.number,
            title: &task.title,
            head: &change.head,
            base: &change.base,
            merge_base: &change.merge_base,
            base_ref: &task.base_ref,
            purpose: &task.purpose,
            decisions: &task.decisions,
            known_findings: &task.known_findings,
            fixes: task.fixes,
            workspace: assignment.workspace,
            diff: assignment.diff,
            session: assignment.session_dir,
        }
    }
}

/// What a program may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Known {
    Finding(Found),
    Progress {
        phase: String,
        #[serde(default)]
        files_read: Option<u32>,
    },
    Log {
        line: String,
    },
    Question {
        question: String,
    },
    Answer {
        answer: String,
    },
    Patch {
        diff: String,
    },
    Done(Done),
}

/// A line of a program.
#[derive(Debug)]
pub(super) enum Message {
    Known(Known),
    /// Of a later protocol, or a slip: named in the log, not an error.
    Unknown(String),
}

/// A finding as a program writes it; only what it must say is required.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    severity: Option<Severity>,
    path: String,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    end_line: Option<u32>,
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    suggestion: Option<String>,
    #[serde(default)]
    in_patch: bool,
}

/// The last line.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    pub(super) outcome: Ending,
    #[serde(default)]
    pub(super) files_read: Option<u32>,
    #[serde(default)]
    pub(super) not_checked: Vec<String>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
    #[serde(default)]
    pub(super) cost_microusd: u64,
}

/// How a program says that it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    #[default]
    Reviewed,
    ApplyApproved,
    DecisionNoted,
}

impl Message {
    /// Reads a line.
    pub(super) fn read(line: &[u8]) -> Result<Self, AgentError> {
        let value: serde_json::Value = serde_json::from_slice(line)
            .map_err(|_| AgentError::Protocol(format!("the agent wrote a line that is not JSON: {}", quoted(line))))?;
        let kind = value.get("type").and_then(|kind| kind.as_str()).map(str::to_owned).ok_or_else(|| {
            AgentError::Protocol(format!("the agent wrote a line without a `type`: {}", quoted(line)))
        })?;
        if !["finding", "progress", "log", "question", "answer", "patch", "done"].contains(&kind.as_str()) {
            return Ok(Self::Unknown(kind));
        }
        serde_json::from_value(value)
            .map(Self::Known)
            .map_err(|error| AgentError::Protocol(format!("the agent's line of type `{kind}` does not fit: {error}")))
    }
}

impl Found {
    pub(super) fn finding(self) -> Finding {
        let rule = self.rule.unwrap_or_else(|| "review".into());
        // Without an id of its own a finding is the same while it says the same about the same file.
        let id = self.id.filter(|id| !id.is_empty()).unwrap_or_else(|| {
            let digest = Sha256::digest(format!("{rule}\0{}\0{}", self.path, self.title));
            hex::encode(&digest[..8])
        });
        let line = self.line.filter(|&line| line > 0);
        Finding {
            id,
            rule,
            severity: self.severity.unwrap_or(Severity::Medium),
            path: self.path,
            line,
            end_line: self.end_line.filter(|&end| line.is_some_and(|line| end > line)),
            title: self.title.replace(['\n', '\r'], " "),
            detail: self.detail,
            suggestion: self.suggestion,
            in_patch: self.in_patch,
        }
    }
}

fn quoted(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    format!("{:?}", &text[..text.floor_char_boundary(QUOTED_BYTES_MAX)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        Message::read(line.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_finding_needs_a_path_and_a_title_and_keeps_its_id_when_its_line_moves() {
        let read = |line: u32| {
            let text = format!(r#"{{"type":"finding","path":"a.rs","title":"two\nlines","line":{line}}}"#);
            match Message::read(text.as_bytes()) {
                Ok(Message::Known(Known::Finding(found))) => found.finding(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((read(1).id, read(1).title.as_str()), (read(7).id, "two lines"));
        assert!(refused(r#"{"type":"finding","title":"x"}"#).contains("missing field `path`"));
    }

    #[test]
    fn what_is_not_the_protocol_is_said_in_a_sentence() {
        assert_eq!(refused("oops"), r#"the agent wrote a line that is not JSON: "oops""#);
        assert_eq!(refused("[1]"), r#"the agent wrote a line without a `type`: "[1]""#);
    }

    #[test]
    fn an_unknown_type_is_not_an_error() {
        assert!(matches!(Message::read(br#"{"type":"telepathy"}"#), Ok(Message::Unknown(kind)) if kind == "telepathy"));
    }
}
