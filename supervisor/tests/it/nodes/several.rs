//! Several supervisors on one database of their own server, behind one address.

use super::{balancer::Balancer, on};
use crate::stage::{Stage, free_ports};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::process::{Child, Output};
use testkit::postgres::Cluster;

const SECRET: &str = "one secret for all supervisors of the test";
const NAMES: [&str; 3] = ["supervisor", "second", "third"];

pub struct Several {
    pub stage: Stage,
    pub postgres: Cluster,
    nodes: Vec<Option<Node>>,
    public: Balancer,
    machine: Balancer,
}

struct Node {
    child: Child,
    ports: [u16; 2],
}

impl Several {
    /// So many supervisors, each of which owns something.
    pub async fn of(count: usize, settings: &str) -> Self {
        let postgres = Cluster::start();
        // The lease is the usual one: on a busy machine a shorter one ends in a pause, and calls then wait for minutes.
        let settings = format!(
            "{}\ndatabase.shared = true\nserver.secret = \"{SECRET}\"\ngithub.catch_up_every = \"2s\"\n{settings}",
            on(&postgres)
        );
        let stage = Stage::without_supervisor(&settings).await;
        let [public, machine] = stage.addresses();
        let (public, machine) = (Balancer::listen(public).await, Balancer::listen(machine).await);
        let mut several = Self { stage, postgres, nodes: Vec::new(), public, machine };
        for place in 0..count {
            several.nodes.push(None);
            several.start(place).await;
        }
        several.until_owners(count).await;
        several
    }

    /// Starts the node of that place.
    pub async fn start(&mut self, place: usize) {
        let ports = free_ports::<2>();
        let child = self.stage.serve(NAMES[place], ports, &self.common(), &[]);
        self.stage.listens(ports[0]).await;
        self.public.put_in(ports[0]);
        self.machine.put_in(ports[1]);
        self.nodes[place] = Some(Node { child, ports });
    }

    fn common(&self) -> String {
        let root = self.stage.path().join("machines").display().to_string();
        let [_, machine] = self.stage.addresses();
        format!("machines.root = {}\nserver.machine_url = \"http://127.0.0.1:{machine}\"", Value::from(root))
    }

    /// Runs one with other settings to its end; what it said.
    pub fn refused(&self, more: &str) -> String {
        let mut child = self.stage.serve("refused", free_ports::<2>(), more, &[]);
        assert_eq!(child.wait().expect("it ends").code(), Some(1));
        self.log("refused")
    }

    fn node(&self, place: usize) -> &Node {
        self.nodes[place].as_ref().expect("it runs")
    }

    fn signal(&self, place: usize, signal: Signal) {
        let pid = i32::try_from(self.node(place).child.id()).ok().and_then(Pid::from_raw).expect("a pid");
        kill_process(pid, signal).expect("it is there");
    }

    fn take_out(&self, place: usize) {
        let [public, machine] = self.node(place).ports;
        self.public.take_out(public);
        self.machine.take_out(machine);
    }

    /// `kill -9`.
    pub fn kill(&mut self, place: usize) {
        self.take_out(place);
        let mut node = self.nodes[place].take().expect("it runs");
        node.child.kill().expect("it was running");
        node.child.wait().expect("it is gone");
    }

    /// SIGTERM, and its end.
    pub fn end(&mut self, place: usize) {
        self.take_out(place);
        self.signal(place, Signal::TERM);
        let mut node = self.nodes[place].take().expect("it runs");
        assert!(node.child.wait().expect("it ends").success());
    }

    /// SIGSTOP.
    pub fn pause(&self, place: usize) {
        self.take_out(place);
        self.signal(place, Signal::STOP);
    }

    /// SIGCONT.
    pub fn go_on(&self, place: usize) {
        self.signal(place, Signal::CONT);
        let [public, machine] = self.node(place).ports;
        self.public.put_in(public);
        self.machine.put_in(machine);
    }

    pub fn sql(&self, sql: &str) -> String {
        self.postgres.sql("longshore", sql)
    }

    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.stage.path().join(format!("{name}.log"))).unwrap_or_default()
    }

    pub fn log_of(&self, place: usize) -> String {
        self.log(NAMES[place])
    }

    /// Waits until so many nodes own something and nothing is nobody's.
    pub async fn until_owners(&self, count: usize) {
        let sql = "SELECT count(DISTINCT owner) || ' of ' || count(*) FILTER (WHERE owner IS NULL \
                   OR lease_until < extract(epoch FROM now()) * 1000) FROM lease";
        let expected = format!("{count} of 0");
        self.stage.until(&format!("{count} nodes own everything"), || async { self.sql(sql) == expected }).await;
    }

    /// A verb against the node of that place.
    pub fn verb(&self, place: usize, arguments: &[&str]) -> Output {
        self.stage.verb_at(NAMES[place], arguments)
    }

    /// The place of the node that owns the one workflow, as the database has it.
    pub fn owner(&self) -> Option<usize> {
        self.place(
            "SELECT n.about::json->>'pid' FROM workflow w JOIN lease l ON l.partition = w.id % (SELECT count(*) FROM \
             lease) JOIN node n ON n.name = l.owner ORDER BY w.id LIMIT 1",
        )
    }

    /// The place of the node that has what only one may do.
    pub fn leader(&self) -> Option<usize> {
        self.place("SELECT n.about::json->>'pid' FROM lease l JOIN node n ON n.name = l.owner WHERE l.partition = 0")
    }

    /// The place of the node whose process this finds.
    fn place(&self, sql: &str) -> Option<usize> {
        let pid = self.sql(sql);
        let is_it = |node: &Option<Node>| node.as_ref().is_some_and(|node| node.child.id().to_string() == pid);
        self.nodes.iter().position(is_it)
    }
}

impl Drop for Several {
    fn drop(&mut self) {
        for node in self.nodes.iter_mut().flatten() {
            // One that is stopped dies of it as well.
            let _gone = node.child.kill();
            let _status = node.child.wait();
        }
    }
}
