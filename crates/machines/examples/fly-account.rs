//! The suite of all drivers on a real Fly account. `cargo xtask fly-account` runs it, and says what it needs.
//!
//! Not a test: it costs money, and a test that does nothing without a token would be green for nothing.

use environment::Environment;
use machines::{
    FlyMachines, Machines,
    conformance::Bench,
    fly::{DEFAULT_API_URL, DEFAULT_LOGS_URL, Processors, Settings, Token},
};
use std::{
    process::ExitCode,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

/// An image is pulled, and a log comes from another service.
const PATIENCE: Duration = Duration::from_secs(180);

/// The driver, and the deployments that the cases made up.
static DRIVER: OnceLock<FlyMachines> = OnceLock::new();
static DEPLOYMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(failed) if failed.is_empty() => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("failed: {}", failed.join(", "));
            ExitCode::FAILURE
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<Vec<&'static str>, String> {
    let driver = FlyMachines::new(Environment::real(), settings()?).map_err(|error| error.to_string())?;
    driver.check().await.map_err(|error| error.to_string())?;
    let driver = DRIVER.get_or_init(|| driver);
    let failed = machines::conformance_suite!(run bench);
    let deployments = DEPLOYMENTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut left = Vec::new();
    for deployment in deployments {
        let machines = driver.machines(&deployment).await.map_err(|error| error.to_string())?;
        let volumes = driver.volumes(&deployment).await.map_err(|error| error.to_string())?;
        left.extend(machines.into_iter().map(|machine| machine.id).chain(volumes.into_iter().map(|volume| volume.id)));
    }
    if left.is_empty() {
        eprintln!("nothing of it is left in the app");
        return Ok(failed);
    }
    Err(format!("left in the app, and paid for until you remove it: {}", left.join(", ")))
}

async fn bench() -> Bench {
    let driver = DRIVER.get().expect("it was made before the first case").clone();
    let mut bench = Bench::new(Environment::real(), Arc::new(driver), ());
    bench.patience = PATIENCE;
    let mut deployments = DEPLOYMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    deployments.extend([bench.deployment.clone(), bench.other_deployment.clone()]);
    bench
}

fn settings() -> Result<Settings, String> {
    let set =
        |name: &str| std::env::var(name).map_err(|_| format!("`{name}` is not set: run `cargo xtask fly-account`"));
    Ok(Settings {
        api_url: DEFAULT_API_URL.into(),
        logs_url: DEFAULT_LOGS_URL.into(),
        token: Token::new(&set("LONGSHORE_FLY_TOKEN")?),
        app: set("LONGSHORE_FLY_APP")?,
        organisation: std::env::var("LONGSHORE_FLY_ORG").ok(),
        regions: set("LONGSHORE_FLY_REGION")?.split(',').map(|region| region.trim().to_owned()).collect(),
        image: set("LONGSHORE_FLY_IMAGE")?,
        processors: Processors::Shared,
        ports: vec![443],
        paced: true,
    })
}
