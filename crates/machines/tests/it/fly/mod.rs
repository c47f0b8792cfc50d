//! The Fly driver against the stand-in for Fly: the suite on machines that really run, and each way in which Fly fails, by its
//! number in docs/fly.md.

mod answers;
mod clock;
mod hosts;
mod machines;
mod outage;
mod policy;
mod programs;
mod stage;
mod volumes;

mod conformance {
    machines::conformance_suite!(super::programs::bench);
}
