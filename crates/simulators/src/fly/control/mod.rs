//! What a test, the demo or a person does *to* Fly: let time pass, lose a host, end a program, make calls fail. And what
//! really is so and really happened, whatever the API says.
//!
//! None of it is Fly's API. It lies under `/_sim/` on the same listener, without authentication, since a stand-in listens on
//! loopback and guards nothing of worth. [`Client`] speaks it; [`Command`] lists it.

mod calls;
mod client;
mod command;
mod hosts;
mod serve;
mod snapshot;

pub use super::{
    faults::{Fault, Named, Rule},
    options::Timings,
    rest::Action,
};
pub use calls::Called;
pub use client::{Client, ClientError};
pub use command::Command;
pub(super) use serve::routes;
pub use snapshot::{MachineTruth, Truth, VolumeTruth};
