use std::time::Duration;

/// Units and their milliseconds; `ms` before `m` and `s`, since the longest name that fits is meant.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads a span of time as people write it: `24h`, `90s`, `1h30m`, `0`.
pub fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    if text.is_empty() {
        return None;
    }
    let (mut rest, mut millis) = (text, 0u64);
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let count: u64 = rest[..digits].parse().ok()?;
        let (name, unit) = UNITS.iter().find(|(name, _)| rest[digits..].starts_with(name))?;
        millis = millis.checked_add(count.checked_mul(*unit)?)?;
        rest = &rest[digits + name.len()..];
    }
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let table = [
            ("24h", Some(86_400_000)),
            ("30d", Some(2_592_000_000)),
            ("1h30m", Some(5_400_000)),
            ("250ms", Some(250)),
            ("2m5s", Some(125_000)),
            ("0", Some(0)),
            ("", None),
            ("24", None),
            ("h", None),
            ("-1h", None),
            ("1 h", None),
            ("1y", None),
            ("99999999999999999999d", None),
            ("999999999999999d", None),
        ];
        for (text, millis) in table {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text:?}");
        }
    }
}
