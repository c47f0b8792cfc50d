//! A root folder as a tar, with owners that only an archive can give without being root.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};
use tar::{Builder, EntryType, Header};

/// Who writes the own folder; what [`machines::docker::ENTRYPOINT_USER`] says.
const USER: u64 = 10001;
/// A user's name for programs that ask for one.
const PASSWD: &str = "root:x:0:0:root:/:/bin/false\nworker:x:10001:10001:worker:/session:/bin/sh\n";
const GROUP: &str = "root:x:0:\nworker:x:10001:\n";

/// A root that grows.
pub struct Root {
    tar: Builder<Vec<u8>>,
    folders: BTreeSet<PathBuf>,
}

impl Root {
    /// With the folders that everything needs, the user, and a folder of that user's own.
    pub fn new(own: &Path) -> io::Result<Self> {
        let mut root = Self { tar: Builder::new(Vec::new()), folders: BTreeSet::new() };
        let (temporary, shared) = (Path::new("/tmp"), Path::new("/run/longshore"));
        for (path, owner, mode) in [(temporary, 0, 0o1777), (own, USER, 0o700), (shared, 0, 0o755)] {
            root.folders_above(path)?;
            root.folder(path, owner, mode)?;
        }
        for (path, text) in [("/etc/passwd", PASSWD), ("/etc/group", GROUP)] {
            root.put(Path::new(path), text.as_bytes(), 0o644)?;
        }
        Ok(root)
    }

    /// A copy of a file of this machine, which anybody may read and run and nobody may change.
    pub fn file(&mut self, place: &Path, source: &Path) -> io::Result<()> {
        let mut bytes = Vec::new();
        File::open(source)?.read_to_end(&mut bytes)?;
        self.put(place, &bytes, 0o755)
    }

    /// The archive.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        self.tar.into_inner()
    }

    fn put(&mut self, place: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.folders_above(place)?;
        let mut header = header(EntryType::Regular, 0, mode);
        header.set_size(bytes.len() as u64);
        self.tar.append_data(&mut header, relative(place), bytes)
    }

    fn folders_above(&mut self, place: &Path) -> io::Result<()> {
        let above: Vec<_> = place.ancestors().skip(1).filter(|folder| folder.parent().is_some()).collect();
        for folder in above.into_iter().rev() {
            if !self.folders.contains(folder) {
                self.folder(folder, 0, 0o755)?;
            }
        }
        Ok(())
    }

    fn folder(&mut self, place: &Path, owner: u64, mode: u32) -> io::Result<()> {
        self.folders.insert(place.to_owned());
        self.tar.append_data(&mut header(EntryType::Directory, owner, mode), relative(place), io::empty())
    }
}

fn header(kind: EntryType, owner: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_mode(mode);
    header.set_size(0);
    header
}

fn relative(place: &Path) -> &Path {
    place.strip_prefix("/").unwrap_or(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_before_what_is_in_them_and_session_belongs_to_the_worker() {
        let mut root = Root::new(Path::new("/session")).unwrap();
        root.file(Path::new("/usr/local/bin/x"), Path::new("/proc/self/comm")).unwrap();
        let bytes = root.finish().unwrap();
        let mut archive = tar::Archive::new(&bytes[..]);
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                (entry.path().unwrap().display().to_string(), header.uid().unwrap(), header.mode().unwrap())
            })
            .collect();
        let at = |name: &str| entries.iter().position(|(path, ..)| path == name).unwrap();
        assert!(at("usr") < at("usr/local") && at("usr/local/bin") < at("usr/local/bin/x"));
        assert_eq!(entries[at("session")], ("session".into(), USER, 0o700));
        assert_eq!(entries[at("tmp")].2, 0o1777);
        assert!(machines::docker::ENTRYPOINT_USER.starts_with(&USER.to_string()));
    }
}
