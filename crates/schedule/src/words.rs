//! Times and spans, for people.

use crate::{Zone, zone::instant};
use environment::Timestamp;

/// `Mon 23 Nov 2026, 09:00 CET (Europe/Berlin)`: day, clock, and zone, so that nobody has to guess. Seconds where there
/// are some.
pub fn exact(at: Timestamp, zone: &Zone) -> String {
    let Some(instant) = instant(at) else { return "an unknown time".into() };
    let zoned = instant.to_zoned(zone.rules().clone());
    let clock = if zoned.second() == 0 { "%a %-d %b %Y, %H:%M %Z" } else { "%a %-d %b %Y, %H:%M:%S %Z" };
    let text = zoned.strftime(clock).to_string();
    if zone.name() == "UTC" { text } else { format!("{text} ({})", zone.name()) }
}

/// `2 h 5 min`: the two greatest parts.
pub fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let said = parts.iter().skip(first).take(2).filter(|(count, unit)| *count > 0 || (first == 3 && *unit == "s"));
    said.map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_with_its_day_and_zone() {
        let at = Timestamp::from_millis(1_795_425_240_000);
        assert_eq!(exact(at, &Zone::utc()), "Mon 23 Nov 2026, 09:14 UTC");
        assert_eq!(exact(at, &Zone::named("Europe/Berlin").unwrap()), "Mon 23 Nov 2026, 10:14 CET (Europe/Berlin)");
        assert_eq!(exact(at.plus_millis(2_000), &Zone::utc()), "Mon 23 Nov 2026, 09:14:02 UTC");
        assert_eq!(exact(Timestamp::from_millis(u64::MAX), &Zone::utc()), "an unknown time");
    }

    #[test]
    fn a_span_is_said_by_its_two_greatest_parts() {
        let rows =
            [(0, "0 s"), (2_000, "2 s"), (90_000, "1 min 30 s"), (7_500_000, "2 h 5 min"), (90_000_000, "1 d 1 h")];
        for (millis, words) in rows {
            assert_eq!(span(millis), words);
        }
        assert_eq!(span(86_400_000), "1 d");
    }
}
