//! A zone behind a time: `Europe/Berlin`, `UTC`, `(Asia/Tokyo)`, `Berlin time`.

use super::{Read, cursor::Cursor};
use crate::{Misunderstood, Zone};

/// Abbreviations that people write and that say too little: two zones share them, or they say nothing of summer.
const AMBIGUOUS: [&str; 18] = [
    "PST", "PDT", "MST", "MDT", "CST", "CDT", "EST", "EDT", "BST", "IST", "CET", "CEST", "EET", "EEST", "WET", "WEST",
    "AEST", "JST",
];

pub(super) fn read(cursor: &mut Cursor<'_>) -> Read<Zone> {
    cursor.attempt(|cursor| {
        cursor.skip(&["in"]);
        let Some(word) = cursor.peek() else { return Ok(None) };
        cursor.next();
        if AMBIGUOUS.contains(&word) {
            return Err(Misunderstood::AmbiguousZone(word.to_owned()));
        }
        if word.contains('/') || ["UTC", "GMT", "Z"].contains(&word) || word == "utc" {
            return match Zone::named(word) {
                Ok(zone) => Ok(Some(zone)),
                Err(unknown) if Zone::is_meant_by(word) => Err(unknown.into()),
                Err(_) => Ok(None),
            };
        }
        // A city alone could be the beginning of the text; with "time" it is not.
        Ok(Zone::of_city(word).filter(|_| cursor.skip(&["time"])))
    })
}
