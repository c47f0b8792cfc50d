//! Supervisors on PostgreSQL, as processes.

mod balancer;
mod death;
mod one;
mod several;
mod share;
mod sweeps;

use testkit::postgres::Cluster;

/// A line of configuration that names a new database of this server.
fn on(postgres: &Cluster) -> String {
    let database = postgres.database("longshore");
    format!("database.url = {}", serde_json::Value::from(database.url))
}
