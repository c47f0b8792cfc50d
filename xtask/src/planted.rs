//! `cargo xtask planted`: bugs of one line, planted in a copy of the tree, each of which the simulation must find.
//!
//! Each is a patch in `crates/simulation/planted`; its first line names the property and says what is broken. What is built
//! goes into a folder of its own (`target/planted`), which stays, so that dependencies are built once and nothing broken is
//! ever left where a person builds.

use crate::{Failure, Outcome, failed, steps, workspace};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the patches are.
const FOLDER: &str = "crates/simulation/planted";
/// Seeds within which each must be found.
const SEEDS: &str = "1..10000";
/// The one that is tried when none is named.
const SAMPLE: &str = "04-";

/// A planted bug.
#[derive(Debug, PartialEq, Eq)]
struct Planted {
    name: String,
    property: String,
    what: String,
}

impl Planted {
    fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| Failure::Failed(format!("`{}`: {error}", path.display())))?;
        Self::from_text(name, &text)
    }

    fn from_text(name: String, text: &str) -> Result<Self, Failure> {
        let first = text.lines().next().unwrap_or_default();
        match first.split_once(": ") {
            Some((property, what)) if property.starts_with('P') => {
                Ok(Self { name, property: property.to_owned(), what: what.to_owned() })
            }
            _ => failed(format!("`{name}` must begin with a line like `P4: what is broken`")),
        }
    }
}

/// Tries one, some (by the beginning of the name) or, with `--all`, all of them.
pub fn run(words: &[String]) -> Outcome {
    let chosen = choose(all()?, words)?;
    let copy = Copy::make()?;
    let mut unfound = Vec::new();
    for planted in &chosen {
        let patch = workspace::root().join(FOLDER).join(format!("{}.patch", planted.name));
        copy.apply(&patch, false)?;
        let found = copy.find(planted)?;
        copy.apply(&patch, true)?;
        let seed = found.map_or_else(|| "not found".to_owned(), |seed| format!("seed {seed}"));
        println!("{:<44} {:<4} {seed:<11} {}", planted.name, planted.property, planted.what);
        if found.is_none() {
            unfound.push(format!("`{}` ({})", planted.name, planted.property));
        }
    }
    if unfound.is_empty() { Ok(()) } else { failed(format!("seeds {SEEDS} did not find {}", unfound.join(", "))) }
}

fn all() -> Result<Vec<Planted>, Failure> {
    let folder = workspace::root().join(FOLDER);
    let entries = std::fs::read_dir(&folder).map_err(|error| Failure::Failed(format!("`{FOLDER}`: {error}")))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().map(|path| Planted::read(path)).collect()
}

fn choose(all: Vec<Planted>, words: &[String]) -> Result<Vec<Planted>, Failure> {
    if words == ["--all"] {
        return Ok(all);
    }
    let sample = [SAMPLE.to_owned()];
    let words = if words.is_empty() { &sample[..] } else { words };
    let chosen: Vec<Planted> =
        all.into_iter().filter(|planted| words.iter().any(|word| planted.name.starts_with(word.as_str()))).collect();
    if chosen.is_empty() {
        return Err(Failure::Usage(format!(
            "no planted bug begins with `{}`; they are in {FOLDER}",
            words.join("`, `")
        )));
    }
    Ok(chosen)
}

/// Where the copy is, and what is built of it.
fn folder() -> PathBuf {
    workspace::target().join("planted")
}

/// A copy of what git knows of the tree; removed at the end.
struct Copy(PathBuf);

impl Copy {
    fn make() -> Result<Self, Failure> {
        // Always the same one: what an earlier time built there is built over, and does not pile up.
        let copy = Self(folder().join("tree"));
        let _left_by_one_that_was_killed = std::fs::remove_dir_all(&copy.0);
        let root = workspace::root();
        let words = ["ls-files", "--cached", "--others", "--exclude-standard"];
        let files = steps::read(Command::new("git").current_dir(root).args(words))?;
        for file in files.lines() {
            let (from, to) = (root.join(file), copy.0.join(file));
            if !from.is_file() {
                continue;
            }
            let made = std::fs::create_dir_all(to.parent().unwrap_or(&copy.0)).and_then(|()| std::fs::copy(&from, &to));
            made.map_err(|error| Failure::Failed(format!("`{file}` cannot be copied: {error}")))?;
        }
        Ok(copy)
    }

    fn apply(&self, patch: &Path, reverse: bool) -> Outcome {
        let mut command = Command::new("git");
        // Outside of any repository, whatever lies above the folder.
        command.current_dir(&self.0).env("GIT_CEILING_DIRECTORIES", folder()).arg("apply");
        if reverse {
            command.arg("--reverse");
        }
        steps::run(command.arg(patch), "a planted bug does not fit the code any more; make its patch anew")
    }

    /// Builds and runs seeds until the named property is violated; the seed, if there is one.
    fn find(&self, planted: &Planted) -> Result<Option<u64>, Failure> {
        let target = folder().join("target");
        let mut build = workspace::cargo();
        build
            .current_dir(&self.0)
            .args(["build", "--quiet", "--package", "supervisor"])
            .env("CARGO_TARGET_DIR", &target);
        steps::run(&mut build, &format!("`{}` does not build", planted.name))?;
        let mut simulate = Command::new(target.join("debug/longshore"));
        simulate.args(["simulate", "--seeds", SEEDS, "--until", &planted.property]).stdout(Stdio::null());
        let output = simulate.output().map_err(|error| Failure::Failed(format!("`longshore simulate`: {error}")))?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let found = seed(&words, &planted.property);
        if found.is_none() {
            eprintln!("{words}");
        }
        Ok(found)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.0);
    }
}

/// The seed in `error: seed 17 violates P4`.
fn seed(words: &str, property: &str) -> Option<u64> {
    let line = words.lines().find(|line| line.ends_with(&format!(" violates {property}")))?;
    line.strip_prefix("error: seed ")?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(name: &str) -> Planted {
        Planted { name: name.into(), property: "P4".into(), what: "x".into() }
    }

    #[test]
    fn the_first_line_says_what_is_broken_and_what_finds_it() {
        let read = Planted::from_text("01-a".into(), "P4: A check stays open.\n\n--- a/x\n").unwrap();
        assert_eq!((read.property.as_str(), read.what.as_str()), ("P4", "A check stays open."));
        assert!(Planted::from_text("01-a".into(), "--- a/x\n").is_err());
    }

    #[test]
    fn one_is_tried_unless_others_are_named() {
        let names = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let all = vec![planted("01-a"), planted("04-b"), planted("11-c")];
            choose(all, &words).map(|chosen| chosen.into_iter().map(|it| it.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap(), ["04-b"]);
        assert_eq!(names(&["--all"]).unwrap(), ["01-a", "04-b", "11-c"]);
        assert_eq!(names(&["01", "11-c"]).unwrap(), ["01-a", "11-c"]);
        assert!(names(&["99"]).is_err());
    }

    #[test]
    fn the_seed_is_read_from_what_the_simulation_says() {
        let words = "error: seed 17 violates P4\n\nhint: run it again";
        assert_eq!((seed(words, "P4"), seed(words, "P5")), (Some(17), None));
    }

    #[test]
    fn every_property_has_a_planted_bug_that_it_finds() {
        let all = all().unwrap();
        assert!(all.len() >= 12, "{all:?}");
        for property in ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10"] {
            assert!(all.iter().any(|planted| planted.property == property), "{property} finds nothing");
        }
    }
}
