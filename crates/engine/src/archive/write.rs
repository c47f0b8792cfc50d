use super::{Counts, FORMAT, HEX, Head, Value};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Writes a backup, line by line.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    digest: Sha256,
    rows: Counts,
    table: String,
}

impl<W: Write> Writer<W> {
    /// Writes the first line.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(to: W, head: &Head) -> io::Result<Self> {
        let mut writer = Self { to, digest: Sha256::new(), rows: Counts::new(), table: String::new() };
        writer.line(&json!({"longshore_backup": FORMAT, "of": head}).to_string())?;
        Ok(writer)
    }

    /// Begins a table, whose rows follow.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn table(&mut self, name: &str, columns: &[String]) -> io::Result<()> {
        name.clone_into(&mut self.table);
        self.rows.insert(name.to_owned(), 0);
        self.line(&json!({"table": name, "columns": columns}).to_string())
    }

    /// A row of the table that was begun last.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn row(&mut self, row: Vec<Value>) -> io::Result<()> {
        if let Some(count) = self.rows.get_mut(&self.table) {
            *count += 1;
        }
        self.line(&serde_json::Value::Array(row.into_iter().map(plain).collect()).to_string())
    }

    /// Writes the last line; without it a backup is not one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<(W, Counts)> {
        let digest = hex::encode(self.digest.clone().finalize());
        self.line(&json!({"rows": self.rows, "sha256": digest}).to_string())?;
        self.to.flush()?;
        Ok((self.to, self.rows))
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        self.digest.update(text);
        self.digest.update("\n");
        self.to.write_all(text.as_bytes())?;
        self.to.write_all(b"\n")
    }
}

fn plain(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Bytes(bytes) => json!({ HEX: hex::encode(bytes) }),
    }
}
