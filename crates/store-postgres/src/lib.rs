//! The engine's store on PostgreSQL 15 and newer.
//!
//! One connection commits, two small pools read and write what lies beside. A batch is one statement: events, new and
//! changed rows, early events, and the check of the fences that must hold. All SQL is here, one file per table's subject.

#![warn(missing_docs)]

mod back_up;
mod blob;
mod catalogue;
mod code;
mod commit;
mod committer;
mod connect;
mod convert;
mod document;
mod early;
mod error;
mod event;
mod fences;
mod log;
mod migrate;
mod open;
mod ownership;
mod past;
mod probe;
mod records;
mod restore;
mod server;
mod share;
mod shared;
mod store;
mod text;
mod workflow;

pub use back_up::back_up;
pub use error::OpenError;
pub use open::PostgresStore;
pub use probe::probe;
pub use restore::restore;
pub use shared::PostgresShared;
