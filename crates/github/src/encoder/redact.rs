//! The last line of defence against publishing a secret: known formats are cut down to their prefix.

/// A format: what it begins with, how many characters must follow, and which ones may.
struct Format {
    prefix: &'static str,
    rest_min: usize,
    rest: fn(u8) -> bool,
}

const fn format(prefix: &'static str, rest_min: usize, rest: fn(u8) -> bool) -> Format {
    Format { prefix, rest_min, rest }
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn dashed(byte: u8) -> bool {
    word(byte) || byte == b'-'
}

fn dotted(byte: u8) -> bool {
    dashed(byte) || byte == b'.'
}

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// GitHub documents `ghs_[A-Za-z0-9\._]{36,}` since installation tokens carry a JWT.
const FORMATS: [Format; 24] = [
    format("ghp_", 36, word),
    format("gho_", 36, word),
    format("ghu_", 36, word),
    format("ghs_", 36, dotted),
    format("ghr_", 36, word),
    format("github_pat_", 22, word),
    format("glpat-", 20, dashed),
    format("sk-ant-", 20, dashed),
    format("sk-proj-", 20, dashed),
    format("sk-", 32, dashed),
    format("sk_live_", 16, word),
    format("rk_live_", 16, word),
    format("whsec_", 24, word),
    format("AKIA", 16, upper),
    format("ASIA", 16, upper),
    format("AIza", 35, dashed),
    format("xoxb-", 10, dashed),
    format("xoxp-", 10, dashed),
    format("xoxa-", 10, dashed),
    format("xoxs-", 10, dashed),
    format("npm_", 36, word),
    format("pypi-AgEI", 50, dashed),
    format("cio", 32, word),
    format("eyJ", 60, dotted),
];

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_KEY: &str = "PRIVATE KEY-----";
const PEM_END: &str = "-----END ";
/// What stands where a secret stood.
const REDACTED: &str = "…(redacted)";

/// `text` without secrets of known formats; their prefix stays, so that a reader knows what to rotate.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(c) = rest.chars().next() {
        if let Some((kept, length)) = (!after_word).then(|| secret_at(rest)).flatten() {
            out.push_str(kept);
            out.push_str(REDACTED);
            rest = &rest[length..];
            after_word = false;
            continue;
        }
        out.push(c);
        after_word = c.is_ascii_alphanumeric();
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// What to keep of the secret that `text` begins with, and the secret's length in bytes.
fn secret_at(text: &str) -> Option<(&str, usize)> {
    if text.starts_with(PEM_BEGIN) {
        return pem_at(text);
    }
    FORMATS.iter().find_map(|format| {
        let rest = text.strip_prefix(format.prefix)?;
        let length = rest.bytes().take_while(|byte| (format.rest)(*byte)).count();
        (length >= format.rest_min).then_some((format.prefix, format.prefix.len() + length))
    })
}

fn pem_at(text: &str) -> Option<(&str, usize)> {
    let header_end = text.find(PEM_KEY).filter(|at| !text[..*at].contains('\n'))? + PEM_KEY.len();
    // A key that was cut off is a key all the same.
    let length = text[header_end..].find(PEM_END).map_or(text.len(), |at| {
        let end = header_end + at;
        text[end..].find('\n').map_or(text.len(), |line| end + line)
    });
    Some((&text[..header_end], length))
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn known_formats_are_cut_down_to_their_prefix() {
        let token = format!("token ghp_{}, rotate it", "a1B2".repeat(9));
        assert_eq!(redact(&token), "token ghp_…(redacted), rotate it");
        let installation = format!("ghs_12345_{}.{}", "x".repeat(30), "y_-".repeat(60));
        assert_eq!(redact(&installation), "ghs_…(redacted)");
        assert_eq!(redact(&format!("key=AKIA{}", "ABCD2345".repeat(2))), "key=AKIA…(redacted)");
        assert_eq!(redact(&format!("sk-ant-api03-{}", "q".repeat(40))), "sk-ant-…(redacted)");
    }

    #[test]
    fn a_private_key_is_redacted_to_its_end_and_also_when_it_is_cut_off() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter";
        assert_eq!(redact(key), "-----BEGIN RSA PRIVATE KEY-----…(redacted)\nafter");
        assert_eq!(redact("-----BEGIN PRIVATE KEY-----\nMIIE"), "-----BEGIN PRIVATE KEY-----…(redacted)");
    }

    #[test]
    fn ordinary_words_stay() {
        for text in ["ghp_short", "skeleton sk-1", "AKIA", "-----BEGIN CERTIFICATE-----\nMIIE", "a ghp_ token", "wör€"]
        {
            assert_eq!(redact(text), text);
        }
    }
}
