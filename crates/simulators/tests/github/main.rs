//! The GitHub stand-in, from outside: over HTTP and git, as the supervisor meets it.

mod app_client;
mod clicks;
mod contract;
mod git;
mod knobs;
mod limits;
mod page;
mod persistence;
mod push;
mod schema;
mod scoping;
mod story;
mod support;
mod threads;
