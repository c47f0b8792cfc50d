//! Time zones by their names in the tz database, which comes with the program.

use environment::Timestamp;
use jiff::{
    civil::DateTime,
    tz::{TimeZone, TimeZoneDatabase},
};
use std::sync::LazyLock;

/// Nearest names that are offered.
const NEAREST_MAX: usize = 3;
/// From this likeness on a name is offered (Jaro-Winkler, 1 is the same).
const LIKENESS_MIN: f64 = 0.80;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| DATABASE.available().map(|name| name.to_string()).collect());

/// A zone and the name it was found under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A name that is no zone's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a time zone{}", did_you_mean(.nearest))]
pub struct UnknownZone {
    /// As it was written.
    pub name: String,
    /// Names like it.
    pub nearest: Vec<String>,
}

fn did_you_mean(nearest: &[String]) -> String {
    let names: Vec<_> = nearest.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return "; one looks like `Europe/Berlin`".into();
    }
    format!("; did you mean {}?", names.join(" or "))
}

impl Zone {
    /// Universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), rules: TimeZone::UTC }
    }

    /// The zone of that name, in any case.
    ///
    /// # Errors
    /// There is none; the nearest names are in the error.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("gmt") || name == "Z" {
            return Ok(Self::utc());
        }
        let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
        let rules = known.and_then(|known| DATABASE.get(known).ok());
        match (known, rules) {
            (Some(known), Some(rules)) => Ok(Self { name: known.clone(), rules }),
            _ => Err(UnknownZone { name: name.to_owned(), nearest: nearest(name) }),
        }
    }

    /// The only zone whose city has that name: `Berlin`, `New_York`.
    pub(crate) fn of_city(city: &str) -> Option<Self> {
        let mut found = NAMES.iter().filter(|name| {
            let mut parts = name.split('/');
            parts.next().is_some_and(is_region)
                && name.rsplit('/').next().is_some_and(|it| it.eq_ignore_ascii_case(city))
        });
        match (found.next(), found.next()) {
            (Some(only), None) => Self::named(only).ok(),
            _ => None,
        }
    }

    /// Whether somebody who wrote this meant a zone: `Europe/Berln`, and not `src/lib.rs`.
    pub(crate) fn is_meant_by(word: &str) -> bool {
        let letters = |part: &str| part.len() > 1 && part.chars().all(|c| c.is_ascii_alphabetic() || "_-+".contains(c));
        match word.split_once('/') {
            Some((region, rest)) => {
                let near = REGIONS
                    .iter()
                    .any(|known| strsim::jaro_winkler(&known.to_lowercase(), &region.to_lowercase()) > 0.88);
                near && rest.split('/').all(letters)
            }
            None => false,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a calendar and a clock on the wall show there.
    pub(crate) fn civil(&self, at: Timestamp) -> Option<DateTime> {
        Some(self.rules.to_datetime(instant(at)?))
    }

    /// When a clock on the wall shows that. An hour that is skipped in spring is read as if the clock had not been put
    /// forward yet (02:30 is 03:30); of an hour that happens twice in autumn the first is meant.
    pub(crate) fn at(&self, civil: DateTime) -> Option<Timestamp> {
        let instant = self.rules.to_ambiguous_timestamp(civil).compatible().ok()?;
        Some(Timestamp::from_millis(u64::try_from(instant.as_millisecond()).ok()?))
    }

    pub(crate) fn rules(&self) -> &TimeZone {
        &self.rules
    }
}

pub(crate) fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(i64::try_from(at.as_millis()).ok()?).ok()
}

const REGIONS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

fn is_region(part: &str) -> bool {
    REGIONS.contains(&part)
}

fn nearest(name: &str) -> Vec<String> {
    let wanted = name.to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        let whole = strsim::jaro_winkler(&known, &wanted);
        if wanted.contains('/') { whole } else { whole.max(strsim::jaro_winkler(city, &wanted)) }
    };
    let mut all: Vec<_> = NAMES.iter().filter(|known| known.split('/').next().is_some_and(is_region)).collect();
    all.retain(|known| likeness(known) >= LIKENESS_MIN);
    all.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)).then_with(|| a.cmp(b)));
    all.into_iter().take(NEAREST_MAX).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_found_in_any_case_and_a_wrong_one_names_the_nearest() {
        assert_eq!(Zone::named("europe/berlin").unwrap().name(), "Europe/Berlin");
        assert_eq!(Zone::named("utc").unwrap(), Zone::utc());
        let error = Zone::named("Europe/Berln").unwrap_err();
        assert_eq!(error.nearest.first().map(String::as_str), Some("Europe/Berlin"));
        assert!(
            error.to_string().starts_with("`Europe/Berln` is not a time zone; did you mean `Europe/Berlin`"),
            "{error}"
        );
        assert_eq!(
            Zone::named("xyz").unwrap_err().to_string(),
            "`xyz` is not a time zone; one looks like `Europe/Berlin`"
        );
    }

    #[test]
    fn a_city_alone_is_enough_where_there_is_one_of_that_name() {
        assert_eq!(Zone::of_city("berlin").unwrap().name(), "Europe/Berlin");
        assert_eq!(Zone::of_city("New_York").unwrap().name(), "America/New_York");
        assert_eq!(Zone::of_city("Springfield"), None);
    }

    #[test]
    fn a_path_is_not_taken_for_a_zone_and_a_slip_of_the_pen_is() {
        for word in ["Europe/Berln", "Erope/Berlin", "america/new_yrk"] {
            assert!(Zone::is_meant_by(word), "{word}");
        }
        for word in ["src/lib.rs", "a/b", "docs/adr", "and/or", "UTC"] {
            assert!(!Zone::is_meant_by(word), "{word}");
        }
    }
}
