//! What may be pushed: the approved patch, byte for byte, or nothing.
//!
//! A patch is read by a small strict parser, judged by a guard that refuses with a sentence, and applied exactly: at the
//! stated lines, on the stated content. There is no fuzz, so that what was shown is what is pushed. All of it is pure;
//! the App client does the calls.

mod apply;
mod diff;
mod guard;
mod path;

pub use apply::apply;
pub use diff::{Change, FilePatch, Hunk, Line, LineKind, parse};
pub use guard::{FILES_MAX, FileSummary, GuardOptions, PatchSummary, RESULT_BYTES_MAX, check_patch};

pub(crate) use guard::check_files;

/// Why something is not pushed: a sentence for people, with paths as code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

#[cfg(test)]
mod tests;
