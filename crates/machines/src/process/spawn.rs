//! From the supervisor to the keeper.

use super::{
    Inner, blocking,
    cgroup::Host,
    keeper::STARTED,
    order::{Confinement, KeepOrder, MACHINE, MARK, SESSION_DIR},
    record::MachineRecord,
};
use crate::{Error, MachineSpec};
use std::{collections::BTreeMap, ffi::OsString, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, ChildStdout, Command},
};

/// How long a keeper may take to say that the machine runs: milliseconds, on a machine that swaps seconds.
const START_MAX: Duration = Duration::from_secs(10);
/// Where programs are looked for if the supervisor itself has no `PATH`.
const PATH_FALLBACK: &str = "/usr/local/bin:/usr/bin:/bin";

impl Inner {
    /// Starts the keeper and waits until it says that the program runs.
    pub async fn spawn(&self, spec: &MachineSpec, record: &MachineRecord) -> Result<(), Error> {
        let (groups, resources) = (record.cgroups.clone(), record.resources);
        let given = blocking(move || Ok(Host::make(&groups, resources))).await?;
        let order = KeepOrder {
            mark: record.mark.clone(),
            lock: self.layout.lock(),
            keeper_arguments: self.keeper.iter().skip(1).cloned().collect(),
            program: self.program.clone(),
            session: self.layout.volume(&record.volume),
            environment: self.environment_of(spec, record),
            confinement: Confinement { cgroups: record.cgroups.clone(), resources, memory_per_process: !given.memory },
        };
        let mut command = Command::new(&self.keeper[0]);
        command.args(&self.keeper[1..]).arg(&self.layout.machine(&record.name).0);
        command.env_clear().env(MARK, &record.mark).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| Error::Permanent {
            what: format!("the machine keeper `{}` cannot be started: {error}", self.keeper[0].display()),
        })?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        // While this supervisor lives it is the keeper's parent, and buries it.
        self.environment.spawn(async move { child.wait().await });
        let (input, output) = pipes.ok_or_else(|| ambiguous(spec, "its pipes are missing"))?;
        match self.environment.timeout(START_MAX, converse(input, output, &order)).await {
            Ok(Ok(line)) if line == STARTED => Ok(()),
            Ok(Ok(line)) if line.is_empty() => Err(ambiguous(spec, "its keeper ended without a word")),
            Ok(Ok(line)) => Err(Error::Retryable {
                what: format!("machine `{}` did not start: {line}", spec.name),
                retry_after: None,
            }),
            Ok(Err(error)) => Err(ambiguous(spec, &format!("its keeper went silent: {error}"))),
            Err(_) => Err(ambiguous(spec, &format!("nothing heard of its keeper for {} s", START_MAX.as_secs()))),
        }
    }

    /// Built from empty: what the run was given, where programs are, and what only the driver knows.
    fn environment_of(&self, spec: &MachineSpec, record: &MachineRecord) -> Vec<(OsString, OsString)> {
        let path = std::env::var_os("PATH").unwrap_or_else(|| PATH_FALLBACK.into());
        let session = self.layout.volume(&record.volume).into_os_string();
        let mut environment: BTreeMap<OsString, OsString> =
            BTreeMap::from([("PATH".into(), path), (MACHINE.into(), (&spec.name).into())]);
        environment.extend(spec.environment.iter().map(|(name, value)| (name.into(), value.into())));
        environment.insert(SESSION_DIR.into(), session);
        environment.insert(MARK.into(), (&record.mark).into());
        environment.into_iter().collect()
    }
}

/// Gives the order and hears the first line of the answer.
async fn converse(mut input: ChildStdin, output: ChildStdout, order: &KeepOrder) -> std::io::Result<String> {
    // A keeper that refused before it read everything has said why on its output.
    let given = input.write_all(&serde_json::to_vec(order)?).await;
    drop(input);
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).await?;
    if line.is_empty() {
        given?;
    }
    Ok(line.trim_end().to_owned())
}

fn ambiguous(spec: &MachineSpec, what: &str) -> Error {
    Error::Ambiguous { what: format!("machine `{}` may run: {what}", spec.name) }
}
