//! What the tests stand on: a repository, a supervisor that serves it, a volume.

mod gateway;
mod repository;
mod stage;
mod supervisor;

pub use repository::Repository;
pub use stage::{Stage, decision};
pub use supervisor::{CREDENTIAL, Supervisor, TOKEN};
