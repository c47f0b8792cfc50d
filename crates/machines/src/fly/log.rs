//! What a machine printed. The Machines API does not have it; Fly's log service does, for some days, with what Fly itself
//! has to say between the lines.

use super::{
    Inner,
    api::{Call, Service},
    pace::Action,
    wire::or_default,
};
use crate::{Error, log::last_lines};
use reqwest::Method;
use serde::Deserialize;

/// Pages that are followed; the service begins with the newest it has kept.
const PAGES_MAX: usize = 20;
/// What comes from the program, and not from Fly about it.
const OF_THE_PROGRAM: &str = "app";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Page {
    #[serde(deserialize_with = "or_default")]
    data: Vec<Entry>,
    #[serde(deserialize_with = "or_default")]
    meta: PageMeta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PageMeta {
    #[serde(deserialize_with = "or_default")]
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    attributes: Attributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(deserialize_with = "or_default")]
    message: String,
    #[serde(deserialize_with = "or_default")]
    instance: String,
    #[serde(deserialize_with = "or_default")]
    meta: EntryMeta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EntryMeta {
    #[serde(deserialize_with = "or_default")]
    event: Origin,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Origin {
    #[serde(deserialize_with = "or_default")]
    provider: String,
}

impl Inner {
    pub async fn log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, Error> {
        let mut lines: Vec<String> = Vec::new();
        let mut token = String::new();
        for _ in 0..PAGES_MAX {
            let page = self.log_page(id, &token).await?;
            let end = page.data.is_empty() || page.meta.next_token.is_empty() || page.meta.next_token == token;
            lines.extend(page.data.into_iter().filter_map(|entry| printed(id, entry)));
            lines.drain(..lines.len().saturating_sub(lines_max));
            if end {
                break;
            }
            token = page.meta.next_token;
        }
        Ok(lines)
    }

    async fn log_page(&self, id: &str, token: &str) -> Result<Page, Error> {
        let path = format!("/api/v1/apps/{}/logs", self.app());
        let mut call = Call::new(Method::GET, path, Action::ReadLog, id, format!("show the log of machine `{id}`"));
        call.service = Service::Logs;
        call.query = vec![("instance", id.to_owned())];
        if !token.is_empty() {
            call.query.push(("next_token", token.to_owned()));
        }
        self.api.call(call).await.map_err(Error::from)?.json().map_err(Error::from)
    }
}

/// A line of the program's. The service may not know the filter, so it is applied here, too.
fn printed(id: &str, Entry { attributes: Attributes { message, instance, meta } }: Entry) -> Option<String> {
    let provider = meta.event.provider.as_str();
    let ours = (instance.is_empty() || instance == id) && (provider.is_empty() || provider == OF_THE_PROGRAM);
    if !ours {
        return None;
    }
    Some(last_lines(message.as_bytes(), 1).pop().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_program_of_this_machine_printed_counts() {
        let page: Page = serde_json::from_str(
            r#"{"data":[
                {"id":"1","attributes":{"message":"Starting init","instance":"148e","meta":{"event":{"provider":"runner"}}}},
                {"id":"2","attributes":{"message":"hello\n","instance":"148e","meta":{"event":{"provider":"app"}}}},
                {"id":"3","attributes":{"message":"other","instance":"9999"}},
                {"id":"4","attributes":{"message":"","instance":"148e","meta":null}}],
              "meta":{"next_token":"x"}}"#,
        )
        .unwrap();
        let lines: Vec<_> = page.data.into_iter().filter_map(|entry| printed("148e", entry)).collect();
        assert_eq!(lines, ["hello", ""]);
    }
}
