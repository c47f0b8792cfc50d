//! Days: `tomorrow`, `on Friday`, `next Monday`, `2026-12-24`, `24 December`, `Dec 24th 2026`.

use super::{Read, cursor::Cursor};
use crate::Misunderstood;
use jiff::civil::{Date, Weekday};

/// A day somebody named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// Today, or so many days later.
    In(i32),
    /// The next one; `strictly`: not today.
    Weekday { weekday: Weekday, strictly: bool },
    /// With its year.
    Date(Date),
    /// The next one of that month and day.
    EveryYear { month: i8, day: i8 },
}

pub(super) fn read(cursor: &mut Cursor<'_>) -> Read<Day> {
    cursor.attempt(|cursor| {
        let on = cursor.skip(&["on"]);
        let next = !on && cursor.skip(&["next"]);
        if !on && !next {
            cursor.skip(&["this"]);
        }
        let word = cursor.lower();
        if let Some(weekday) = weekday(&word) {
            // "Sun" and "Sat" are words too: alone they are days only where "on" says so or they are written out.
            cursor.next();
            return Ok(Some(Day::Weekday { weekday, strictly: next }));
        }
        let relative = match word.as_str() {
            "today" => Some(0),
            "tomorrow" => Some(1),
            _ => None,
        };
        if let Some(days) = relative.filter(|_| !on && !next) {
            cursor.next();
            return Ok(Some(Day::In(days)));
        }
        cursor.skip(&["the"]);
        if let Some(date) = iso(cursor)? {
            return Ok(Some(Day::Date(date)));
        }
        named(cursor)
    })
}

/// `2026-12-24`.
fn iso(cursor: &mut Cursor<'_>) -> Read<Date> {
    let Some(word) = cursor.peek() else { return Ok(None) };
    let parts: Vec<_> = word.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    if lengths != [4, 2, 2] || !parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
        return Ok(None);
    }
    cursor.next();
    word.parse().map(Some).map_err(|_| Misunderstood::NoSuchDay(word.to_owned()))
}

/// `24 December 2026`, `Dec 24th`.
fn named(cursor: &mut Cursor<'_>) -> Read<Day> {
    let first = cursor.lower();
    cursor.next();
    let second = cursor.lower();
    let (found, day) = match (month(&first), month(&second)) {
        (Some(found), _) => (found, ordinal(&second)),
        (None, Some(found)) => (found, ordinal(&first)),
        (None, None) => return Ok(None),
    };
    let Some(day) = day else { return Ok(None) };
    cursor.next();
    let nothing = || Misunderstood::NoSuchDay(format!("{first} {second}"));
    let year = cursor.peek().filter(|word| word.len() == 4).and_then(|word| word.parse::<i16>().ok());
    if let Some(year) = year {
        cursor.next();
        return Date::new(year, found, day).map(|date| Some(Day::Date(date))).map_err(|_| nothing());
    }
    // A leap year, so that 29 February is a day.
    Date::new(2028, found, day).map(|_| Some(Day::EveryYear { month: found, day })).map_err(|_| nothing())
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word.strip_suffix('s').filter(|one| one.ends_with("day")).unwrap_or(word) {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" | "tues" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" | "thur" | "thurs" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = if word == "sept" { "sep" } else { word };
    let found = MONTHS.iter().position(|month| *month == word || (word.len() == 3 && month.starts_with(word)))?;
    i8::try_from(found + 1).ok()
}

/// `24`, `24th`, `1st`.
pub(super) fn ordinal(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ending = &word[digits.len()..];
    let fits = (1..=2).contains(&digits.len()) && ["", "st", "nd", "rd", "th"].contains(&ending);
    fits.then(|| digits.parse().ok()).flatten()
}
