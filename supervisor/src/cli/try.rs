//! `longshore try`.

use super::{Common, Failure, Output, api, demo::state_folder};
use crate::{
    config::Config,
    demo::Agent,
    serve::web_url,
    tryout::{self, Answer, Options},
};
use clap::Args;
use environment::Environment;

/// Review a branch of a repository of yours, or a public pull request.
#[derive(Debug, Args)]
pub(super) struct Try {
    /// A repository, or `https://github.com/owner/repository/pull/7`
    #[arg(value_name = "PATH | URL")]
    target: String,
    /// What to compare with; by default `origin/HEAD`, else `main` or `master`
    #[arg(long, value_name = "R")]
    base: Option<String>,
    /// What to review; by default what is checked out
    #[arg(long, value_name = "R", conflicts_with = "worktree")]
    head: Option<String>,
    /// Review what is not committed
    #[arg(long)]
    worktree: bool,
    /// `rules`, or a command that speaks the protocol of docs/command-agent.md
    #[arg(long, default_value = "rules", value_name = "A")]
    agent: String,
    /// Write the patch of this request as a new branch
    #[arg(long, value_name = "ID", conflicts_with_all = ["reject", "base", "head", "worktree"])]
    approve: Option<String>,
    /// Keep things as they are
    #[arg(long, value_name = "ID", conflicts_with_all = ["base", "head", "worktree"])]
    reject: Option<String>,
    /// With `--approve`: write without asking
    #[arg(long, short, requires = "approve")]
    yes: bool,
    /// Address of a GitHub Enterprise Server whose pull requests may be read
    #[arg(long, value_name = "URL")]
    github_url: Option<String>,
}

impl Try {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let stories = match &common.data {
            Some(data) => data.clone(),
            None => state_folder()?.join("try"),
        };
        let approve = self.approve.map(|id| (id, Answer::Approve));
        let options = Options {
            github_urls: github_urls(&self.target, self.github_url, common)?,
            target: self.target,
            base: self.base,
            head: self.head,
            worktree: self.worktree,
            agent: Agent::named(&here(&self.agent)?),
            answer: approve.or_else(|| self.reject.map(|id| (id, Answer::Reject))),
            yes: self.yes,
            json: common.json,
            stories,
        };
        tryout::run(environment, options, output).await
    }
}

/// GitHubs beside github.com: the one that was named, and the configured one. A path needs no configuration.
fn github_urls(target: &str, named: Option<String>, common: &Common) -> Result<Vec<String>, Failure> {
    let mut urls: Vec<String> = named.into_iter().collect();
    if target.contains("://") {
        let common = Common { data: None, ..common.clone() };
        urls.push(web_url(&Config::load(None, &api::variables(&common)?)?.github.api_url));
    }
    Ok(urls)
}

/// A program by its path is found from everywhere: it is started in another folder.
fn here(agent: &str) -> Result<String, Failure> {
    let program = agent.split_whitespace().next().unwrap_or_default();
    if !program.contains('/') {
        return Ok(agent.to_owned());
    }
    let path = std::path::absolute(program).map_err(|error| Failure::new(error.to_string()))?;
    Ok(agent.replacen(program, &path.display().to_string(), 1))
}
