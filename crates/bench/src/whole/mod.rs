//! The whole supervisor, measured from outside: the real program in a process of its own, and GitHub stood in for.

mod github;
mod http;
mod payloads;
mod supervisor;

pub use github::Github;
pub use http::Connection;
pub use payloads::{Payload, recorded};
pub use supervisor::{Supervisor, program};

/// Secret of the webhooks.
pub const WEBHOOK_SECRET: &str = "the benchmark's webhook secret";
