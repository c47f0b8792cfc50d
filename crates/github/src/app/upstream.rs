//! Where git finds a repository. The address follows from the API's: nothing out of an answer is called.

use super::App;
use crate::api::{GitUpstream, Purpose, Repository};
use crate::error::Error;
use base64::Engine as _;

impl App {
    pub(super) async fn upstream(&self, repository: &Repository) -> Result<GitUpstream, Error> {
        let token = self.tokens.get(&self.client, &self.environment, repository, Purpose::Read).await?;
        let credential = format!("x-access-token:{}", token.secret());
        let basic = base64::engine::general_purpose::STANDARD.encode(credential);
        let host = git_host(self.client.base());
        let (owner, name) = (super::route::segment(&repository.owner), super::route::segment(&repository.name));
        Ok(GitUpstream { url: format!("{host}/{owner}/{name}.git"), authorization: format!("Basic {basic}") })
    }
}

/// `api.github.com` has its repositories on `github.com`, a tenant's `api.x.ghe.com` on `x.ghe.com`; everybody else has
/// both on one host.
fn git_host(api: &str) -> String {
    let api = api.strip_suffix("/api/v3").unwrap_or(api);
    match api.split_once("://") {
        Some((scheme, host))
            if host == "api.github.com" || (host.starts_with("api.") && host.ends_with(".ghe.com")) =>
        {
            format!("{scheme}://{}", &host["api.".len()..])
        }
        _ => api.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::git_host;

    #[test]
    fn repositories_are_found_beside_the_api() {
        assert_eq!(git_host("https://api.github.com"), "https://github.com");
        assert_eq!(git_host("https://git.example.com/api/v3"), "https://git.example.com");
        assert_eq!(git_host("https://api.acme.ghe.com"), "https://acme.ghe.com");
        assert_eq!(git_host("http://127.0.0.1:41873"), "http://127.0.0.1:41873");
    }
}
