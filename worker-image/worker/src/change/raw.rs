//! Which files changed: `git diff-tree --raw -z`, whose paths come between NUL bytes and need no unquoting.

use crate::git::{Call, Error, Git, is_object_id};

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is new.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
    /// It was a file and is a symlink, or the like.
    TypeChanged,
}

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) old_path: Option<String>,
    pub(super) status: Status,
    pub(super) mode: u32,
    pub(super) old_mode: Option<u32>,
    pub(super) new_blob: Option<String>,
    pub(super) old_blob: Option<String>,
}

/// What differs between two commits, and how many entries have names that are not UTF-8.
pub(super) async fn entries(git: &Git, from: &str, to: &str) -> Result<(Vec<Entry>, usize), Error> {
    let call = Call::new([
        "diff-tree",
        "-r",
        "-z",
        "--raw",
        "--no-abbrev",
        "--find-renames=50%",
        // Pairs compared for renames: more than that is a move of a whole tree, which nobody reads by file.
        "-l400",
        "--ignore-submodules=none",
        from,
        to,
    ]);
    parse(&git.call(call).await?).ok_or(Error::Answer("diff-tree"))
}

fn parse(out: &[u8]) -> Option<(Vec<Entry>, usize)> {
    let mut fields = out.strip_suffix(b"\0").unwrap_or(out).split(|&byte| byte == 0).filter(|field| !field.is_empty());
    let (mut entries, mut unnamed) = (Vec::new(), 0);
    while let Some(header) = fields.next() {
        let header = std::str::from_utf8(header).ok()?.strip_prefix(':')?;
        let [old_mode, mode, old_blob, new_blob, status] = header.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let first = fields.next()?;
        let (old_path, path) =
            if status.starts_with(['R', 'C']) { (Some(first), fields.next()?) } else { (None, first) };
        let (Ok(path), Ok(old_path)) = (std::str::from_utf8(path), old_path.map(std::str::from_utf8).transpose())
        else {
            unnamed += 1;
            continue;
        };
        let status = match status.as_bytes().first()? {
            b'A' | b'C' => Status::Added,
            b'D' => Status::Deleted,
            b'R' => Status::Renamed,
            b'T' => Status::TypeChanged,
            _ => Status::Modified,
        };
        let (old_mode, mode) = (mode_of(old_mode)?, mode_of(mode)?);
        entries.push(Entry {
            path: path.to_owned(),
            old_path: old_path.map(str::to_owned),
            status,
            // What is deleted has no mode any more; the old one says what it was.
            mode: mode.or(old_mode)?,
            old_mode,
            new_blob: blob_of(new_blob, mode)?,
            old_blob: blob_of(old_blob, old_mode)?,
        });
    }
    Some((entries, unnamed))
}

/// None of `000000`, which stands for "not there".
fn mode_of(octal: &str) -> Option<Option<u32>> {
    u32::from_str_radix(octal, 8).ok().map(|mode| (mode != 0).then_some(mode))
}

/// A submodule's id names a commit of another repository, not a blob of this one.
fn blob_of(id: &str, mode: Option<u32>) -> Option<Option<String>> {
    let there = mode.is_some_and(|mode| mode != super::GITLINK);
    is_object_id(id).then(|| there.then(|| id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";
    const NONE: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn each_kind_of_entry_is_read() {
        let out = format!(
            ":000000 100644 {NONE} {A} A\0new\n\tname\0:100644 000000 {A} {NONE} D\0gone\0\
             :100644 100755 {A} {B} R090\0from\0to\0:000000 160000 {NONE} {B} A\0vendor/x\0"
        );
        let (entries, unnamed) = parse(out.as_bytes()).unwrap();
        assert_eq!(unnamed, 0);
        let short: Vec<_> = entries
            .iter()
            .map(|e| (e.path.as_str(), e.status, e.mode, e.new_blob.is_some(), e.old_blob.is_some()))
            .collect();
        assert_eq!(
            short,
            [
                ("new\n\tname", Status::Added, 0o100_644, true, false),
                ("gone", Status::Deleted, 0o100_644, false, true),
                ("to", Status::Renamed, 0o100_755, true, true),
                ("vendor/x", Status::Added, 0o160_000, false, false),
            ]
        );
        assert_eq!(entries[2].old_path.as_deref(), Some("from"));
    }

    #[test]
    fn a_name_that_is_not_utf_8_is_counted() {
        let mut out = format!(":000000 100644 {NONE} {A} A\0").into_bytes();
        out.extend(b"\xff\0");
        assert_eq!(parse(&out).unwrap(), (vec![], 1));
    }

    #[test]
    fn what_git_does_not_write_is_refused() {
        for out in ["x", ":100644 100644 1 2 M\0p", ":100644 100644", ":z 100644 1 2 M\0p\0"] {
            assert_eq!(parse(out.as_bytes()), None, "{out}");
        }
    }
}
