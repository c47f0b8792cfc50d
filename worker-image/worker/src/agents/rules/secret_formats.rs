//! What secrets look like: a prefix *and* something a made-up value does not have.
//!
//! GitHub and npm end their tokens with a CRC-32; others have a fixed length and structure. What only has a prefix is
//! masked in our own words but never reported.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::ops::Range;

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secret {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is, `GitHub token`.
    pub kind: &'static str,
    /// What may be shown of it.
    pub prefix: &'static str,
    /// Whether a checksum proves it; then it is real wherever it stands.
    pub proven: bool,
}

/// A format with a prefix.
struct Format {
    prefix: &'static str,
    kind: &'static str,
    proven: bool,
    /// Length of the token that `rest`, the run of token characters after the prefix, begins with.
    length: fn(&str) -> Option<usize>,
}

const fn proven(prefix: &'static str, kind: &'static str, length: fn(&str) -> Option<usize>) -> Format {
    Format { prefix, kind, proven: true, length }
}

const fn shaped(prefix: &'static str, kind: &'static str, length: fn(&str) -> Option<usize>) -> Format {
    Format { prefix, kind, proven: false, length }
}

/// Longer prefixes before those they begin with.
const FORMATS: &[Format] = &[
    proven("ghp_", "GitHub token", checked_token),
    proven("gho_", "GitHub token", checked_token),
    proven("ghu_", "GitHub token", checked_token),
    proven("ghs_", "GitHub token", installation_token),
    proven("ghr_", "GitHub token", checked_token),
    shaped("github_pat_", "GitHub token", |rest| {
        let (id, secret) = rest.split_once('_')?;
        (id.len() == 22 && id.starts_with("11") && secret.len() == 59 && alphanumeric(id) && random(secret))
            .then_some(rest.len())
    }),
    proven("npm_", "npm token", checked_token),
    shaped("sk_live_", "Stripe key", |rest| {
        ((24..=247).contains(&rest.len()) && alphanumeric(rest) && random(rest)).then_some(rest.len())
    }),
    shaped("rk_live_", "Stripe key", |rest| {
        ((24..=247).contains(&rest.len()) && alphanumeric(rest) && random(rest)).then_some(rest.len())
    }),
    shaped("xoxb-", "Slack token", |rest| slack(rest, 2, 24)),
    shaped("xoxp-", "Slack token", |rest| slack(rest, 3, 32)),
    shaped("AIza", "Google API key", |rest| (rest.len() == 35 && random(rest)).then_some(35)),
    shaped("cio", "crates.io token", |rest| (rest.len() == 32 && alphanumeric(rest) && random(rest)).then_some(32)),
    shaped("pypi-AgEIcHlwaS5vcmc", "PyPI token", |rest| (rest.len() >= 70 && random(rest)).then_some(rest.len())),
    shaped("pypi-AgENdGVzdC5weXBpLm9yZw", "PyPI token", |rest| {
        (rest.len() >= 70 && random(rest)).then_some(rest.len())
    }),
    shaped("sk-ant-api03-", "Anthropic key", |rest| {
        (rest.len() == 95 && rest.ends_with("AA") && random(rest)).then_some(95)
    }),
    shaped("sk-ant-admin01-", "Anthropic key", |rest| {
        (rest.len() == 95 && rest.ends_with("AA") && random(rest)).then_some(95)
    }),
    shaped("sk-proj-", "OpenAI key", |rest| openai(rest, 20)),
    shaped("sk-svcacct-", "OpenAI key", |rest| openai(rest, 20)),
    shaped("sk-admin-", "OpenAI key", |rest| openai(rest, 20)),
];

/// Published as examples, with a checksum that is right.
const PUBLISHED: &[&str] = &["zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"];
/// Characters after a prefix from which on we do not show them, whatever they are.
const MASKED_FROM: usize = 12;
/// Prefixes that words begin with too: masked only where the whole format fits.
const WEAK_PREFIXES: &[&str] = &["cio", "AIza"];
/// Bytes of the longest token; a longer run is data.
const TOKEN_BYTES_MAX: usize = 2_048;
/// Bytes between the two halves of an AWS key, in which the next constant's lines are counted.
const AWS_BYTES_APART: usize = 600;
/// Lines between the two halves of an AWS key.
const AWS_LINES_APART: usize = 3;
/// Characters of an AWS secret.
const AWS_SECRET_LENGTH: usize = 40;

/// All secrets that fit their format, by place.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for format in FORMATS {
        for (start, rest) in candidates(text, format.prefix) {
            let secret = (format.length)(rest).filter(|_| !PUBLISHED.iter().any(|known| rest.contains(known)));
            secrets.extend(secret.map(|length| Secret {
                range: start..start + format.prefix.len() + length,
                kind: format.kind,
                prefix: format.prefix,
                proven: format.proven,
            }));
        }
    }
    secrets.extend(aws(text));
    secrets.extend(private_keys(text));
    secrets.sort_by_key(|secret| secret.range.start);
    secrets
}

/// Where something must be masked: whatever begins like a secret, whether or not it is one.
pub(super) fn find_loosely(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found: Vec<_> = find(text).into_iter().map(|secret| (secret.range, secret.prefix)).collect();
    for format in FORMATS.iter().filter(|format| !WEAK_PREFIXES.contains(&format.prefix)) {
        let mut masked_to = 0;
        for (at, _) in text.match_indices(format.prefix) {
            let start = at + format.prefix.len();
            // Within a run that is masked already nothing new begins.
            if start > masked_to {
                let rest = run(&text[start..]);
                masked_to = start + rest.len();
                found.extend((rest.len() >= MASKED_FROM).then_some((at..masked_to, format.prefix)));
            }
        }
    }
    found.extend(aws_ids(text));
    found.extend(aws_secrets(text).map(|range| (range, "")));
    found.extend(pem_blocks(text).filter(|block| block.body.len() >= MASKED_FROM).map(|block| (block.range, PEM_OPEN)));
    found
}

/// Places of a prefix at the start of a word, with the token characters behind it.
fn candidates<'a>(text: &'a str, prefix: &'static str) -> impl Iterator<Item = (usize, &'a str)> {
    text.match_indices(prefix).filter_map(move |(at, _)| {
        let starts = !text[..at].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_');
        starts.then(|| (at, token(&text[at + prefix.len()..])))
    })
}

/// The token that a text begins with; empty if the run is longer than any.
fn token(text: &str) -> &str {
    let near = &text[..text.floor_char_boundary(TOKEN_BYTES_MAX + 1)];
    Some(run(near)).filter(|token| token.len() <= TOKEN_BYTES_MAX).unwrap_or("")
}

/// The run of characters that tokens are made of; a dot at its end is a sentence's.
fn run(text: &str) -> &str {
    let end = text
        .find(|character: char| !character.is_ascii_alphanumeric() && !matches!(character, '_' | '-' | '.'))
        .unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

fn alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether it looks drawn by lot: digits and letters, many different ones, no word of a placeholder.
fn random(text: &str) -> bool {
    let mut seen = [false; 128];
    text.bytes().for_each(|byte| seen[usize::from(byte & 127)] = true);
    let lower = text.to_ascii_lowercase();
    seen.iter().filter(|seen| **seen).count() >= 12
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !["example", "xxxx", "your", "0123456", "1234567", "abcdefg", "placeholder", "redacted", "0000000"]
            .iter()
            .any(|word| lower.contains(word))
}

/// 30 random characters and their CRC-32 in base 62; refresh tokens have 70.
fn checked_token(rest: &str) -> Option<usize> {
    let right = [36, 76].contains(&rest.len()) && alphanumeric(rest);
    (right && rest[rest.len() - 6..] == checksum(&rest[..rest.len() - 6])).then_some(rest.len())
}

/// The old form with a checksum, or since 2026 `ghs_<app id>_<JWT>`.
fn installation_token(rest: &str) -> Option<usize> {
    checked_token(rest).or_else(|| {
        let (app, jwt) = rest.split_once('_')?;
        let header = URL_SAFE_NO_PAD.decode(jwt.split('.').next()?).ok()?;
        let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
        let shape = !app.is_empty() && app.bytes().all(|byte| byte.is_ascii_digit()) && jwt.split('.').count() == 3;
        (shape && header.get("alg").is_some()).then_some(rest.len())
    })
}

/// CRC-32 in base 62, six digits, as GitHub and npm end their tokens.
pub(super) fn checksum(text: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut crc = text.bytes().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    crc = !crc;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(crc % 62) as usize];
        crc /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// `<digits>-<digits>-…-<secret>`.
fn slack(rest: &str, numbers: usize, secret_length: usize) -> Option<usize> {
    let parts: Vec<_> = rest.split('-').collect();
    let (secret, ids) = parts.split_last()?;
    let right = ids.len() == numbers
        && ids.iter().all(|id| (9..=14).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()))
        && secret.len() == secret_length
        && alphanumeric(secret)
        && random(secret);
    right.then_some(rest.len())
}

/// Two random halves around the base64 of `OpenAI`.
fn openai(rest: &str, half_min: usize) -> Option<usize> {
    let (before, after) = rest.split_once("T3BlbkFJ")?;
    (before.len() >= half_min && after.len() >= half_min && random(before) && random(after)).then_some(rest.len())
}

/// `AKIA…` with a secret a few lines away, from the one to the other: the id alone opens nothing.
fn aws(text: &str) -> Vec<Secret> {
    let secrets: Vec<_> = aws_secrets(text).collect();
    let near = |a: usize, b: usize| text[a.min(b)..a.max(b)].matches('\n').count() <= AWS_LINES_APART;
    aws_ids(text)
        .filter(|(id, _)| plausible_account(&text[id.clone()]))
        .filter_map(|(id, prefix)| {
            let from = secrets.partition_point(|secret| secret.start + AWS_BYTES_APART < id.start);
            let in_reach = secrets[from..].iter().take_while(|secret| secret.start < id.end + AWS_BYTES_APART);
            let secret = in_reach.into_iter().find(|secret| near(id.start, secret.start))?;
            let range = id.start.min(secret.start)..id.end.max(secret.end);
            Some(Secret { range, kind: "AWS access key", prefix, proven: false })
        })
        .collect()
}

fn aws_ids(text: &str) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    ["AKIA", "ASIA"].into_iter().flat_map(move |prefix| {
        candidates(text, prefix).filter_map(move |(at, rest)| {
            let base32 = rest.len() == 16 && rest.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
            (base32 && !rest.contains("EXAMPLE")).then_some((at..at + 20, prefix))
        })
    })
}

/// The account number lies in an id's first bits; it has twelve decimal digits.
fn plausible_account(id: &str) -> bool {
    let bits = id.bytes().skip(4).take(10).fold(0_u64, |bits, byte| {
        let digit = if byte.is_ascii_uppercase() { byte - b'A' } else { byte.wrapping_sub(b'2') + 26 };
        bits << 5 | u64::from(digit & 31)
    });
    // Fifty bits were read: forty of account number follow one that is none.
    let account = (bits >> 9) & 0xff_ffff_ffff;
    account > 0 && account <= 999_999_999_999
}

fn aws_secrets(text: &str) -> impl Iterator<Item = Range<usize>> {
    let in_run = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'+';
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            while at < bytes.len() && in_run(bytes[at]) {
                at += 1;
            }
            let end = at;
            at += 1;
            if end - start == AWS_SECRET_LENGTH && bytes.get(end) != Some(&b'=') {
                let run = &text[start..end];
                let mixed = run.bytes().any(|byte| byte.is_ascii_uppercase())
                    && run.bytes().any(|byte| byte.is_ascii_lowercase());
                if mixed && random(run) && !run.contains("EXAMPLE") {
                    return Some(start..end);
                }
            }
        }
        None
    })
}

/// What may be shown of a private key.
const PEM_OPEN: &str = "-----BEGIN";

struct PemBlock {
    range: Range<usize>,
    label: String,
    body: String,
}

fn private_keys(text: &str) -> Vec<Secret> {
    let keys = pem_blocks(text).filter(|block| {
        let Ok(body) = STANDARD.decode(&block.body) else { return false };
        match block.label.as_str() {
            "OPENSSH" => body.starts_with(b"openssh-key-v1\0\0\0\0\x04none"),
            "" | "RSA" | "EC" | "DSA" => is_der_sequence(&body),
            _ => false,
        }
    });
    keys.map(|block| Secret { range: block.range, kind: "Private key", prefix: PEM_OPEN, proven: false }).collect()
}

/// PEM private keys: as they are, or in one string with `\n` between the lines.
fn pem_blocks(text: &str) -> impl Iterator<Item = PemBlock> {
    text.match_indices("-----BEGIN ").filter_map(move |(at, open)| {
        let (label, rest) = text[at + open.len()..].split_once("-----")?;
        let label = label.strip_suffix("PRIVATE KEY")?.trim_end();
        let end = rest.find("-----").unwrap_or(rest.len());
        let body = rest[..end].replace("\\n", "").replace("\\r", "");
        let body = body
            .chars()
            .filter(|character| character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '='))
            .collect();
        let range = at..text.len() - rest.len() + end;
        Some(PemBlock { range, label: label.to_owned(), body })
    })
}

/// Whether the bytes are one ASN.1 sequence, its length included: a made-up body is not.
fn is_der_sequence(bytes: &[u8]) -> bool {
    let (length, header) = match bytes {
        [0x30, short @ 0..=0x7f, ..] => (usize::from(*short), 2),
        [0x30, 0x81, length, ..] => (usize::from(*length), 3),
        [0x30, 0x82, high, low, ..] => (usize::from(*high) << 8 | usize::from(*low), 4),
        _ => return false,
    };
    length >= 32 && bytes.len() == header + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_githubs() {
        // The token GitHub published when it introduced the format.
        assert_eq!(checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), "0mLq17");
    }

    #[test]
    fn der_needs_its_length() {
        let mut der = vec![0x30, 0x81, 200];
        der.extend([7; 200]);
        assert!(is_der_sequence(&der));
        der.push(0);
        assert!(!is_der_sequence(&der));
    }
}
