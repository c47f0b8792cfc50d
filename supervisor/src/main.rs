//! `longshore`: everything is in the library.

use std::process::ExitCode;

/// A transition makes a few dozen small allocations that another thread frees, which costs the C library's allocator a third
/// of the engine's time (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    supervisor::cli::main()
}
