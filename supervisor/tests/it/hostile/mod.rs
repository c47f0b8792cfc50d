//! Hostile output, end to end: what a `command` agent says about a pull request, and the patches it proposes, on their
//! way to GitHub. What the stand-in holds afterwards is what people would see.

pub mod patches;
mod words;

use serde_json::{Value, json};
use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

/// What the agent does: it waits if there is a pipe to wait at, and carries out what was approved.
const SCRIPT: &str = r#"
read -r assignment
if [ -e FOLDER/wait ]; then
    : >FOLDER/started
    read -r _ <FOLDER/wait
fi
case "$assignment" in
*'"purpose":"decision"'*)
    echo '{"type":"done","outcome":"apply_approved"}' ;;
*)
    cat FOLDER/lines ;;
esac
"#;

/// An agent that says what a file holds, line by line.
pub struct Agent {
    folder: tempfile::TempDir,
}

impl Agent {
    pub fn saying(lines: &[Value]) -> Self {
        let agent = Self { folder: tempfile::tempdir().expect("a folder") };
        let script = SCRIPT.replace("FOLDER", &agent.path().display().to_string());
        std::fs::write(agent.path().join("agent.sh"), script).expect("a script");
        agent.says(lines);
        agent
    }

    /// What goes into the supervisor's configuration.
    pub fn settings(&self) -> String {
        let script = Value::from(self.path().join("agent.sh").display().to_string());
        format!("agent.kind = \"command\"\nagent.command = [\"/bin/sh\", {script}]\nmachines.allow_unisolated = true\n")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What it says in reviews from now on; a missing `done` is added.
    pub fn says(&self, lines: &[Value]) {
        let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        if lines.last().is_none_or(|last| last["type"] != "done") {
            text.push_str(&format!("{}\n", json!({ "type": "done" })));
        }
        std::fs::write(self.path().join("lines"), text).expect("its lines");
    }

    /// From now on it waits before it says anything.
    pub fn waits(&self) -> Waiting {
        let pipe = self.path().join("wait");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
        // Open for both, a pipe waits for nobody.
        let pipe = File::options().read(true).write(true).open(pipe).expect("a pipe");
        Waiting { started: self.path().join("started"), pipe }
    }
}

/// An agent that waits.
pub struct Waiting {
    /// There as soon as it does.
    pub started: PathBuf,
    pipe: File,
}

impl Waiting {
    pub fn goes_on(&mut self) {
        self.pipe.write_all(b"go on\n").expect("it reads");
    }
}
