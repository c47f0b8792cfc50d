//! Compute drivers behind one trait. A *machine* runs one run of one workflow; a *volume* carries the session between
//! runs. Only this crate knows how a backend does either.
//!
//! Names are deterministic and made by the caller from the deployment id, so that an ambiguous answer is settled by
//! looking up the name: every `create` adopts what is already there under the same name and labels.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod docker;
mod driver;
mod error;
pub mod fly;
mod log;
mod names;
pub mod process;
mod types;

pub use docker::DockerMachines;
pub use driver::Machines;
pub use error::Error;
pub use fly::FlyMachines;
pub use process::ProcessMachines;
pub use types::{Isolation, Labels, Machine, MachineSpec, MachineState, Resources, Volume, VolumeSpec};
