//! One listener, within bounds: so many connections, and none that is held open without anything passing over it. Whoever
//! reaches a listener could otherwise take every place on it with connections that say nothing.

use axum::{
    Router,
    serve::{Listener, ListenerExt},
};
use environment::{BoxFuture, Environment, Timestamp};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, UnixListener},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;

/// Connections open at once on one listener; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 1024;
/// The same where one machine connects: its worker, git and an agent.
const MACHINE_CONNECTIONS_MAX: usize = 32;
/// Longest time in which nothing passes over a connection, either way: longer than any answer is waited for, and than a
/// followed history says nothing.
const SILENCE_MAX: Duration = Duration::from_secs(75);

/// Serves a router until `closing`, then finishes the requests in hand.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    environment: Environment,
    listener: TcpListener,
    router: Router,
    closing: CancellationToken,
) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    serve_within(environment, listener, CONNECTIONS_MAX, router, closing).await
}

/// As [`serve`], for one machine, on a unix socket.
///
/// # Errors
/// The listener failed.
pub async fn serve_unix(
    environment: Environment,
    listener: UnixListener,
    router: Router,
    closing: CancellationToken,
) -> io::Result<()> {
    serve_within(environment, listener, MACHINE_CONNECTIONS_MAX, router, closing).await
}

async fn serve_within<L: Listener<Addr: std::fmt::Debug>>(
    environment: Environment,
    listener: L,
    connections_max: usize,
    router: Router,
    closing: CancellationToken,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(connections_max));
    let listener = Bounded { listener, room, environment, silence_max: SILENCE_MAX };
    axum::serve(listener, router).with_graceful_shutdown(async move { closing.cancelled().await }).await
}

/// A listener that accepts no more than it has room for.
struct Bounded<L> {
    listener: L,
    room: Arc<Semaphore>,
    environment: Environment,
    silence_max: Duration,
}

impl<L: Listener> Listener for Bounded<L> {
    type Io = Connection<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, L::Addr) {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.room).acquire_owned().await.ok();
        let (stream, address) = self.listener.accept().await;
        let watch = Watch::new(self.environment.clone(), self.silence_max);
        (Connection { stream, watch, _permit: permit }, address)
    }

    fn local_addr(&self) -> io::Result<L::Addr> {
        self.listener.local_addr()
    }
}

/// A connection and its place.
struct Connection<S> {
    stream: S,
    watch: Watch,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Notices when nothing passes for too long. One sleep is set at a time, and set anew only when it ends: what passes
/// costs a look at the clock.
struct Watch {
    environment: Environment,
    silence_max: Duration,
    passed_at: Timestamp,
    sleep: BoxFuture<()>,
}

impl Watch {
    fn new(environment: Environment, silence_max: Duration) -> Self {
        let (passed_at, sleep) = (environment.now(), sleep(&environment, silence_max));
        Self { environment, silence_max, passed_at, sleep }
    }

    /// Looks at the outcome of a read or write. One that waits ends with an error once it has waited too long.
    fn over<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.passed_at = self.environment.now();
            return outcome;
        }
        while self.sleep.as_mut().poll(context).is_ready() {
            let silent = self.environment.now().since(self.passed_at);
            let Some(left) = self.silence_max.checked_sub(silent).filter(|left| !left.is_zero()) else {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            };
            self.sleep = sleep(&self.environment, left);
        }
        Poll::Pending
    }
}

fn sleep(environment: &Environment, span: Duration) -> BoxFuture<()> {
    let environment = environment.clone();
    Box::pin(async move { environment.sleep(span).await })
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.watch.over(context, outcome)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch.over(context, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    /// A test that waits longer hangs.
    const PATIENCE: Duration = Duration::from_secs(10);

    async fn connected(silence_max: Duration) -> (Environment, TcpStream) {
        let environment = Environment::real();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let room = Arc::new(Semaphore::new(1));
        let bounded = Bounded { listener, room, environment: environment.clone(), silence_max };
        let router = Router::new().route("/", get(|| async { "here" }));
        environment.spawn(async move { axum::serve(bounded, router).await });
        (environment, TcpStream::connect(address).await.unwrap())
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_is_closed_and_its_place_is_free() {
        let (environment, mut silent) = connected(Duration::from_millis(50)).await;
        let mut next = TcpStream::connect(silent.peer_addr().unwrap()).await.unwrap();
        // One place: the second is only served once the first has lost it.
        next.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut heard = Vec::new();
        environment.timeout(PATIENCE, next.read_to_end(&mut heard)).await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&heard).ends_with("here"));
        assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn a_head_that_never_ends_is_not_waited_for() {
        let (environment, mut slow) = connected(Duration::from_millis(50)).await;
        slow.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
        let closed = environment.timeout(PATIENCE, slow.read(&mut [0])).await.unwrap();
        assert_eq!(closed.unwrap_or(0), 0);
    }
}
