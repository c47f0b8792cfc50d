//! Contents of blobs by id: `git cat-file --batch`.

use crate::git::{Call, Error, Git};
use std::{collections::HashMap, sync::Arc};

/// Room beside the contents: one line of header each.
const HEADERS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Sizes in bytes; what is not there is left out.
pub(super) async fn sizes(git: &Git, ids: &[&str]) -> Result<HashMap<String, u64>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let call = Call::new(["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"]);
    let out = git.call(call.stdin(ids.join("\n") + "\n")).await?;
    Ok(out.split(|&byte| byte == b'\n').filter_map(header).collect())
}

/// Contents of the blobs `ids`.
pub(super) async fn read(git: &Git, ids: &[String]) -> Result<HashMap<String, Arc<[u8]>>, Error> {
    let mut contents = HashMap::new();
    if ids.is_empty() {
        return Ok(contents);
    }
    let call =
        Call::new(["cat-file", "--batch=%(objectname) %(objecttype) %(objectsize)"]).stdin(ids.join("\n") + "\n");
    // A blob that several files share comes several times.
    let out = git.call(call.output_bytes_max(super::CONTENT_BYTES_MAX as usize + HEADERS_BYTES_MAX)).await?;
    let unreadable = || Error::Answer("cat-file");
    let mut rest = &out[..];
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        let Some((id, size)) = header(line) else { continue };
        let size = usize::try_from(size).map_err(|_| unreadable())?;
        contents.insert(id, Arc::from(rest.get(..size).ok_or_else(unreadable)?));
        rest = rest.get(size + 1..).ok_or_else(unreadable)?;
    }
    Ok(contents)
}

/// `<id> blob <size>`; anything else (`<id> missing`) is none.
fn header(line: &[u8]) -> Option<(String, u64)> {
    let (id, rest) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    Some((id.to_owned(), rest.strip_prefix("blob ")?.parse().ok()?))
}
