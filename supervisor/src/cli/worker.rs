use clap::Args;
use environment::Environment;
use std::process::ExitCode;

/// What a machine runs.
#[derive(Debug, Args)]
pub(super) struct Worker {}

impl Worker {
    pub(super) async fn run(self, environment: Environment) -> ExitCode {
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
        match ::worker::Boot::from_env() {
            Ok(boot) => ::worker::run(environment, boot).await,
            Err(error) => {
                tracing::error!("{error}");
                ::worker::Exit::Usage.into()
            }
        }
    }
}
