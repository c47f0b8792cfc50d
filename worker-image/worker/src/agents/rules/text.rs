//! A file's text by lines, and which of them the change touched.

use std::ops::RangeInclusive;

/// UTF-8 text with its lines and the touched ones among them.
#[derive(Debug)]
pub(super) struct Text<'a> {
    /// All of it.
    pub whole: &'a str,
    starts: Vec<usize>,
    touched: Vec<(u32, u32)>,
}

impl<'a> Text<'a> {
    /// Reads `bytes`; `None` if they are no text.
    pub fn read(bytes: &'a [u8], touched: &[RangeInclusive<u32>]) -> Option<Self> {
        if is_binary(bytes) {
            return None;
        }
        let whole = std::str::from_utf8(bytes).ok()?;
        let mut starts = vec![0];
        starts.extend(whole.match_indices('\n').map(|(at, _)| at + 1));
        if starts.last() == Some(&whole.len()) {
            starts.pop();
        }
        let mut touched: Vec<_> = touched.iter().map(|range| (*range.start(), *range.end())).collect();
        touched.retain(|(start, end)| start <= end);
        touched.sort_unstable();
        // Merged, so that one binary search answers `is_touched` whatever the caller sent.
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(touched.len());
        for (start, end) in touched {
            match merged.last_mut() {
                Some(last) if start <= last.1.saturating_add(1) => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        Some(Self { whole, starts, touched: merged })
    }

    /// Number of lines.
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// A line, from 1, without its line feed; empty beyond the end.
    pub fn line(&self, number: u32) -> &'a str {
        let range = self.line_range(number);
        let line = &self.whole[range];
        line.strip_suffix('\n').unwrap_or(line)
    }

    /// Bytes of a line, its line feed included; empty beyond the end.
    pub fn line_range(&self, number: u32) -> std::ops::Range<usize> {
        let index = (number as usize).wrapping_sub(1);
        let Some(&start) = self.starts.get(index) else { return self.whole.len()..self.whole.len() };
        start..self.starts.get(index + 1).copied().unwrap_or(self.whole.len())
    }

    /// All lines with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (u32, &'a str)> + '_ {
        (1..=self.line_count()).map(|number| (number, self.line(number)))
    }

    /// The lines that the change touched.
    pub fn touched(&self) -> impl Iterator<Item = (u32, &'a str)> + '_ {
        self.lines().filter(|(number, _)| self.is_touched(*number))
    }

    /// Whether the change touched a line.
    pub fn is_touched(&self, number: u32) -> bool {
        let after = self.touched.partition_point(|(start, _)| *start <= number);
        after > 0 && self.touched[after - 1].1 >= number
    }

    /// Whether the change touched a line or one of its neighbours: an error shows where the parser noticed it.
    pub fn is_near_touched(&self, number: u32) -> bool {
        (number.saturating_sub(1)..=number.saturating_add(1)).any(|near| self.is_touched(near))
    }

    /// Line, from 1, of a byte.
    pub fn line_of(&self, byte: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= byte).max(1)).unwrap_or(u32::MAX)
    }

    /// Line and column, in characters, both from 1, of a byte.
    pub fn position(&self, byte: usize) -> (u32, u32) {
        let line = self.line_of(byte);
        let before = self.whole.get(self.line_range(line).start..byte).unwrap_or("");
        (line, u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX))
    }
}

/// Git's own test: a NUL among the first 8,000 bytes.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8_000).any(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_knows_whether_it_was_touched() {
        let text = Text::read(b"a\nb\r\nc", &[3..=u32::MAX, 1..=1]).unwrap();
        let touched: Vec<_> = text.touched().collect();
        assert_eq!(touched, [(1, "a"), (3, "c")]);
        assert_eq!(text.line(2), "b\r");
        assert_eq!(text.line(9), "");
        assert_eq!(text.position(2), (2, 1));
        assert_eq!(text.position(5), (3, 1));
    }

    #[test]
    fn binary_is_no_text() {
        assert!(Text::read(b"a\0b", &[]).is_none());
        assert!(Text::read(b"\xff\xfe", &[]).is_none());
        assert_eq!(Text::read(b"", &[]).unwrap().line_count(), 0);
    }
}
