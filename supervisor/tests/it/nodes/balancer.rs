//! Stands before several supervisors: each new connection goes to the next one that answers. One that is taken out loses
//! its connections, as a balancer does with one whose health check fails.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};

/// Between two looks at whether a target is still in.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Clone, Default)]
pub struct Balancer(Arc<Mutex<Vec<u16>>>);

impl Balancer {
    /// Listens on a port until the test's runtime ends.
    pub async fn listen(port: u16) -> Self {
        let balancer = Self::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("its port is free");
        let ours = balancer.clone();
        tokio::spawn(async move {
            let mut turn = 0;
            while let Ok((client, _)) = listener.accept().await {
                turn += 1;
                tokio::spawn(ours.clone().carry(client, turn));
            }
        });
        balancer
    }

    pub fn put_in(&self, port: u16) {
        self.0.lock().expect("no panic").push(port);
    }

    pub fn take_out(&self, port: u16) {
        self.0.lock().expect("no panic").retain(|it| *it != port);
    }

    fn targets(&self) -> Vec<u16> {
        self.0.lock().expect("no panic").clone()
    }

    async fn carry(self, mut client: TcpStream, turn: usize) {
        let mut targets = self.targets();
        let first = turn % targets.len().max(1);
        targets.rotate_left(first);
        for port in targets {
            let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { continue };
            let is_out = async {
                while self.targets().contains(&port) {
                    tokio::time::sleep(LOOK).await;
                }
            };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                () = is_out => {}
            }
            return;
        }
    }
}
