//! Markers: an HTML comment at the end of what we publish, by which it is found again.
//!
//! A marker counts only as the last line of an object that our App wrote, and only with a valid HMAC: what is quoted or
//! pasted into the text above it is text.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const BEGIN: &str = "<!-- longshore:v1:";
const END: &str = " -->";
/// Bytes of the HMAC that are kept: 128 bits, so that a marker stays a short line.
const TAG_BYTES: usize = 16;

const FINDING: &str = "finding";

/// What the marker of an inline comment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingMark {
    /// Run that published it.
    pub run: u32,
    /// [`finding_digest`] of the finding's id.
    pub finding: String,
}

/// What stands for a finding in markers: its id comes from a machine and may be long.
pub fn finding_digest(finding: &str) -> String {
    let full: [u8; 32] = Sha256::digest(finding.as_bytes()).into();
    hex::encode(&full[..TAG_BYTES])
}

/// Makes and reads markers.
#[derive(Clone)]
pub struct Markers {
    secret: Vec<u8>,
}

impl std::fmt::Debug for Markers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Markers")
    }
}

impl Markers {
    /// With the deployment's secret.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self { secret: secret.into() }
    }

    /// The marker for `payload`, such as `review:wf_12:3`. Characters other than letters, digits and `:/.` are written
    /// as `_` and their bytes.
    pub fn make(&self, payload: &str) -> String {
        let payload = written(payload);
        let tag = hex::encode(self.tag(&payload));
        format!("{BEGIN}{payload}:{tag}{END}")
    }

    /// The payload of the marker at the end of `body`, as it was written, if we made it.
    pub fn read<'a>(&self, body: &'a str) -> Option<&'a str> {
        let (payload, tag) = last_line(body).strip_prefix(BEGIN)?.strip_suffix(END)?.rsplit_once(':')?;
        let mut given = [0; TAG_BYTES];
        hex::decode_to_slice(tag, &mut given).ok()?;
        bool::from(self.tag(payload).ct_eq(&given)).then_some(payload)
    }

    /// The marker of an inline comment: the finding that it is about, and the run that published it.
    pub fn finding(&self, workflow: &str, run: u32, finding: &str) -> String {
        self.make(&format!("{FINDING}:{workflow}:{run}:{}", finding_digest(finding)))
    }

    /// The finding of a comment's marker, if we made it for this workflow.
    pub fn read_finding(&self, body: &str, workflow: &str) -> Option<FindingMark> {
        let rest = self.read(body)?.strip_prefix(FINDING)?.strip_prefix(':')?;
        let rest = rest.strip_prefix(&written(workflow))?.strip_prefix(':')?;
        let (run, finding) = rest.split_once(':')?;
        Some(FindingMark { run: run.parse().ok()?, finding: finding.to_owned() })
    }

    fn tag(&self, payload: &str) -> [u8; TAG_BYTES] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(b"longshore marker v1\0");
        mac.update(payload.as_bytes());
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        std::array::from_fn(|place| full[place])
    }
}

/// Whether `body` ends with `marker`.
pub(crate) fn carries(body: &str, marker: &str) -> bool {
    !marker.is_empty() && last_line(body) == marker
}

/// `body` with `marker` as its last line.
pub(crate) fn append(body: &str, marker: &str) -> String {
    format!("{}\n\n{marker}", body.trim_end())
}

fn last_line(body: &str) -> &str {
    body.trim_end().lines().next_back().unwrap_or_default().trim()
}

fn written(payload: &str) -> String {
    let mut out = String::with_capacity(payload.len());
    for byte in payload.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'/' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("_{byte:02x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_again_at_the_end_of_a_body() {
        let markers = Markers::new("secret");
        let body = append("Hello", &markers.make("review:7:1"));
        assert_eq!(markers.read(&body), Some("review:7:1"));
        assert!(carries(&format!("{body}\r\n"), &markers.make("review:7:1")));
        assert!(!carries(&body, &markers.make("review:7:2")));
    }

    #[test]
    fn a_marker_that_is_forged_or_quoted_does_not_count() {
        let markers = Markers::new("secret");
        let forged = Markers::new("guess").make("review:7:1");
        assert_eq!(markers.read(&append("x", &forged)), None);
        let quoted = format!("{}\nand more", markers.make("review:7:1"));
        assert_eq!(markers.read(&quoted), None);
        assert!(!carries("anything", ""));
    }

    #[test]
    fn the_marker_of_a_finding_names_workflow_run_and_finding() {
        let markers = Markers::new("secret");
        let body = append("Here", &markers.finding("wf_1", 3, "json:a b --> \u{202e}"));
        let mark = markers.read_finding(&body, "wf_1").expect("it is ours");
        assert_eq!((mark.run, mark.finding), (3, finding_digest("json:a b --> \u{202e}")));
        for other in ["wf_12", "wf", "wf_1:3"] {
            assert_eq!(markers.read_finding(&body, other), None, "{other}");
        }
        assert_eq!(Markers::new("guess").read_finding(&body, "wf_1"), None);
        assert_eq!(markers.read_finding(&append("Here", &markers.make("review:wf_1:3:a")), "wf_1"), None);
    }

    #[test]
    fn a_payload_cannot_end_the_comment() {
        let marker = Markers::new("secret").make("a --> <img> -");
        assert_eq!(marker.matches("-->").count(), 1);
        assert!(!marker.contains("<img"));
    }
}
