//! Numbers and times as people say them.

/// The first seven digits of a commit id.
pub(super) fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

/// `1 finding`, `2 findings`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `20 Dec`, in UTC.
pub(super) fn date(unix_ms: u64) -> String {
    format(unix_ms, "%-d %b")
}

/// `20 Dec, 09:30 UTC`.
pub(super) fn time(unix_ms: u64) -> String {
    format(unix_ms, "%-d %b, %H:%M UTC")
}

fn format(unix_ms: u64, how: &str) -> String {
    let time = i64::try_from(unix_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| "the end of time".to_owned(), |time| time.strftime(how).to_string())
}

/// `0.3 s`, `40 s`, `3 m 12 s`, `2 d 4 h`: the two largest units.
pub(super) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) if ms < 10_000 => format!("{}.{} s", seconds, ms % 1000 / 100),
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} m {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {} m", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// `$0.50`; what rounds to nothing and is not nothing is `under $0.01`.
pub(super) fn money(microusd: u64) -> String {
    match microusd {
        1..5_000 => "under $0.01".to_owned(),
        _ => {
            let cents = (microusd + 5_000) / 10_000;
            format!("${}.{:02}", cents / 100, cents % 100)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_say_them() {
        assert_eq!((count(1, "file"), count(0, "file")), ("1 file".into(), "0 files".into()));
        assert_eq!(
            (money(0), money(1), money(500_000), money(12_345_678)),
            ("$0.00".into(), "under $0.01".into(), "$0.50".into(), "$12.35".into())
        );
        assert_eq!(
            [2_140, 40_000, 192_000, 7_200_000, 187_200_000].map(span),
            ["2.1 s", "40 s", "3 m 12 s", "2 h 0 m", "2 d 4 h"]
        );
    }

    #[test]
    fn dates_are_in_utc() {
        assert_eq!(date(1_797_724_800_000), "20 Dec");
        assert_eq!(time(1_797_724_800_000), "20 Dec, 00:00 UTC");
        assert_eq!(date(u64::MAX), "the end of time");
    }
}
