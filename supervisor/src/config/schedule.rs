use chrono::DateTime;
use environment::Timestamp;

/// When something is done again and again: a cron expression, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Box<cron::Schedule>);

impl Schedule {
    /// From a cron expression of six fields, seconds first; none if it is not one, or names no time that ever comes.
    ///
    /// The crate takes a seventh field, the year, and words such as `@daily`; neither is offered: the first ends some day,
    /// the second hides when that is.
    pub fn parse(text: &str) -> Option<Self> {
        if text.split_whitespace().count() != 6 {
            return None;
        }
        let schedule = Self(Box::new(text.trim().parse().ok()?));
        // The 30th of February.
        schedule.next(Timestamp::default()).map(|_| schedule)
    }

    /// The first time after `now`; none at the end of the calendar.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let now = DateTime::from_timestamp_millis(i64::try_from(now.as_millis()).ok()?)?;
        let next = self.0.after(&now).next()?;
        u64::try_from(next.timestamp_millis()).ok().map(Timestamp::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_is_told_in_utc() {
        let at =
            |text: &str| Timestamp::from_millis(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis() as u64);
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
    fn what_is_no_schedule_is_none() {
        for text in ["", "0 3 * * *", "0 0 25 * * *", "often please now and then ok", "@daily", "0 0 3 * * * 2020"] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
        assert_eq!(Schedule::parse("0 0 0 30 2 *"), None, "the 30th of February never comes");
    }
}
