//! The PostgreSQL store: the common suite, and what only a server can do.

mod backup;
mod busy;
mod conformance;
mod differential;
mod doubt;
mod engine_on_server;
mod hostile;
mod nodes;
#[path = "../../../engine/tests/it/order.rs"]
mod order;
mod ownership;
mod rows;
mod server;
mod start;
mod tools;
