//! What may be said about a check run, and the limits on it.

use super::super::{Input, Refusal};
use crate::github::world::{CheckAction, CheckRun};
use environment::Timestamp;
use serde_json::Value;

const RESOURCE: &str = "CheckRun";
/// From the API description of checks/create: numbers and characters.
const ACTIONS_MAX: usize = 3;
const LABEL_MAX: usize = 20;
const DESCRIPTION_MAX: usize = 40;
const IDENTIFIER_MAX: usize = 20;
const ANNOTATIONS_MAX: usize = 50;
const TEXT_MAX: usize = 65_535;
const ANNOTATION_TITLE_MAX: usize = 255;
const ANNOTATION_MESSAGE_BYTES_MAX: usize = 64 * 1024;

const STATUSES: [&str; 3] = ["queued", "in_progress", "completed"];
const CONCLUSIONS: [&str; 7] =
    ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];
const LEVELS: [&str; 3] = ["notice", "warning", "failure"];

/// What a call wants of a check run.
#[derive(Debug, Default)]
pub struct Wanted {
    now: Timestamp,
    status: Option<String>,
    conclusion: Option<String>,
    external_id: Option<String>,
    details_url: Option<String>,
    output: Option<Output>,
    actions: Option<Vec<CheckAction>>,
}

#[derive(Debug)]
struct Output {
    title: String,
    summary: String,
    text: Option<String>,
    annotations: Vec<Value>,
}

impl Wanted {
    /// It would take a completed run back.
    pub fn reopens(&self) -> bool {
        self.conclusion.is_none() && self.status.as_deref().is_some_and(|status| status != "completed")
    }

    /// Brings the run to what is wanted; annotations are appended.
    pub fn apply(self, run: &mut CheckRun) {
        run.status = self.status.unwrap_or_else(|| run.status.clone());
        if let Some(conclusion) = self.conclusion {
            run.status = "completed".into();
            run.conclusion = Some(conclusion);
            run.completed_at = Some(self.now);
        }
        run.external_id = self.external_id.unwrap_or_else(|| run.external_id.clone());
        run.details_url = self.details_url.or_else(|| run.details_url.clone());
        if let Some(output) = self.output {
            run.title = Some(output.title);
            run.summary = Some(output.summary);
            run.text = output.text.or_else(|| run.text.clone());
            run.annotations.extend(output.annotations);
        }
        run.actions = self.actions.unwrap_or_else(|| run.actions.clone());
    }
}

/// Reads a call's body, or says which limit it breaks.
pub fn read(input: &Input, now: Timestamp) -> Result<Wanted, Refusal> {
    let text = |name: &str| input.text(name).map(str::to_string);
    let wanted = Wanted {
        now,
        status: one_of(input, "status", &STATUSES)?,
        conclusion: one_of(input, "conclusion", &CONCLUSIONS)?,
        external_id: text("external_id"),
        details_url: text("details_url"),
        output: input.0.get("output").filter(|it| !it.is_null()).map(output).transpose()?,
        actions: input.0.get("actions").and_then(Value::as_array).map(|it| actions(it)).transpose()?,
    };
    if wanted.status.as_deref() == Some("completed") && wanted.conclusion.is_none() {
        return Err(Refusal::missing(RESOURCE, "conclusion"));
    }
    Ok(wanted)
}

fn one_of(input: &Input, field: &str, known: &[&str]) -> Result<Option<String>, Refusal> {
    match input.text(field) {
        None => Ok(None),
        Some(value) if known.contains(&value) => Ok(Some(value.to_string())),
        Some(value) => Err(Refusal::invalid(RESOURCE, field, format!("{value} is not a member of {known:?}"))),
    }
}

fn actions(list: &[Value]) -> Result<Vec<CheckAction>, Refusal> {
    if list.len() > ACTIONS_MAX {
        return Err(Refusal::invalid(RESOURCE, "actions", format!("No more than {ACTIONS_MAX} items are allowed")));
    }
    let action = |it: &Value| {
        Ok(CheckAction {
            label: within(it, "label", LABEL_MAX)?,
            description: within(it, "description", DESCRIPTION_MAX)?,
            identifier: within(it, "identifier", IDENTIFIER_MAX)?,
        })
    };
    list.iter().map(action).collect()
}

fn within(value: &Value, field: &str, characters_max: usize) -> Result<String, Refusal> {
    let text = value[field].as_str().ok_or_else(|| Refusal::missing(RESOURCE, &format!("actions.{field}")))?;
    if text.is_empty() || text.chars().count() > characters_max {
        let message = format!("{field} must have 1 to {characters_max} characters");
        return Err(Refusal::invalid(RESOURCE, &format!("actions.{field}"), message));
    }
    Ok(text.to_string())
}

fn output(value: &Value) -> Result<Output, Refusal> {
    let text = |field: &str| match value[field].as_str() {
        Some(text) if text.chars().count() > TEXT_MAX => {
            let message = format!("{field} exceeds a maximum of {TEXT_MAX} characters");
            Err(Refusal::invalid(RESOURCE, &format!("output.{field}"), message))
        }
        other => Ok(other.map(str::to_string)),
    };
    let list = value["annotations"].as_array().map_or(&[][..], Vec::as_slice);
    if list.len() > ANNOTATIONS_MAX {
        let message = format!("Only {ANNOTATIONS_MAX} annotations are allowed per request");
        return Err(Refusal::invalid(RESOURCE, "output.annotations", message));
    }
    for annotation in list {
        check_annotation(annotation)?;
    }
    Ok(Output {
        title: text("title")?.ok_or_else(|| Refusal::missing(RESOURCE, "output.title"))?,
        summary: text("summary")?.ok_or_else(|| Refusal::missing(RESOURCE, "output.summary"))?,
        text: text("text")?,
        annotations: list.to_vec(),
    })
}

fn check_annotation(it: &Value) -> Result<(), Refusal> {
    let wrong = |field: &str, message: &str| {
        Refusal::invalid(RESOURCE, &format!("output.annotations.{field}"), message.to_string())
    };
    let level = it["annotation_level"].as_str().is_some_and(|level| LEVELS.contains(&level));
    let lines = (it["start_line"].as_u64(), it["end_line"].as_u64());
    if !it["path"].is_string() {
        return Err(wrong("path", "path is missing"));
    }
    if !level {
        return Err(wrong("annotation_level", "annotation_level is not notice, warning or failure"));
    }
    if !matches!(lines, (Some(start), Some(end)) if start <= end) {
        return Err(wrong("end_line", "start_line and end_line are needed, in this order"));
    }
    if it["start_column"].is_u64() && lines.0 != lines.1 {
        return Err(wrong("start_column", "columns are only allowed when start_line and end_line are equal"));
    }
    let message = it["message"].as_str().ok_or_else(|| wrong("message", "message is missing"))?;
    if message.len() > ANNOTATION_MESSAGE_BYTES_MAX {
        return Err(wrong("message", "message exceeds 64 KB"));
    }
    if it["title"].as_str().is_some_and(|title| title.chars().count() > ANNOTATION_TITLE_MAX) {
        return Err(wrong("title", "title exceeds 255 characters"));
    }
    Ok(())
}
