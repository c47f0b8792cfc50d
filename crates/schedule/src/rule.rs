//! A recurrence: a cron expression over the calendar of a zone.
//!
//! The crate `cron` is asked about the calendar alone, without a zone: asked with one, it leaves an occurrence out that
//! falls into the hour skipped in spring. Which instant a time on the wall is, [`Zone`] decides.

use crate::Zone;
use chrono::{DateTime, Datelike, TimeZone, Timelike, Utc};
use environment::Timestamp;
use jiff::{ToSpan, civil};
use std::str::FromStr;

/// Occurrences of the day before that are looked at again: more than a day of hours. Of what comes more often, a skipped hour
/// moves none to a place where there is none anyway.
const MOVED_MAX: usize = 64;
/// Occurrences looked at for one answer: every second of an hour that is there twice has come already when it is there again.
/// A rule that has none among so many has none.
const LOOKED_AT_MAX: usize = 10_000;
/// Occurrences counted: more than a year of hours.
const COUNTED_MAX: u32 = 10_000;

/// A recurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule(cron::Schedule);

impl Rule {
    /// From a cron expression with seconds: `0 0 9 * * Mon-Fri`. `None`: it is not one.
    pub fn parse(expression: &str) -> Option<Self> {
        cron::Schedule::from_str(expression).ok().map(Self)
    }

    /// The expression.
    pub fn expression(&self) -> &str {
        self.0.source()
    }

    /// The first occurrence after `after`.
    pub fn next(&self, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let now = zone.civil(after)?;
        let first = |begin, most| {
            let on_the_wall = self.0.after(&chrono_of(begin)?).take(most);
            on_the_wall.filter_map(|civil| zone.at(jiff_of(&civil)?)).find(|instant| *instant > after)
        };
        // A time on the wall may have been moved forward by a skipped hour: those of the day before are looked at again.
        let moved = first(now.checked_sub(1.day()).ok()?, MOVED_MAX);
        moved.into_iter().chain(first(now, LOOKED_AT_MAX)).min()
    }

    /// How many occurrences there are after `after`, up to and with `until`.
    pub fn count(&self, zone: &Zone, after: Timestamp, until: Timestamp) -> u32 {
        let (mut count, mut last) = (0, after);
        while let Some(next) = self.next(zone, last).filter(|next| *next <= until && count < COUNTED_MAX) {
            (count, last) = (count + 1, next);
        }
        count
    }
}

fn chrono_of(civil: civil::DateTime) -> Option<DateTime<Utc>> {
    let [month, day, hour, minute, second] =
        [civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second()].map(|part| u32::try_from(part).ok());
    Utc.with_ymd_and_hms(i32::from(civil.year()), month?, day?, hour?, minute?, second?).single()
}

fn jiff_of(time: &DateTime<Utc>) -> Option<civil::DateTime> {
    let [month, day, hour, minute, second] =
        [time.month(), time.day(), time.hour(), time.minute(), time.second()].map(|part| i8::try_from(part).ok());
    civil::DateTime::new(i16::try_from(time.year()).ok()?, month?, day?, hour?, minute?, second?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact;

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(u64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()).unwrap())
    }

    fn occurrences(rule: &str, zone: &Zone, after: &str, how_many: usize) -> Vec<String> {
        let (rule, mut last, mut found) = (Rule::parse(rule).unwrap(), at(after), Vec::new());
        for _ in 0..how_many {
            last = rule.next(zone, last).unwrap();
            found.push(exact(last, zone));
        }
        found
    }

    #[test]
    fn every_weekday_skips_the_weekend_and_keeps_the_hour_on_the_wall_in_summer_and_winter() {
        let berlin = zone("Europe/Berlin");
        assert_eq!(
            occurrences("0 0 9 * * Mon-Fri", &berlin, "2026-03-27T07:00:00Z", 3),
            [
                "Fri 27 Mar 2026, 09:00 CET (Europe/Berlin)",
                "Mon 30 Mar 2026, 09:00 CEST (Europe/Berlin)",
                "Tue 31 Mar 2026, 09:00 CEST (Europe/Berlin)"
            ]
        );
        assert_eq!(
            occurrences("0 0 9 * * Mon-Fri", &berlin, "2026-10-23T08:00:00Z", 1),
            ["Mon 26 Oct 2026, 09:00 CET (Europe/Berlin)"]
        );
    }

    #[test]
    fn an_hour_that_is_skipped_in_spring_comes_an_hour_later_by_the_clock_and_is_not_left_out() {
        let berlin = zone("Europe/Berlin");
        assert_eq!(
            occurrences("0 30 2 * * *", &berlin, "2026-03-28T12:00:00Z", 2),
            ["Sun 29 Mar 2026, 03:30 CEST (Europe/Berlin)", "Mon 30 Mar 2026, 02:30 CEST (Europe/Berlin)"]
        );
        // Asked in between, when the clock on the wall is past it already.
        assert_eq!(
            occurrences("0 30 2 * * *", &berlin, "2026-03-29T01:10:00Z", 1),
            ["Sun 29 Mar 2026, 03:30 CEST (Europe/Berlin)"]
        );
    }

    #[test]
    fn an_hour_that_happens_twice_in_autumn_counts_once() {
        let berlin = zone("Europe/Berlin");
        assert_eq!(
            occurrences("0 30 2 * * *", &berlin, "2026-10-24T12:00:00Z", 2),
            ["Sun 25 Oct 2026, 02:30 CEST (Europe/Berlin)", "Mon 26 Oct 2026, 02:30 CET (Europe/Berlin)"]
        );
        // After the second 02:10, the first 02:30 is over.
        assert_eq!(
            occurrences("0 30 2 * * *", &berlin, "2026-10-25T01:10:00Z", 1),
            ["Mon 26 Oct 2026, 02:30 CET (Europe/Berlin)"]
        );
    }

    #[test]
    fn every_hour_is_never_less_than_an_hour_apart_even_when_clocks_change() {
        for name in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"] {
            let (zone, rule) = (zone(name), Rule::parse("0 0 * * * *").unwrap());
            for (begin, end) in
                [("2026-03-05T00:00:00Z", "2026-04-07T00:00:00Z"), ("2026-10-02T00:00:00Z", "2026-11-03T00:00:00Z")]
            {
                let mut last = rule.next(&zone, at(begin)).unwrap();
                while last < at(end) {
                    let next = rule.next(&zone, last).unwrap();
                    // Lord Howe's clocks move by half an hour; everywhere else an hour is an hour.
                    let least = if name == "Australia/Lord_Howe" { 30 } else { 60 };
                    let most = least.max(60) * 2;
                    let apart = next.since(last).as_secs() / 60;
                    assert!((least..=most).contains(&apart), "{name}: {apart} min to {}", exact(next, &zone));
                    last = next;
                }
            }
        }
    }

    #[test]
    fn what_comes_often_goes_on_through_both_changes_of_the_clock() {
        let berlin = zone("Europe/Berlin");
        for (rule, after, next) in [
            ("*/10 * * * * *", "2026-07-01T00:00:05Z", "2026-07-01T00:00:10Z"),
            ("*/10 * * * * *", "2026-03-29T00:59:55Z", "2026-03-29T01:00:00Z"),
            ("0 */5 * * * *", "2026-03-29T00:56:00Z", "2026-03-29T01:00:00Z"),
            // The second 02:00 to 03:00: all of it has been there.
            ("* * * * * *", "2026-10-25T01:10:00Z", "2026-10-25T02:00:00Z"),
        ] {
            assert_eq!(Rule::parse(rule).unwrap().next(&berlin, at(after)), Some(at(next)), "{rule} after {after}");
        }
    }

    #[test]
    fn occurrences_are_counted_up_to_the_present() {
        let rule = Rule::parse("0 0 9 * * Mon-Fri").unwrap();
        let (due, now) = (at("2026-11-20T09:00:00Z"), at("2026-11-26T10:00:00Z"));
        assert_eq!(rule.count(&Zone::utc(), due, now), 4);
        assert_eq!(rule.count(&Zone::utc(), due, due), 0);
    }

    #[test]
    fn a_rule_that_has_no_occurrence_has_none() {
        assert_eq!(Rule::parse("0 0 0 30 2 *").unwrap().next(&Zone::utc(), at("2026-01-01T00:00:00Z")), None);
        assert_eq!(Rule::parse("whenever"), None);
    }
}
