//! The janitor against a backend and owners in memory, which a case can change under its hands.

mod machines_duty;
mod volumes_duty;
mod world;
