//! What a test, the demo or a person does *to* GitHub: make repositories, push, click, comment, pull plugs.
//!
//! None of it is GitHub's API. It lies under `/_sim/` on the same listener, without authentication, since a stand-in
//! listens on loopback and guards nothing of worth. [`Client`] speaks it; [`Command`] lists it.

mod borrowed;
mod client;
mod command;
mod installations;
mod people;
mod pulls;
mod repositories;
mod serve;
mod snapshot;
mod switches;

pub use super::{
    git::FileChange,
    knobs::{CallFailure, Failure, WebhookEffect, WebhookRule},
    world::Role,
};
pub use client::{Client, ClientError};
pub use command::{BorrowedRepository, BranchPull, Command, Done, NewPull, NewRepository, Order, PullName};
pub(super) use people::click;
pub use snapshot::{CheckSnapshot, CommentSnapshot, DeliverySnapshot, EffectSnapshot, PullSnapshot, ReviewSnapshot};

pub(super) use serve::routes;
