//! A branch with a defect for every rule: each is found, and nothing else; the repository is only read.

use super::repository::{Mine, git};
use std::{os::unix::fs::symlink, path::Path};

const SERVER: &str = "pub fn accept(name: &str) -> bool {\n    !name.is_empty()\n}\n";
const TESTS: &str = "#[test]\nfn takes_a_name() {\n    assert!(shop::accept(\"a\"));\n}\n\n\
                     #[test]\nfn refuses_none() {\n    assert!(!shop::accept(\"\"));\n}\n";
const MANIFEST: &str = "[package]\nname = \"shop\"\n\n[dependencies]\nserde = \"1\"\n";
const WORKFLOW: &str = "on: pull_request_target\njobs:\n  check:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          \
                        ref: ${{ github.event.pull_request.head.sha }}\n";

/// Put together here, so that this file holds none.
fn aws_key() -> String {
    format!("id = {}{}\nkey = {}{}\n", "AKIA", "Q3EHTZ7KXWNB5MDR", "wJ8rXk3mQp/7VbN2cLs9", "TfYg5HdEz1aKuRoW4xCi")
}

fn planted() -> Mine {
    let mine = Mine::new(&[
        ("Cargo.toml", MANIFEST),
        ("Cargo.lock", "version = 4\n"),
        ("src/lib.rs", SERVER),
        ("tests/names.rs", TESTS),
        ("migrations/0001_orders.sql", "CREATE TABLE orders (id INT);\n"),
        ("limits.json", "{\n  \"a\": 1\n}\n"),
        ("deploy.yaml", "a: 1\n"),
    ]);
    git(&mine.shop(), &["switch", "-q", "-c", "planted"]);
    std::fs::write(mine.shop().join("film.bin"), [0; 1024 * 1024 + 1]).expect("a file");
    symlink(Path::new("/etc/passwd"), mine.shop().join("users")).expect("a link");
    let server =
        format!("{SERVER}\npub fn admin(role: &str) -> bool {{\n    dbg!(role);\n    role == \"a\u{202e}dmin\"\n}}\n");
    mine.commit(
        "Plant one of each",
        &[
            ("Cargo.toml", &format!("{MANIFEST}rand = \"0.9\"\n")),
            ("src/lib.rs", &server),
            ("tests/names.rs", &TESTS[..TESTS.find("\n\n").expect("two tests") + 1]),
            ("migrations/0001_orders.sql", "CREATE TABLE orders (id BIGINT);\n"),
            ("limits.json", "{\n  \"a\": 2,\n}\n"),
            ("deploy.yaml", "a: 1\na: 2\n"),
            ("rustfmt.toml", "max_width = = 3\n"),
            ("src/merge.rs", "<<<<<<< HEAD\nfn a() {}\n=======\nfn b() {}\n>>>>>>> other\n"),
            (".github/workflows/check.yml", WORKFLOW),
            ("deploy.ini", &aws_key()),
        ],
    );
    mine
}

#[test]
fn every_planted_defect_is_found_and_nothing_else() {
    let mine = planted();
    let before = mine.everything_of_git();
    let said = mine.tries(&["shop", "--json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mut found = said.found();
    found.sort();
    let expected = [
        "conflict-markers src/merge.rs",
        "debug-calls src/lib.rs",
        "hidden-text src/lib.rs",
        "json-parses limits.json",
        "large-binary film.bin",
        "links-and-paths users",
        "lock-file Cargo.toml",
        "released-migration migrations/0001_orders.sql",
        "secrets deploy.ini",
        "tests-removed tests/names.rs",
        "toml-parses rustfmt.toml",
        "workflow-risk .github/workflows/check.yml",
        "yaml-parses deploy.yaml",
    ];
    assert_eq!(found, expected);
    let told = said.json();
    assert_eq!((&told["status"], &told["coverage"]["files_total"]), (&"needs_decision".into(), &12.into()));
    assert_eq!(
        (&told["agent"]["what"], &told["subject"]["base"]["name"]),
        (&"fixed checks, no model".into(), &"main".into())
    );
    assert!(!said.out.contains("wJ8rXk3mQp"), "a secret is masked");
    assert_eq!(mine.everything_of_git(), before, "the repository was only read");
}

#[test]
fn the_same_commits_are_not_read_again_while_their_request_waits() {
    let mine = Mine::with_a_defect();
    let first = mine.tries(&["shop", "--json"]);
    let second = mine.tries(&["shop/.", "--json"]);
    assert_eq!(first.request(), second.request());
    assert_eq!(first.json()["duration_ms"], second.json()["duration_ms"], "it is the same run");
    assert_eq!(mine.kept().len(), 1);
}

#[test]
fn a_review_without_a_request_leaves_nothing() {
    let mine = Mine::new(&[("README.md", "# Shop\n")]);
    git(&mine.shop(), &["switch", "-q", "-c", "work"]);
    mine.commit("Say more", &[("README.md", "# Shop\n\nOpen.\n")]);
    let said = mine.tries(&["shop"]);
    let expected = "work at @ against main: 1 commit, 1 file\n\nNothing found.\n\n\
                    read         1 of 1 file by rules 0.1: fixed checks, no model; @ s\n";
    let head = git(&mine.shop(), &["rev-parse", "--short=7", "HEAD"]);
    let out = said.out.replacen(&head, "@", 1);
    let (before, after) = out.split_once("no model; ").expect("who read it");
    let out = format!("{before}no model; @{}", after.get(3..).expect("a time"));
    assert!(out.starts_with(expected), "{out}{}", said.err);
    assert!(mine.kept().is_empty(), "{:?}", mine.kept());
}

#[test]
fn the_objects_of_a_repository_are_not_copied() {
    let mine = Mine::new(&[("README.md", "# Shop\n")]);
    // Noise, which nothing compresses, in history: what a large repository is large by.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(4 * 1024 * 1024)
    .flatten()
    .collect();
    std::fs::write(mine.shop().join("film.bin"), &noise).expect("a file");
    mine.commit("A film", &[]);
    std::fs::remove_file(mine.shop().join("film.bin")).expect("it is there");
    mine.commit("No film", &[]);
    git(&mine.shop(), &["switch", "-q", "-c", "work"]);
    mine.commit("Raise a limit", &[("limits.json", "{\n  \"a\": 2,\n}\n")]);
    let said = mine.tries(&["shop", "--json"]);
    assert_eq!(said.found(), ["json-parses limits.json"], "{}", said.err);
    assert_eq!(mine.kept().len(), 1, "the request waits, with its volume");
    let bytes = bytes_in(&mine.stories());
    assert!(bytes < 8 * 1024 * 1024, "{bytes} bytes for a repository of {}", noise.len());
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| match path.symlink_metadata().expect("it is there") {
            there if there.is_dir() => bytes_in(&path),
            there => there.len(),
        })
        .sum()
}
