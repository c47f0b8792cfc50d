//! The App client against the stateful stand-in for GitHub, over real sockets: what the scripted tests of the crate
//! assume about GitHub is held against something that keeps state and enforces limits.

mod access;
mod publishing;
mod pushing;
mod stage;
