//! Two routers on two listeners: `public` for GitHub, people and programs; `machine` for workers, which serves the worker
//! protocol and the gateways and nothing else.

mod bearer;
mod client;
mod counts;
mod error;
pub mod machine;
pub mod public;
mod request;
mod serve;

pub use client::client;
pub use counts::Counts;
pub use error::ApiError;
pub use serve::{serve, serve_unix};
