//! Reading and writing on a volume that nobody can vouch for.

use rustix::fs::{Mode, OFlags};
use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

/// The file at `path`; none if there is no plain file. Follows no link at the end and waits for no pipe.
///
/// # Errors
/// When it cannot be read or is longer than `bytes_max`.
pub(crate) fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => fs::File::from(fd),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::LOOP) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let mut content = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut content)?;
    if content.len() as u64 > bytes_max {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("longer than {bytes_max} bytes")));
    }
    Ok(Some(content))
}

/// Writes `dir/name` so that after a crash there is the old file or the whole new one, and after the return the new one.
///
/// # Errors
/// The disk's.
pub(crate) fn write_durably(dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let partial = dir.join(format!(".{name}.partial"));
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&partial, dir.join(name))?;
    fs::File::open(dir)?.sync_all()
}

/// Makes sure that `path` is a directory and not a link to one.
///
/// # Errors
/// The disk's.
pub(crate) fn real_dir(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => fs::remove_file(path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::create_dir(path)
}

/// Removes whatever is at `path`, without following links; directories that were made unwritable are opened first.
///
/// # Errors
/// The disk's.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.is_dir() => return fs::remove_file(path),
        Ok(_) => {}
    }
    fs::remove_dir_all(path).or_else(|_| {
        open_up(path)?;
        fs::remove_dir_all(path)
    })
}

/// Gives us back the right to list and empty every directory below `path`.
fn open_up(path: &Path) -> io::Result<()> {
    let mut dirs = vec![path.to_owned()];
    while let Some(dir) = dirs.pop() {
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(&dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                dirs.push(entry.path());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_is_not_read_and_a_long_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("real"), "1234").unwrap();
        symlink(dir.path().join("real"), dir.path().join("link")).unwrap();
        assert_eq!(read_bounded(&dir.path().join("real"), 4).unwrap().unwrap(), b"1234");
        assert!(read_bounded(&dir.path().join("link"), 4).unwrap().is_none());
        assert_eq!(read_bounded(&dir.path().join("real"), 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_link_in_place_of_a_directory_is_replaced_and_its_target_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        let place = dir.path().join("agent");
        symlink(&outside, &place).unwrap();
        real_dir(&place).unwrap();
        assert!(fs::symlink_metadata(&place).unwrap().is_dir());
        remove_tree(&place).unwrap();
        assert!(outside.join("kept").exists());
    }

    #[test]
    fn a_write_replaces_a_planted_partial_file_without_following_it() {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        fs::write(&outside, "kept").unwrap();
        symlink(&outside, dir.path().join(".meta.json.partial")).unwrap();
        write_durably(dir.path(), "meta.json", b"new").unwrap();
        assert_eq!(fs::read(dir.path().join("meta.json")).unwrap(), b"new");
        assert_eq!(fs::read(&outside).unwrap(), b"kept");
    }
}
