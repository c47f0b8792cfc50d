//! A database in one file that no database made: the tables' rows as lines of JSON, the same from every store.
//!
//! Why not a copy of the database's own files or dump: what one database wrote, another can read, so that a deployment
//! moves from SQLite to PostgreSQL by a backup and a restore; a person can read it; and it says of itself whether it is
//! whole. The first line names the schema's version, each table its columns, and the last line counts the rows and carries
//! the SHA-256 of all that came before.

mod errors;
mod read;
mod write;

pub use errors::{BackUpError, Fault, RestoreError};
pub use read::{Item, Reader};
pub use write::Writer;

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the format, in the first line.
const FORMAT: u32 = 1;
/// Bytes of one line. A state has 16 KiB, a log line less; the largest rows are blobs, in two characters per byte.
const LINE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Name of a value that is bytes: `{"hex":"…"}`.
const HEX: &str = "hex";

/// What the first line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the schema that the rows are of.
    pub schema: i64,
    /// Version of the program that took it.
    pub program: String,
    /// `SQLite` or `PostgreSQL`.
    pub database: String,
    /// When it was begun: everything acknowledged before is in it.
    pub taken_at: Timestamp,
}

/// Rows by table.
pub type Counts = BTreeMap<String, u64>;

/// One column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// A text, with every character it had.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A document that a restore leaves beside what was in the backup, in the same commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Collection.
    pub collection: &'static str,
    /// Key.
    pub key: &'static str,
    /// Value.
    pub value: serde_json::Value,
}

/// What a restore put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the backup says of itself.
    pub head: Head,
    /// Rows by table.
    pub rows: Counts,
}

#[cfg(test)]
mod tests;
