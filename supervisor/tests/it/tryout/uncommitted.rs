//! `--worktree`: what is not committed is read, and the index, the objects and the refs are as before.

use super::repository::{Mine, git};

/// Everything that can be uncommitted.
fn messy() -> Mine {
    let mine = Mine::new(&[
        ("staged.json", "{}\n"),
        ("edited.json", "{}\n"),
        ("both.json", "{}\n"),
        ("deleted.txt", "x\n"),
        ("folder.txt", "x\n"),
        (".gitignore", "ignored.json\n"),
    ]);
    mine.write(&[("staged.json", "{\"a\": 1,}\n"), ("both.json", "{\"staged\": 1}\n")]);
    git(&mine.shop(), &["add", "--all"]);
    mine.write(&[
        ("edited.json", "{\"a\": 2,}\n"),
        ("both.json", "{\"a\": 3,}\n"),
        ("new/file.json", "{\"a\": 4,}\n"),
        ("ignored.json", "{\"a\": 5,}\n"),
        ("excluded.json", "{\"a\": 6,}\n"),
    ]);
    std::fs::write(mine.shop().join(".git/info/exclude"), "excluded.json\n").expect("a file");
    for path in ["deleted.txt", "folder.txt"] {
        std::fs::remove_file(mine.shop().join(path)).expect("it was there");
    }
    mine.write(&[("folder.txt/inside.json", "{\"a\": 7,}\n")]);
    let nested = mine.shop().join("nested");
    std::fs::create_dir(&nested).expect("a folder");
    git(&nested, &["init", "-q"]);
    git(&nested, &["commit", "-q", "--allow-empty", "-m", "x"]);
    mine
}

#[test]
fn what_is_not_committed_is_read_and_the_repository_stays_as_it_is() {
    let mine = messy();
    let before = mine.everything_of_git();
    let said = mine.tries(&["shop", "--worktree", "--json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mut found = said.found();
    found.sort();
    let json = ["both.json", "edited.json", "folder.txt/inside.json", "new/file.json", "staged.json"];
    assert_eq!(found, json.map(|path| format!("json-parses {path}")));
    let told = said.json();
    assert_eq!(told["subject"]["files"], 7, "two files are gone as well");
    let notes = told["coverage"]["not_checked"].as_array().expect("a list").clone();
    assert!(notes.contains(&"nested/ (a repository of its own)".into()), "{notes:?}");
    let again = mine.tries(&["shop", "--worktree", "--json"]);
    assert_eq!(said.request(), again.request(), "the same changes are the same commit");
    assert_eq!(mine.everything_of_git(), before);
}

#[test]
fn an_approved_patch_goes_into_the_files_by_the_command_that_is_shown() {
    let mine = Mine::new(&[("limits.json", "{}\n")]);
    mine.write(&[("limits.json", "{\"a\": 1,}\n")]);
    let id = mine.tries(&["shop", "--worktree", "--json"]).request();
    let applied = mine.tries(&["shop", "--approve", &id, "--json"]);
    assert_eq!(applied.code, Some(0), "{}", applied.err);
    let next = applied.json()["next"][0]["command"].as_str().expect("a command").to_owned();
    let branch = format!("longshore/fix-{id}");
    assert_eq!(next, format!("git -C shop diff {branch}~1 {branch} | git -C shop apply -"));
    let done = std::process::Command::new("sh").args(["-c", &next]).current_dir(mine.path()).status();
    assert!(done.expect("a shell").success());
    assert_eq!(std::fs::read_to_string(mine.shop().join("limits.json")).expect("a file"), "{\"a\": 1}\n");
}

#[test]
fn with_nothing_uncommitted_there_is_nothing_to_review() {
    let mine = Mine::with_a_defect();
    let said = mine.tries(&["shop", "--worktree"]);
    let expected = "nothing to review: nothing is uncommitted on `work`\n\nhint: the last commit   longshore try shop --base HEAD~1\n";
    assert_eq!((said.code, said.out.as_str()), (Some(0), expected), "{}", said.err);
    assert!(mine.kept().is_empty());
}
