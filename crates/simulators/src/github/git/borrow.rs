//! Objects that lie elsewhere, by git's alternates.

use super::{Git, GitError};
use crate::github::world::Repository;
use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

impl Git {
    /// Reads objects of other folders too, and takes the history as ending at the commits `shallow`.
    pub fn borrow(&self, repository: &Repository, objects: &[PathBuf], shallow: &[String]) -> Result<(), GitError> {
        let folder = self.folder(repository);
        let info = folder.join("objects/info");
        std::fs::create_dir_all(&info).map_err(GitError::Start)?;
        let mut lines = OsString::new();
        for path in objects {
            lines.push(alternate_line(path));
        }
        std::fs::write(info.join("alternates"), lines.as_bytes()).map_err(GitError::Start)?;
        let cut: String = shallow.iter().map(|sha| format!("{sha}\n")).collect();
        let file = folder.join("shallow");
        let done = if cut.is_empty() { std::fs::remove_file(file) } else { std::fs::write(file, cut) };
        match done {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(GitError::Start(error)),
            _ => Ok(()),
        }
    }
}

/// A line of git's `objects/info/alternates`: in quotes, with octal escapes, every path is one line.
pub fn alternate_line(path: &Path) -> OsString {
    let mut line = vec![b'"'];
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'"' | b'\\' => line.extend([b'\\', *byte]),
            0..=31 | 127..=255 => line.extend(format!("\\{byte:03o}").bytes()),
            plain => line.push(*plain),
        }
    }
    line.extend(b"\"\n");
    OsString::from_vec(line)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn a_path_is_one_line_whatever_it_holds() {
        assert_eq!(super::alternate_line(Path::new("/a \"b\"\n#\u{e9}")), "\"/a \\\"b\\\"\\012#\\303\\251\"\n");
    }
}
