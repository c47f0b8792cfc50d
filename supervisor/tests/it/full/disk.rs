use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// A disk of a few megabytes, in memory; it goes with this value.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one.
    pub fn of(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(folder.path());
        let output = mount.output().expect("`mount` is there");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "a full disk takes a small one, which takes the right to mount: {said}");
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Something else takes all the room.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file");
        for size in [1024 * 1024, 4096, 1] {
            let block = vec![7; size];
            loop {
                match file.write(&block) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    /// And goes.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).expect("it was filled");
    }

    fn filler(&self) -> PathBuf {
        self.path().join("something-else")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a server may hold it a moment longer.
        let _gone = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
