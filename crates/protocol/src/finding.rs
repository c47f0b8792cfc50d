use serde::{Deserialize, Serialize};

/// One thing worth a person's time, at a place in the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable across runs: same rule, file and content give the same id, wherever the line moved.
    pub id: String,
    /// Rule or category, `json-parses`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// Path in the repository, with `/`.
    pub path: String,
    /// First line in the head, from 1; none for the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Last line, if more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// One line, plain text.
    pub title: String,
    /// More, if there is more to say; plain text or simple Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Replacement of `line..=end_line`, without the last line feed; only where a reader can judge it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The result's patch fixes it.
    #[serde(default)]
    pub in_patch: bool,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look.
    Low,
    /// A defect.
    Medium,
    /// Harm: a secret, hidden text.
    High,
}

impl Severity {
    /// The mark shown to people: 🔴 🟠 🟡.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::High => "🔴",
            Self::Medium => "🟠",
            Self::Low => "🟡",
        }
    }
}
