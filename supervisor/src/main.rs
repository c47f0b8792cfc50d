//! `longshore`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    supervisor::cli::main()
}
