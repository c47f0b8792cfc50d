//! The operator's lists: an absent list does not restrict, an empty one admits nobody.

use super::PullRequests;
use crate::{config::Github, seams::Error};
use domain::gates::Listed;
use github::webhook::RepositoryRef;

/// Stable reason for a repository that is on none of the lists.
pub(super) const NOT_ALLOWED: &str = "repository_not_allowed";

/// What the lists say of a repository.
pub fn listed(github: &Github, installation: u64, owner: &str, name: &str) -> Listed {
    let full = format!("{owner}/{name}");
    let has = |list: &Option<Vec<String>>, item: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|entry| entry.eq_ignore_ascii_case(item)))
    };
    if !github.allowed_installations.as_ref().is_none_or(|list| list.contains(&installation)) {
        Listed::NotInstallation
    } else if !has(&github.allowed_owners, owner) {
        Listed::NotOwner
    } else if !has(&github.allowed_repositories, &full) {
        Listed::NotRepository
    } else {
        Listed::Yes
    }
}

/// Whether the list of actors admits somebody; none if there is no list.
pub fn actor_listed(github: &Github, login: &str) -> Option<bool> {
    github.allowed_actors.as_ref().map(|list| list.iter().any(|entry| entry.eq_ignore_ascii_case(login)))
}

impl PullRequests {
    /// # Errors
    /// [`NOT_ALLOWED`], which the intake turns into an acknowledgement.
    pub(crate) fn admitted(&self, installation: Option<u64>, repository: &RepositoryRef) -> Result<u64, Error> {
        let refusal = || Error::NotFound(NOT_ALLOWED.to_owned());
        let installation = installation.ok_or_else(refusal)?;
        match listed(&self.parts.config.github, installation, &repository.owner, &repository.name) {
            Listed::Yes => Ok(installation),
            _ => Err(refusal()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn github() -> Github {
        let text = "[github]\nallowed_owners = [\"Acme\"]\n";
        crate::config::Config::from_text(text, "test", &crate::config::Variables::default()).unwrap().github
    }

    #[test]
    fn an_absent_list_does_not_restrict_and_an_empty_one_admits_nobody() {
        let mut lists = github();
        assert_eq!(listed(&lists, 1, "acme", "shop"), Listed::Yes);
        assert_eq!(listed(&lists, 1, "eve", "shop"), Listed::NotOwner);
        lists.allowed_owners = None;
        assert_eq!(listed(&lists, 1, "eve", "shop"), Listed::Yes);
        lists.allowed_repositories = Some(Vec::new());
        assert_eq!(listed(&lists, 1, "acme", "shop"), Listed::NotRepository);
        lists.allowed_installations = Some(vec![2]);
        assert_eq!(listed(&lists, 1, "acme", "shop"), Listed::NotInstallation);
        assert_eq!(actor_listed(&lists, "ann"), None);
        lists.allowed_actors = Some(vec!["Ann".into()]);
        assert_eq!(actor_listed(&lists, "ann"), Some(true));
        assert_eq!(actor_listed(&lists, "bob"), Some(false));
    }
}
