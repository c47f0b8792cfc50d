//! Everything that knows GitHub's JSON: the App client, webhook payloads and signatures, what is published and the
//! encoder that makes hostile text safe to publish.

pub mod api;
pub mod encoder;
mod error;
pub mod marker;
pub mod push;
pub mod render;
pub mod webhook;

pub use api::GitHub;
pub use error::Error;
