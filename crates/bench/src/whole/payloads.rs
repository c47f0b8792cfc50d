//! Recorded webhooks (`contracts/github/webhooks`), made to concern many pull requests, and signed.

use super::{WEBHOOK_SECRET, supervisor::installation};
use crate::Failure;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::path::Path;

/// Actions of `pull_request` that lead to an event; the other recordings are acknowledged and of no consequence.
const HINTS: [&str; 6] = ["opened", "synchronize", "reopened", "ready_for_review", "converted_to_draft", "closed"];
/// How the recordings name their pull request.
const NUMBER: &str = "\"number\": 2,";

/// A webhook as it is sent, but for its delivery id, which is not signed.
#[derive(Debug, Clone)]
pub struct Payload {
    /// As it was recorded, with another number.
    pub body: String,
    /// `X-Hub-Signature-256`.
    pub signature: String,
}

/// All recordings of hints in a folder, by turns, each for the next of so many pull requests.
///
/// # Errors
/// There are none.
pub fn recorded(folder: &Path, payloads: usize, pull_requests: usize) -> Result<Vec<Payload>, Failure> {
    let mut texts = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        if HINTS.iter().any(|hint| name.split('.').next() == Some(hint)) {
            texts.push(for_app(std::fs::read_to_string(file.path())?));
        }
    }
    if texts.is_empty() {
        return Err(Failure::Usage(format!("`{}` holds no recorded webhooks", folder.display())));
    }
    let payload = |n: usize| {
        let number = format!("\"number\": {},", n % pull_requests + 1);
        let body = texts[n % texts.len()].replace(NUMBER, &number);
        Payload::signed(body)
    };
    Ok((0..payloads).map(payload).collect())
}

impl Payload {
    /// A webhook as the stand-in has it, signed.
    pub fn signed(body: String) -> Self {
        Self { signature: sign(body.as_bytes()), body }
    }
}

/// As an App gets it: with its installation.
fn for_app(text: String) -> String {
    match text.contains("\"installation\"") {
        true => text,
        false => text.trim_end().trim_end_matches('}').trim_end().to_owned() + &installation(),
    }
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recording_is_still_json_names_its_pull_request_and_has_an_installation() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/github/webhooks/pull_request");
        let payloads = recorded(&folder, 40, 30).unwrap();
        for (n, payload) in payloads.iter().enumerate() {
            let value: serde_json::Value = serde_json::from_str(&payload.body).unwrap();
            assert_eq!(value["number"], n % 30 + 1);
            assert_eq!(value["pull_request"]["number"], n % 30 + 1);
            assert_eq!(value["installation"]["id"], 1);
        }
        let distinct: std::collections::BTreeSet<_> = payloads.iter().map(|payload| &payload.signature).collect();
        assert_eq!(distinct.len(), payloads.len());
    }
}
