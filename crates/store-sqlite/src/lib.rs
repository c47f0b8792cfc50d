//! The engine's store on SQLite, the embedded default.
//!
//! One connection commits batches, one writes what lies beside the workflows, a few read. All SQL is here, one file per
//! table's subject. The shape follows measurements: WAL with `synchronous=FULL` (a commit is durable when it returns),
//! ascending keys, a thread that is handed whole batches.

#![warn(missing_docs)]

mod back_up;
mod blob;
mod catalogue;
mod commit;
mod committer;
mod document;
mod early;
mod error;
mod event;
mod lock;
mod log;
mod maintenance;
mod migrate;
mod open;
mod past;
mod probe;
mod restore;
mod store;
mod workflow;

pub use back_up::back_up;
pub use error::OpenError;
pub use open::SqliteStore;
pub use probe::probe;
pub use restore::restore;
