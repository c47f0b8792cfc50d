//! The seeded simulation of the whole supervisor on virtual time: everything around it is simulated here, the supervisor is
//! the production code, which `supervisor/src/simulate/` brings ([`Production`]).
//!
//! One seed is one thread, one clock and one stream of chance, so that the same seed is the same run, bit for bit. Tasks
//! run on a tokio runtime of one thread without timers or sockets; when every task waits, the clock jumps to the next
//! sleeper ([`clock`]). A crash drops every task of the supervisor at once ([`life`]); store and outsides stay.

mod chance;
mod clock;
mod faults;
mod github;
mod life;
mod machines;
mod people;
mod production;
mod profile;
mod promises;
mod properties;
mod run;
mod seeds;
mod settings;
mod store;
mod things;
mod trace;
mod webhooks;
mod worker;
mod world;

pub use life::Life;
pub use production::{Asked, Decided, End, Given, Kind, Production, Refused, Supervisor, Taken};
pub use profile::Profile;
pub use properties::Violation;
pub use run::{Options, Outcome, Rows, Stores, run};
pub use seeds::{Summary, seeds};
pub use things::Things;
