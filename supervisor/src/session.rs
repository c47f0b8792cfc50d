//! A session as a tar archive: what `longshore volumes export` writes and `import` reads.
//!
//! Why made of the checkpoint and not of the volume: it is the same on every backend, also where the supervisor cannot reach
//! into a volume; a volume is hostile and nobody reads it here; and what a run resumes from is `agent/` alone, since the
//! workspace is built anew by each. What comes in is as hostile: bounded, plain files only, no path that leaves its folder.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use protocol::{CHECKPOINT_BYTES_MAX, Checkpoint};
use std::{collections::BTreeMap, io::Read, path::Path};
use tar::{Archive, Builder, EntryType, Header};

/// Everything lies below this, as on the volume.
const ROOT: &str = volumes::layout::AGENT;
/// Files of a session; a session is a handful.
const FILES_MAX: usize = 2_000;
/// Bytes of an archive: each file costs a header of 512 bytes and a last block that is not full, and a long path two more.
pub const ARCHIVE_BYTES_MAX: usize = CHECKPOINT_BYTES_MAX + FILES_MAX * 4 * 512;
/// Bytes of a file's path.
const PATH_BYTES_MAX: usize = 1_024;

/// The archive of a session, the same bytes for the same session.
///
/// # Errors
/// The checkpoint is damaged.
pub fn pack(checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    let mut archive = Builder::new(Vec::new());
    for (path, content) in &checkpoint.files {
        let content = STANDARD.decode(content).map_err(|_| format!("`{path}` of the checkpoint is damaged"))?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_size(content.len() as u64);
        let unwritable = |error| format!("`{path}` cannot be written: {error}");
        archive.append_data(&mut header, format!("{ROOT}/{path}"), &content[..]).map_err(unwritable)?;
    }
    archive.into_inner().map_err(|error| error.to_string())
}

/// The session in an archive.
///
/// # Errors
/// A sentence: it is no archive of a session, or more than is taken.
pub fn unpack(bytes: &[u8]) -> Result<Checkpoint, String> {
    if bytes.len() > ARCHIVE_BYTES_MAX {
        return Err(format!("the archive has more than {ARCHIVE_BYTES_MAX} bytes"));
    }
    let broken = |error: std::io::Error| format!("it is not a tar archive: {error}");
    let (mut files, mut left) = (BTreeMap::new(), CHECKPOINT_BYTES_MAX as u64);
    for entry in Archive::new(bytes).entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| "a path in it is not UTF-8")?;
        match entry.header().entry_type() {
            EntryType::Directory => continue,
            EntryType::Regular => {}
            _ => return Err(format!("`{}` is neither a file nor a folder; links are not taken", shown(&name))),
        }
        let path = below_root(&name)?;
        if files.len() >= FILES_MAX {
            return Err(format!("it has more than {FILES_MAX} files"));
        }
        // What the header says is checked before anything is read.
        let size = entry.size();
        left = left
            .checked_sub(size.saturating_add(path.len() as u64))
            .ok_or_else(|| format!("its files have more than {CHECKPOINT_BYTES_MAX} bytes"))?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(broken)?;
        if content.len() as u64 != size {
            return Err(format!("it is cut off in `{}`", shown(&name)));
        }
        if files.insert(path, STANDARD.encode(content)).is_some() {
            return Err(format!("`{}` is in it twice", shown(&name)));
        }
    }
    if files.is_empty() {
        return Err(format!("it holds no session: there is no file below `{ROOT}/`"));
    }
    no_file_is_a_folder(&files)?;
    Ok(Checkpoint { files })
}

/// The path below `agent/`, in one spelling.
fn below_root(name: &str) -> Result<String, String> {
    use std::path::Component;
    let outside = || format!("`{}` does not lie below `{ROOT}/`", shown(name));
    if name.len() > PATH_BYTES_MAX || name.contains('\0') {
        return Err(format!("the path `{}` is too long or not a path", shown(name)));
    }
    let mut parts = Vec::new();
    for part in Path::new(name).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(outside)?),
            _ => return Err(outside()),
        }
    }
    match parts.split_first() {
        Some((&root, rest)) if root == ROOT && !rest.is_empty() => Ok(rest.join("/")),
        _ => Err(outside()),
    }
}

/// `a` and `a/b` cannot both be files.
fn no_file_is_a_folder(files: &BTreeMap<String, String>) -> Result<(), String> {
    for path in files.keys() {
        let mut above = Path::new(path).ancestors().skip(1).filter_map(Path::to_str);
        if let Some(above) = above.find(|above| files.contains_key(*above)) {
            return Err(format!("`{}` is a file and a folder in it", shown(above)));
        }
    }
    Ok(())
}

/// A stranger's path as it is repeated.
fn shown(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests;
