//! Supervisors on PostgreSQL, as processes.

mod one;

use testkit::postgres::Cluster;

/// A line of configuration that names a database of this server.
fn on(postgres: &Cluster) -> String {
    let database = postgres.database("longshore");
    format!("database.url = {}", serde_json::Value::from(database.url))
}
