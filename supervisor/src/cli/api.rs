//! The way to a running supervisor: the local one by what it left in its data folder, another by address and token.

use super::{Common, Failure};
use crate::{
    config::{Config, Secret, Variables},
    http::public::ADMIN_TOKEN_FILE,
};
use environment::Environment;
use reqwest::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    ffi::OsString,
    fmt::Write,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

/// A running supervisor leaves its address here, in its data folder.
pub const LOCAL_FILE: &str = "supervisor.json";
/// A supervisor that does not answer a verb within this is not there.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Bytes of an answer; a page of workflows has some 50 KiB.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a running supervisor leaves in its data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Local {
    /// Address of its public listener.
    pub url: String,
    /// Address of its machine listener.
    pub machine_url: String,
    /// Process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
}

/// A supervisor's API.
pub(super) struct Api {
    environment: Environment,
    client: reqwest::Client,
    url: String,
    token: Secret,
}

impl Api {
    /// The supervisor that `common` means.
    pub(super) fn find(common: &Common, environment: Environment) -> Result<Self, Failure> {
        let client = crate::http::client().map_err(|error| Failure::new(error.to_string()))?;
        let (url, token) = match (&common.url, &common.token) {
            (Some(url), Some(token)) => (url.trim_end_matches('/').to_owned(), token.clone()),
            (Some(_), None) => {
                return Err(
                    Failure::usage("`--url` needs a token").hint("give one", "--token TOKEN, or LONGSHORE_TOKEN")
                );
            }
            // A token that is given is the identity that is meant; the administrator's is for who gives none.
            (None, Some(token)) => (local(&data_folder(common)?)?, token.clone()),
            (None, None) => {
                let folder = data_folder(common)?;
                (local(&folder)?, read(&folder, ADMIN_TOKEN_FILE)?.trim().to_owned())
            }
        };
        Ok(Self { environment, client, url, token: Secret::new(token) })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.call(Method::GET, path, None).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(super) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.call(Method::DELETE, path, None).await
    }

    /// An answer that is not JSON.
    pub(super) async fn download(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.exchange(self.request(Method::GET, path)).await
    }

    /// A body that is not JSON.
    pub(super) async fn upload<T: DeserializeOwned>(&self, path: &str, body: Vec<u8>) -> Result<T, Failure> {
        let bytes = self.exchange(self.request(Method::POST, path).body(body)).await?;
        serde_json::from_slice(&bytes).map_err(|_| self.odd())
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&Value>) -> Result<T, Failure> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        serde_json::from_slice(&self.exchange(request).await?).map_err(|_| self.odd())
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(self.token.reveal())
    }

    fn odd(&self) -> Failure {
        Failure::new(format!("what answers at `{}` is not a longshore supervisor", self.url))
    }

    /// The body of a good answer; a bad one is a failure with the supervisor's sentence.
    async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, Failure> {
        let exchange = async {
            let mut answer = request.send().await?;
            let (status, mut bytes) = (answer.status(), Vec::new());
            while let Some(chunk) = answer.chunk().await? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > ANSWER_BYTES_MAX {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status, bytes))
        };
        let exchanged = self.environment.timeout(ANSWER_MAX, exchange).await;
        let (status, bytes) = exchanged.ok().and_then(Result::ok).ok_or_else(|| self.nobody())?;
        if status.is_success() {
            return Ok(bytes);
        }
        let error: Value = serde_json::from_slice(&bytes).map_err(|_| self.odd())?;
        let sentence = error["error"]["message"].as_str().ok_or_else(|| self.odd())?;
        let failure = match error["error"]["code"].as_str().unwrap_or("failed") {
            "not_found" => Failure::new(sentence).hint("what there is", "longshore ps --all").coded("not_found"),
            "bad_request" => Failure::usage(sentence).coded("bad_request"),
            code => Failure::new(sentence).coded(code),
        };
        Err(failure)
    }

    fn nobody(&self) -> Failure {
        Failure::new(format!("no supervisor answers at `{}`", self.url))
            .coded("unreachable")
            .hint("start one", "longshore serve")
            .hint("another one", "--url URL --token TOKEN")
    }
}

/// The data folder that is meant: named, or configured.
pub(super) fn data_folder(common: &Common) -> Result<PathBuf, Failure> {
    match &common.data {
        Some(folder) => Ok(folder.clone()),
        None => Ok(Config::load(None, &variables(common)?)?.server.data),
    }
}

/// The environment's variables that are text, over which `--data` wins.
pub(super) fn variables(common: &Common) -> Result<Variables, Failure> {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let mut variables: Variables = std::env::vars_os().filter_map(text).collect();
    if let Some(data) = &common.data {
        let data = data.to_str().ok_or_else(|| Failure::usage("the name of the data folder is not UTF-8"))?;
        variables.insert("LONGSHORE_SERVER_DATA".to_owned(), data.to_owned());
    }
    Ok(variables)
}

/// Address of the supervisor that runs in a folder.
fn local(folder: &Path) -> Result<String, Failure> {
    let local: Local = serde_json::from_str(&read(folder, LOCAL_FILE)?).map_err(|_| {
        Failure::new(format!("`{}` is damaged; restart the supervisor", folder.join(LOCAL_FILE).display()))
    })?;
    Ok(local.url)
}

/// A file that a running supervisor leaves in its data folder.
fn read(folder: &Path, file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(folder.join(file)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::new(format!("no supervisor runs in `{}`", folder.display()))
            .coded("unreachable")
            .hint("start one", "longshore serve")
            .hint("another folder", "--data DIR")
            .hint("another machine", "--url URL --token TOKEN"),
        ErrorKind::PermissionDenied => {
            Failure::new(format!("`{}` belongs to another user", folder.join(file).display()))
                .coded("unauthorized")
                .hint("your own token", "--url URL --token TOKEN")
        }
        _ => Failure::new(format!("`{}` cannot be read: {error}", folder.join(file).display())),
    })
}

/// A word as one segment of a path.
pub(super) fn segment(word: &str) -> String {
    let mut encoded = String::new();
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_is_one_segment_of_a_path() {
        assert_eq!(segment("acme/shop#7"), "acme%2Fshop%237");
        assert_eq!(segment("wf_12"), "wf_12");
    }

    #[test]
    fn a_folder_without_a_supervisor_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let failure = local(folder.path()).unwrap_err().to_string();
        let expected = "\n\nhint: start one         longshore serve\nhint: another folder    --data DIR\n\
                        hint: another machine   --url URL --token TOKEN\n";
        assert!(failure.starts_with("error: no supervisor runs in `") && failure.ends_with(expected), "{failure}");
    }
}
