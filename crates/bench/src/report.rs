//! What is printed: one line per measurement for people, or one JSON object per measurement.

use serde::Serialize;
use std::io::Write;

/// A measurement that can be told to people.
pub trait Report: Serialize {
    /// A line.
    fn line(&self) -> String;
}

/// Where measurements go.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    /// JSON for programs.
    pub json: bool,
}

impl Printer {
    /// Prints a measurement.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn print(self, report: &impl Report) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        match self.json {
            true => writeln!(out, "{}", serde_json::to_string(report)?),
            false => writeln!(out, "{}", report.line()),
        }
    }
}

/// A number with commas between thousands, without fraction.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digit.is_ascii_digit() {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn commas_stand_between_thousands() {
        assert_eq!(thousands(7.2), "7");
        assert_eq!(thousands(123_456.4), "123,456");
        assert_eq!(thousands(1_000_000.0), "1,000,000");
    }
}
