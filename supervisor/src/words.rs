//! Times and spans as people read them.

/// `2026-11-23 09:14 UTC`.
pub fn time(unix_ms: u64) -> String {
    let millis = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| "an unknown time".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_is_said_in_utc() {
        assert_eq!(super::time(1_795_425_240_000), "2026-11-23 09:14 UTC");
        assert_eq!(super::time(u64::MAX), "an unknown time");
    }
}
