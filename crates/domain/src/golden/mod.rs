//! Golden rows: what each version of a state looked like, and rows that were written by it (E10).
//!
//! A row in somebody's database outlives the program that wrote it. So the stored shape of each version is described in
//! `golden/<kind>/<version>/shape.txt`, and rows of it lie beside in `rows.jsonl`. A shape that changes while its version
//! stays fails here, also where old rows would still be read; so does a row that is not read any more.

mod rows;
mod shape;

pub(crate) use rows::Row;

use engine::{STATE_BYTES_MAX, Workflow};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Compares every version of a kind with its golden data. `sources` hold the types of its state; `seen`, rows that walks
/// through the machine have made, from which the data of a new version are chosen.
pub(crate) fn check<W: Workflow>(sources: &[&str], seen: impl FnOnce() -> Vec<Row>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(W::KIND);
    let now = shape::describe(sources, "State");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        write(&version(&folder, W::STATE_VERSION), &now, &rows::covering(seen()));
    }
    for number in 1..=W::STATE_VERSION {
        let folder = version(&folder, number);
        if number == W::STATE_VERSION && read(&folder, "shape.txt") != now {
            panic!("{}", other_shape::<W>());
        }
        for (line, row) in (1..).zip(read(&folder, "rows.jsonl").lines()) {
            if let Err(why) = check_row::<W>(number, row) {
                panic!("{}/rows.jsonl, line {line}: {why}", folder.display());
            }
        }
    }
}

fn version(folder: &Path, number: u32) -> PathBuf {
    folder.join(number.to_string())
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_default()
}

fn write(folder: &Path, shape: &str, rows: &[Row]) {
    let lines: String = rows.iter().map(|row| row.line() + "\n").collect();
    std::fs::create_dir_all(folder).expect("the folder can be made");
    std::fs::write(folder.join("shape.txt"), shape).expect("the shape can be written");
    std::fs::write(folder.join("rows.jsonl"), lines).expect("the rows can be written");
}

fn other_shape<W: Workflow>() -> String {
    let (kind, version) = (W::KIND, W::STATE_VERSION);
    let next = version + 1;
    format!(
        "the stored shape of `{kind}` is not that of version {version} any more, and rows of version {version} may lie in \
         somebody's database: raise `STATE_VERSION` to {next}, read version {version} in `upgrade`, leave \
         `golden/{kind}/{version}` as it is, and run `UPDATE_GOLDEN=1 cargo test -p domain golden`, which describes version \
         {next}. Only if no release has written version {version} yet, run that command alone."
    )
}

/// A row of the present version is read and written back as it was; the state of an older one is upgraded.
fn check_row<W: Workflow>(version: u32, line: &str) -> Result<(), String> {
    let row = Row::read(line)?;
    match row {
        Row::State(state) if version == W::STATE_VERSION => read_back::<W::State>(&state),
        Row::State(state) => {
            let upgraded = W::upgrade(version, state).map_err(|error| error.to_string())?;
            let written = serde_json::to_vec(&upgraded).map_err(|error| error.to_string())?;
            if written.len() > STATE_BYTES_MAX {
                return Err(format!("it has {} bytes when it is upgraded", written.len()));
            }
            Ok(())
        }
        Row::Event(event) => read_back::<W::Event>(&event).map_err(unversioned),
        Row::Action(action) => read_back::<W::Action>(&action).map_err(unversioned),
    }
}

fn unversioned(why: String) -> String {
    format!(
        "{why}. Events and pending actions have no version of their own: whatever was written must be read for ever, so a \
         new field has a default and what means something else gets a new name."
    )
}

fn read_back<T: Serialize + DeserializeOwned>(golden: &Value) -> Result<(), String> {
    let read: T = T::deserialize(golden).map_err(|error| format!("it cannot be read any more ({error})"))?;
    let written = serde_json::to_value(&read).map_err(|error| error.to_string())?;
    if written == *golden {
        return Ok(());
    }
    Err(format!("it is written back as {written}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{ActionFailure, Illegal, Summary, Timestamp, Transition, UpgradeError};

    /// A kind whose state had a number for a text before.
    #[derive(Debug)]
    struct Sample;

    impl Workflow for Sample {
        type State = String;
        type Event = String;
        type Action = String;
        const KIND: &'static str = "sample";
        const STATE_VERSION: u32 = 2;

        fn transition(_: Option<&String>, event: &String, _: Timestamp) -> Result<Transition<Self>, Illegal> {
            Ok(Transition::to(event.clone()))
        }

        fn summary(_: &String) -> Summary {
            Summary::default()
        }

        fn action_failed(action: &String, _: &ActionFailure) -> String {
            action.clone()
        }

        fn action_name(_: &String) -> &'static str {
            "act"
        }

        fn action_names() -> &'static [&'static str] {
            &["act"]
        }

        fn event_name(event: &String) -> String {
            event.clone()
        }

        fn upgrade(from: u32, state: Value) -> Result<String, UpgradeError> {
            let number = state.as_u64().filter(|_| from == 1);
            number.map(|it| it.to_string()).ok_or_else(|| UpgradeError { from, why: "it is no number".into() })
        }
    }

    #[test]
    fn an_older_row_is_upgraded_and_one_that_cannot_be_is_named() {
        assert_eq!(check_row::<Sample>(1, r#"{"state":7}"#), Ok(()));
        assert_eq!(check_row::<Sample>(2, r#"{"state":"7"}"#), Ok(()));
        let refused = check_row::<Sample>(1, r#"{"state":"7"}"#);
        assert_eq!(refused.unwrap_err(), "state of version 1 cannot be upgraded: it is no number");
        let unread = check_row::<Sample>(2, r#"{"state":7}"#).unwrap_err();
        assert!(unread.starts_with("it cannot be read any more (invalid type: integer `7`"), "{unread}");
        let unread = check_row::<Sample>(1, r#"{"event":7}"#).unwrap_err();
        assert!(unread.contains("Events and pending actions have no version of their own"), "{unread}");
    }

    #[test]
    fn a_field_that_is_lost_on_the_way_back_is_shown() {
        #[derive(Serialize, serde::Deserialize)]
        struct Kept {
            kept: u32,
        }
        let lost = read_back::<Kept>(&serde_json::json!({"kept": 1, "gone": 2}));
        assert_eq!(lost.unwrap_err(), r#"it is written back as {"kept":1}"#);
    }

    #[test]
    fn whoever_changes_a_shape_is_told_what_to_do() {
        assert_eq!(
            other_shape::<Sample>(),
            "the stored shape of `sample` is not that of version 2 any more, and rows of version 2 may lie in somebody's \
             database: raise `STATE_VERSION` to 3, read version 2 in `upgrade`, leave `golden/sample/2` as it is, and run \
             `UPDATE_GOLDEN=1 cargo test -p domain golden`, which describes version 3. Only if no release has written \
             version 2 yet, run that command alone."
        );
    }
}
