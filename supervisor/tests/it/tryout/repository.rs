//! A repository of somebody's, and `longshore try` on it.

use crate::stage::longshore;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

/// A folder with a repository `shop` and a place for stories.
pub struct Mine {
    folder: tempfile::TempDir,
}

/// What a try said.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// The id of the request that waits.
    pub fn request(&self) -> String {
        self.json()["request"]["id"].as_str().unwrap_or_else(|| panic!("no request: {}", self.out)).to_owned()
    }

    /// Rules and places of the findings.
    pub fn found(&self) -> Vec<String> {
        let findings = self.json()["findings"].as_array().expect("findings").clone();
        findings.iter().map(|it| format!("{} {}", it["rule"].as_str().unwrap(), it["path"].as_str().unwrap())).collect()
    }
}

/// Seconds since some day, one more for each call: the newest branch is the one that was made last.
static CLOCK: AtomicU64 = AtomicU64::new(1_700_000_000);

/// Git with nothing of this machine's configuration.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=Dana", "-c", "user.email=dana@example.org"]).args(arguments);
    command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
    let date = format!("{} +0000", CLOCK.fetch_add(1, Ordering::Relaxed));
    command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

impl Mine {
    /// With a first commit on `main`.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let mine = Self { folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(mine.shop()).expect("a folder");
        git(&mine.shop(), &["init", "-q", "--initial-branch=main"]);
        mine.commit("Everything so far", files);
        mine
    }

    /// With a branch `work`, checked out, on which a file stops being JSON: a patch mends it.
    pub fn with_a_defect() -> Self {
        let mine = Self::new(&[("limits.json", "{\n  \"a\": 1\n}\n"), ("README.md", "# Shop\n")]);
        git(&mine.shop(), &["switch", "-q", "-c", "work"]);
        mine.commit("Raise a limit", &[("limits.json", "{\n  \"a\": 2,\n}\n")]);
        mine
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn shop(&self) -> PathBuf {
        self.path().join("shop")
    }

    pub fn stories(&self) -> PathBuf {
        self.path().join("stories")
    }

    /// Names of the stories that are kept.
    pub fn kept(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.stories()).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    pub fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.shop().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
    }

    pub fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        self.write(files);
        git(&self.shop(), &["add", "--all"]);
        git(&self.shop(), &["commit", "-q", "-m", message]);
        git(&self.shop(), &["rev-parse", "HEAD"])
    }

    /// `longshore try`, in the folder that holds `shop`.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = longshore();
        command.arg("try").args(words).arg("--data").arg(self.stories()).current_dir(self.path());
        command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]).env("HOME", self.path());
        command.env_remove("XDG_CONFIG_HOME").stdin(Stdio::null());
        command
    }

    pub fn tries(&self, words: &[&str]) -> Said {
        Said::of(&self.command(words).output().expect("the program runs"))
    }

    /// Every file of the git directory and what is in it.
    pub fn everything_of_git(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut files, mut folders) = (BTreeMap::new(), vec![self.shop().join(".git")]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).expect("a file");
                    files.insert(path, bytes);
                }
            }
        }
        files
    }
}

impl Said {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}
