//! A stateful stand-in for Fly's Machines API.
//!
//! Why this shape: everything the API shows is read from one [`world`] under one lock, and everything that takes time (an
//! image that is pulled, a program that ends, a volume that is erased after a day) is a task that waits on the stand-in's
//! own clock and then changes the world again ([`life`]). A change that was overtaken by another one is recognised by the
//! machine's `life` number and does nothing. What misbehaves is decided at the door ([`faults`]), before or after a call,
//! so that the routes say only what Fly does when it behaves. What really happened is written into an [`audit`], whatever
//! was answered.
//!
//! Programs really run where a [`Runner`] is given; without one, a machine is a state that changes by the clock.
//!
//! Where a fact about Fly was seen and not documented, or is a guess, the code says so.

pub mod audit;
mod clock;
pub mod control;
mod faults;
mod hub;
mod ids;
mod life;
mod options;
mod rest;
mod runner;
mod server;
mod world;

pub use options::{Options, Timings};
pub use runner::{Exit, Program, Runner, VolumeOrder};
pub use server::{FlySimulator, RunningFly, StartError};
