//! A Docker daemon of one's own: one per test process, nothing left behind.
//!
//! It listens on a unix socket in a folder of its own, with its images, containers and volumes below that folder, touches
//! neither bridges nor packet filters, and ends with the process that started it, however that ends: [`keeper`] says how.
//! A daemon needs root. No image is pulled: [`shell_root`] is one made of this machine's busybox.

mod daemon;
mod keeper;
mod root;

pub use daemon::Daemon;
pub use root::{SESSION_USER, shell_root};

use std::sync::OnceLock;

/// The daemon that this process shares.
///
/// # Panics
/// There is no Docker on this machine (`cargo xtask test` installs one or says what to do), or it does not start.
pub fn daemon() -> &'static Daemon {
    static SHARED: OnceLock<Daemon> = OnceLock::new();
    SHARED.get_or_init(Daemon::start)
}
