//! The GitHub stand-in, from outside: over HTTP and git, as the supervisor meets it.

mod anonymous;
mod app_client;
mod borrowed;
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
