//! Removing what a hostile program has left.
//!
//! No link in it is followed, and no folder in it is entered by a path longer than one name: each folder is first moved
//! up to the top of the trash and then emptied, so that a tree of any depth costs neither stack nor descriptors, and one
//! without permissions is opened up first.

use rustix::{
    fd::{AsFd, AsRawFd, OwnedFd},
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, renameat, unlinkat},
    io::Errno,
};
use std::{ffi::CString, io::Result, os::unix::fs::PermissionsExt, path::Path};

/// Removes everything in the folder `trash`, but not itself. What is there may still be a hostile program's.
pub fn empty(trash: &Path) -> Result<()> {
    let top = openat(CWD, trash, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut moved = 0_u64;
    loop {
        let names = entries(&top)?;
        if names.is_empty() {
            return Ok(());
        }
        for (name, kind) in names {
            if kind == FileType::Directory {
                flatten(&top, &name, &mut moved)?;
            } else {
                gone_is_fine(unlinkat(&top, &name, AtFlags::empty()))?;
            }
        }
    }
}

/// Empties one folder of the trash: files are removed, folders moved up beside it. Then removes it.
fn flatten(top: &OwnedFd, name: &CString, moved: &mut u64) -> Result<()> {
    let Some(folder) = open_up(top, name)? else { return Ok(()) };
    for (inner, kind) in entries(&folder)? {
        if kind != FileType::Directory {
            gone_is_fine(unlinkat(&folder, &inner, AtFlags::empty()))?;
            continue;
        }
        // Moving a folder changes its `..`, for which it must be writable.
        if open_up(&folder, &inner)?.is_some() {
            move_up(&folder, &inner, top, moved)?;
        }
    }
    gone_is_fine(unlinkat(top, name, AtFlags::REMOVEDIR))
}

fn move_up(folder: &OwnedFd, inner: &CString, top: &OwnedFd, moved: &mut u64) -> Result<()> {
    loop {
        *moved += 1;
        // A folder of that name may be left from an earlier attempt that was cut short: take the next one.
        match renameat(folder, inner, top, format!("up-{moved}")) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            Err(Errno::EXIST | Errno::NOTEMPTY) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Opens a folder, never a link, after giving its owner all rights on it. `None` if it is gone.
fn open_up(parent: &OwnedFd, name: &CString) -> Result<Option<OwnedFd>> {
    let by_name = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = match openat(parent, name, by_name, Mode::empty()) {
        Ok(handle) => handle,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // The descriptor's own path leads to exactly this folder, whatever its name means by now.
    let exactly = format!("/proc/self/fd/{}", handle.as_raw_fd());
    std::fs::set_permissions(exactly, std::fs::Permissions::from_mode(0o700))?;
    Ok(Some(openat(&handle, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?))
}

fn entries(folder: impl AsFd) -> Result<Vec<(CString, FileType)>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                let stat = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        found.push((name.to_owned(), kind));
    }
    Ok(found)
}

fn gone_is_fine(result: rustix::io::Result<()>) -> Result<()> {
    match result {
        Err(Errno::NOENT) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_link_is_removed_and_not_followed() {
        let (trash, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("precious"), "kept").unwrap();
        fs::create_dir(trash.path().join("volume")).unwrap();
        std::os::unix::fs::symlink(outside.path(), trash.path().join("volume/link")).unwrap();
        std::os::unix::fs::symlink(outside.path(), trash.path().join("link")).unwrap();
        empty(trash.path()).unwrap();
        assert_eq!(fs::read_to_string(outside.path().join("precious")).unwrap(), "kept");
        assert_eq!(fs::read_dir(trash.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_without_permissions_is_removed() {
        let trash = tempfile::tempdir().unwrap();
        fs::create_dir_all(trash.path().join("volume/inner/deep")).unwrap();
        fs::write(trash.path().join("volume/inner/file"), "x").unwrap();
        for folder in ["volume/inner/deep", "volume/inner", "volume"] {
            fs::set_permissions(trash.path().join(folder), fs::Permissions::from_mode(0o000)).unwrap();
        }
        empty(trash.path()).unwrap();
        assert_eq!(fs::read_dir(trash.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_tree_deeper_than_any_path_is_removed() {
        let trash = tempfile::tempdir().unwrap();
        let mut here = openat(CWD, trash.path(), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        // More levels than a process has descriptors, and than a path has room for.
        for _ in 0..1200 {
            rustix::fs::mkdirat(&here, "deeper", Mode::RWXU).unwrap();
            here = openat(&here, "deeper", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        empty(trash.path()).unwrap();
        assert_eq!(fs::read_dir(trash.path()).unwrap().count(), 0);
    }
}
