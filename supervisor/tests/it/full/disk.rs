use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A disk of a few megabytes, in memory; it goes with this value.
pub struct SmallDisk {
    path: PathBuf,
    /// Where it is mounted, unless that is somebody else's.
    _folder: Option<TempDir>,
}

impl SmallDisk {
    /// Mounts one.
    pub fn of(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::mounted(megabytes, folder.path().to_owned(), Some(folder))
    }

    /// Puts one in the place of a folder, with what is in there and whose it is.
    pub fn under(megabytes: u32, folder: &Path) -> Self {
        let aside = tempfile::tempdir().expect("a folder");
        copy(folder, aside.path());
        let disk = Self::mounted(megabytes, folder.to_owned(), None);
        copy(aside.path(), folder);
        disk
    }

    fn mounted(megabytes: u32, path: PathBuf, folder: Option<TempDir>) -> Self {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(&path);
        let output = mount.output().expect("`mount` is there");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "a full disk takes a small one, which takes the right to mount: {said}");
        Self { path, _folder: folder }
    }

    pub fn path(&self) -> &Path {
        &self.path
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

/// With owners, times and modes, the folder's own too.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(status.is_ok_and(|status| status.success()), "{} cannot be copied", from.display());
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a server may hold it a moment longer.
        let _gone = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
