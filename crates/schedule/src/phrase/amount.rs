//! Amounts of time: `2 days`, `an hour and 30 minutes`, `1h30m`.

use super::cursor::Cursor;
use jiff::{Span, ToSpan};

/// Numbers above it are no plan.
const NUMBER_MAX: i64 = 100_000_000;

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "s" | "sec" | "secs" | "second" | "seconds" => Self::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Self::Minute,
            "h" | "hr" | "hrs" | "hour" | "hours" => Self::Hour,
            "d" | "day" | "days" => Self::Day,
            "w" | "wk" | "week" | "weeks" => Self::Week,
            "mo" | "month" | "months" => Self::Month,
            "y" | "year" | "years" => Self::Year,
            _ => return None,
        })
    }
}

/// A sum of amounts. `in_days`: every part is a day or longer, so that a time of day can follow.
#[derive(Debug, Clone)]
pub(super) struct Amount {
    pub span: Span,
    pub in_days: bool,
}

/// One or more amounts, by "and", commas or nothing. `None`: there is none. Numbers without end give the longest.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Amount> {
    let mut sum = Amount { span: Span::new(), in_days: true };
    let mut found = false;
    loop {
        let before = cursor.clone();
        if found {
            cursor.skip(&["and"]);
        }
        let Some(parts) = one(cursor) else {
            *cursor = before;
            return found.then_some(sum);
        };
        for (number, unit) in parts {
            add(&mut sum, number, unit);
        }
        found = true;
    }
}

fn add(sum: &mut Amount, number: i64, unit: Unit) {
    let number = number.min(NUMBER_MAX);
    let span = match unit {
        Unit::Second => Span::new().try_seconds(number),
        Unit::Minute => Span::new().try_minutes(number),
        Unit::Hour => Span::new().try_hours(number),
        Unit::Day => Span::new().try_days(number),
        Unit::Week => Span::new().try_days(number.saturating_mul(7)),
        Unit::Month => Span::new().try_months(number),
        Unit::Year => Span::new().try_years(number),
    };
    sum.in_days &= !matches!(unit, Unit::Second | Unit::Minute | Unit::Hour);
    let span = span.unwrap_or_else(|_| longest());
    let parts =
        |it: Span| (it.get_years(), it.get_months(), it.get_days(), it.get_hours(), it.get_minutes(), it.get_seconds());
    let ((years, months, days, hours, minutes, seconds), more) = (parts(sum.span), parts(span));
    let added = Span::new()
        .try_years(years.saturating_add(more.0))
        .and_then(|it| it.try_months(months.saturating_add(more.1)))
        .and_then(|it| it.try_days(days.saturating_add(more.2)))
        .and_then(|it| it.try_hours(hours.saturating_add(more.3)))
        .and_then(|it| it.try_minutes(minutes.saturating_add(more.4)))
        .and_then(|it| it.try_seconds(seconds.saturating_add(more.5)));
    sum.span = added.unwrap_or_else(|_| longest());
}

/// Beyond every limit, and small enough to be added to any date.
fn longest() -> Span {
    1000.years()
}

/// `2 days`, `half an hour`, `1h30m`.
fn one(cursor: &mut Cursor<'_>) -> Option<Vec<(i64, Unit)>> {
    let word = cursor.lower();
    if let Some(parts) = compact(&word) {
        cursor.next();
        return Some(parts);
    }
    if word == "half" {
        cursor.next();
        let whole = cursor.skip(&["an", "a"]) && cursor.skip(&["hour"]);
        return whole.then(|| vec![(30, Unit::Minute)]);
    }
    let number = number(&word)?;
    cursor.next();
    let unit = Unit::of(&cursor.lower())?;
    cursor.next();
    Some(vec![(number, unit)])
}

/// `90s`, `1h30m`, `2d`.
fn compact(word: &str) -> Option<Vec<(i64, Unit)>> {
    let (mut rest, mut parts) = (word, Vec::new());
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let letters = rest[digits..].len() - rest[digits..].trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        if digits == 0 || letters == 0 {
            return None;
        }
        parts.push((rest[..digits].parse().unwrap_or(i64::MAX), Unit::of(&rest[digits..digits + letters])?));
        rest = &rest[digits + letters..];
    }
    (!parts.is_empty()).then_some(parts)
}

/// A number in digits or words.
pub(super) fn number(word: &str) -> Option<i64> {
    const WORDS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(word.parse().unwrap_or(i64::MAX));
    }
    match word {
        "a" | "an" => Some(1),
        _ => WORDS.iter().position(|known| *known == word).and_then(|place| i64::try_from(place).ok()),
    }
}
