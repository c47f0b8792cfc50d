//! Makes hostile text safe to publish.
//!
//! Whatever came from a machine or a pull request passes through one of these functions on its way to GitHub: no
//! images, no raw HTML, addresses as code, mentions, references and other bots' commands broken, fences longer than
//! their content, hidden characters shown, known secrets redacted. Safety over fidelity: of Markdown only code spans and
//! fenced blocks survive. Text is cut *before* it is encoded, so that no escape is ever cut in half.
//!
//! | function | for |
//! |---|---|
//! | [`plain`] | titles and annotations, which GitHub does not read as Markdown |
//! | [`inline`] | one line, after words of ours |
//! | [`cell`] | one cell of a table |
//! | [`block`] | paragraphs |
//! | [`code`], [`fence`] | verbatim text |
//! | [`suggestion`] | text that GitHub would apply: offered unchanged or not at all |
//! | [`commit`] | commit messages |

mod block;
mod commit;
mod cut;
mod escape;
mod inline;
mod redact;
mod verbatim;
mod visible;

pub use block::block;
pub use commit::commit;
pub use cut::cut;
pub use inline::{cell, inline};
pub use redact::redact;
pub use verbatim::{code, fence, suggestion};
pub use visible::visible;

/// Stands between the characters of a mention, a reference or a command so that nobody acts on it: a zero-width space,
/// which GitHub's filters take for the end of a word. Renovate breaks mentions in the same way.
const BREAK: char = '\u{200b}';

/// One line of plain text, for where GitHub reads no Markdown.
pub fn plain(text: &str) -> String {
    let line: Vec<_> = text.split_whitespace().collect();
    visible(&redact(&line.join(" ")))
}

#[cfg(test)]
mod tests;
