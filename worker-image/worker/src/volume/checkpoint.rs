//! A bounded copy of `agent/`, so that a volume lost with its host can be seeded again.

use super::{read_bounded, real_dir};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use protocol::{CHECKPOINT_BYTES_MAX, Checkpoint};
use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Entries looked at below `agent/`; a session is a handful of files.
const ENTRIES_MAX: usize = 10_000;

/// A checkpoint, and how many files are not in it.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) skipped: usize,
}

/// Copies what fits, smallest first: many small state files are worth more than one log.
///
/// # Errors
/// When `agent` cannot be listed. A file that cannot be read is skipped.
pub(crate) fn take(agent: &Path) -> io::Result<Taken> {
    let (mut files, mut skipped) = plain_files(agent)?;
    files.sort();
    let mut checkpoint = Checkpoint { files: std::collections::BTreeMap::new() };
    let mut left = CHECKPOINT_BYTES_MAX as u64;
    for (size, path) in files {
        let content = (size + path.len() as u64 <= left).then(|| read_bounded(&agent.join(&path), size));
        match content {
            Some(Ok(Some(content))) => {
                left -= content.len() as u64 + path.len() as u64;
                checkpoint.files.insert(path, STANDARD.encode(content));
            }
            _ => skipped += 1,
        }
    }
    Ok(Taken { checkpoint, skipped })
}

/// Sizes and paths of plain files below `root`, and the number of those without a usable name or beyond the bound.
fn plain_files(root: &Path) -> io::Result<(Vec<(u64, String)>, usize)> {
    let (mut files, mut skipped, mut seen) = (Vec::new(), 0, 0);
    let mut dirs = vec![PathBuf::new()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(root.join(&dir))? {
            let entry = entry?;
            seen += 1;
            if seen > ENTRIES_MAX {
                return Ok((files, skipped + 1));
            }
            let (kind, path) = (entry.file_type()?, dir.join(entry.file_name()));
            if kind.is_dir() {
                dirs.push(path);
            } else if let (true, Some(name)) = (kind.is_file(), path.to_str()) {
                files.push((entry.metadata()?.len(), name.to_owned()));
            } else {
                skipped += 1;
            }
        }
    }
    Ok((files, skipped))
}

/// Puts a checkpoint into an empty `agent/`.
///
/// # Errors
/// When a path would leave `agent`, a content is not base64, or the disk fails.
pub(crate) fn restore(seed: &Checkpoint, agent: &Path) -> io::Result<()> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("the seed holds {what}"));
    for (path, content) in &seed.files {
        let parts: Vec<_> = Path::new(path).components().collect();
        if parts.is_empty() || !parts.iter().all(|part| matches!(part, Component::Normal(_))) {
            return Err(invalid("a path that leaves `agent/`"));
        }
        let content = STANDARD.decode(content).map_err(|_| invalid("a file that is not base64"))?;
        let mut place = agent.to_owned();
        for part in &parts[..parts.len() - 1] {
            place.push(part);
            real_dir(&place)?;
        }
        fs::write(place.join(parts[parts.len() - 1]), content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_comes_back_and_links_do_not() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(from.path().join("rules")).unwrap();
        fs::write(from.path().join("rules/session.json"), b"{\"a\":1}").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", from.path().join("passwd")).unwrap();
        let taken = take(from.path()).unwrap();
        assert_eq!((taken.checkpoint.files.len(), taken.skipped), (1, 1));
        restore(&taken.checkpoint, to.path()).unwrap();
        assert_eq!(fs::read(to.path().join("rules/session.json")).unwrap(), b"{\"a\":1}");
    }

    #[test]
    fn what_does_not_fit_is_skipped_and_counted() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("big"), vec![0; CHECKPOINT_BYTES_MAX]).unwrap();
        fs::write(dir.path().join("small"), b"x").unwrap();
        let taken = take(dir.path()).unwrap();
        assert_eq!((taken.checkpoint.files.into_keys().collect::<Vec<_>>(), taken.skipped), (vec!["small".into()], 1));
    }

    #[test]
    fn a_seed_cannot_leave_the_agents_folder() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["../x", "/etc/x", "a/../../x", ""] {
            let seed = Checkpoint { files: [(path.to_owned(), STANDARD.encode("x"))].into() };
            assert!(restore(&seed, dir.path()).is_err(), "{path}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
