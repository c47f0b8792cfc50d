//! Times and spans as people read them.

use environment::Timestamp;

/// `2026-11-23 09:14 UTC`.
pub fn time(unix_ms: u64) -> String {
    let millis = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| "an unknown time".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// How long before `now` that was, in its largest unit.
pub fn ago(now: Timestamp, then_ms: u64) -> String {
    let seconds = now.since(Timestamp::from_millis(then_ms)).as_secs();
    match seconds {
        0..5 => "now".to_owned(),
        5..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        let table = [(0, "now"), (60, "60 s ago"), (180, "3 min ago"), (7_200, "2 h ago"), (200_000, "2 d ago")];
        for (seconds, words) in table {
            assert_eq!(ago(Timestamp::from_millis(seconds * 1000), 0), words);
        }
        assert_eq!(ago(Timestamp::from_millis(0), 5000), "now", "a clock that is behind");
    }

    #[test]
    fn a_time_is_said_in_utc() {
        assert_eq!(time(1_795_425_240_000), "2026-11-23 09:14 UTC");
        assert_eq!(time(u64::MAX), "an unknown time");
    }
}
