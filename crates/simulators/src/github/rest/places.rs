//! Where in a diff a comment stands, judged as GitHub does.

use super::Refusal;
use crate::github::{
    git::diff::{Diff, Place},
    world::Side,
};
use serde_json::Value;

/// A place that is in the diff.
#[derive(Debug)]
pub struct Found {
    pub path: String,
    pub line: Option<u64>,
    pub side: Side,
    pub start_line: Option<u64>,
    pub start_side: Option<Side>,
    pub position: Option<u64>,
    pub diff_hunk: String,
}

/// Finds the place that a comment names, or says why it is none.
pub fn find(diff: &Diff, wanted: &Value) -> Result<Found, Refusal> {
    let path = wanted["path"].as_str().ok_or_else(|| Refusal::missing("PullRequestReviewComment", "path"))?;
    let file = diff.files.iter().find(|it| it.path == path);
    let file = file.ok_or_else(|| unresolved("path", "Path could not be resolved"))?;
    if wanted["subject_type"] == "file" {
        let path = path.to_string();
        let (line, start_line, start_side, position) = (None, None, None, None);
        return Ok(Found { path, line, side: Side::Right, start_line, start_side, position, diff_hunk: String::new() });
    }
    let side = side_of(&wanted["side"])?.unwrap_or(Side::Right);
    let place = match (wanted["line"].as_u64(), wanted["position"].as_u64()) {
        (Some(line), _) => file.place(side, line).ok_or_else(|| unresolved("line", "Line could not be resolved"))?,
        (None, Some(position)) => file
            .places()
            .into_iter()
            .find(|it| it.position == position)
            .ok_or_else(|| unresolved("position", "Position could not be resolved"))?,
        (None, None) => return Err(Refusal::missing("PullRequestReviewComment", "line")),
    };
    let side = if wanted["line"].is_u64() || place.right.is_some() { side } else { Side::Left };
    let line = number(&place, side);
    let (start_line, start_side) = match wanted["start_line"].as_u64() {
        None => (None, None),
        Some(start) => {
            let start_side = side_of(&wanted["start_side"])?.unwrap_or(side);
            let first = file.place(start_side, start);
            let first = first.ok_or_else(|| unresolved("start_line", "Start line could not be resolved"))?;
            if first.hunk != place.hunk {
                return Err(unresolved("start_line", "Start line must be part of the same hunk as the line"));
            }
            if first.position >= place.position {
                return Err(unresolved("start_line", "Start line must precede the end line"));
            }
            (Some(start), Some(start_side))
        }
    };
    let diff_hunk = file.hunk_until(place.position);
    Ok(Found { path: path.into(), line, side, start_line, start_side, position: Some(place.position), diff_hunk })
}

fn number(place: &Place, side: Side) -> Option<u64> {
    match side {
        Side::Left => place.left,
        Side::Right => place.right,
    }
}

fn side_of(value: &Value) -> Result<Option<Side>, Refusal> {
    match value.as_str() {
        None => Ok(None),
        Some("LEFT") => Ok(Some(Side::Left)),
        Some("RIGHT") => Ok(Some(Side::Right)),
        Some(other) => Err(unresolved("side", &format!("Side {other} is not LEFT or RIGHT"))),
    }
}

fn unresolved(field: &str, message: &str) -> Refusal {
    Refusal::invalid("PullRequestReviewComment", &format!("pull_request_review_thread.{field}"), message)
}
