//! The janitor against a backend, owners, workflows and a past in memory, which a case can change under its hands.

mod beside;
mod machines_duty;
mod mending;
mod past;
mod patience;
mod record;
mod volumes_duty;
mod world;
