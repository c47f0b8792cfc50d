//! How often the rules are right: readings of real commits, judged by hand, kept in `evaluation/` as data.
//!
//! The tables of `docs/rules.md` are counted from it, so that no figure there is typed, and a rule that was right less
//! often than [`PRECISION_MIN`] does not pass.

use super::RULES;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Percent of its findings that a rule must be right about to stay.
const PRECISION_MIN: usize = 90;

/// What the section begins with.
const HEAD: &str = "## How often they are right

Measured over real commits of public repositories, each commit against its parent, as a pull request of one: for each
repository the newest commits of the snapshot named below that are no merges and have a parent, none picked by hand. Each
finding was judged from its place, title, line and commit, by one reader and not twice; where one commit or habit made many of a
kind, the kind was judged by some of them. *True*: the fact is right and whoever reviews the change would want to be told;
*false* otherwise. Where a rule found more than 60 at first, 60 of them were drawn by lot (Python's `random.Random(3).sample`
over the findings by repository, commit and id) and the others not read. The judgements, a line and a reason each, are
`worker-image/worker/evaluation/judgements.tsv`; the tables are counted from them.

Four readings of different commits, one after the other. In a cell, before the arrow stand the rules as they were when they
met these commits, and behind it the same findings by the rules as they are. After each reading the rules that were wrong were
mended, with an example of what they must not find; so the last reading, *fresh*, before its arrow, is the figure to go by, and
what rose behind an arrow was fitted to what was read. Behind the arrows only commits in
which something was found before were read again; one widening since (a deleted test that says `rejects`, `refuses`, `denies` or `forbids`
is found whatever other tests come) added nothing there. A few repositories make up much of it: LemmyNet/lemmy and
firefly-iii/firefly-iii most of `released-migration`, where a rewrite of statements counts as true even if it is meant to come to the
same. Rules that found nothing are not measured; they were seen to find three planted mistakes each, as all were (`rules/recall.rs`).

";

/// What the section ends with.
const REPEAT: &str = "
To repeat a line, with the snapshot as the repository's HEAD:

```sh
cargo run -p worker --example rules_over_commits -- OWNER/NAME path/to/clone/.git 1000 \\
    worker-image/worker/evaluation/judgements.tsv
```

It prints each finding as a line of JSON with the verdict it got, and says how many were not judged yet; `500..1000` reads the
501st to the 1000th newest. Times are of the checks alone, with optimization, on two busy cores.

";

/// One file of the evaluation: its rows by the names in its first line.
fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("evaluation").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap().split('\t').map(str::to_owned).collect();
    let row = |line: &str| {
        let cells: Vec<_> = line.split('\t').map(str::to_owned).collect();
        assert_eq!(cells.len(), names.len(), "{file}: {line}");
        names.iter().cloned().zip(cells).collect()
    };
    lines.map(row).collect()
}

/// Findings of one rule in one reading.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    found: usize,
    right: usize,
    wrong: usize,
}

impl Count {
    fn read(self) -> usize {
        self.right + self.wrong
    }

    fn percent(self) -> Option<usize> {
        (self.right * 100).checked_div(self.read())
    }

    /// `12 of 13, 92 %`.
    fn words(self) -> String {
        let Some(percent) = self.percent() else { return "none".to_owned() };
        let unread = self.found - self.read();
        let rest = if unread > 0 { format!(" ({unread} more not read)") } else { String::new() };
        format!("{} of {}, {percent} %{rest}", self.right, self.read())
    }
}

/// The readings, in the order of the table.
const READINGS: [&str; 4] = ["first", "second", "third", "fresh"];
/// Whose findings are counted; `both` is before and now.
const WHEN: [&str; 2] = ["before", "now"];

/// By rule, reading and [`WHEN`].
type Counts = BTreeMap<(&'static str, usize, usize), Count>;

fn counts() -> Counts {
    let mut counts = Counts::new();
    for row in rows("judgements.tsv") {
        let rule = RULES.iter().find(|rule| rule.name == row["rule"]).map_or("dropped", |rule| rule.name);
        let reading = READINGS.iter().position(|reading| row["reading"] == *reading);
        let reading = reading.unwrap_or_else(|| panic!("no such reading: {row:?}"));
        assert!(["before", "now", "both"].contains(&&*row["found"]), "{row:?}");
        assert!(["true", "false", "unread"].contains(&&*row["verdict"]), "{row:?}");
        assert!(row["verdict"] == "unread" || row["why"].len() > 10, "a verdict needs a reason: {row:?}");
        for (when, _) in WHEN.iter().enumerate().filter(|(_, when)| ["both", **when].contains(&&*row["found"])) {
            let count = counts.entry((rule, reading, when)).or_default();
            count.found += 1;
            // What was read beside the sample, because it is still found, says nothing of the whole before.
            let counted = WHEN[when] == "now" || row["sample"] == "drawn";
            count.right += usize::from(counted && row["verdict"] == "true");
            count.wrong += usize::from(counted && row["verdict"] == "false");
        }
    }
    counts
}

/// The section of `docs/rules.md`.
pub(super) fn section() -> String {
    let counts = counts();
    let mut page = HEAD.to_owned();
    page.push_str("| rule |");
    READINGS.iter().for_each(|reading| page.extend([" ", reading, " |"]));
    page.push_str("\n|---|---|---|---|---|\n");
    for rule in RULES {
        let _ = write!(page, "| `{}` |", rule.name);
        for reading in 0..READINGS.len() {
            let words = |when| counts.get(&(rule.name, reading, when)).copied().unwrap_or_default().words();
            let (before, now) = (words(0), words(1));
            let _ = if before == now { write!(page, " {now} |") } else { write!(page, " {before} → {now} |") };
        }
        page.push('\n');
    }
    page.push_str(
        "\n| reading | repository | snapshot | commits | files | median | slowest | panics |\n|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows("repositories.tsv") {
        let (first, commits) = (row["first"].parse::<usize>().unwrap(), row["commits"].parse::<usize>().unwrap());
        let last = (first + commits + row["not_read"].parse::<usize>().unwrap()).saturating_sub(1);
        let _ = writeln!(
            page,
            "| {} {} | {} | `{}` | {commits} of {first} to {last} | {} | {} ms | {} ms | {} |",
            row["reading"],
            row["date"],
            row["repository"],
            &row["snapshot"][..12],
            row["files"],
            row["median_ms"],
            row["max_ms"],
            row["panics"]
        );
    }
    page.push_str(REPEAT);
    page
}

#[test]
fn each_rule_is_right_often_enough() {
    let counts = counts();
    let poor: Vec<_> = counts
        .iter()
        .filter(|((.., when), count)| WHEN[*when] == "now" && count.percent().is_some_and(|it| it < PRECISION_MIN))
        .map(|((rule, reading, _), count)| format!("{rule}, {}: {}", READINGS[*reading], count.words()))
        .collect();
    assert!(poor.is_empty(), "mend or drop: {poor:#?}");
}
