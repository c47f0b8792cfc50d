//! The way to a supervisor that listens on a unix socket: a port on loopback, each connection to which is one to the
//! socket. Git and agents know only HTTP over TCP; a machine without a network still has loopback, and nobody else is on
//! it. The socket is opened per connection, so that one that was made anew is found.

use environment::{Environment, Task};
use std::{io, net::Ipv4Addr, path::PathBuf, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, UnixStream},
    sync::Semaphore,
};

/// Connections at once; the worker, git and an agent have a handful. More wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 32;

/// A relay, for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Relay {
    /// `http://127.0.0.1:port`.
    pub(crate) url: String,
    accepting: Task<()>,
}

impl Relay {
    /// To the socket at `path`, whether or not anybody listens there now.
    pub(crate) async fn to(environment: &Environment, path: PathBuf) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let accepting = environment.spawn(accept(environment.clone(), listener, Arc::new(path)));
        Ok(Self { url, accepting })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(environment: Environment, listener: TcpListener, path: Arc<PathBuf>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((near, _)) => {
                let path = Arc::clone(&path);
                environment.spawn(async move {
                    pass(near, &path).await;
                    drop(permit);
                });
            }
            // Of the connection, or of too many open files: both pass.
            Err(error) => tracing::warn!(%error, "a connection to the relay was lost"),
        }
    }
}

/// A supervisor that is away is a connection that closes; whoever made it tries again.
async fn pass(mut near: TcpStream, path: &PathBuf) {
    let _ = near.set_nodelay(true);
    if let Ok(mut far) = UnixStream::connect(path).await {
        let _ended = copy_bidirectional(&mut near, &mut far).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::UnixListener,
    };

    /// Says its name on the first connection, and is gone.
    fn answer_once(environment: &Environment, path: &PathBuf, name: &'static str) -> Task<()> {
        let listener = UnixListener::bind(path).unwrap();
        environment.spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0]).await.unwrap();
            stream.write_all(name.as_bytes()).await.unwrap();
        })
    }

    async fn heard(relay: &Relay) -> String {
        let mut stream = TcpStream::connect(relay.url.trim_start_matches("http://")).await.unwrap();
        let mut said = String::new();
        // Nobody there is an end, not a wait; it may come before we have spoken.
        let _ = stream.write_all(b"?").await;
        let _ = stream.read_to_string(&mut said).await;
        said
    }

    #[tokio::test]
    async fn a_socket_that_comes_later_or_is_made_anew_is_found() {
        let environment = Environment::real();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("supervisor.sock");
        let relay = Relay::to(&environment, path.clone()).await.unwrap();
        assert_eq!(heard(&relay).await, "");
        for name in ["first", "second"] {
            let answered = answer_once(&environment, &path, name);
            assert_eq!(heard(&relay).await, name);
            answered.await.unwrap();
            assert_eq!(heard(&relay).await, "", "nobody listens on the old socket");
            std::fs::remove_file(&path).unwrap();
        }
    }
}
