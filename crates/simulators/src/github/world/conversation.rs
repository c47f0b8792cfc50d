//! What people and the App say: comments, reviews, reactions.

use environment::Timestamp;
use serde::{Deserialize, Serialize};

/// A comment in the conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comment {
    pub id: u64,
    pub repository: u64,
    pub number: u64,
    pub user: String,
    pub via_app: bool,
    pub body: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How far a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewState {
    Pending,
    Commented,
    Approved,
    ChangesRequested,
    Dismissed,
}

impl ReviewState {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Commented => "COMMENTED",
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Dismissed => "DISMISSED",
        }
    }
}

/// A review.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Review {
    pub id: u64,
    pub repository: u64,
    pub number: u64,
    pub user: String,
    pub body: String,
    pub state: ReviewState,
    pub commit_id: String,
    pub created_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
}

/// Side of the diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Side {
    Left,
    Right,
}

/// A comment at a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewComment {
    pub id: u64,
    pub review: u64,
    pub repository: u64,
    pub number: u64,
    pub user: String,
    pub body: String,
    pub path: String,
    /// None: about the file.
    pub line: Option<u64>,
    pub side: Side,
    pub start_line: Option<u64>,
    pub start_side: Option<Side>,
    /// Line of the diff counted from its first hunk header, GitHub's older way to name a place.
    pub position: Option<u64>,
    pub diff_hunk: String,
    pub commit_id: String,
    pub in_reply_to: Option<u64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether the thread that a comment began is settled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Thread {
    /// The comment.
    pub id: u64,
    /// Who resolved it; none: opened again.
    pub resolved_by: Option<String>,
}

/// What a reaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A pull request, by repository and number.
    Pull(u64, u64),
    /// A comment of the conversation.
    Comment(u64),
    /// A comment at a line.
    ReviewComment(u64),
}

/// A reaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reaction {
    pub id: u64,
    pub subject: Subject,
    pub user: String,
    pub content: String,
    pub created_at: Timestamp,
}
