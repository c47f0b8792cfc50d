//! A PostgreSQL of one's own: a cluster per test process, a database per test, nothing left behind.
//!
//! A test asks for [`database`] and gets an empty one; a test that stops or restarts the server starts a [`Cluster`] for
//! itself. The server listens on a unix socket only, in a folder of its own, so that no port is taken. It ends with the
//! process that started it, however that ends: `keeper` says how.

mod cluster;
mod installed;
mod keeper;

pub use cluster::{Cluster, Database};

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

/// An empty database on the cluster that this process shares.
///
/// # Panics
/// There is no PostgreSQL on this machine (`cargo xtask test` installs one or says what to do), or it does not start.
pub fn database() -> Database {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    SHARED.get_or_init(Cluster::start).database(&name)
}
