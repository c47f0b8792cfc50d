use super::*;

/// Saturday 21 November 2026, 08:30:15 UTC; 09:30:15 in Berlin.
const NOW: &str = "2026-11-21T08:30:15Z";

fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(u64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()).unwrap())
}

fn read_at(now: &str, text: &str, zone: &str) -> Result<String, String> {
    let understood = understand(text, at(now), &Zone::named(zone).unwrap()).map_err(|error| error.to_string())?;
    let when = match &understood.when {
        When::Once(at) => exact(*at, &understood.zone),
        When::Every { words, first, .. } => format!("{words}, first {}", exact(*first, &understood.zone)),
    };
    Ok(format!("{when} | {}", understood.what))
}

fn read(text: &str) -> Result<String, String> {
    read_at(NOW, text, "UTC")
}

#[track_caller]
fn each(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(read(text).as_deref(), Ok(*expected), "{text}");
    }
}

#[test]
fn amounts_of_time() {
    each(&[
        ("in 2 days to check the rollout", "Mon 23 Nov 2026, 08:30:15 UTC | check the rollout"),
        ("me in 2 seconds: look", "Sat 21 Nov 2026, 08:30:17 UTC | look"),
        ("in 90s", "Sat 21 Nov 2026, 08:31:45 UTC | "),
        ("in 1h30m to eat", "Sat 21 Nov 2026, 10:00:15 UTC | eat"),
        ("in half an hour that it is noon", "Sat 21 Nov 2026, 09:00:15 UTC | it is noon"),
        ("in an hour and 30 minutes", "Sat 21 Nov 2026, 10:00:15 UTC | "),
        ("in three weeks at 9:00 Europe/Berlin about it", "Sat 12 Dec 2026, 09:00 CET (Europe/Berlin) | it"),
        ("in 1 day, 2 hours check", "Sun 22 Nov 2026, 10:30:15 UTC | check"),
        ("in a month", "Mon 21 Dec 2026, 08:30:15 UTC | "),
        ("in 1 year to celebrate", "Sun 21 Nov 2027, 08:30:15 UTC | celebrate"),
        ("in 366 days", "Mon 22 Nov 2027, 08:30:15 UTC | "),
    ]);
}

#[test]
fn days_and_times_of_day() {
    each(&[
        ("tomorrow at 9:00", "Sun 22 Nov 2026, 09:00 UTC | "),
        ("tomorrow to rest", "Sun 22 Nov 2026, 09:00 UTC | rest"),
        ("tomorrow 9am to rest", "Sun 22 Nov 2026, 09:00 UTC | rest"),
        ("at 9 tomorrow to rest", "Sun 22 Nov 2026, 09:00 UTC | rest"),
        ("today at 5:30 pm - tea", "Sat 21 Nov 2026, 17:30 UTC | tea"),
        ("at noon", "Sat 21 Nov 2026, 12:00 UTC | "),
        ("at 08:00 to get up", "Sun 22 Nov 2026, 08:00 UTC | get up"),
        ("at 12am", "Sun 22 Nov 2026, 00:00 UTC | "),
        ("on Monday at 14:00 to merge", "Mon 23 Nov 2026, 14:00 UTC | merge"),
        ("on saturday at 9:00", "Sat 21 Nov 2026, 09:00 UTC | "),
        ("next saturday at 9:00", "Sat 28 Nov 2026, 09:00 UTC | "),
        ("on saturday at 8:00", "Sat 28 Nov 2026, 08:00 UTC | "),
        ("on 2026-12-24 at 18:00 Europe/Berlin to stop", "Thu 24 Dec 2026, 18:00 CET (Europe/Berlin) | stop"),
        ("on 24 December", "Thu 24 Dec 2026, 09:00 UTC | "),
        ("on December 24th 2026 at 10:15", "Thu 24 Dec 2026, 10:15 UTC | "),
        ("on the 3rd jan", "Sun 3 Jan 2027, 09:00 UTC | "),
        ("2026-11-22T10:00:00+01:00 to look", "Sun 22 Nov 2026, 09:00 UTC | look"),
    ]);
}

#[test]
fn the_time_may_stand_at_the_end() {
    each(&[
        ("to check the rollout in 2 days", "Mon 23 Nov 2026, 08:30:15 UTC | check the rollout"),
        ("about the release in Q4 tomorrow at 9:00", "Sun 22 Nov 2026, 09:00 UTC | the release in Q4"),
        ("that Monday is a holiday on friday", "Fri 27 Nov 2026, 09:00 UTC | Monday is a holiday"),
        ("to stretch every weekday at 10:00", "every weekday at 10:00, first Mon 23 Nov 2026, 10:00 UTC | stretch"),
    ]);
}

#[test]
fn recurrences() {
    each(&[
        (
            "every weekday at 09:00 Europe/Berlin to look at the queue",
            "every weekday at 09:00, first Mon 23 Nov 2026, 09:00 CET (Europe/Berlin) | look at the queue",
        ),
        ("every day at 7:15", "every day at 07:15, first Sun 22 Nov 2026, 07:15 UTC | "),
        ("daily to write", "every day at 09:00, first Sat 21 Nov 2026, 09:00 UTC | write"),
        (
            "every Mon, Wed and fri at 8am",
            "every Monday, Wednesday and Friday at 08:00, first Mon 23 Nov 2026, 08:00 UTC | ",
        ),
        ("every weekend", "every Saturday and Sunday at 09:00, first Sat 21 Nov 2026, 09:00 UTC | "),
        ("every hour", "every hour at minute 30, first Sat 21 Nov 2026, 09:30 UTC | "),
        ("every 6 hours to drink", "every 6 hours from 02:30, first Sat 21 Nov 2026, 14:30 UTC | drink"),
        ("weekly", "every Saturday at 09:00, first Sat 21 Nov 2026, 09:00 UTC | "),
        ("every week on tuesday at noon", "every Tuesday at 12:00, first Tue 24 Nov 2026, 12:00 UTC | "),
        ("every month on the 1st at 10:00", "every month on day 1 at 10:00, first Tue 1 Dec 2026, 10:00 UTC | "),
        ("every 15th of the month", "every month on day 15 at 09:00, first Tue 15 Dec 2026, 09:00 UTC | "),
        ("monthly", "every month on day 21 at 09:00, first Sat 21 Nov 2026, 09:00 UTC | "),
    ]);
}

#[test]
fn zones_are_named_in_the_phrase_or_are_the_given_one() {
    each(&[
        ("tomorrow at 9:00 Berlin time to x", "Sun 22 Nov 2026, 09:00 CET (Europe/Berlin) | x"),
        ("tomorrow at 9:00 (america/new_york) x", "Sun 22 Nov 2026, 09:00 EST (America/New_York) | x"),
        ("tomorrow at 9:00 UTC x", "Sun 22 Nov 2026, 09:00 UTC | x"),
        ("tomorrow at 9:00 src/lib.rs is old", "Sun 22 Nov 2026, 09:00 UTC | src/lib.rs is old"),
        ("tomorrow Paris is nice", "Sun 22 Nov 2026, 09:00 UTC | Paris is nice"),
    ]);
    let given = read_at(NOW, "tomorrow at 9:00 to x", "Asia/Tokyo");
    assert_eq!(given.as_deref(), Ok("Sun 22 Nov 2026, 09:00 JST (Asia/Tokyo) | x"));
}

#[test]
fn what_is_not_understood_says_why() {
    let rows = [
        ("to check the rollout", "I found no time in it"),
        ("", "I found no time in it"),
        ("soon", "I found no time in it"),
        ("in 5 bananas", "I found no time in it"),
        ("tomorrow at 25:00 to x", "`25:00` is not a time of day: they go from `00:00` to `23:59`"),
        ("to x at 9:61", "`9:61` is not a time of day: they go from `00:00` to `23:59`"),
        ("at 13pm", "`13pm` is not a time of day: they go from `00:00` to `23:59`"),
        ("on 2026-02-30", "there is no such day as `2026-02-30`"),
        ("on 31 june", "there is no such day as `31 june`"),
        (
            "tomorrow at 9:00 PST",
            "`PST` can mean more than one zone; name a city's, such as `Europe/Berlin` or `America/Los_Angeles`",
        ),
        ("today at 8:00 to x", "Sat 21 Nov 2026, 08:00 UTC has passed already"),
        ("on 2025-01-01", "Wed 1 Jan 2025, 09:00 UTC has passed already"),
        ("in 0 seconds", "Sat 21 Nov 2026, 08:30:15 UTC has passed already"),
        ("in 2 years", "that is more than a year ahead; 366 days are the most"),
        ("in 367 days", "that is more than a year ahead; 366 days are the most"),
        ("in 99999999999999999999 years", "that is more than a year ahead; 366 days are the most"),
        ("in 99999999999999999999 seconds", "that is more than a year ahead; 366 days are the most"),
        ("every 10 minutes", "recurring reminders are at least an hour apart"),
        ("every second", "recurring reminders are at least an hour apart"),
        (
            "every 5 hours",
            "`every 5 hours` is not a rhythm that I can keep: hours that divide a day, days, weekdays, days of the week or of the month",
        ),
        (
            "every 31st",
            "`every 31. of the month` is not a rhythm that I can keep: hours that divide a day, days, weekdays, days of the week or of the month",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(read(text), Err(expected.to_owned()), "{text}");
    }
    let wrong = read("tomorrow at 9:00 Europe/Berln").unwrap_err();
    assert!(wrong.starts_with("`Europe/Berln` is not a time zone; did you mean `Europe/Berlin`"), "{wrong}");
    let long = read(&format!("in 2 days {}", "x".repeat(TEXT_BYTES_MAX + 1))).unwrap_err();
    assert_eq!(long, "the text is too long: 1001 bytes, 1000 are the most");
}

/// Clocks in Berlin go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
#[test]
fn skipped_and_doubled_hours_are_decided() {
    let berlin = |now: &str, text: &str| read_at(now, text, "Europe/Berlin").unwrap();
    // Skipped: the clock is read as if it had not been put forward yet.
    assert_eq!(berlin("2026-03-28T12:00:00Z", "tomorrow at 2:30"), "Sun 29 Mar 2026, 03:30 CEST (Europe/Berlin) | ");
    // Twice: the first.
    assert_eq!(berlin("2026-10-24T12:00:00Z", "tomorrow at 2:30"), "Sun 25 Oct 2026, 02:30 CEST (Europe/Berlin) | ");
    // Days are calendar days, hours are hours.
    assert_eq!(berlin("2026-03-28T12:00:00Z", "in 1 day"), "Sun 29 Mar 2026, 13:00 CEST (Europe/Berlin) | ");
    assert_eq!(berlin("2026-03-28T12:00:00Z", "in 24 hours"), "Sun 29 Mar 2026, 14:00 CEST (Europe/Berlin) | ");
    assert_eq!(berlin("2026-10-24T12:00:00Z", "in 1 day"), "Sun 25 Oct 2026, 14:00 CET (Europe/Berlin) | ");
    // Between the first and the second 02:30 the first is over and the second is not meant.
    assert_eq!(berlin("2026-10-25T00:45:00Z", "at 2:30"), "Mon 26 Oct 2026, 02:30 CET (Europe/Berlin) | ");
}

mod any_text {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_understood_or_refused_and_what_is_understood_lies_ahead_within_a_year(
            text in "(in |at |on |every |next |to )?([0-9]{1,21}|a|monday|day|25:61|2026-1[0-9]-[0-9]{2}|é|T|Europe/[A-Za-z]{0,9}|\\PC{0,5})( (days|hours|s|at|9:00|am|and|UTC|of|the|month|\\PC{0,8})){0,6}"
        ) {
            for zone in ["UTC", "Europe/Berlin", "Pacific/Apia"] {
                if let Ok(understood) = understand(&text, at(NOW), &Zone::named(zone).unwrap()) {
                    let first = understood.when.first();
                    prop_assert!(first > at(NOW), "{text}");
                    prop_assert!(first.since(at(NOW)).as_secs() <= (366 * 24 + 1) * 3600, "{text}");
                    prop_assert!(understood.what.len() <= TEXT_BYTES_MAX);
                }
            }
        }
    }
}
