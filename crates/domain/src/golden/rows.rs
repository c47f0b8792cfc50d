//! Rows as golden data keep them, and which of many are kept.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Longest text that counts as a name of something rather than as what somebody wrote.
const NAME_CHARS_MAX: usize = 24;

/// What one column held.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Row {
    State(Value),
    Event(Value),
    Action(Value),
}

impl Row {
    pub fn state(state: &impl serde::Serialize) -> Self {
        Self::State(serde_json::to_value(state).expect("a state is JSON"))
    }

    pub fn event(event: &impl serde::Serialize) -> Self {
        Self::Event(serde_json::to_value(event).expect("an event is JSON"))
    }

    pub fn action(action: &impl serde::Serialize) -> Self {
        Self::Action(serde_json::to_value(action).expect("an action is JSON"))
    }

    const fn parts(&self) -> (&'static str, &Value) {
        match self {
            Self::State(value) => ("state", value),
            Self::Event(value) => ("event", value),
            Self::Action(value) => ("action", value),
        }
    }

    /// `{"state":…}`.
    pub fn line(&self) -> String {
        let (column, value) = self.parts();
        Value::Object(Map::from_iter([(column.to_owned(), value.clone())])).to_string()
    }

    pub fn read(line: &str) -> Result<Self, String> {
        let object: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        match object.into_iter().next() {
            Some((column, value)) if column == "state" => Ok(Self::State(value)),
            Some((column, value)) if column == "event" => Ok(Self::Event(value)),
            Some((column, value)) if column == "action" => Ok(Self::Action(value)),
            other => Err(format!("it begins with no column: {other:?}")),
        }
    }

    /// Each field that it has, of which type, and each name that stands in one.
    fn features(&self) -> BTreeSet<String> {
        let (column, value) = self.parts();
        let mut found = BTreeSet::new();
        features(column, value, &mut found);
        found
    }
}

fn features(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    let what = match value {
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "number",
        Value::String(text) => {
            let is_name = text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
            if is_name && text.len() <= NAME_CHARS_MAX { text } else { "text" }
        }
        Value::Array(items) => return items.iter().for_each(|item| features(&format!("{path}[]"), item, found)),
        Value::Object(fields) => {
            return fields.iter().for_each(|(name, item)| features(&format!("{path}.{name}"), item, found));
        }
    };
    found.insert(format!("{path} {what}"));
}

/// Of many rows, few that have among them all that any of them has.
pub(super) fn covering(seen: Vec<Row>) -> Vec<Row> {
    let mut covered = BTreeSet::new();
    let mut kept: Vec<(Row, BTreeSet<String>)> = Vec::new();
    for row in seen {
        let features = row.features();
        if !features.is_subset(&covered) {
            covered.extend(features.iter().cloned());
            kept.push((row, features));
        }
    }
    // Later ones are richer: what they have between them makes many of the first ones needless.
    let mut needed = Vec::new();
    let mut covered = BTreeSet::new();
    for (row, features) in kept.into_iter().rev() {
        if !features.is_subset(&covered) {
            covered.extend(features);
            needed.push(row);
        }
    }
    needed.reverse();
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn few_rows_have_all_that_many_have() {
        let rows = [json!({"a": 1}), json!({"a": 2}), json!({"a": 3, "b": "one"}), json!({"a": null, "b": "two"})];
        let kept = covering(rows.iter().cloned().map(Row::State).collect());
        assert_eq!(kept, [Row::State(rows[2].clone()), Row::State(rows[3].clone())]);
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for row in [Row::State(json!({"a": [1]})), Row::Event(json!("e")), Row::Action(json!({"do": "it"}))] {
            assert_eq!(Row::read(&row.line()), Ok(row));
        }
        assert_eq!(Row::read("{\"other\":1}").unwrap_err(), r#"it begins with no column: Some(("other", Number(1)))"#);
    }
}
