//! Machines that really run: the stand-in starts programs through the process driver, and the Fly driver reaches them through
//! the stand-in.

use super::stage::{TOKEN, settings};
use environment::Environment;
use fly_runner::DriverRunner;
use machines::{FlyMachines, conformance::Bench};
use simulators::fly::{FlySimulator, Options};
use std::sync::Arc;

/// A bench of the Fly driver.
pub async fn bench() -> Bench {
    let environment = Environment::real();
    let folder = tempfile::tempdir().unwrap();
    let processes = Arc::new(crate::bench::driver(folder.path()));
    let mut options = Options::new(TOKEN);
    options.rate_limits = false;
    options.runner = Some(Arc::new(DriverRunner::new(environment.clone(), processes, "fly")));
    let fly = FlySimulator::start(environment.clone(), options).await.unwrap();
    let driver = FlyMachines::new(environment.clone(), settings(&fly.url())).unwrap();
    driver.check().await.unwrap();
    Bench::new(environment, Arc::new(driver), (fly, folder))
}
