use environment::Environment;
use machines::{
    ProcessMachines,
    conformance::{Bench, PROGRAM},
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

pub fn driver(root: &Path) -> ProcessMachines {
    let program = PROGRAM.map(OsString::from).to_vec();
    let keeper = vec![env!("CARGO_BIN_EXE_machine-keeper").into()];
    ProcessMachines::new(Environment::real(), root.to_owned(), program, keeper).unwrap()
}

pub async fn bench() -> Bench {
    rooted().0
}

/// A bench, and the root of its driver.
pub fn rooted() -> (Bench, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    (Bench::new(Environment::real(), Arc::new(driver(&root)), folder), root)
}
