//! The supervisor as a library: configuration, HTTP, runs and verbs around the engine. The binary `longshore` only
//! parses, wires and runs; tests build the same parts.

pub mod backend;
pub mod backup;
pub mod catch_up;
pub mod cli;
pub mod config;
pub mod crash;
pub mod database;
pub mod demo;
pub mod deployment;
pub mod doctor;
pub mod executor;
pub mod fan_out;
pub mod fly_sim;
pub mod http;
pub mod image;
pub mod inner;
pub mod intake;
pub mod log;
pub mod look;
mod neighbours;
pub mod parts;
mod questions;
pub mod recovery;
mod results;
pub mod runs;
pub mod seams;
pub mod serve;
pub mod session;
pub mod simulate;
pub mod sweeps;
#[cfg(test)]
mod testing;
pub mod tryout;
pub mod words;
mod writes;
