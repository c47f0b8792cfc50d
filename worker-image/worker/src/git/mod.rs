//! Git, driven as if everything it is pointed at were hostile.
//!
//! The command line is used, not a library: fetching from every server there is, shallow history and pack files are
//! where git's own code has seen the most attacks and got the most fixes. What makes git dangerous is configuration
//! that it finds lying about (hooks, fsmonitor, filters, helpers), so each call starts from an empty environment with
//! every such setting overridden ([`settings`]), and the repository itself is made anew for each run: a store that an
//! agent could write would have to be hashed again in full before it can be believed, which costs what fetching does.
//! That also makes half-written packs and stale locks of a killed run a matter of `rm`.

mod command;
mod fetch;
mod repository;
mod settings;
mod staged;

pub(crate) use command::{Call, Error, Git};
pub(crate) use fetch::{Ends, fetch};
pub(crate) use repository::Repository;
pub(crate) use staged::{Staged, diff_call};

/// Whether `id` is a whole commit or blob id; nothing else from outside becomes an argument of git.
pub(crate) fn is_object_id(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
