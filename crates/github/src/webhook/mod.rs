//! Webhooks: the signature over the raw body, and the few facts that are read from it.

mod class;
mod delivery;
mod parse;
mod payload;
mod signature;

pub use class::{Class, class};
pub use delivery::{Account, CheckRunRef, CommentKind, Delivery, PullRequestHint, RepositoryRef, Sender};
pub use parse::{PayloadError, parse};
pub use signature::{SignatureError, sign, verify};

#[cfg(test)]
mod tests;
