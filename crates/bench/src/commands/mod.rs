//! The measurements, one file each.

pub mod engine;
pub mod latency;
pub mod limit;
pub mod machines;
pub mod paused;
pub mod rest;
pub mod review;
pub mod timers;
pub mod webhooks;
