//! Everything that knows GitHub's JSON: the App client, webhook payloads and signatures, what is published and the
//! encoder that makes hostile text safe to publish.

pub mod api;
mod app;
pub mod app_level;
pub mod encoder;
mod error;
pub mod marker;
pub mod push;
pub mod render;
pub mod webhook;

pub use api::GitHub;
pub use app::{App, AppConfig, Identity, THREADS_READ_MAX};
pub use app_level::AppLevel;
pub use error::Error;
