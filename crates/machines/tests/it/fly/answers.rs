//! Answers that are not Fly's: one that leads elsewhere, one without end, none.

use super::stage::{TOKEN, sentence, settings};
use environment::Environment;
use machines::{FlyMachines, Machines};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Answers every call with these bytes, as often as `repeat` says; what was asked of it.
async fn server(head: String, piece: &'static [u8], repeat: usize) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    Environment::real().spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 8192];
            let read = stream.read(&mut request).await.unwrap_or(0);
            seen.lock().unwrap().push(String::from_utf8_lossy(&request[..read]).into_owned());
            let _gone = stream.write_all(head.as_bytes()).await;
            for _ in 0..repeat {
                if stream.write_all(piece).await.is_err() {
                    break;
                }
            }
        }
    });
    (url, asked)
}

fn driver(url: &str) -> FlyMachines {
    FlyMachines::new(Environment::real(), settings(url)).unwrap()
}

#[tokio::test]
async fn the_token_is_not_carried_to_where_an_answer_points() {
    let (elsewhere, asked_elsewhere) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into(), b"", 0).await;
    let head =
        format!("HTTP/1.1 307 Moved\r\nlocation: {elsewhere}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let (url, asked) = server(head, b"", 0).await;
    let said = sentence(driver(&url).volume("vol_1").await);
    assert_eq!(said, "Fly refuses to show volume `vol_1`: no reason given (307)");
    assert!(asked.lock().unwrap()[0].contains(TOKEN), "it is what Fly is asked with");
    assert_eq!(asked_elsewhere.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let (url, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".into(), &[b'x'; 65536], 1500).await;
    let said = sentence(driver(&url).machines("here").await);
    assert_eq!(said, "Fly was asked to list machines, and answered more than 16777216 bytes");
}

#[tokio::test]
async fn an_address_at_which_nobody_listens_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let said = sentence(driver(&url).check().await);
    assert!(said.starts_with(&format!("Fly's API at `{url}` cannot be reached: ")), "{said}");
    assert!(!said.contains(TOKEN));
}
