//! Address of a pull request: of a GitHub that is known, and nothing is called that does not follow from it.

use crate::cli::Failure;

/// Where everybody's is.
const GITHUB: &str = "https://github.com";

/// A pull request on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullUrl {
    web: String,
    /// Account.
    pub owner: String,
    /// Repository.
    pub name: String,
    /// Number.
    pub number: u64,
}

impl PullUrl {
    /// Reads an address; none for a path. `known`: addresses of other GitHubs.
    ///
    /// # Errors
    /// It is an address, and not one of a pull request on a known GitHub.
    pub fn parse(target: &str, known: &[String]) -> Result<Option<Self>, Failure> {
        let full = if target.starts_with("github.com/") { format!("https://{target}") } else { target.to_owned() };
        if !full.starts_with("https://") && !full.starts_with("http://") {
            return Ok(None);
        }
        let not_one = || {
            Failure::usage(format!("`{target}` is not the address of a pull request"))
                .hint("one looks like", "https://github.com/owner/repository/pull/7")
        };
        let web = [GITHUB].into_iter().chain(known.iter().map(String::as_str)).map(|web| web.trim_end_matches('/'));
        for web in web {
            if let Some(rest) = full.strip_prefix(web).and_then(|rest| rest.strip_prefix('/')) {
                return Self::within(web, rest).map(Some).ok_or_else(not_one);
            }
        }
        let (web, rest) = split(&full).ok_or_else(not_one)?;
        Self::within(web, rest).ok_or_else(not_one)?;
        Err(Failure::usage(format!("`{web}` is not a GitHub that is known here"))
            .hint("if it is one of yours", format!("longshore try {target} --github-url {web}")))
    }

    fn within(web: &str, rest: &str) -> Option<Self> {
        let path = rest.split(['?', '#']).next()?;
        let mut parts = path.split('/');
        let (owner, name, pull, number) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let sound = |word: &str| {
            !word.is_empty()
                && !word.starts_with(['.', '-'])
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let number = number.parse().ok().filter(|number| *number > 0)?;
        (pull == "pull" && sound(owner) && sound(name)).then(|| Self {
            web: web.to_owned(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            number,
        })
    }

    /// Where the pull request is read.
    pub fn api(&self) -> String {
        let api = match self.web.split_once("://") {
            Some((scheme, host)) if host == "github.com" || host.ends_with(".ghe.com") => {
                format!("{scheme}://api.{host}")
            }
            _ => format!("{}/api/v3", self.web),
        };
        format!("{api}/repos/{}/{}/pulls/{}", self.owner, self.name, self.number)
    }

    /// Where its commits are fetched.
    pub fn git(&self) -> String {
        format!("{}/{}/{}.git", self.web, self.owner, self.name)
    }

    /// `owner/name#7`.
    pub fn title(&self) -> String {
        format!("{}/{}#{}", self.owner, self.name, self.number)
    }
}

/// `scheme://host` and the rest.
fn split(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let end = start + url.get(start..)?.find('/')?;
    Some((url.get(..end)?, url.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(target: &str) -> Result<Option<PullUrl>, String> {
        PullUrl::parse(target, &["https://git.corp/".to_owned()]).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_pull_request_is_read_and_fetched_where_its_address_says() {
        for target in ["https://github.com/o/r.rs/pull/7", "github.com/o/r.rs/pull/7/files?w=1#diff"] {
            let url = parsed(target).unwrap().unwrap();
            assert_eq!(url.api(), "https://api.github.com/repos/o/r.rs/pulls/7");
            assert_eq!((url.git().as_str(), url.title().as_str()), ("https://github.com/o/r.rs.git", "o/r.rs#7"));
        }
        let url = parsed("https://git.corp/o/r/pull/7").unwrap().unwrap();
        assert_eq!(url.api(), "https://git.corp/api/v3/repos/o/r/pulls/7");
        assert_eq!(url.git(), "https://git.corp/o/r.git");
    }

    #[test]
    fn a_path_is_no_address() {
        assert_eq!(parsed("github.com").unwrap(), None);
        assert_eq!(parsed("../shop").unwrap(), None);
    }

    #[test]
    fn nothing_else_is_called() {
        for target in [
            "https://github.com/o/r",
            "https://github.com/o/r/issues/7",
            "https://github.com/o/../pull/7",
            "https://github.com/o/r/pull/x",
        ] {
            let expected = format!(
                "error: `{target}` is not the address of a pull request\n\n\
                 hint: one looks like   https://github.com/owner/repository/pull/7\n"
            );
            assert_eq!(parsed(target).unwrap_err(), expected);
        }
        assert_eq!(
            parsed("https://github.com.evil.example/o/r/pull/7").unwrap_err(),
            "error: `https://github.com.evil.example` is not a GitHub that is known here\n\nhint: if it is one of yours   \
             longshore try https://github.com.evil.example/o/r/pull/7 --github-url https://github.com.evil.example\n"
        );
    }
}
