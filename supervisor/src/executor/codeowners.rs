//! `decide = codeowners`: whether somebody owns every file of the patch in question. Teams are not resolved (that needs
//! an organisation permission the App does not ask for): an entry of a team admits nobody.

use super::{Context, PullRequestExecutor, errors};
use crate::results;
use engine::ActionError;
use github::api::Repository;

/// Where GitHub looks, in its order.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

impl PullRequestExecutor {
    pub(super) async fn owns(
        &self,
        context: &Context,
        repository: &Repository,
        login: &str,
    ) -> Result<bool, ActionError> {
        let Some(result) = &context.state.result else { return Ok(false) };
        let result = results::load(&*self.parts.beside, &result.digest).await.map_err(errors::ours)?;
        let Some(patch) = result.and_then(|result| result.patch) else { return Ok(false) };
        let Ok(summary) = github::push::check_patch(&patch.diff, &github::push::GuardOptions::default()) else {
            return Ok(false);
        };
        let Some(base) = context.state.snapshot.as_ref().map(|snapshot| snapshot.base_ref.clone()) else {
            return Ok(false);
        };
        for place in PLACES {
            let file = self.parts.github.file(repository, place, &base).await.map_err(errors::github)?;
            if let Some(bytes) = file {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                return Ok(summary.files.iter().all(|file| owners(&text, &file.path).any(|owner| owner == login)));
            }
        }
        Ok(false)
    }
}

/// Logins that own a path: the last line that matches counts.
fn owners<'a>(text: &'a str, path: &str) -> impl Iterator<Item = &'a str> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let mut last = lines
        .filter(|line| !line.is_empty())
        .filter(|line| line.split_whitespace().next().is_some_and(|pattern| matches(pattern, path)));
    let words = last.next_back().unwrap_or_default().split_whitespace().skip(1);
    words.filter_map(|word| word.strip_prefix('@')).filter(|owner| !owner.contains('/'))
}

/// The patterns of CODEOWNERS: gitignore's, without negation and character classes.
fn matches(pattern: &str, path: &str) -> bool {
    let anchored = pattern.trim_end_matches('/').contains('/');
    let body = pattern.trim_start_matches('/');
    let folder = body.ends_with('/');
    let body = body.trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let starts = if anchored || pattern.starts_with('/') { 0..1 } else { 0..parts.len() };
    let wanted: Vec<&str> = body.split('/').collect();
    starts.into_iter().any(|start| {
        (start + 1..=parts.len()).any(|end| {
            let whole = end == parts.len();
            // A folder owns what is below it; `docs/*` owns only the files right in it.
            let below = !whole && wanted.last() != Some(&"*");
            (if folder { !whole } else { whole || below }) && segments(&wanted, &parts[start..end])
        })
    })
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skip| segments(rest, &path[skip..])),
        (Some((wanted, rest)), Some((part, path))) => glob(wanted.as_bytes(), part.as_bytes()) && segments(rest, path),
        _ => false,
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        (Some((b'?', rest)), Some((_, text))) => glob(rest, text),
        (Some((wanted, rest)), Some((byte, text))) => wanted == byte && glob(rest, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_github_documents_them() {
        let rows = [
            ("*", "src/a.rs", true),
            ("*.js", "src/deep/a.js", true),
            ("*.js", "src/a.ts", false),
            ("/build/logs/", "build/logs/x/y", true),
            ("/build/logs/", "a/build/logs/x", false),
            ("docs/*", "docs/getting-started.md", true),
            ("docs/*", "docs/build-app/troubleshooting.md", false),
            ("apps/", "x/apps/y", true),
            ("/docs", "docs/a/b.md", true),
            ("**/logs", "deeply/nested/logs/x", true),
            ("src/**/test.rs", "src/a/b/test.rs", true),
        ];
        for (pattern, path, expected) in rows {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_last_matching_line_counts_and_teams_admit_nobody() {
        let text = "* @ann # all\nsrc/ @acme/team @bob\n";
        assert_eq!(owners(text, "README.md").collect::<Vec<_>>(), ["ann"]);
        assert_eq!(owners(text, "src/a.rs").collect::<Vec<_>>(), ["bob"]);
    }
}
