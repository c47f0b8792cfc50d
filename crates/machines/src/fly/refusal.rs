//! What an answer that is no success means. Fly publishes no contract of errors: its `status` is believed first, then the
//! HTTP code, then the words as they were seen (each in a test).

use super::wire::ErrorBody;
use std::time::Duration;

/// Bytes of Fly's words that are passed on.
const WORDS_BYTES_MAX: usize = 300;
/// Longest wait that Fly may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

/// An answer that is no success.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// HTTP code.
    pub code: u16,
    /// What it means.
    pub meaning: Meaning,
    /// Fly's words, one line, with the request's id.
    pub words: String,
    /// How long Fly asks to wait.
    pub retry_after: Option<Duration>,
}

/// What Fly means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Not there; or not seen yet.
    Missing,
    /// The machine's name is given, to the machine of this id.
    NameTaken(Option<String>),
    /// The app's name is given.
    AppNameTaken,
    /// Somebody holds a lease.
    Leased,
    /// The volume has this machine, or one that is not said: it may be gone already.
    Claimed(Option<String>),
    /// The machine is between two states.
    NotSettled,
    /// The volume is deleted, whatever a look at it says.
    VolumeGone,
    /// The host has no room.
    HostFull,
    /// The region has no room.
    RegionFull,
    /// The organisation may not have more.
    Quota,
    /// The token is not accepted.
    Unauthorized,
    /// The token may not do this.
    Forbidden,
    /// Too many calls.
    TooMany,
    /// It took Fly too long: of a change it is not known whether it was done.
    TimedOut,
    /// Something is broken at Fly's: the same.
    Broken,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// The request is wrong.
    Wrong,
}

impl Meaning {
    /// Whether a change may have been done all the same.
    pub fn hides_an_effect(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Broken)
    }

    /// Whether the API as a whole is in doubt.
    pub fn is_outage(&self) -> bool {
        *self == Self::Broken
    }
}

impl Refusal {
    /// Reads an answer. `retry_after` in seconds, as the header has it.
    pub fn read(code: u16, body: &[u8], request_id: Option<&str>, retry_after: Option<&str>) -> Self {
        let body: ErrorBody = serde_json::from_slice(body).unwrap_or_else(|_| ErrorBody {
            error: String::from_utf8_lossy(body).into_owned(),
            ..ErrorBody::default()
        });
        let said = if body.error.is_empty() { &body.message } else { &body.error };
        let id = request_id.map(|id| format!(", request {}", one_line(id))).unwrap_or_default();
        let seconds = retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        Self {
            code,
            meaning: meaning(code, &body.status, said),
            words: format!("{} ({code}{id})", if said.is_empty() { "no reason given".into() } else { one_line(said) }),
            retry_after: seconds.map(|wait| wait.min(RETRY_AFTER_MAX)),
        }
    }
}

fn meaning(code: u16, status: &str, said: &str) -> Meaning {
    match status {
        "insufficient_capacity" => return Meaning::RegionFull,
        "volume_placement_capacity" => return Meaning::HostFull,
        "name_taken" => return Meaning::AppNameTaken,
        _ => {}
    }
    let has = |words: &str| said.contains(words);
    match code {
        401 => Meaning::Unauthorized,
        403 if has("over the allowed quota") => Meaning::Quota,
        403 => Meaning::Forbidden,
        400 | 404 if has("volume not found") => Meaning::VolumeGone,
        404 => Meaning::Missing,
        408 => Meaning::TimedOut,
        429 => Meaning::TooMany,
        409 if has("unique machine name violation") => Meaning::NameTaken(between(said, "machine ID ", " ")),
        409 if has("lease currently held") => Meaning::Leased,
        409 | 422 if has("could not reserve resource") || has("insufficient resources") => Meaning::HostFull,
        409 if has("insufficient IPs") => Meaning::HostFull,
        400 | 409 | 422 if has("no capacity") || has("could not find a candidate host") => Meaning::RegionFull,
        422 if has("Name has already been taken") => Meaning::AppNameTaken,
        422 if has("limit") => Meaning::Quota,
        412 if has("insufficient resources") => Meaning::HostFull,
        412 if has("already claimed by machine") => Meaning::Claimed(between(said, "already claimed by machine ", " ")),
        412 if has("currently bound to machine") => Meaning::Claimed(between(said, "bound to machine: ", " ")),
        412 if has("unable to start machine") || has("getting replaced") || has("still active") => Meaning::NotSettled,
        _ if has("deploys to this host are temporarily disabled") || has("governor policy blocked") => {
            Meaning::HostFull
        }
        409 | 412 => Meaning::Conflict,
        500.. => Meaning::Broken,
        _ => Meaning::Wrong,
    }
}

/// The word after `front`, up to `back` or the end; none if it is no id (Fly fills it with zero bytes where the machine is
/// gone already).
fn between(said: &str, front: &str, back: &str) -> Option<String> {
    let rest = &said[said.find(front)? + front.len()..];
    let word = rest.split(back).next()?.trim_end_matches(['.', ',', '"', '\'']);
    let is_id = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| word.to_owned())
}

/// One line without control characters, bounded.
pub fn one_line(said: &str) -> String {
    let printable: String = said.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let mut line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    line.truncate(line.floor_char_boundary(WORDS_BYTES_MAX));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: u16, body: &str) -> Meaning {
        Refusal::read(code, body.as_bytes(), None, None).meaning
    }

    #[test]
    fn bodies_as_they_were_seen() {
        let id = |id: &str| Some(id.to_owned());
        let nuls = format!("failed_precondition: volume already claimed by machine {}", "\\u0000".repeat(14));
        let seen = [
            (400, "no capacity", Meaning::RegionFull),
            (400, "volume not found", Meaning::VolumeGone),
            (400, "invalid config.guest.memory_mb", Meaning::Wrong),
            (401, "unauthorized", Meaning::Unauthorized),
            (403, "organization x is using 4096 MB of memory in dfw which is over the allowed quota", Meaning::Quota),
            (403, "forbidden", Meaning::Forbidden),
            (404, "machine not found", Meaning::Missing),
            (
                408,
                "deadline_exceeded: machine failed to reach desired state, started, currently stopped",
                Meaning::TimedOut,
            ),
            (
                409,
                "already_exists: unique machine name violation, machine ID 148e2d already exists with name \\\"m-1\\\"",
                Meaning::NameTaken(id("148e2d")),
            ),
            (409, "machine ID 148e2d lease currently held by a@b.c, expires at 2026-11-20T10:00:00Z", Meaning::Leased),
            (409, "aborted: machine update failed due to concurrent update", Meaning::Conflict),
            (
                409,
                "aborted: could not reserve resource for machine: insufficient memory available to fulfill request on the \
                 current host",
                Meaning::HostFull,
            ),
            (409, "aborted: insufficient IPs available", Meaning::HostFull),
            (409, "insufficient resources available to fulfill request", Meaning::HostFull),
            (409, "aborted: no capacity", Meaning::RegionFull),
            (412, "insufficient resources to create new machine with existing volume 'vol_1'", Meaning::HostFull),
            (412, "failed_precondition: volume already claimed by machine 148e2d", Meaning::Claimed(id("148e2d"))),
            (412, &nuls, Meaning::Claimed(None)),
            (412, "failed_precondition: volume is currently bound to machine: 148e2d", Meaning::Claimed(id("148e2d"))),
            (412, "failed_precondition: unable to start machine from current state: 'created'", Meaning::NotSettled),
            (412, "machine getting replaced, refusing to start", Meaning::NotSettled),
            (412, "machine still active, refusing to start", Meaning::NotSettled),
            (412, "failed_precondition: governor policy blocked start", Meaning::HostFull),
            (422, "could not find a candidate host", Meaning::RegionFull),
            (422, "Validation failed: Name has already been taken", Meaning::AppNameTaken),
            (422, "your organization has reached its machine limit", Meaning::Quota),
            (429, "rate limit exceeded", Meaning::TooMany),
            (502, "upstream", Meaning::Broken),
        ];
        for (code, said, meaning) in seen {
            assert_eq!(read(code, &format!(r#"{{"error":"{said}"}}"#)), meaning, "{code} {said}");
        }
    }

    #[test]
    fn the_status_is_believed_before_the_words() {
        let full = r#"{"error":"machine not found","status":"volume_placement_capacity"}"#;
        assert_eq!(read(412, full), Meaning::HostFull);
        assert_eq!(read(422, r#"{"error":"x","status":"insufficient_capacity"}"#), Meaning::RegionFull);
        assert_eq!(read(422, r#"{"error":"x","status":"name_taken"}"#), Meaning::AppNameTaken);
        assert_eq!(read(404, r#"{"error":"x","status":"unknown"}"#), Meaning::Missing);
    }

    #[test]
    fn other_shapes_of_bodies_are_read_too() {
        assert_eq!(
            read(409, r#"{"status":"error","message":"machine ID 1 lease currently held by x"}"#),
            Meaning::Leased
        );
        let refusal = Refusal::read(502, b"<html>\nbad\0 gateway</html>", Some("01J\n"), None);
        assert_eq!(refusal.words, "<html> bad gateway</html> (502, request 01J)");
        assert_eq!(Refusal::read(500, "é".repeat(1000).as_bytes(), None, None).words.len(), 300 + " (500)".len());
    }

    #[test]
    fn fly_may_ask_to_wait_but_not_for_ever() {
        let wait = |header| Refusal::read(429, b"{}", None, Some(header)).retry_after;
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("999999"), Some(RETRY_AFTER_MAX));
        assert_eq!(wait("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
