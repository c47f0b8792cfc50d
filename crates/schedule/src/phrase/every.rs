//! Recurrences: `every weekday at 09:00`, `every Mon, Wed and Fri`, `every 6 hours`, `daily`, `every month on the 1st`.

use super::{
    Read, amount,
    amount::Unit,
    clock,
    cursor::Cursor,
    day::{ordinal, weekday},
};
use crate::Misunderstood;
use jiff::civil::{DateTime, Time, Weekday};

/// The days of a month that every month has.
const DAYS_OF_EVERY_MONTH: std::ops::RangeInclusive<i8> = 1..=28;

/// A rhythm, before it is known where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// So many hours apart; a divisor of 24.
    Hours(i8),
    /// On these days, in cron's words; what people call them.
    Days { days: String, words: String, time: Time },
    /// Once a week, on the day on which it was asked.
    Week { time: Time },
    /// Once a month; `None`: on the day on which it was asked.
    Month { day: Option<i8>, time: Time },
}

pub(super) fn read(cursor: &mut Cursor<'_>) -> Read<Rhythm> {
    cursor.attempt(|cursor| {
        let word = cursor.lower();
        let rhythm = match word.as_str() {
            "every" | "each" => {
                cursor.next();
                return every(cursor).map(Some);
            }
            "hourly" => Rhythm::Hours(1),
            "daily" => days("*", "day"),
            "weekdays" => days("Mon-Fri", "weekday"),
            "weekly" => {
                cursor.next();
                return week(cursor).map(Some);
            }
            "monthly" => {
                cursor.next();
                return month(cursor).map(Some);
            }
            _ => return Ok(None),
        };
        cursor.next();
        timed(cursor, rhythm).map(Some)
    })
}

fn days(days: &str, words: &str) -> Rhythm {
    Rhythm::Days { days: days.into(), words: words.into(), time: clock::MORNING }
}

fn every(cursor: &mut Cursor<'_>) -> Result<Rhythm, Misunderstood> {
    let word = cursor.lower();
    if let Some(rhythm) = of_days(cursor) {
        return timed(cursor, rhythm);
    }
    if let Some(day) = ordinal(&word).filter(|_| word.ends_with(|c: char| c.is_ascii_alphabetic())) {
        cursor.next();
        if cursor.skip(&["of"]) {
            cursor.skip(&["the", "each", "every"]);
            cursor.skip(&["month"]);
        }
        return on_day_of_month(cursor, day);
    }
    let other = word == "other";
    let number = if other { Some(2) } else { amount::number(&word) };
    if number.is_some() {
        cursor.next();
    }
    let unit = Unit::of(&cursor.lower());
    let said = || Misunderstood::NoRhythm(format!("every {word} {}", cursor.lower()).trim().to_owned());
    match (number.unwrap_or(1), unit) {
        (_, Some(Unit::Second | Unit::Minute)) => Err(Misunderstood::TooOften),
        (hours @ (1 | 2 | 3 | 4 | 6 | 8 | 12), Some(Unit::Hour)) => {
            cursor.next();
            Ok(Rhythm::Hours(i8::try_from(hours).unwrap_or(1)))
        }
        (24, Some(Unit::Hour)) | (1, Some(Unit::Day)) => {
            cursor.next();
            timed(cursor, days("*", "day"))
        }
        (1, Some(Unit::Week)) | (7, Some(Unit::Day)) => {
            cursor.next();
            week(cursor)
        }
        (1, Some(Unit::Month)) => {
            cursor.next();
            month(cursor)
        }
        (_, Some(_)) => Err(said()),
        (_, None) => Err(Misunderstood::NoRhythm(format!("every {word}").trim().to_owned())),
    }
}

/// `weekday`, `weekend`, `monday`, `mon, wed and fri`.
fn of_days(cursor: &mut Cursor<'_>) -> Option<Rhythm> {
    let word = cursor.lower();
    let named = match word.as_str() {
        "weekday" | "weekdays" | "workday" | "workdays" => Some(days("Mon-Fri", "weekday")),
        "weekend" | "weekends" => Some(days("Sat,Sun", "Saturday and Sunday")),
        _ => None,
    };
    if named.is_some() {
        cursor.next();
        return named;
    }
    let mut listed: Vec<Weekday> = Vec::new();
    loop {
        let before = cursor.clone();
        if !listed.is_empty() {
            cursor.skip(&["and", "&"]);
        }
        let Some(day) = weekday(&cursor.lower()) else {
            *cursor = before;
            break;
        };
        listed.push(day);
        cursor.next();
    }
    listed.sort_by_key(|day| day.to_monday_zero_offset());
    listed.dedup();
    if listed.is_empty() {
        return None;
    }
    let short: Vec<_> = listed.iter().map(|day| &name(*day)[..3]).collect();
    let long: Vec<_> = listed.iter().map(|day| name(*day)).collect();
    let words = match long.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    };
    Some(days(&short.join(","), &words))
}

fn week(cursor: &mut Cursor<'_>) -> Result<Rhythm, Misunderstood> {
    let before = cursor.clone();
    cursor.skip(&["on"]);
    match of_days(cursor) {
        Some(rhythm) => timed(cursor, rhythm),
        None => {
            *cursor = before;
            timed(cursor, Rhythm::Week { time: clock::MORNING })
        }
    }
}

fn month(cursor: &mut Cursor<'_>) -> Result<Rhythm, Misunderstood> {
    let before = cursor.clone();
    cursor.skip(&["on"]);
    cursor.skip(&["the"]);
    match ordinal(&cursor.lower()) {
        Some(day) => {
            cursor.next();
            on_day_of_month(cursor, day)
        }
        None => {
            *cursor = before;
            timed(cursor, Rhythm::Month { day: None, time: clock::MORNING })
        }
    }
}

fn on_day_of_month(cursor: &mut Cursor<'_>, day: i8) -> Result<Rhythm, Misunderstood> {
    if !DAYS_OF_EVERY_MONTH.contains(&day) {
        return Err(Misunderstood::NoRhythm(format!("every {day}. of the month")));
    }
    timed(cursor, Rhythm::Month { day: Some(day), time: clock::MORNING })
}

fn timed(cursor: &mut Cursor<'_>, mut rhythm: Rhythm) -> Result<Rhythm, Misunderstood> {
    if let Some(read) = clock::read(cursor)? {
        match &mut rhythm {
            Rhythm::Days { time, .. } | Rhythm::Week { time } | Rhythm::Month { time, .. } => *time = read,
            Rhythm::Hours(_) => {}
        }
    }
    Ok(rhythm)
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

impl Rhythm {
    /// As a cron expression, and in words; `asked`: the clock on the wall when it was asked.
    pub fn settle(&self, asked: DateTime) -> Result<(String, String), Misunderstood> {
        let at = |time: &Time| format!("{} {} {}", time.second(), time.minute(), time.hour());
        let said = |time: &Time| time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string();
        Ok(match self {
            Self::Hours(1) => {
                (format!("0 {} * * * *", asked.minute()), format!("every hour at minute {}", asked.minute()))
            }
            Self::Hours(hours) => {
                let first = asked.hour() % hours;
                let expression = format!("0 {} {first}/{hours} * * *", asked.minute());
                (expression, format!("every {hours} hours from {first:02}:{:02}", asked.minute()))
            }
            Self::Days { days, words, time } => {
                (format!("{} * * {days}", at(time)), format!("every {words} at {}", said(time)))
            }
            Self::Week { time } => {
                let day = name(asked.date().weekday());
                (format!("{} * * {}", at(time), &day[..3]), format!("every {day} at {}", said(time)))
            }
            Self::Month { day, time } => {
                let day = day.unwrap_or_else(|| asked.day());
                if !DAYS_OF_EVERY_MONTH.contains(&day) {
                    return Err(Misunderstood::NoRhythm(format!("every {day}. of the month")));
                }
                (format!("{} {day} * *", at(time)), format!("every month on day {day} at {}", said(time)))
            }
        })
    }
}
