//! Lists, a page of 100 at a time and never without an end.

use super::{App, client::Call, tokens::Denied};
use crate::api::{Purpose, Repository};
use serde::de::DeserializeOwned;

/// GitHub's largest page.
pub(super) const PER_PAGE: usize = 100;

impl App {
    /// Up to `pages_max` pages of a list, oldest first as GitHub gives them.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        repository: &Repository,
        purpose: Purpose,
        route: &str,
        pages_max: usize,
    ) -> Result<Vec<T>, Denied> {
        let mut items = Vec::new();
        for page in 1..=pages_max {
            let found: Vec<T> = self.page(repository, purpose, route, page).await?.0;
            let last = found.len() < PER_PAGE;
            items.extend(found);
            if last {
                break;
            }
        }
        Ok(items)
    }

    /// Up to `pages_max` pages of a list from its end: what was added last is found however long the list is.
    pub(super) async fn list_newest<T: DeserializeOwned>(
        &self,
        repository: &Repository,
        purpose: Purpose,
        route: &str,
        pages_max: usize,
    ) -> Result<Vec<T>, Denied> {
        let (mut items, last) = self.page(repository, purpose, route, 1).await?;
        let first_wanted = last.saturating_sub(pages_max - 1).max(2);
        for page in first_wanted..=last {
            items.extend(self.page::<T>(repository, purpose, route, page).await?.0);
        }
        Ok(items)
    }

    /// One page, and the number of the last one.
    async fn page<T: DeserializeOwned>(
        &self,
        repository: &Repository,
        purpose: Purpose,
        route: &str,
        page: usize,
    ) -> Result<(Vec<T>, usize), Denied> {
        let joint = if route.contains('?') { '&' } else { '?' };
        let call = Call::read(format!("{route}{joint}per_page={PER_PAGE}&page={page}"));
        let answer = self.call(repository, purpose, &call).await?.ok()?;
        let last = answer.header("link").and_then(last_page).unwrap_or(page);
        Ok((answer.json()?, last))
    }
}

/// Number of the last page in a `Link` header. Only the number is used: no address out of an answer is called.
fn last_page(link: &str) -> Option<usize> {
    let last = link.split(',').find(|part| part.contains("rel=\"last\""))?;
    let address = last.split_once('<')?.1.split_once('>')?.0;
    address.split(['?', '&']).find_map(|pair| pair.strip_prefix("page="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::last_page;

    #[test]
    fn the_last_page_is_read_from_the_link_header() {
        let link = "<https://x/y?per_page=100&page=2>; rel=\"next\", <https://x/y?per_page=100&page=7>; rel=\"last\"";
        assert_eq!(last_page(link), Some(7));
        assert_eq!(last_page("<https://x/y?page=1>; rel=\"first\""), None);
        assert_eq!(last_page("rel=\"last\""), None);
    }
}
