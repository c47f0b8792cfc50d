//! The phrases. A time stands at the beginning ("in 2 days to check the rollout") or at the end ("to check the rollout in
//! 2 days"); the rest is what to remind of.

mod amount;
mod clock;
mod cursor;
mod day;
mod every;
#[cfg(test)]
mod tests;
mod zone_word;

use crate::{Misunderstood, Rule, Zone, exact, zone::instant};
use cursor::{Cursor, Word};
use day::Day;
use environment::Timestamp;
use every::Rhythm;
use jiff::{
    Span, ToSpan,
    civil::{Date, DateTime, Time},
};

/// Days ahead at most: a year, also a leap year.
pub const AHEAD_DAYS_MAX: u16 = 366;
/// Bytes of what to remind of: written as JSON, where a quote takes two, it fits into an event of 4 KiB with all the rest.
pub const TEXT_BYTES_MAX: usize = 1_000;
const DAY_MS: u64 = 86_400_000;

/// Something that may not be there, and may be wrong.
type Read<T> = Result<Option<T>, Misunderstood>;

/// A text, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// When.
    pub when: When,
    /// The zone it was read in: named in the text, or the one given.
    pub zone: Zone,
    /// What to remind of; may be empty.
    pub what: String,
}

/// When to remind.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to an event")]
pub enum When {
    /// Once, at a fixed instant.
    Once(Timestamp),
    /// Again and again.
    Every {
        /// The recurrence.
        rule: Rule,
        /// In words: `every weekday at 09:00`.
        words: String,
        /// The first occurrence.
        first: Timestamp,
    },
}

impl When {
    /// The first time.
    pub fn first(&self) -> Timestamp {
        match self {
            Self::Once(at) | Self::Every { first: at, .. } => *at,
        }
    }
}

/// What a phrase says before zone and present are applied.
enum Draft {
    Exactly(jiff::Timestamp),
    After { span: Span, time: Option<Time> },
    On { day: Day, time: Time },
    At(Time),
    Every(Rhythm),
}

/// Reads what follows "remind me". `now` is the present, `zone` counts unless the text names another.
///
/// # Errors
/// [`Misunderstood`], a sentence for who wrote it.
pub fn understand(text: &str, now: Timestamp, zone: &Zone) -> Result<Understood, Misunderstood> {
    let text = text.trim();
    let text = text.strip_prefix("me ").unwrap_or(text);
    let words = cursor::words(text);
    let mut leading = Cursor::new(&words);
    let (draft, named, what) = match draft(&mut leading)? {
        Some((draft, named)) => {
            let begin = words.get(leading.place()).map_or(text.len(), |word| word.begin);
            (draft, named, &text[begin..])
        }
        None => trailing(text, &words)?,
    };
    let what: String = without_connective(what).chars().filter(|c| !c.is_control()).collect();
    if what.len() > TEXT_BYTES_MAX {
        return Err(Misunderstood::TooLong { bytes: what.len(), max: TEXT_BYTES_MAX });
    }
    let zone = named.unwrap_or_else(|| zone.clone());
    let when = settle(&draft, now, &zone)?;
    Ok(Understood { when, zone, what })
}

/// The longest phrase that the text ends with.
fn trailing<'a>(text: &'a str, words: &[Word<'a>]) -> Result<(Draft, Option<Zone>, &'a str), Misunderstood> {
    let mut wrong = None;
    for place in 1..words.len() {
        let mut cursor = Cursor::new(&words[place..]);
        match draft(&mut cursor) {
            Ok(Some((draft, zone))) if cursor.at_end() => {
                return Ok((draft, zone, text[..words[place].begin].trim_end()));
            }
            Ok(_) => {}
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    Err(wrong.unwrap_or(Misunderstood::NoTime))
}

fn draft(cursor: &mut Cursor<'_>) -> Read<(Draft, Option<Zone>)> {
    cursor.attempt(|cursor| {
        let Some(draft) = timing(cursor)? else { return Ok(None) };
        Ok(Some((draft, zone_word::read(cursor)?)))
    })
}

fn timing(cursor: &mut Cursor<'_>) -> Read<Draft> {
    if let Some(rhythm) = every::read(cursor)? {
        return Ok(Some(Draft::Every(rhythm)));
    }
    if let Some(exactly) = cursor.peek().filter(|word| word.contains('T')).and_then(|word| word.parse().ok()) {
        cursor.next();
        return Ok(Some(Draft::Exactly(exactly)));
    }
    let amount = cursor.attempt(|cursor| {
        Ok::<_, Misunderstood>(cursor.skip(&["in", "after"]).then(|| amount::read(cursor)).flatten())
    })?;
    if let Some(amount) = amount {
        let time = if amount.in_days { clock::read(cursor)? } else { None };
        return Ok(Some(Draft::After { span: amount.span, time }));
    }
    if let Some(day) = day::read(cursor)? {
        let time = clock::read(cursor)?.unwrap_or(clock::MORNING);
        return Ok(Some(Draft::On { day, time }));
    }
    let Some(time) = clock::read(cursor)? else { return Ok(None) };
    let day = day::read(cursor)?;
    Ok(Some(day.map_or(Draft::At(time), |day| Draft::On { day, time })))
}

/// The text without the word that joins it to "remind me … ".
fn without_connective(text: &str) -> &str {
    let text = text.trim().trim_start_matches([':', ',', '-', '–', '—']).trim_start();
    let joined = ["to ", "that ", "about ", "of "]
        .iter()
        .find(|word| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)));
    text[joined.map_or(0, |word| word.len())..].trim()
}

fn settle(draft: &Draft, now: Timestamp, zone: &Zone) -> Result<When, Misunderstood> {
    let wall = zone.civil(now).ok_or(Misunderstood::TooFar)?;
    if let Draft::Every(rhythm) = draft {
        let (expression, words) = rhythm.settle(wall)?;
        let never = || Misunderstood::NoRhythm(words.clone());
        let rule = Rule::parse(&expression).ok_or_else(never)?;
        let first = rule.next(zone, now).ok_or_else(never)?;
        return Ok(When::Every { rule, words, first });
    }
    let at = once(draft, now, wall, zone).ok_or(Misunderstood::TooFar)?;
    if at <= now {
        return Err(Misunderstood::Past(exact(at, zone)));
    }
    // An hour more, so that a year from now is a year in every zone.
    if at.since(now).as_millis() > u128::from(u64::from(AHEAD_DAYS_MAX) * DAY_MS + 3_600_000) {
        return Err(Misunderstood::TooFar);
    }
    Ok(When::Once(at))
}

/// `None`: beyond the calendar.
fn once(draft: &Draft, now: Timestamp, wall: DateTime, zone: &Zone) -> Option<Timestamp> {
    match draft {
        Draft::Exactly(at) => Some(Timestamp::from_millis(u64::try_from(at.as_millisecond()).unwrap_or_default())),
        // Days are days on the calendar, hours are hours: "in 1 day" is the same time tomorrow, also when clocks change.
        Draft::After { span, time } => {
            let zoned = instant(now)?.to_zoned(zone.rules().clone());
            let later = zoned.checked_add(*span).ok()?;
            match time {
                Some(time) => zone.at(later.date().to_datetime(*time)),
                None => Some(Timestamp::from_millis(u64::try_from(later.timestamp().as_millisecond()).ok()?)),
            }
        }
        Draft::At(time) => {
            let today = zone.at(wall.date().to_datetime(*time)).filter(|at| *at > now);
            today.or_else(|| zone.at(wall.date().tomorrow().ok()?.to_datetime(*time)))
        }
        Draft::On { day, time } => on(day, *time, now, wall.date(), zone),
        Draft::Every(_) => None,
    }
}

fn on(day: &Day, time: Time, now: Timestamp, today: Date, zone: &Zone) -> Option<Timestamp> {
    let at = |date: Date| zone.at(date.to_datetime(time));
    match *day {
        Day::In(days) => at(today.checked_add(days.days()).ok()?),
        Day::Date(date) => at(date),
        Day::Weekday { weekday, strictly } => {
            let this = (today.weekday() == weekday && !strictly).then(|| at(today)).flatten().filter(|at| *at > now);
            this.or_else(|| at(today.nth_weekday(1, weekday).ok()?))
        }
        Day::EveryYear { month, day } => {
            let of_year = |year: i16| Date::new(year, month, day).ok().and_then(at).filter(|at| *at > now);
            of_year(today.year()).or_else(|| of_year(today.year() + 1))
        }
    }
}
