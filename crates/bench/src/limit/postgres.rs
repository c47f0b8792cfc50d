//! The limit on PostgreSQL.

use super::{Measured, drive, drive::Submitted, payload};
use crate::{Failure, process, stopwatch::Stopwatch, workload::TRANSITIONS};
use environment::Environment;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_postgres::{Client, NoTls};

/// One statement, which is one transaction.
const GROUP: &str = "WITH i AS (SELECT * FROM unnest($1::bigint[],$2::int[],$3::text[]) AS t(wf,seq,p)),
  j AS (INSERT INTO journal SELECT wf,seq,p FROM i),
  n AS (INSERT INTO wf SELECT wf,0,'pr-'||wf FROM i WHERE seq=0)
  UPDATE wf SET state=i.seq FROM i WHERE wf.id=i.wf AND i.seq>0";
const FIRST: &str = "WITH j AS (INSERT INTO journal VALUES($1,0,$3)) INSERT INTO wf VALUES($1,0,$2)";
const LATER: &str = "WITH j AS (INSERT INTO journal VALUES($1,$2,$3)) UPDATE wf SET state=$2 WHERE id=$1";

/// A server, in whose database the tables `wf` and `journal` are made anew in a schema of their own.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// URL.
    pub url: &'a str,
    /// Its first process, if it runs here: its processor time is counted.
    pub process: Option<u32>,
}

impl Server<'_> {
    async fn connect(&self, environment: &Environment) -> Result<Client, Failure> {
        let (client, connection) = tokio_postgres::connect(self.url, NoTls).await?;
        environment.spawn(connection);
        client.batch_execute("CREATE SCHEMA IF NOT EXISTS longshore_limit; SET search_path = longshore_limit").await?;
        Ok(client)
    }

    async fn prepare(&self, environment: &Environment) -> Result<Client, Failure> {
        let client = self.connect(environment).await?;
        let sql = "DROP TABLE IF EXISTS wf, journal;
          CREATE TABLE wf(id BIGINT PRIMARY KEY, state INT NOT NULL, key TEXT NOT NULL UNIQUE) WITH (fillfactor=60);
          CREATE TABLE journal(wf BIGINT, seq INT, payload TEXT, PRIMARY KEY(wf,seq)); CHECKPOINT;";
        client.batch_execute(sql).await?;
        Ok(client)
    }

    fn cpu_s(&self) -> Result<f64, Failure> {
        let server = self.process.map_or(Ok(0.0), process::tree_cpu_s)?;
        Ok(process::cpu_s(std::process::id())? + server)
    }
}

async fn check(client: &Client, transitions: u64) -> Result<(), Failure> {
    let there: i64 = client.query_one("SELECT count(*) FROM journal", &[]).await?.get(0);
    client.batch_execute("DROP SCHEMA longshore_limit CASCADE").await?;
    if there as u64 == transitions {
        return Ok(());
    }
    Err(Failure::Check(format!("{there} of {transitions} journal rows are there")))
}

/// One transaction per transition, over so many connections.
///
/// # Errors
/// PostgreSQL failed, or a row is missing.
pub async fn single(
    environment: &Environment,
    server: Server<'_>,
    connections: usize,
    span: Duration,
) -> Result<Measured, Failure> {
    let checker = server.prepare(environment).await?;
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        clients.push(server.connect(environment).await?);
    }
    let cpu_before = server.cpu_s()?;
    let begun = Stopwatch::start();
    let next = Arc::new(AtomicI64::new(0));
    let run = |client: Client| {
        let next = Arc::clone(&next);
        environment.spawn(async move {
            let (first, later) = (client.prepare(FIRST).await?, client.prepare(LATER).await?);
            let mut written = 0;
            while begun.elapsed() < span {
                let workflow = next.fetch_add(1, Ordering::Relaxed);
                let key = format!("pr-{workflow:08}");
                client.execute(&first, &[&workflow, &key, &payload(workflow, 0)]).await?;
                for seq in 1..TRANSITIONS as i32 {
                    let payload = payload(workflow, i64::from(seq));
                    client.execute(&later, &[&workflow, &seq, &payload]).await?;
                }
                written += TRANSITIONS;
            }
            Ok::<_, tokio_postgres::Error>((written, client))
        })
    };
    let tasks: Vec<_> = clients.into_iter().map(run).collect();
    let (mut written, mut open) = (0, Vec::new());
    for task in tasks {
        let (here, client) = task.await.map_err(|error| Failure::Check(error.to_string()))??;
        written += here;
        open.push(client);
    }
    let elapsed = begun.elapsed();
    let cpu_s = server.cpu_s()? - cpu_before;
    check(&checker, written).await?;
    let what = format!("postgresql, one transaction per transition, {connections} connections");
    Ok(Measured::new(what, written, elapsed, cpu_s))
}

/// Group commit by so many writers.
///
/// # Errors
/// PostgreSQL failed, or a row is missing.
pub async fn group(
    environment: &Environment,
    server: Server<'_>,
    batch: usize,
    writers: usize,
    span: Duration,
) -> Result<Measured, Failure> {
    let checker = server.prepare(environment).await?;
    let (mut to_writers, mut tasks) = (Vec::new(), Vec::new());
    for _ in 0..writers {
        let (to_writer, submitted) = mpsc::channel::<Submitted>(batch * 2);
        to_writers.push(to_writer);
        tasks.push(environment.spawn(write(server.connect(environment).await?, submitted, batch)));
    }
    let cpu_before = server.cpu_s()?;
    let (written, elapsed) = drive::drive(environment, batch * writers * 2, to_writers, span).await?;
    let cpu_s = server.cpu_s()? - cpu_before;
    for task in tasks {
        task.await.map_err(|error| Failure::Check(format!("a writer ended abnormally: {error}")))??;
    }
    check(&checker, written).await?;
    let what = format!("postgresql, group commit of at most {batch}, {writers} writers");
    Ok(Measured::new(what, written, elapsed, cpu_s))
}

async fn write(
    client: Client,
    mut submitted: mpsc::Receiver<Submitted>,
    batch: usize,
) -> Result<(), tokio_postgres::Error> {
    let statement = client.prepare(GROUP).await?;
    let mut taken: Vec<Submitted> = Vec::with_capacity(batch);
    while submitted.recv_many(&mut taken, batch).await > 0 {
        let workflows: Vec<i64> = taken.iter().map(|one| one.workflow).collect();
        let seqs: Vec<i32> = taken.iter().map(|one| one.seq as i32).collect();
        let payloads: Vec<String> = taken.iter().map(|one| payload(one.workflow, one.seq)).collect();
        client.execute(&statement, &[&workflows, &seqs, &payloads]).await?;
        for one in taken.drain(..) {
            let _ = one.done.send(());
        }
    }
    Ok(())
}
