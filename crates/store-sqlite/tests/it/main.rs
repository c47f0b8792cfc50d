//! The SQLite store: the common suite, and what only a file can do.

mod conformance;
mod file;
