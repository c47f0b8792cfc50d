//! Git over HTTP, read only: git's own `http-backend`, spoken to as CGI.

use super::{Git, command::git};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio_util::io::ReaderStream;

/// A fetch names what it has and wants; this is far more than the largest repository needs.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why git could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The program.
    #[error("git http-backend cannot be started; install git with its http-backend")]
    Start(#[from] std::io::Error),
    /// The request.
    #[error("the request is larger than {REQUEST_BYTES_MAX} bytes")]
    TooLarge,
    /// The answer.
    #[error("git http-backend did not answer in the form of CGI")]
    Answer,
}

/// Answers one git request. `path` is `folder/info/refs` or `folder/git-upload-pack`.
pub async fn serve(store: &Git, path: &str, request: Request<Body>) -> Result<Response<Body>, ServeError> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await.map_err(|_| ServeError::TooLarge)?;
    let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut command = git(store.root());
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", store.root())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", format!("/{path}"))
        .env("REQUEST_METHOD", head.method.as_str())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", text(header::CONTENT_TYPE))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", text(header::CONTENT_ENCODING))
        .env("GIT_PROTOCOL", text(HeaderName::from_static("git-protocol")))
        .stderr(Stdio::null());
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take();
    let stdout = child.stdout.take().ok_or(ServeError::Answer)?;
    let feed = async move {
        if let Some(stdin) = &mut stdin {
            let _ = stdin.write_all(&body).await;
        }
    };
    let mut reader = BufReader::new(stdout);
    let ((), answer) = futures_util::future::join(feed, cgi_head(&mut reader)).await;
    let answer = answer?;
    // The child lives as long as the stream that reads from it, and is ended with it.
    let stream = futures_util::StreamExt::map(ReaderStream::new(reader), move |chunk| {
        let _keep = &child;
        chunk
    });
    Ok(answer.map(|()| Body::from_stream(stream)))
}

async fn cgi_head(reader: &mut (impl AsyncBufReadExt + Unpin)) -> Result<Response<()>, ServeError> {
    let mut answer = Response::new(());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Err(ServeError::Answer);
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(answer);
        }
        let (name, value) = line.split_once(':').ok_or(ServeError::Answer)?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse::<StatusCode>().ok());
            *answer.status_mut() = code.ok_or(ServeError::Answer)?;
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| ServeError::Answer)?;
        let value = HeaderValue::from_maybe_shared(Bytes::copy_from_slice(value.as_bytes()));
        answer.headers_mut().insert(name, value.map_err(|_| ServeError::Answer)?);
    }
}
