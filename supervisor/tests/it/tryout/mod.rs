//! `longshore try`: on repositories made for the purpose, through the whole production path.

mod answers;
mod planted;
mod remote;
mod repository;
mod targets;
mod uncommitted;
