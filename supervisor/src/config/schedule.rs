use environment::Timestamp;
use schedule::{Rule, Zone};

/// When something is done again and again: a cron expression over the calendar of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    rule: Rule,
    zone: Zone,
}

impl Schedule {
    /// From a cron expression of six fields, seconds first, in UTC; none if it is not one, or names no time that ever comes.
    ///
    /// The crate takes a seventh field, the year, and words such as `@daily`; neither is offered: the first ends some day,
    /// the second hides when that is.
    pub fn parse(text: &str) -> Option<Self> {
        if text.split_whitespace().count() != 6 {
            return None;
        }
        let schedule = Self { rule: Rule::parse(text.trim())?, zone: Zone::utc() };
        // The 30th of February.
        schedule.next(Timestamp::default()).map(|_| schedule)
    }

    /// The same times on the wall in another zone. One that is skipped in spring comes an hour later, one that is there twice
    /// in autumn counts once.
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The first time after `now`; none at the end of the calendar.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.rule.next(&self.zone, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(u64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()).unwrap())
    }

    #[test]
    fn the_next_time_is_told_in_utc() {
        for (expression, now, next) in [
            ("0 0 3 * * *", "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"),
            ("0 0 3 * * *", "2026-11-21T02:59:59.999Z", "2026-11-21T03:00:00Z"),
            ("*/10 * * * * *", "2026-11-21T02:59:59.500Z", "2026-11-21T03:00:00Z"),
            ("0 30 4 * * Sun", "2026-11-21T00:00:00Z", "2026-11-22T04:30:00Z"),
            ("0 0 0 29 2 *", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z"),
        ] {
            assert_eq!(Schedule::parse(expression).unwrap().next(at(now)), Some(at(next)), "{expression} after {now}");
        }
    }

    #[test]
    fn in_a_zone_it_is_the_clock_on_the_wall_that_counts() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for (expression, now, next) in [
            ("0 0 3 * * *", "2026-07-01T00:00:00Z", "2026-07-01T01:00:00Z"),
            ("0 0 3 * * *", "2026-12-01T00:00:00Z", "2026-12-01T02:00:00Z"),
            ("0 30 2 * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"),
            ("0 30 2 * * *", "2026-10-25T00:45:00Z", "2026-10-26T01:30:00Z"),
        ] {
            let schedule = Schedule::parse(expression).unwrap().in_zone(berlin.clone());
            assert_eq!(schedule.next(at(now)), Some(at(next)), "{expression} after {now}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_none() {
        for text in ["", "0 3 * * *", "0 0 25 * * *", "often please now and then ok", "@daily", "0 0 3 * * * 2020"] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
        assert_eq!(Schedule::parse("0 0 0 30 2 *"), None, "the 30th of February never comes");
    }
}
