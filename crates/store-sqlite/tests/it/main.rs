//! The SQLite store: the common suite, and what only a file can do.

mod conformance;
mod engine_on_file;
mod file;
#[path = "../../../engine/tests/it/order.rs"]
mod order;
