//! `longshore-worker`: what a machine's image starts. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let boot = match worker::Boot::from_env() {
        Ok(boot) => boot,
        Err(error) => {
            tracing::error!("{error}");
            return worker::Exit::Usage.into();
        }
    };
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(worker::run(environment::Environment::real(), boot)),
        Err(error) => {
            tracing::error!("the runtime cannot start: {error}");
            worker::Exit::Failed.into()
        }
    }
}
