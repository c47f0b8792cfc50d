//! A connection that is kept, and one POST after another on it. It is no more than the load needs, so that on two cores
//! the measured program has as much of them as can be.

use super::Payload;
use std::{
    io::{self, Write},
    net::SocketAddr,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Bytes of an answer; the supervisor's has a few hundred.
const ANSWER_MAX: usize = 64 * 1024;

/// A kept connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    head: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, head: Vec::new(), answer: Vec::new() })
    }

    /// Sends a webhook and takes its answer: the status and the body.
    ///
    /// # Errors
    /// The connection ended, or what came is not HTTP.
    pub async fn deliver(&mut self, payload: &Payload, delivery: &str) -> io::Result<(u16, &str)> {
        self.head.clear();
        write!(
            self.head,
            "POST /webhooks/github HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nx-github-event: pull_request\r\nx-github-delivery: {delivery}\r\n\
             x-hub-signature-256: {}\r\n\r\n",
            payload.body.len(),
            payload.signature
        )?;
        self.stream.write_all(&self.head).await?;
        self.stream.write_all(payload.body.as_bytes()).await?;
        self.answer.clear();
        loop {
            if let Some(end) = whole(&self.answer)? {
                let status = status(&self.answer)?;
                let body = str::from_utf8(&self.answer[end..]).map_err(io::Error::other)?;
                return Ok((status, body));
            }
            if self.answer.len() > ANSWER_MAX || self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::Error::other("the connection ended within an answer"));
            }
        }
    }
}

/// Where the body begins, once all of it is there.
fn whole(answer: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = str::from_utf8(&answer[..end]).map_err(io::Error::other)?;
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let length: usize = length.ok_or_else(|| io::Error::other("an answer has no length"))?;
    Ok((answer.len() >= end + 4 + length).then_some(end + 4))
}

fn status(answer: &[u8]) -> io::Result<u16> {
    let digits = answer.get(9..12).and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
    digits.ok_or_else(|| io::Error::other("an answer has no status"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(whole(answer).unwrap(), Some(answer.len() - 2));
        assert_eq!(whole(&answer[..answer.len() - 1]).unwrap(), None);
        assert_eq!(whole(&answer[..20]).unwrap(), None);
        assert_eq!(status(answer).unwrap(), 202);
        assert!(whole(b"HTTP/1.1 202 Accepted\r\n\r\n").is_err());
    }
}
