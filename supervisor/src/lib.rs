//! The supervisor as a library: configuration, HTTP, runs and verbs around the engine. The binary `longshore` only
//! parses, wires and runs; tests build the same parts.

pub mod cli;
pub mod config;
pub mod deployment;
pub mod http;
pub mod runs;
pub mod seams;
#[cfg(test)]
mod testing;
