use clap::Args;
use std::{ffi::OsString, process::ExitCode};

/// What keeps a machine of the process backend; started by the driver only.
#[derive(Debug, Args)]
pub(super) struct MachineKeeper {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl MachineKeeper {
    pub(super) fn run(self) -> ExitCode {
        ::machines::process::keeper::main(self.arguments)
    }
}
