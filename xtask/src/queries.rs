//! `cargo xtask queries`: the stores' fixed queries are checked when they are compiled, against answers that both databases
//! gave about them (`.sqlx` in each store). This asks for the answers and keeps them, or compares them.
//!
//! sqlx writes an answer per query when a store is compiled with the address of a database in its variable; without one it
//! reads the kept answers, so that nobody else needs a database to build.

use crate::steps::run as run_command;
use crate::{Failure, Outcome, failed, postgres, workspace};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// A store, and the variable that its `sqlx.toml` names. In the order in which the databases are given.
const STORES: [(&str, &str); 2] =
    [("store-sqlite", "LONGSHORE_QUERIES_SQLITE"), ("store-postgres", "LONGSHORE_QUERIES_POSTGRES")];

/// Answers by the name of their file.
type Answers = BTreeMap<String, String>;

/// With `--check` it compares; else it keeps what the databases say.
pub fn run(words: &[String]) -> Outcome {
    match words {
        [] => keep(),
        [word] if word == "--check" => check(),
        _ => Err(Failure::Usage(format!("`queries` takes `--check` or nothing, not `{}`", words.join(" ")))),
    }
}

fn keep() -> Outcome {
    for (store, answers) in asked()? {
        let folder = kept(store);
        // Also what belongs to no query any more.
        let _not_there_yet = std::fs::remove_dir_all(&folder);
        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| answers.iter().try_for_each(|(name, answer)| std::fs::write(folder.join(name), answer)));
        written.map_err(|error| Failure::Failed(format!("`{}`: {error}", folder.display())))?;
        eprintln!("{store}: {} queries checked", answers.len());
    }
    Ok(())
}

/// Fails if the kept answers are not those that the databases give.
pub fn check() -> Outcome {
    let mut found = Vec::new();
    for (store, answers) in asked()? {
        found.extend(differences(&read(&kept(store))?, &answers).iter().map(|line| format!("\n  {store}: {line}")));
        eprintln!("{store}: {} queries checked", answers.len());
    }
    if found.is_empty() {
        return Ok(());
    }
    failed(format!(
        "what is kept about these queries is not what the databases say now: run `cargo xtask queries` and commit what it \
         changes{}",
        found.concat()
    ))
}

/// A line for each query whose kept answer is missing, another one, or of no use.
fn differences(kept: &Answers, given: &Answers) -> Vec<String> {
    let line = |what: &str, answer: &String| format!("{what}: {}", beginning(answer));
    let mut found: Vec<_> = given
        .iter()
        .filter_map(|(name, answer)| match kept.get(name) {
            None => Some(line("missing", answer)),
            Some(other) if other != answer => Some(line("another answer", answer)),
            Some(_) => None,
        })
        .collect();
    let gone = kept.iter().filter(|(name, _)| !given.contains_key(*name));
    found.extend(gone.map(|(_, answer)| line("no such query", answer)));
    found
}

/// How the query begins that an answer is about.
fn beginning(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    answer["query"].as_str().unwrap_or("not an answer of sqlx").chars().take(80).collect()
}

fn kept(store: &str) -> PathBuf {
    workspace::root().join("crates").join(store).join(".sqlx")
}

/// The answers in a folder; none if it is not there.
fn read(folder: &Path) -> Result<Answers, Failure> {
    let mut answers = Answers::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(entry.path());
        let text = text.map_err(|error| Failure::Failed(format!("`{}`: {error}", entry.path().display())))?;
        answers.insert(entry.file_name().to_string_lossy().into_owned(), text);
    }
    Ok(answers)
}

/// Of each store, what its database says about its queries.
fn asked() -> Result<Vec<(&'static str, Answers)>, Failure> {
    postgres::ensure()?;
    let databases = Databases::start()?;
    let mut asked = Vec::new();
    for ((store, variable), address) in STORES.into_iter().zip(&databases.addresses) {
        let folder = Folder::make(store)?;
        // Cargo does not know that the compiler's answer depends on a database; a flag that was never there before makes it
        // compile this one crate anew, in a mode whose results nothing else uses.
        let flag = format!("queries_asked_by_{}", std::process::id());
        let mut compile = workspace::cargo();
        compile.args(["rustc", "--quiet", "--package", store, "--lib", "--profile=check", "--", "--cfg", &flag]);
        compile.env(variable, address).env("SQLX_OFFLINE_DIR", &folder.0).env("SQLX_OFFLINE", "false");
        run_command(&mut compile, &format!("the queries of `{store}` do not fit its database, see above"))?;
        asked.push((store, read(&folder.0)?));
    }
    Ok(asked)
}

/// A database of each kind with the newest schema, while this lives.
struct Databases {
    program: Child,
    addresses: Vec<String>,
}

impl Databases {
    fn start() -> Result<Self, Failure> {
        let why = "the databases to ask could not be made, see above";
        let mut program = workspace::cargo();
        program.args(["run", "--quiet", "--package", "testkit", "--example", "databases"]);
        let program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut program = program.map_err(|error| Failure::Failed(format!("{why}: {error}")))?;
        let lines = program.stdout.take().map(|out| BufReader::new(out).lines().take(STORES.len()));
        let addresses: Vec<String> = lines.into_iter().flatten().map_while(Result::ok).collect();
        let databases = Self { program, addresses };
        if databases.addresses.len() < STORES.len() { failed(why) } else { Ok(databases) }
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        // It removes them when its input ends.
        drop(self.program.stdin.take());
        let _ended = self.program.wait();
    }
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn make(store: &str) -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("longshore-queries-{store}-{}", std::process::id()));
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|error| Failure::Failed(format!("`{}`: {error}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(of: &[(&str, &str)]) -> Answers {
        of.iter().map(|(name, query)| ((*name).to_owned(), format!("{{\"query\": \"{query}\"}}"))).collect()
    }

    #[test]
    fn each_kind_of_difference_names_its_query() {
        let kept = answers(&[("a", "SELECT 1"), ("b", "SELECT 2"), ("c", "SELECT 3")]);
        let mut given = answers(&[("a", "SELECT 1"), ("b", "SELECT 2"), ("d", "SELECT 4")]);
        given.get_mut("b").unwrap().push('\n');
        assert_eq!(
            differences(&kept, &given),
            ["another answer: SELECT 2", "missing: SELECT 4", "no such query: SELECT 3"]
        );
        assert!(differences(&given, &given).is_empty());
    }

    #[test]
    fn a_store_is_asked_about_under_the_variable_that_it_names() {
        for (store, variable) in STORES {
            let named = std::fs::read_to_string(kept(store).with_file_name("sqlx.toml")).unwrap();
            assert!(named.contains(&format!("database-url-var = \"{variable}\"")), "{store}: {named}");
        }
    }

    #[test]
    fn another_word_is_not_understood() {
        let words = ["--chekc".to_owned()];
        let said = "`queries` takes `--check` or nothing, not `--chekc`".to_owned();
        assert_eq!(run(&words), Err(Failure::Usage(said)));
    }
}
