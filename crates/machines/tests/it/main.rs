//! The process driver against the suite, and what only a process can suffer.

mod bench;
mod crash;
mod limits;

mod conformance {
    machines::conformance_suite!(super::bench::bench);
}
