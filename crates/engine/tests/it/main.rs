//! The engine's rules, each with tests that fail without it. One binary.

mod bugs_of_others;
mod cluster;
mod conformance;
mod crashes;
mod e1_to_e5;
mod e6_actions;
mod e7_timers;
mod e9_to_e13;
mod example;
mod kills;
mod order;
mod runtime;
mod stores;
mod world;
