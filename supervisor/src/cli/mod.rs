//! The verbs of `longshore`, one file each. Data goes to stdout, words to stderr; exit 0 done, 1 failed, 2 usage.

mod api;
mod approve;
mod backup;
mod cancel;
mod demo;
mod doctor;
mod failure;
mod image;
mod janitor;
mod logs;
mod machine_keeper;
mod machines;
mod migrate;
mod output;
mod pause;
mod ps;
mod reject;
mod remind;
mod repair;
mod replay;
mod restore;
mod resume;
mod retry;
mod serve;
mod show;
mod sim;
mod simulate;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod tokens;
mod r#try;
mod volumes;
mod why;
mod worker;

pub use api::{LOCAL_FILE, Local};
pub use failure::Failure;
pub use output::Output;
pub(crate) use output::printable;

use clap::{Args, Parser, Subcommand};
use environment::Environment;
use std::{path::PathBuf, process::ExitCode};

/// Runs AI agents on pull requests, durably.
#[derive(Debug, Parser)]
#[command(name = "longshore", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Data as JSON on stdout, errors too.
    #[arg(long, global = true)]
    pub json: bool,
    /// Data folder of the local supervisor; by default the configured one.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of another supervisor.
    #[arg(long, global = true, env = "LONGSHORE_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// Token for its API.
    #[arg(long, global = true, env = "LONGSHORE_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the whole main job on this machine: no account, no key, no container
    Demo(demo::Demo),
    /// Review a branch of a repository of yours, or a public pull request
    Try(r#try::Try),
    /// Run the supervisor
    Serve(serve::Serve),
    /// List workflows
    Ps(ps::Ps),
    /// Show a workflow: `wf_12` or `owner/repo#7`
    Show(show::Show),
    /// Say in a sentence what a workflow waits for
    Why(why::Why),
    /// Print the log of a workflow's run
    Logs(logs::Logs),
    /// Answer a request with yes
    Approve(approve::Approve),
    /// Answer a request with no
    Reject(reject::Reject),
    /// Stop what runs for a workflow, or cancel a reminder
    Cancel(cancel::Cancel),
    /// No reviews of a pull request until `resume`; a run under way is let end
    Pause(pause::Pause),
    /// Review a paused pull request again
    Resume(resume::Resume),
    /// Set a reminder on a pull request: `in 2 days to check the rollout`
    Remind(remind::Remind),
    /// Start a new run of a workflow
    Retry(retry::Retry),
    /// Run a workflow's history through the code and compare
    Replay(replay::Replay),
    /// Start at once what a workflow waits for, or move every one that nothing would move
    Repair(repair::Repair),
    /// Look at volumes, and take sessions out of them or put them in
    #[command(subcommand)]
    Volumes(volumes::Volumes),
    /// Look at machines
    #[command(subcommand)]
    Machines(machines::Machines),
    /// Put right what slipped, remove what nobody wants and what is past its time
    Janitor(janitor::Janitor),
    /// Make, list and revoke API tokens
    #[command(subcommand)]
    Tokens(tokens::Tokens),
    /// Make the worker's image for the `docker` backend, or the supervisor's, from this program: no registry is needed
    Image(image::Image),
    /// Bring the database to this version's schema
    Migrate(migrate::Migrate),
    /// Look at everything that a supervisor needs, and say what is broken and what to do
    Doctor(doctor::Doctor),
    /// Write a backup of the database to a new file, also while a supervisor uses it
    Backup(backup::Backup),
    /// Put a backup into an empty database, or say that a restored one may be believed
    Restore(restore::Restore),
    /// Run a stand-in for an outside world, alone
    #[command(subcommand)]
    Sim(sim::Sim),
    /// Run the supervisor in a simulated world, seed by seed, and check the named properties
    Simulate(simulate::Simulate),
    /// What a machine runs
    Worker(worker::Worker),
    /// What keeps a machine of the process backend
    #[command(hide = true)]
    MachineKeeper(machine_keeper::MachineKeeper),
}

/// Parses the command line, carries the verb out, and says how it went.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_call(&error, std::env::args_os().any(|word| word == "--json")),
    };
    let json = cli.common.json;
    let verb = match cli.verb {
        // A keeper becomes a process of its own kind before any thread is there.
        Verb::MachineKeeper(verb) => return verb.run(),
        Verb::Simulate(verb) => {
            return verb.run(&Output::new(json)).map_or_else(|failure| failure.print(json), |()| ExitCode::SUCCESS);
        }
        verb => verb,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new(format!("the runtime cannot start: {error}")).print(json),
    };
    let code = match runtime.block_on(carry_out(verb, cli.common)) {
        Ok(code) => code,
        Err(failure) => failure.print(json),
    };
    // A thread that waits for the keyboard is not waited for.
    runtime.shutdown_background();
    code
}

/// Help and version are what was asked for; everything else is usage.
fn wrong_call(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let failure = usage_failure(error);
    if json {
        return failure.print(json);
    }
    // clap's own words show where in the line it went wrong.
    let _ = error.print();
    failure.exit_code()
}

/// The first line of what clap says, which is a sentence.
fn usage_failure(error: &clap::Error) -> Failure {
    let words = error.to_string();
    let sentence = words.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Failure::usage(sentence.trim_end_matches(':'))
}

async fn carry_out(verb: Verb, common: Common) -> Result<ExitCode, Failure> {
    let environment = Environment::real();
    let output = Output::new(common.json);
    let api = || api::Api::find(&common, environment.clone());
    match verb {
        Verb::Serve(verb) => verb.run(&common, &output, environment).await?,
        Verb::Migrate(verb) => verb.run(&common, &output, environment).await?,
        Verb::Image(verb) => verb.run(&common, &output, environment).await?,
        Verb::Doctor(verb) => verb.run(&common, &output, environment).await?,
        Verb::Backup(verb) => verb.run(&common, &output, environment).await?,
        Verb::Restore(verb) => verb.run(&common, &output, environment).await?,
        Verb::Demo(verb) => verb.run(&common, environment).await?,
        Verb::Try(verb) => verb.run(&common, &output, environment).await?,
        Verb::Ps(verb) => verb.run(&api()?, &output, environment.now()).await?,
        Verb::Show(verb) => verb.run(&api()?, &output, environment.now()).await?,
        Verb::Why(verb) => verb.run(&api()?, &output).await?,
        Verb::Logs(verb) => verb.run(&api()?, &output, &environment).await?,
        Verb::Approve(verb) => verb.run(&api()?, &output).await?,
        Verb::Reject(verb) => verb.run(&api()?, &output).await?,
        Verb::Cancel(verb) => verb.run(&api()?, &output).await?,
        Verb::Pause(verb) => verb.run(&api()?, &output).await?,
        Verb::Resume(verb) => verb.run(&api()?, &output).await?,
        Verb::Remind(verb) => verb.run(&api()?, &output).await?,
        Verb::Retry(verb) => verb.run(&api()?, &output).await?,
        Verb::Repair(verb) => verb.run(&api()?, &output).await?,
        Verb::Replay(verb) => verb.run(&api()?, &output).await?,
        Verb::Volumes(verb) => verb.run(&api()?, &output, environment.now()).await?,
        Verb::Machines(verb) => verb.run(&api()?, &output, environment.now()).await?,
        Verb::Janitor(verb) => {
            verb.check()?;
            verb.run(&api()?, &output, environment.now()).await?;
        }
        Verb::Tokens(verb) => verb.run(&api()?, &output, environment.now()).await?,
        Verb::Sim(verb) => verb.run(&common, &output, environment).await?,
        Verb::Worker(verb) => return Ok(verb.run(environment).await),
        Verb::MachineKeeper(verb) => return Ok(verb.run()),
        Verb::Simulate(verb) => verb.run(&output)?,
    }
    Ok(ExitCode::SUCCESS)
}
