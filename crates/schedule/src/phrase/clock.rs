//! A time of day: `9:00`, `09:00:30`, `9am`, `9:30 pm`, `noon`; after "at" also a bare hour.

use super::{Read, cursor::Cursor};
use crate::Misunderstood;
use jiff::civil::{self, Time};

/// When somebody names a day and no time.
pub(super) const MORNING: Time = civil::time(9, 0, 0, 0);

/// `at 9:00`, or a time that says of itself that it is one.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Read<Time> {
    cursor.attempt(|cursor| {
        let after_at = cursor.skip(&["at", "@", "um"]);
        let Some(word) = cursor.peek() else { return Ok(None) };
        let lower = word.to_lowercase();
        cursor.next();
        match lower.as_str() {
            "noon" | "midday" => return Ok(Some(civil::time(12, 0, 0, 0))),
            "midnight" => return Ok(Some(Time::midnight())),
            _ => {}
        }
        let (digits, mut half) = match lower.strip_suffix("am").map(|rest| (rest, false)) {
            Some((rest, afternoon)) => (rest, Some(afternoon)),
            None => lower.strip_suffix("pm").map_or((lower.as_str(), None), |rest| (rest, Some(true))),
        };
        let Some(parts) = numbers(digits) else { return Ok(None) };
        if half.is_none() && ["am", "pm", "a.m", "p.m"].contains(&cursor.lower().as_str()) {
            half = Some(cursor.lower().starts_with('p'));
            cursor.next();
        }
        if parts.len() == 1 && half.is_none() && !after_at {
            return Ok(None); // A bare number is a number.
        }
        time(&parts, half).map(Some).ok_or_else(|| Misunderstood::NoSuchTime(word.to_owned()))
    })
}

/// One to three numbers of one or two digits, by colons.
fn numbers(digits: &str) -> Option<Vec<i8>> {
    let parts: Vec<_> = digits.split(':').collect();
    let fits = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole =
        (1..=3).contains(&parts.len()) && parts.iter().all(fits) && parts.iter().skip(1).all(|it| it.len() == 2);
    whole.then(|| parts.iter().filter_map(|part| part.parse().ok()).collect())
}

fn time(parts: &[i8], half: Option<bool>) -> Option<Time> {
    let hour = match (*parts.first()?, half) {
        (hour @ 1..=12, Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
        (_, Some(_)) => return None,
        (hour, None) => hour,
    };
    let part = |place: usize| parts.get(place).copied().unwrap_or_default();
    Time::new(hour, part(1), part(2), 0).ok()
}
