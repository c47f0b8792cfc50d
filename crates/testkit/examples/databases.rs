//! One database of each kind with the newest schema and nothing in it, for `cargo xtask queries`: prints their addresses, a
//! line each, and removes them when its standard input ends.
//!
//! The schema is made from the files and not by the stores: a store that has a new query does not build before the query has
//! been checked here.

use std::{
    io::{Read, Write},
    path::Path,
};

fn main() {
    let folder = tempfile::tempdir().expect("there is room for a file");
    let file = folder.path().join("longshore.db");
    let sqlite = rusqlite::Connection::open(&file).expect("a file can be made");
    for migration in migrations("sqlite") {
        sqlite.execute_batch(&migration).expect("the migrations of SQLite fit each other");
    }
    sqlite.close().expect("everything is in the file");
    let postgres = testkit::postgres::Cluster::start().database("queries");
    for migration in migrations("postgres") {
        postgres.sql(&postgres.name, &migration);
    }
    let mut out = std::io::stdout();
    write!(out, "sqlite://{}\n{}\n", file.display(), postgres.url).and_then(|()| out.flush()).expect("somebody reads");
    let _whatever_it_was = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Their texts, in the order of their numbers.
fn migrations(database: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(database);
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("a migration is text")).collect()
}
