use super::{Counts, FORMAT, Fault, HEX, Head, LINE_BYTES_MAX, Value};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::{BufRead, Read};

/// Reads a backup, line by line.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    head: Head,
    digest: Sha256,
    line: u64,
    columns: usize,
    table: Option<String>,
    rows: Counts,
    whole: bool,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A table begins.
    Table {
        /// Its name.
        name: String,
        /// Its columns.
        columns: Vec<String>,
    },
    /// A row of it, with a value for each column.
    Row(Vec<Value>),
}

#[derive(Deserialize)]
struct First {
    longshore_backup: u32,
    of: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Table { table: String, columns: Vec<String> },
    Row(Vec<serde_json::Value>),
    Last { rows: Counts, sha256: String },
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// It is not a backup, or one of a newer format.
    pub fn begin(from: R) -> Result<Self, Fault> {
        let head =
            Head { schema: 0, program: String::new(), database: String::new(), taken_at: crate::Timestamp::default() };
        let (digest, rows) = (Sha256::new(), Counts::new());
        let mut reader = Self { from, head, digest, line: 0, columns: 0, table: None, rows, whole: false };
        let line = match reader.line() {
            // What does not even begin as one is something else rather than damaged.
            Err(Fault::Damaged { .. } | Fault::Cut) => return Err(Fault::NotABackup),
            line => line?,
        };
        let first: First = serde_json::from_slice(&line).map_err(|_| Fault::NotABackup)?;
        if first.longshore_backup > FORMAT {
            return Err(Fault::NewerFormat { found: first.longshore_backup, known: FORMAT });
        }
        reader.head = serde_json::from_value(first.of).map_err(|_| Fault::NotABackup)?;
        reader.digest.update(&line);
        Ok(reader)
    }

    /// What it says of itself.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Rows by table, so far.
    pub fn rows(&self) -> &Counts {
        &self.rows
    }

    /// The next part; `None` once the last line has confirmed that everything came whole.
    ///
    /// # Errors
    /// It is damaged or cut short. What was handed out before must then not be kept.
    pub fn next_item(&mut self) -> Result<Option<Item>, Fault> {
        if self.whole {
            return Ok(None);
        }
        let line = self.line()?;
        let damaged = Fault::Damaged { line: self.line };
        match serde_json::from_slice(&line).map_err(|_| damaged.clone())? {
            Line::Last { rows, sha256 } => {
                let same = rows == self.rows && sha256 == hex::encode(self.digest.clone().finalize());
                self.whole = same;
                if same { Ok(None) } else { Err(Fault::Changed) }
            }
            Line::Table { table, columns } => {
                self.digest.update(&line);
                self.columns = columns.len();
                self.table = Some(table.clone());
                self.rows.insert(table.clone(), 0);
                Ok(Some(Item::Table { name: table, columns }))
            }
            Line::Row(values) => {
                self.digest.update(&line);
                let count = self.table.as_ref().and_then(|table| self.rows.get_mut(table));
                let count = count.filter(|_| values.len() == self.columns).ok_or(damaged.clone())?;
                *count += 1;
                let row = values.into_iter().map(value).collect::<Option<_>>();
                Ok(Some(Item::Row(row.ok_or(damaged)?)))
            }
        }
    }

    /// One line with its end.
    fn line(&mut self) -> Result<Vec<u8>, Fault> {
        let mut line = Vec::new();
        self.line += 1;
        let read = Read::take(&mut self.from, LINE_BYTES_MAX).read_until(b'\n', &mut line);
        read.map_err(|error| Fault::Unreadable(error.to_string()))?;
        match line.last() {
            Some(b'\n') => Ok(line),
            Some(_) if line.len() as u64 == LINE_BYTES_MAX => Err(Fault::Damaged { line: self.line }),
            _ => Err(Fault::Cut),
        }
    }
}

fn value(plain: serde_json::Value) -> Option<Value> {
    match plain {
        serde_json::Value::Null => Some(Value::Null),
        serde_json::Value::Number(number) => number.as_i64().map(Value::Integer),
        serde_json::Value::String(text) => Some(Value::Text(text)),
        serde_json::Value::Object(object) => hex::decode(object.get(HEX)?.as_str()?).ok().map(Value::Bytes),
        serde_json::Value::Bool(_) | serde_json::Value::Array(_) => None,
    }
}
