//! The drivers against the suite, and what only one of them can suffer.

mod bench;
mod crash;
mod docker;
mod fly;
mod limits;

mod conformance {
    machines::conformance_suite!(super::bench::bench);
}
