//! The git gateway, by git's own `http-backend`: two requests, as a real one serves, and nothing else.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Response, StatusCode},
};
use std::{path::Path, process::Stdio};
use tokio::io::AsyncWriteExt as _;

/// Runs `git http-backend` for one request.
pub async fn serve(repository: &Path, service: &str, headers: &HeaderMap, body: Option<Bytes>) -> Response<Body> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut command = tokio::process::Command::new("git");
    command.arg("http-backend").env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("GIT_PROJECT_ROOT", repository).env("GIT_HTTP_EXPORT_ALL", "1").env("HOME", repository);
    command.env("PATH_INFO", format!("/.git/{service}")).env("QUERY_STRING", "service=git-upload-pack");
    command.env("REQUEST_METHOD", if body.is_some() { "POST" } else { "GET" });
    command.env("CONTENT_TYPE", header("content-type")).env("HTTP_CONTENT_ENCODING", header("content-encoding"));
    command.env("GIT_PROTOCOL", header("git-protocol")).env("GIT_CONFIG_NOSYSTEM", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feed = async move { drop(stdin.write_all(&body.unwrap_or_default()).await) };
    let ((), out) = tokio::join!(feed, child.wait_with_output());
    answer(&out.unwrap().stdout)
}

fn answer(out: &[u8]) -> Response<Body> {
    let end = out.windows(4).position(|four| four == b"\r\n\r\n").expect("a CGI answer has headers");
    let mut response = Response::builder();
    for line in std::str::from_utf8(&out[..end]).unwrap().lines() {
        let (name, value) = line.split_once(": ").unwrap();
        response = match name {
            "Status" => response.status(value[..3].parse::<u16>().unwrap()),
            _ => response.header(name, value),
        };
    }
    response
        .body(Body::from(out[end + 4..].to_vec()))
        .unwrap_or_else(|_| Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).unwrap())
}
