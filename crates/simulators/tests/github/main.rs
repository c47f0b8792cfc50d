//! The GitHub stand-in, from outside: over HTTP and git, as the supervisor meets it.

mod clicks;
mod git;
mod push;
mod story;
mod support;
