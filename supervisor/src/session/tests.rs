use super::*;

fn checkpoint(files: &[(&str, &[u8])]) -> Checkpoint {
    Checkpoint { files: files.iter().map(|(path, content)| ((*path).to_owned(), STANDARD.encode(content))).collect() }
}

/// An archive of entries as they are given, whatever they are.
fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_gnu();
        // Past the checks of the crate: an attacker has none.
        let gnu = header.as_gnu_mut().unwrap();
        gnu.name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o777);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn a_session_comes_back_as_it_was() {
    let long = format!("projects/{}/deep.jsonl", "x".repeat(200));
    let session = checkpoint(&[("rules/session.json", b"{}"), ("empty", b""), (&long, &[0, 255, 10])]);
    let bytes = pack(&session).unwrap();
    assert_eq!(unpack(&bytes).unwrap(), session);
    assert_eq!(pack(&session).unwrap(), bytes, "the same session is the same archive");
}

#[test]
fn what_tar_makes_of_a_folder_is_taken() {
    let bytes = archive(&[
        ("./agent/", EntryType::Directory, b""),
        ("./agent/./rules/session.json", EntryType::Regular, b"{}"),
    ]);
    assert_eq!(unpack(&bytes).unwrap(), checkpoint(&[("rules/session.json", b"{}")]));
}

#[test]
fn what_is_hostile_is_refused_with_a_sentence() {
    let file = EntryType::Regular;
    for (entries, sentence) in [
        (vec![("agent/../../etc/passwd", file, &b"x"[..])], "`agent/../../etc/passwd` does not lie below `agent/`"),
        (vec![("/agent/x", file, b"x")], "`/agent/x` does not lie below `agent/`"),
        (vec![("workspace/x", file, b"x")], "`workspace/x` does not lie below `agent/`"),
        (vec![("agent", file, b"x")], "`agent` does not lie below `agent/`"),
        (vec![("agent/x", EntryType::Symlink, b"")], "`agent/x` is neither a file nor a folder; links are not taken"),
        (vec![("agent/x", EntryType::Link, b"")], "`agent/x` is neither a file nor a folder; links are not taken"),
        (vec![("agent/x", EntryType::Fifo, b"")], "`agent/x` is neither a file nor a folder; links are not taken"),
        (vec![("agent/x", file, b"1"), ("agent/x", file, b"2")], "`agent/x` is in it twice"),
        (vec![("agent/x", file, b"1"), ("agent/./x", file, b"2")], "`agent/./x` is in it twice"),
        (vec![("agent/x/y", file, b"1"), ("agent/x", file, b"2")], "`x` is a file and a folder in it"),
        (vec![("agent/", EntryType::Directory, b"")], "it holds no session: there is no file below `agent/`"),
    ] {
        assert_eq!(unpack(&archive(&entries)).unwrap_err(), sentence, "{entries:?}");
    }
    assert_eq!(unpack(b"").unwrap_err(), "it holds no session: there is no file below `agent/`");
    assert!(unpack(&[7; 2048]).unwrap_err().starts_with("it is not a tar archive: "));
}

#[test]
fn what_is_too_much_is_refused_before_it_is_read() {
    let half = vec![0; CHECKPOINT_BYTES_MAX / 2];
    let file = EntryType::Regular;
    let large = archive(&[("agent/a", file, &half), ("agent/b", file, &half)]);
    assert_eq!(unpack(&large).unwrap_err(), "its files have more than 1048576 bytes");
    let names: Vec<String> = (0..=FILES_MAX).map(|number| format!("agent/{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), file, &b""[..])).collect();
    assert_eq!(unpack(&archive(&many)).unwrap_err(), "it has more than 2000 files");
    assert!(unpack(&vec![0; ARCHIVE_BYTES_MAX + 1]).unwrap_err().starts_with("the archive has more than "));
    // A header that promises more than there is.
    let mut header = Header::new_gnu();
    header.set_path("agent/x").unwrap();
    header.set_entry_type(file);
    header.set_size(u64::MAX / 2);
    header.set_cksum();
    assert_eq!(unpack(header.as_bytes()).unwrap_err(), "its files have more than 1048576 bytes");
    let whole = archive(&[("agent/x", file, &[1; 2000])]);
    let cut = unpack(&whole[..1024]).unwrap_err();
    assert!(cut.starts_with("it is cut off in `agent/x`") || cut.starts_with("it is not a tar archive"), "{cut}");
}

#[test]
fn any_bytes_are_taken_or_refused() {
    // A valid archive with each byte of its first header changed: no panic, no path outside.
    let whole = archive(&[("agent/rules/x", EntryType::Regular, b"hello")]);
    for place in 0..512 {
        for value in [0, b'/', b'.', 255] {
            let mut bytes = whole.clone();
            bytes[place] = value;
            if let Ok(taken) = unpack(&bytes) {
                assert!(taken.files.keys().all(|path| !path.starts_with('/') && !path.contains("..")), "{taken:?}");
            }
        }
    }
}
