use super::*;

const LIMITS: &str = "diff --git a/config/limits.json b/config/limits.json\nindex 1111111..2222222 100644\n--- a/config/limits.json\n+++ b/config/limits.json\n@@ -1,3 +1,3 @@\n {\n-  \"max\": 250,\n+  \"max\": 250\n }\n";

fn refusal(diff: &str) -> String {
    check_patch(diff, &GuardOptions::default()).expect_err("a refusal").0
}

/// A patch that adds a file with one line.
fn adds(path: &str) -> String {
    adds_with_mode(path, "100644")
}

fn adds_with_mode(path: &str, mode: &str) -> String {
    format!(
        "diff --git a/{path} b/{path}\nnew file mode {mode}\nindex 0000000..2222222\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
    )
}

fn applied(diff: &str, old: Option<&str>) -> Result<Option<String>, String> {
    let files = parse(diff).map_err(|refusal| refusal.0)?;
    let new = apply(&files[0], old.map(str::as_bytes)).map_err(|refusal| refusal.0)?;
    Ok(new.map(|bytes| String::from_utf8(bytes).expect("text")))
}

#[test]
fn an_ordinary_patch_is_summed_up() {
    let summary = check_patch(&format!("{LIMITS}{}", adds("docs/a b.md")), &GuardOptions::default()).unwrap();
    assert_eq!((summary.added, summary.removed), (2, 1));
    assert_eq!(summary.files[0], FileSummary { path: "config/limits.json".into(), added: 1, removed: 1 });
    assert_eq!(summary.files[1].path, "docs/a b.md");
}

#[test]
fn a_patch_is_applied_at_its_lines() {
    assert_eq!(applied(LIMITS, Some("{\n  \"max\": 250,\n}\n")), Ok(Some("{\n  \"max\": 250\n}\n".into())));
}

#[test]
fn content_that_differs_or_moved_is_not_patched_by_guessing() {
    let sentence = Err("`config/limits.json` is not what the patch was made against, near line 1".to_owned());
    assert_eq!(applied(LIMITS, Some("{\n  \"max\": 251,\n}\n")), sentence);
    assert_eq!(applied(LIMITS, Some("\n{\n  \"max\": 250,\n}\n")), sentence);
    assert_eq!(applied(LIMITS, Some("{\n  \"max\": 250,\r\n}\n")), sentence);
    assert_eq!(applied(LIMITS, Some("{\n")), sentence);
}

#[test]
fn a_missing_line_feed_at_the_end_is_kept_as_stated() {
    let diff =
        "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n";
    assert_eq!(applied(diff, Some("a")), Ok(Some("b\n".into())));
    assert!(applied(diff, Some("a\n")).is_err());
}

#[test]
fn files_are_added_and_deleted() {
    assert_eq!(applied(&adds("new"), None), Ok(Some("x\n".into())));
    assert_eq!(applied(&adds("new"), Some("y")), Err("`new` is new in the patch and exists already".into()));
    let delete =
        "diff --git a/x b/x\ndeleted file mode 100644\nindex 1..0\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n";
    assert_eq!(applied(delete, Some("a\n")), Ok(None));
    assert_eq!(applied(delete, Some("a\nb\n")), Err("`x` is deleted by the patch and has content left".into()));
    assert_eq!(applied(delete, None), Err("`x` is changed by the patch and does not exist".into()));
}

#[test]
fn quoted_paths_are_read_as_git_wrote_them() {
    let diff = adds("x").replace("a/x b/x", r#""a/\303\244" "b/\303\244""#).replace("+++ b/x", r#"+++ "b/\303\244""#);
    assert_eq!(parse(&diff).unwrap()[0].path, "ä");
}

#[test]
fn what_is_no_git_diff_is_refused_with_its_line() {
    assert_eq!(refusal("hello"), "the patch is not a diff as git writes it (line 1)");
    assert_eq!(refusal(&LIMITS.replace("@@ -1,3", "@@ -1,9")), "the patch is not a diff as git writes it (line 10)");
    assert_eq!(refusal(&format!("{LIMITS}trailing")), "the patch is not a diff as git writes it (line 10)");
    assert_eq!(refusal(""), "the patch changes no file");
}

#[test]
fn only_regular_files_are_pushed() {
    assert_eq!(
        refusal(&adds_with_mode("link", "120000")),
        "`link` is a symbolic link (mode 120000); only regular files are pushed"
    );
    assert_eq!(
        refusal(&adds_with_mode("vendor/lib", "160000")),
        "`vendor/lib` is a submodule (mode 160000); only regular files are pushed"
    );
    assert_eq!(
        refusal(&LIMITS.replace("2222222 100644", "2222222 120000")),
        "`config/limits.json` is a symbolic link (mode 120000); only regular files are pushed"
    );
    assert_eq!(refusal(&adds_with_mode("x", "100777")), "`x` has the mode 100777; only regular files are pushed");
    assert!(check_patch(&adds_with_mode("run.sh", "100755"), &GuardOptions::default()).is_ok());
}

#[test]
fn binary_files_renames_and_copies_are_refused() {
    let binary = "diff --git a/x.png b/x.png\nindex 1..2 100644\nGIT binary patch\n";
    assert_eq!(refusal(binary), "`x.png` is changed as a binary file; only text can be read and pushed");
    let renamed = "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n";
    assert!(refusal(renamed).ends_with("is renamed or copied; a patch must say so as one file deleted and one added"));
    let copied = "diff --git a/x b/x\ncopy from y\n";
    assert_eq!(refusal(copied), "`x` is renamed or copied; a patch must say so as one file deleted and one added");
}

#[test]
fn paths_that_lead_out_of_the_repository_are_refused() {
    assert_eq!(refusal(&adds("/etc/passwd")), "`/etc/passwd` is an absolute path");
    assert_eq!(refusal(&adds("C:/x")), "`C:/x` is an absolute path");
    assert_eq!(refusal(&adds("a/../../x")), "`a/../../x` leads out of the repository");
    assert_eq!(refusal(&adds("a//x")), "`a//x` has an empty or dotted part");
    assert_eq!(refusal(&adds("./x")), "`./x` has an empty or dotted part");
    assert_eq!(refusal(&adds(r"a\x")), r"`a\x` has a backslash in it, which is a separator on some systems");
}

#[test]
fn git_s_own_files_are_refused_under_every_name_a_system_knows_them_by() {
    for path in [
        ".git/config",
        ".GIT/hooks/x",
        "a/.Git",
        "git~1/config",
        "GIT~2",
        ".git./x",
        ".git /x",
        ".gitmodules",
        "a/.gitattributes",
    ] {
        assert_eq!(refusal(&adds(path)), format!("`{path}` belongs to git itself"));
    }
    assert_eq!(
        refusal(&adds(".g\u{200c}it/config")),
        "`.gU+200Cit/config` has characters in it that a reader cannot see or that change how it reads"
    );
}

#[test]
fn names_that_are_one_file_on_some_systems_are_refused() {
    let both = format!("{}{}", adds("a/Readme"), adds("a/README"));
    assert_eq!(refusal(&both), "`a/README` and `a/Readme` are the same file on some systems");
    let folders = format!("{}{}", adds("Src/a"), adds("src/b"));
    assert_eq!(refusal(&folders), "`src` and `Src` are the same file on some systems");
    assert_eq!(refusal(&format!("{LIMITS}{LIMITS}")), "`config/limits.json` is changed twice in the patch");
}

#[test]
fn what_steers_ci_owners_or_agents_needs_to_be_allowed() {
    let github = ".github/workflows/ci.yml";
    assert_eq!(
        refusal(&adds(github)),
        "`.github/workflows/ci.yml` can change what runs with the repository's rights (`.github/`); a person must change it"
    );
    assert_eq!(
        refusal(&adds("docs/CodeOwners")),
        "`docs/CodeOwners` decides who must review what; a person must change it"
    );
    for path in [".claude/settings.json", "CLAUDE.md", "sub/AGENTS.md", ".mcp.json", ".longshore.yml", "opencode.json"]
    {
        assert_eq!(
            refusal(&adds(path)),
            format!("`{path}` configures agents, which would then obey it; a person must change it")
        );
    }
    let allowed =
        GuardOptions { allowed: vec![".github/workflows/".into(), "CLAUDE.md".into()], ..GuardOptions::default() };
    assert!(check_patch(&adds(github), &allowed).is_ok());
    assert!(check_patch(&adds("CLAUDE.md"), &allowed).is_ok());
    assert!(check_patch(&adds(".github/CODEOWNERS"), &allowed).is_err());
}

#[test]
fn files_outside_the_decision_are_refused() {
    let options = GuardOptions { paths: Some(vec!["other".into()]), ..GuardOptions::default() };
    let refused = check_patch(LIMITS, &options).unwrap_err();
    assert_eq!(refused.0, "`config/limits.json` is not among the files that were decided on");
}

#[test]
fn what_cannot_be_shown_as_it_is_cannot_be_approved() {
    let gets = |line: &str| adds("x").replace("+x\n", &format!("+{line}\n"));
    let unseen = "`x` gets characters that a reader cannot see; nobody could know what they approve";
    for line in ["if\u{202e} admin", "a\u{200b}b", "\u{0}\u{1}", "a\rb", "esc \u{1b}[2J"] {
        assert_eq!(refusal(&gets(line)), unseen, "{line:?}");
    }
    let secret = format!("let token = \"ghp_{}\";", "aB3".repeat(12));
    assert_eq!(refusal(&gets(&secret)), "`x` gets a secret, which is not shown; nobody could know what they approve");
    for line in ["tab\there", "crlf\r", "héllo ⚠️", "let a = 1;"] {
        assert!(check_patch(&gets(line), &GuardOptions::default()).is_ok(), "{line:?}");
    }
    let goes = LIMITS.replace("-  \"max\": 250,", "-  \"max\u{202e}\": 250,");
    assert!(check_patch(&goes, &GuardOptions::default()).is_ok(), "taking a hidden character out is a fix");
}

#[test]
fn a_file_that_becomes_a_link_is_refused() {
    let becomes = "diff --git a/run.sh b/run.sh\nold mode 100755\nnew mode 120000\n";
    assert_eq!(refusal(becomes), "`run.sh` is a symbolic link (mode 120000); only regular files are pushed");
}

#[test]
fn too_many_files_are_refused() {
    let many: String = (0..51).map(|n| adds(&format!("f{n}"))).collect();
    assert_eq!(refusal(&many), "the patch changes 51 files; at most 50 are pushed at once");
}

#[test]
fn a_header_that_hides_another_file_is_refused() {
    let lying = LIMITS.replace("+++ b/config/limits.json", "+++ b/.git/config");
    assert_eq!(refusal(&lying), "the patch names `config/limits.json` in its header and another file below it");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(diff --git a/x b/x\n|--- a/x\n|\\+\\+\\+ b/x\n|@@ -1,2 \\+1 @@\n|index 1..2\n|[ +-]x\n|\\PC{0,8}\n){0,12}") {
        if let Ok(files) = parse(&text) {
            for file in files {
                let _ = apply(&file, Some(b"x\nx\n"));
            }
        }
    }
}

#[test]
fn a_patch_that_cannot_be_shown_whole_is_not_offered() {
    let line = "x".repeat(99);
    let lines: String = (0..300).map(|_| format!("+{line}\n")).collect();
    let diff = format!(
        "diff --git a/a.txt b/a.txt\nnew file mode 100644\nindex {}..{}\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1,300 @@\n{lines}",
        "0".repeat(40),
        "1".repeat(40)
    );
    let refusal = check_patch(&diff, &GuardOptions::default()).unwrap_err().to_string();
    let is = diff.chars().count();
    assert_eq!(refusal, format!("the patch has {is} characters; at most 28000 can be shown whole"));
}
