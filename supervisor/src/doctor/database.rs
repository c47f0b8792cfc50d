//! The database, without taking it from whoever has it.

use crate::{
    config::Config,
    database::{POSTGRES, SQLITE},
};
use environment::Environment;
use std::path::Path;

const NONE_YET: &str = "it is empty; `longshore serve` makes its tables";

pub(super) async fn look(environment: &Environment, config: &Config) -> Result<String, String> {
    let url = config.database.url.reveal();
    let (name, there) = match url.strip_prefix(SQLITE) {
        Some(path) => {
            let probed = store_sqlite::probe(Path::new(path)).await;
            (format!("SQLite, `{path}`"), probed.map_err(|error| error.to_string())?)
        }
        None if POSTGRES.iter().any(|scheme| url.starts_with(scheme)) => {
            let probed = store_postgres::probe(url, environment).await;
            ("PostgreSQL".to_owned(), probed.map_err(|error| error.to_string())?)
        }
        // The address may hold a password, so it is not repeated.
        None => return Err("`database.url` must begin with `sqlite://` or `postgres://`".into()),
    };
    Ok(if there { name } else { format!("{name}: {NONE_YET}") })
}
