use super::*;

fn head() -> Head {
    Head {
        schema: 3,
        program: "0.1.0".into(),
        database: "SQLite".into(),
        taken_at: Timestamp::from_millis(1_700_000_000_000),
    }
}

fn rows() -> Vec<Vec<Value>> {
    let text = |text: &str| Value::Text(text.into());
    vec![
        vec![Value::Integer(i64::MAX), text("a\0b\n\u{2028}\"{}"), Value::Null],
        vec![Value::Integer(-1), text(""), Value::Bytes(vec![0, 255, 10])],
    ]
}

fn written() -> Vec<u8> {
    let mut writer = Writer::begin(Vec::new(), &head()).unwrap();
    writer.table("blob", &["n".into(), "t".into(), "b".into()]).unwrap();
    rows().into_iter().for_each(|row| writer.row(row).unwrap());
    writer.table("empty", &["n".into()]).unwrap();
    let (bytes, counts) = writer.finish().unwrap();
    assert_eq!(counts, Counts::from([("blob".into(), 2), ("empty".into(), 0)]));
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<Item>, Fault> {
    let mut reader = Reader::begin(bytes)?;
    let mut items = Vec::new();
    while let Some(item) = reader.next_item()? {
        items.push(item);
    }
    Ok(items)
}

#[test]
fn what_was_written_is_read_with_every_character_and_byte() {
    let bytes = written();
    assert_eq!(Reader::begin(&bytes[..]).unwrap().head(), &head());
    let table = |name: &str, columns: &[&str]| Item::Table {
        name: name.into(),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
    };
    let mut expected = vec![table("blob", &["n", "t", "b"])];
    expected.extend(rows().into_iter().map(Item::Row));
    expected.push(table("empty", &["n"]));
    assert_eq!(read(&bytes).unwrap(), expected);
}

#[test]
fn whatever_byte_is_changed_or_missing_it_is_noticed() {
    let bytes = written();
    for at in 0..bytes.len() {
        assert!(read(&bytes[..at]).is_err(), "cut at {at}");
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let same = read(&changed).is_ok_and(|items| items == read(&bytes).unwrap());
        // Of the last line only what it says counts, and the first may say another program or time.
        assert!(!same || changed[at].is_ascii_whitespace(), "byte {at} changed and nobody noticed");
    }
}

#[test]
fn each_fault_is_a_sentence() {
    let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert_eq!(said(b"SQLite format 3\0"), "this is not a backup that `longshore backup` made");
    assert_eq!(said(b""), "this is not a backup that `longshore backup` made");
    assert_eq!(
        said(b"{\"longshore_backup\":2,\"of\":{\"more\":1}}\n"),
        "the backup has format 2, this program knows 1; restore it with the program that made it"
    );
    let whole = String::from_utf8(written()).unwrap();
    assert_eq!(said(&whole.as_bytes()[..whole.len() - 1]), "the backup ends in the middle; nothing was restored");
    let without_a_row: String =
        whole.lines().filter(|line| !line.starts_with("[-1")).map(|line| format!("{line}\n")).collect();
    assert_eq!(
        said(without_a_row.as_bytes()),
        "the backup is not as it was written: rows or digest differ from its last line; nothing was restored"
    );
    assert_eq!(
        said(whole.replacen("[-1,", "[-1,1,", 1).as_bytes()),
        "the backup is damaged in line 4; nothing was restored"
    );
}
