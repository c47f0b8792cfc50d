//! The Docker driver against the suites, on a daemon of its own, and what only a daemon can do to one.

mod bench;
mod failures;
mod pitfalls;
mod restart;

mod conformance {
    machines::conformance_suite!(super::bench::bench);
    machines::isolation_suite!(super::bench::bench);
}
