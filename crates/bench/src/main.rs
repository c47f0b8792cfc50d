//! `longshore-bench`: everything is in the library.

use std::process::ExitCode;

/// The allocator that `longshore` has: what is measured is what is run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bench::main()
}
