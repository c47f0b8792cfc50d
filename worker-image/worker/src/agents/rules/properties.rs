//! What holds whatever a pull request contains.

use super::examples::Example;
use super::secrets::planted;
use super::{ChangedFile, Input, RULES, Status, review};
use proptest::prelude::*;
use protocol::{DETAIL_BYTES_MAX, FINDINGS_MAX, RulesOptions, TITLE_BYTES_MAX};
use std::sync::Arc;

const PATHS: &[&str] = &[
    "src/a.rs",
    "a.js",
    "a.tsx",
    "a.py",
    "a.php",
    "a.go",
    "a.rb",
    "a.sh",
    "a.kt",
    "a.json",
    "tsconfig.json",
    "a.jsonl",
    "a.yml",
    "Cargo.toml",
    "package.json",
    "go.mod",
    "Gemfile",
    "pyproject.toml",
    ".github/workflows/a.yml",
    "migrations/0001_a.sql",
    "tests/a.rs",
    "a.test.ts",
    "a_test.go",
    "README.md",
    "a.bin",
    "",
    "/",
    "../é",
];

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\"",
    "'",
    "\"",
    "`",
    "${",
    "/*",
    "*/",
    "//",
    "#",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "a: ",
    "- ",
    "a = ",
    "dbg!(",
    ")",
    ";",
    "debugger",
    "breakpoint()",
    "#[test]\nfn a() ",
    "#[cfg(test)]",
    "it('a'",
    "<<<<<<< a",
    "=======",
    ">>>>>>> b",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\u{430}",
    "é",
    "👨\u{200d}",
    "uses: a/b@v1",
    "run: |",
    "${{ github.head_ref }}",
    "pull_request_target",
    "ghp_",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "[a]",
    "require (",
    "gem 'a'",
    "r#\"",
    "'\\",
    "&a *a",
    "{{",
    "{%",
    "0.1e",
    "\\u00",
    "console.log(",
    "t.Skip()",
    "AKIA",
];

/// Real files of the kinds the rules read most.
const REAL: &[(&str, &str)] = &[
    ("src/a.rs", include_str!("lexis.rs")),
    ("src/b.rs", include_str!("hidden_text.rs")),
    ("tests/c.rs", include_str!("../../../tests/it/review.rs")),
    ("Cargo.toml", include_str!("../../../Cargo.toml")),
    ("README.md", include_str!("../../../../../README.md")),
    ("deny.toml", include_str!("../../../../../deny.toml")),
    ("deploy/longshore.toml", include_str!("../../../../../deploy/longshore.toml")),
    (
        ".github/workflows/ci.yml",
        "name: CI\non:\n  pull_request_target:\n    branches: [main]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      \
         - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n      \
         - uses: a/b@v1 # v1\n      - run: |\n          echo \"${{ github.head_ref }}\"\n          make test\n",
    ),
    (
        "app/view.py",
        "\"\"\"Views.\"\"\"\nimport pdb\n\n\ndef view(request):\n    pdb.set_trace()\n    if request.ok:\n        return 'ünïcode'\n    \
         # a comment: breakpoint()\n    return f\"{request!r}\"\n",
    ),
    (
        "src/page.test.tsx",
        "import { it } from 'vitest';\n\ndescribe('page', () => {\n  it('renders', () => {\n    console.log(`a ${{ b: '}' }.b}`);\n    \
         expect(/[/'\"]+/.test(a)).toBe(true);\n  });\n  it.skip('waits', f);\n});\n",
    ),
    ("manifest.json", include_str!("../../../../../deploy/github-app-manifest.json")),
];

fn content() -> impl Strategy<Value = Vec<u8>> {
    let pieces = proptest::collection::vec(proptest::sample::select(PIECES), 0..40)
        .prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![4 => pieces, 1 => proptest::collection::vec(any::<u8>(), 0..200)]
}

fn changed_file() -> impl Strategy<Value = ChangedFile> {
    let status = proptest::sample::select(
        &[Status::Added, Status::Modified, Status::Deleted, Status::Renamed, Status::TypeChanged][..],
    );
    let mode = proptest::sample::select(&[0o100_644, 0o100_755, 0o120_000, 0o160_000, 0, u32::MAX][..]);
    let path = proptest::sample::select(PATHS);
    let ranges = || proptest::collection::vec((0_u32..40, 0_u32..40).prop_map(|(start, end)| start..=end), 0..4);
    let bytes = || proptest::option::of(content());
    (path, status, mode, bytes(), bytes(), ranges(), ranges(), proptest::option::weighted(0.1, any::<u64>())).prop_map(
        |(path, status, mode, new, old, added_lines, removed_lines, too_large)| ChangedFile {
            path: path.to_owned(),
            old_path: None,
            status,
            mode,
            old_mode: Some(mode),
            new: new.map(Arc::from),
            old: old.map(Arc::from),
            added_lines,
            removed_lines,
            too_large,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_change_is_read_within_the_bounds_of_the_wire(files in proptest::collection::vec(changed_file(), 0..4)) {
        let head_paths = files.iter().map(|file| file.path.clone()).chain(["Cargo.lock".into(), "A.JS".into()]).collect();
        let report = review(&Input { files: files.clone(), head_paths, ..Input::default() }, &RulesOptions::default());
        prop_assert!(report.findings.len() <= FINDINGS_MAX);
        prop_assert!(report.files_read as usize <= files.len());
        for finding in &report.findings {
            prop_assert!(finding.title.len() <= TITLE_BYTES_MAX && finding.detail.len() <= DETAIL_BYTES_MAX);
            prop_assert!(!finding.title.contains('\n'), "{}", finding.title);
            prop_assert!(!finding.in_patch || report.fixes.iter().any(|fix| fix.path == finding.path));
        }
        for fix in &report.fixes {
            prop_assert!(files.iter().any(|file| file.path == fix.path && file.new.as_deref() != Some(&fix.new_content[..])));
        }
    }

    #[test]
    fn a_real_file_cut_and_spliced_anywhere_breaks_no_rule(
        (path, whole) in proptest::sample::select(REAL),
        // The text is written under another name too: a rule meets what it was not made for.
        other in proptest::option::of(proptest::sample::select(PATHS)),
        splices in proptest::collection::vec((any::<proptest::sample::Index>(), 0_usize..200, proptest::sample::select(PIECES)), 1..8),
    ) {
        let mut bytes = whole.as_bytes().to_vec();
        for (at, length, piece) in splices {
            // Not at the borders of characters: what comes may be no text.
            let start = at.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, piece.bytes());
        }
        let path = other.unwrap_or(path);
        let mut change = Example::of("").edit(path, "a\n", "b\n").add("src/z.rs", "fn z() {}\n");
        let (old, new) = (Arc::from(whole.as_bytes()), Arc::from(bytes));
        let lines = vec![1..=u32::MAX];
        let file = &mut change.input.files[0];
        (file.old, file.new, file.added_lines, file.removed_lines) = (Some(old), Some(new), lines.clone(), lines);
        let report = review(&change.input, &RulesOptions::default());
        for fix in &report.fixes {
            prop_assert!(fix.path == path);
        }
    }

    #[test]
    fn no_secret_is_ever_said(
        path in proptest::sample::select(PATHS),
        secret in proptest::sample::select(planted::all()),
        before in content(),
        after in content(),
        key in any::<bool>(),
    ) {
        // A doubled key and a test's name are what titles quote.
        let quoted = if key { format!("{{\"{secret}\": 1,\n\"{secret}\": 2,}}\n") } else { format!("it('{secret}', f)\n{secret} \n") };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let change = Example::of("").edit(path, &format!("it('{secret}', f)\n"), &format!("{}{quoted}{}", text(&before), text(&after))).add("src/b.rs", "fn b() {}\n");
        let report = review(&change.input, &RulesOptions::default());
        let tail = secret.trim_end().rsplit('\n').find(|line| !line.starts_with("-----")).unwrap();
        let tail = &tail[tail.len() - 10..];
        let mut said = report.not_checked.join("\n") + &report.notes.join("\n");
        for finding in &report.findings {
            said += &serde_json::to_string(finding).unwrap();
        }
        prop_assert!(!said.contains(tail), "{said}");
    }
}

#[test]
fn a_moved_line_keeps_its_id_and_a_doubled_one_has_its_own() {
    let ids = |text: &str| {
        let change = Example::of("").add("src/a.rs", text);
        let report = review(&change.input, &RulesOptions::default());
        report.findings.into_iter().map(|finding| finding.id).collect::<Vec<_>>()
    };
    let one = ids("fn a() {\n    dbg!(b);\n}\n");
    assert_eq!(one.len(), 1);
    assert_eq!(ids("// moved\nfn a() {\n\tdbg!(b);\n}\n"), one);
    let two = ids("fn a() {\n    dbg!(b);\n    dbg!(b);\n}\n");
    assert_eq!(two[0], one[0]);
    assert_ne!(two[1], one[0]);
}

#[test]
fn a_rule_that_is_off_says_nothing_and_an_unknown_name_is_told() {
    let change = Example::of("").add("src/a.rs", "fn a() {\n    dbg!(b);  \n}\n");
    let off = |names: &[&str]| RulesOptions { off: names.iter().map(ToString::to_string).collect() };
    assert_eq!(review(&change.input, &off(&[])).findings.len(), 1);
    let report = review(&change.input, &off(&["debug-calls", "whitespace"]));
    assert!(report.findings.is_empty() && report.fixes.is_empty() && report.notes.is_empty());
    assert_eq!(
        review(&change.input, &off(&["debug-cals", "whitespace"])).notes,
        ["`agent.rules_off` names no rule: debug-cals"]
    );
}

#[test]
fn fixes_of_several_rules_in_one_file_merge() {
    let change =
        Example::of("").add("src/a.rs", "fn a() {\n    dbg!(&b);\n    let c\u{200b} = 1;\n    dbg!(&d\u{200b});\n}\n");
    let report = review(&change.input, &RulesOptions::default());
    assert_eq!(report.fixes.len(), 1);
    assert_eq!(report.fixes[0].path, "src/a.rs");
    let fixed = String::from_utf8(report.fixes[0].new_content.clone()).unwrap();
    assert!(fixed.starts_with("fn a() {\n    let c = 1;\n"), "{fixed}");
    assert!(!fixed.contains('\u{200b}'), "{fixed}");
    let suggestion = report.findings.iter().find(|finding| finding.line == Some(3)).unwrap().suggestion.as_deref();
    assert_eq!(suggestion, Some("    let c = 1;"));
}

#[test]
fn a_file_with_a_secret_gets_no_patch() {
    let change =
        Example::of("").add("src/a.rs", &format!("fn a() {{\n    dbg!(&b);\n    c(\"{}\");\n}}\n", planted::github()));
    let report = review(&change.input, &RulesOptions::default());
    assert!(report.fixes.is_empty() && report.findings.iter().all(|finding| !finding.in_patch));
    assert_eq!(report.findings.len(), 2);
}

#[test]
fn what_is_not_read_is_named() {
    let mut change = Example::of("").add("vendor/a.js", "debugger;\n").add("a.bin", "\0").add("b.rs", "fn a() {}\n");
    let utf16 =
        ChangedFile { path: "c.rs".into(), new: Some(Arc::from(&b"\xff\xfea"[..])), ..change.input.files[2].clone() };
    let module = ChangedFile { path: "m".into(), mode: 0o160_000, new: None, ..change.input.files[2].clone() };
    let large =
        ChangedFile { path: "l.csv".into(), too_large: Some(3 << 20), new: None, ..change.input.files[2].clone() };
    change.input.files.extend([utf16, module, large]);
    let report = review(&change.input, &RulesOptions::default());
    assert_eq!(report.not_checked, ["file in another encoding than UTF-8 c.rs", "vendored file vendor/a.js"]);
    assert_eq!(report.files_read, 2);
}

#[test]
fn names_of_rules_are_unique() {
    let names: std::collections::HashSet<_> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
}

/// Long enough that work per pair of anything would not end, short enough for one pass.
const HOSTILE_BYTES: usize = 512 * 1024;
/// One pass takes under a second; this is for slow machines.
const HOSTILE_SECONDS_MAX: u64 = 120;

#[test]
fn a_hostile_file_costs_one_pass() {
    let aws = planted::aws();
    let patterns: &[(&str, &str)] = &[
        ("a.py", "ghp_"),
        ("a.py", "-----BEGIN PRIVATE KEY-----"),
        ("a.ini", &format!("{} {} ", aws.0, aws.1)),
        ("a.rs", "a\u{200b}"),
        ("a.rs", "\u{200b}"),
        ("a.rs", "a\u{200b}b\n"),
        ("README.md", "\u{e0041}"),
        ("a.rs", "dbg!(a);\n"),
        ("a.rs", "#[test]\nfn a() {}\n"),
        ("a.rs", "/*"),
        ("a.js", "`${"),
        ("a.test.js", "it('a', f)\n"),
        ("a.json", "["),
        ("a.json", "\"a\":1,"),
        ("a.json", ",]"),
        ("a.yml", "- "),
        ("a.yml", "["),
        ("a.yml", "a: &a [*a]\n"),
        ("a.toml", "[a]\n"),
        ("a.toml", "a=["),
        ("a.txt", "<<<<<<< a\n=======\n"),
        (".github/workflows/a.yml", "- uses: a/b@c\n"),
        (".github/workflows/a.yml", "   uses: a/b@c\n"),
        (
            ".github/workflows/a.yml",
            "   # pull_request_target\n   on: workflow_run\n   - uses: actions/checkout@v1\n     ref: refs/pull/\n     permissions: {}\n",
        ),
        ("package.json", "{\"dependencies\": {\"a\": \"1\"}}\n"),
        ("db/migrate/001_a.rb", "def down\n"),
        ("a_test.go", "<<<<<<< a\n=======\n>>>>>>> b\n"),
        (".github/workflows/a.yml", "run: ${{ github.head_ref\n"),
        ("Gemfile", "gem 'a'\n"),
    ];
    for (path, pattern) in patterns {
        let text = pattern.repeat(HOSTILE_BYTES / pattern.len());
        let mut change = Example::of("").add(path, "").add("src/b.rs", "fn b() {}\n");
        let bytes: Arc<[u8]> = Arc::from(text.as_bytes());
        change.input.files[0] = ChangedFile {
            status: Status::Modified,
            new: Some(Arc::clone(&bytes)),
            old: Some(Arc::from(text.to_uppercase().as_bytes())),
            added_lines: vec![1..=u32::MAX],
            removed_lines: vec![1..=u32::MAX],
            ..change.input.files[0].clone()
        };
        let (done, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(review(&change.input, &RulesOptions::default()).findings.len()));
        let finished = wait.recv_timeout(std::time::Duration::from_secs(HOSTILE_SECONDS_MAX));
        assert!(finished.is_ok_and(|findings| findings <= FINDINGS_MAX), "{path}: {pattern}");
    }
}
