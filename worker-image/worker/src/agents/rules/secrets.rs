//! Secrets in added lines; and the mask that keeps them out of everything we say.

use super::found::Found;
use super::paths;
use super::rule::{Change, File, Rule};
use super::secret_formats::{self, Secret};
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "secrets",
    severity: Severity::High,
    catches: "GitHub and npm tokens whose checksum is right; AWS key ids with a secret beside them; Stripe live keys, Slack, \
              Google, crates.io, PyPI, Anthropic and OpenAI keys of the right structure; unencrypted private keys that decode.",
    leaves: "Published examples, placeholders, other formats, JWTs; in tests and fixtures all that no checksum proves; keys of examples and of `localhost`. \
             A secret is masked everywhere and never \"fixed\": it has to be rotated.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

const DETAIL: &str = "Rotate it: revoke it where it was issued and make a new one. Deleting the line does not help, it stays in the history.";
/// Files in which Google's key is meant to be public.
const PUBLIC_GOOGLE_KEYS: &[&str] = &["google-services.json", "GoogleService-Info.plist", "firebase_options.dart"];

/// `text` with whatever looks like a secret cut down to its prefix and `…`.
pub fn mask_secrets(text: &str) -> String {
    let mut found = secret_formats::find_loosely(text);
    if found.is_empty() {
        return text.to_owned();
    }
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for (range, prefix) in found {
        if range.start >= at {
            masked.push_str(&text[at..range.start]);
            masked.push_str(prefix);
            masked.push('…');
        }
        at = at.max(range.end);
    }
    masked.push_str(&text[at..]);
    masked
}

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written() {
        for secret in secret_formats::find(text.whole).iter().filter(|secret| !is_expected(file, secret, text.whole)) {
            let (first, last) = (text.line_of(secret.range.start), text.line_of(secret.range.end - 1));
            let Some(line) = (first..=last).find(|line| text.is_touched(*line)) else { continue };
            let title = format!("{} in the code: `{}…`", secret.kind, secret.prefix);
            if let Some(draft) = found.at(file, line, Severity::High, title) {
                draft.detail = DETAIL.to_owned();
            }
        }
    }
}

fn is_expected(file: &File<'_>, secret: &Secret, text: &str) -> bool {
    if secret.proven {
        return false;
    }
    let public = secret.kind == "Google API key"
        && (PUBLIC_GOOGLE_KEYS.contains(&paths::file_name(file.path)) || text.contains("authDomain"));
    public
        || paths::is_test(file.path)
        || paths::is_fixture(file.path)
        || (secret.kind == "Private key" && is_for_show(file.path))
}

/// Whether a key at this path protects nothing: what an example needs to run on one's own machine.
fn is_for_show(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace('-', "_");
    let folders = ["example", "examples", "sample", "samples", "demo", "demos", "docs", "playground"];
    paths::folder(&path).split('/').any(|part| folders.contains(&part))
        || ["self_signed", "selfsigned", "snakeoil", "localhost", "dummy", "fake", "example"]
            .iter()
            .any(|word| path.contains(word))
}

#[cfg(test)]
pub(super) mod planted {
    //! Secrets of the right form, made at run time so that this file holds none.

    use super::secret_formats::checksum;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const RANDOM: &str =
        "q7Zt2LmX9cVb4NrK8sWd3FhJ6gPyA5uE1oTiRxQzBnMvCwYk0SjHlGfDaUeIpO7t2LmX9cVb4NrK8sWd3FhJ6gPyA5uE1oTi";

    fn checked(prefix: &str) -> String {
        format!("{prefix}{}{}", &RANDOM[..30], checksum(&RANDOM[..30]))
    }

    pub(crate) fn github() -> String {
        checked("ghp_")
    }

    pub(crate) fn npm() -> String {
        checked("npm_")
    }

    pub(crate) fn installation() -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        format!("ghs_{}_{header}.{}.{}", 12345, &RANDOM[..60], &RANDOM[10..90])
    }

    pub(crate) fn stripe() -> String {
        format!("sk_{}_{}", "live", &RANDOM[..40])
    }

    pub(crate) fn slack() -> String {
        format!("xox{}-123456789012-210987654321-{}", "b", &RANDOM[..24])
    }

    pub(crate) fn anthropic() -> String {
        format!("sk-{}-api03-{}AA", "ant", &RANDOM[..93])
    }

    pub(crate) fn openai() -> String {
        format!("sk-{}-{}T3BlbkFJ{}", "proj", &RANDOM[..40], &RANDOM[40..80])
    }

    pub(crate) fn google() -> String {
        format!("AI{}{}", "za", &RANDOM[..35])
    }

    pub(crate) fn crates_io() -> String {
        format!("ci{}{}", "o", &RANDOM[..32])
    }

    pub(crate) fn aws() -> (String, String) {
        (format!("AK{}Y3CRPQ7TNJ5ZEAXK", "IA"), RANDOM[..40].to_owned())
    }

    pub(crate) fn private_key() -> String {
        let mut der = vec![0x30, 0x81, 200];
        der.extend((0..200_u32).map(|byte| (byte * 37 % 251) as u8));
        let body = STANDARD.encode(der);
        let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {0} KEY-----\n{1}\n-----END {0} KEY-----\n", "PRIVATE", lines.join("\n"))
    }

    pub(crate) fn all() -> Vec<String> {
        let key = private_key();
        let aws = aws();
        let mut all = vec![
            github(),
            npm(),
            installation(),
            stripe(),
            slack(),
            anthropic(),
            openai(),
            google(),
            crates_io(),
            aws.0,
            aws.1,
        ];
        all.push(key);
        all
    }
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    let line = |value: &str| format!("a = 1\ntoken = \"{value}\"\n");
    let one = |says, path: &str, value: &str, title: &str| {
        Example::of(says).edit(path, "a = 1\n", &line(value)).finds(path, 2, title)
    };
    let aws = planted::aws();
    let mut wrong = planted::github();
    wrong.replace_range(10..11, "!");
    let mut wrong_checksum = planted::github();
    let last = if wrong_checksum.ends_with('a') { "b" } else { "a" };
    wrong_checksum.replace_range(39..40, last);
    vec![
        one("GitHub", "a.py", &planted::github(), "GitHub token in the code: `ghp_…`"),
        one("a checksum counts in a test too", "tests/test_a.py", &planted::github(), "GitHub token"),
        one("npm", ".npmrc", &planted::npm(), "npm token in the code: `npm_…`"),
        one(
            "an installation token of the new form",
            "a.py",
            &planted::installation(),
            "GitHub token in the code: `ghs_…`",
        ),
        one("Stripe", "a.py", &planted::stripe(), "Stripe key"),
        one("Slack", "a.py", &planted::slack(), "Slack token"),
        one("Anthropic", "a.py", &planted::anthropic(), "Anthropic key"),
        one("OpenAI", "a.py", &planted::openai(), "OpenAI key"),
        one("Google", "a.py", &planted::google(), "Google API key"),
        one("crates.io", "a.toml", &planted::crates_io(), "crates.io token"),
        Example::of("AWS with its secret").add("a.ini", &format!("id = {}\nkey = {}\n", aws.0, aws.1)).finds(
            "a.ini",
            1,
            "AWS access key in the code: `AKIA…`",
        ),
        Example::of("an AWS id alone").add("a.ini", &format!("id = {}\n", aws.0)),
        Example::of("the AWS example").add("a.ini", &format!("id = AKIAIOSFODNN7EXAMPLE\nkey = {}\n", aws.1)),
        Example::of("a private key").add("key.pem", &planted::private_key()).finds(
            "key.pem",
            1,
            "Private key in the code",
        ),
        Example::of("a private key in a string")
            .add("a.json", &format!("{{\"key\": \"{}\"}}\n", planted::private_key().replace('\n', "\\n")))
            .finds("a.json", 1, "Private key"),
        Example::of("a private key of tests").add("tests/key.pem", &planted::private_key()),
        Example::of("a private key of an example")
            .add("examples/tls/self_signed_certs/key.pem", &planted::private_key()),
        Example::of("a private key of one's own machine").add("config/localhost-key.pem", &planted::private_key()),
        Example::of("a made-up body")
            .add("key.pem", "-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----\n"),
        Example::of("a wrong checksum").add("a.py", &line(&wrong_checksum)),
        Example::of("a wrong character").add("a.py", &line(&wrong)),
        Example::of("the published example")
            .add("a.py", &line(&format!("ghp_{}", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"))),
        Example::of("a placeholder").add("a.py", &line(&format!("sk_{}_{}", "live", "x".repeat(40)))),
        Example::of("an untouched line").edit(
            "a.py",
            &format!("{}b = 1\n", line(&planted::github())),
            &format!("{}b = 2\n", line(&planted::github())),
        ),
        Example::of("Firebase's key is public")
            .add("web.js", &format!("const c = {{ apiKey: \"{}\", authDomain: \"a\" }};\n", planted::google())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_shows_no_more_than_the_prefix() {
        for secret in planted::all().iter().filter(|secret| !secret.contains('\n')) {
            let masked = mask_secrets(&format!("see {secret}, please"));
            assert!(!masked.contains(&secret[secret.len() - 12..]), "{masked}");
            assert!(masked.starts_with("see ") && masked.ends_with("…, please"), "{masked}");
        }
        assert_eq!(mask_secrets(&planted::private_key()).lines().count(), 1);
        assert_eq!(mask_secrets("no secret: ghp_ and sk-ant-"), "no secret: ghp_ and sk-ant-");
    }
}
