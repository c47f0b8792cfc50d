//! What a person reads, for a fixed review.

use super::{
    choose::{Hint, Nothing},
    objects::Objects,
    report::{Asked, Proposed, Review, Side, Status, Subject, Written},
    review::fits,
    words,
};
use environment::Environment;
use protocol::{AgentIdentity, Coverage, Finding, Severity};

fn finding(severity: Severity, rule: &str, path: &str, line: Option<u32>, title: &str) -> Finding {
    Finding {
        id: "f1".into(),
        rule: rule.into(),
        severity,
        path: path.into(),
        line,
        end_line: line,
        title: title.into(),
        detail: String::new(),
        suggestion: None,
        in_patch: false,
    }
}

fn review() -> Review {
    let side = |name: &str, sha: &str| Side { name: name.into(), sha: sha.into() };
    let json = Finding {
        detail: "A parser stops at line 15 column 1: trailing comma.".into(),
        in_patch: true,
        ..finding(Severity::Medium, "json-parses", "config/limits.json", Some(14), "Not valid JSON: comma before `}`")
    };
    let link = Finding {
        suggestion: Some("../shared".into()),
        ..finding(Severity::Medium, "links-and-paths", "a\x1b[2J\u{202e}b", Some(1), "Symlink to an absolute path")
    };
    Review {
        status: Status::NeedsDecision,
        reason: None,
        subject: Subject {
            target: "~/shop".into(),
            head: side("feature/limits", "3f2a91c0"),
            base: side("main", "9c41e7a0"),
            merge_base: "9c41e7a0".into(),
            commits: 2,
            files: 6,
            worktree: false,
        },
        findings: vec![json, link],
        patch: Some(Proposed {
            digest: "9c41e7".into(),
            fixes: 1,
            diff: "diff --git a/x b/x\n-\u{202e}a,\n+a\n".into(),
        }),
        request: Some(Asked { id: "K7QF2M".into(), kind: "fix".into(), question: None, deadline_ms: 0 }),
        written: None,
        coverage: Coverage {
            files_read: Some(6),
            files_total: 6,
            not_checked: vec!["logic".into(), "tests were not run".into()],
            notes: vec!["whitespace: 4 lines in 2 files".into()],
        },
        agent: Some(AgentIdentity {
            name: "rules".into(),
            version: "0.1".into(),
            what: "fixed checks, no model".into(),
        }),
        cost_microusd: 0,
        duration_ms: 214,
        isolation: "none",
        next: vec![Hint::new("the patch as a new branch", "longshore try ~/shop --approve K7QF2M")],
    }
}

#[test]
fn a_review_that_asks_is_read_from_top_to_bottom() {
    insta::assert_snapshot!(words::review(&review()));
}

#[test]
fn the_same_review_as_data() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&review()).unwrap());
}

#[test]
fn each_end_has_its_sentence() {
    let end = |status, reason: Option<&str>| {
        let review = Review { status, reason: reason.map(str::to_owned), request: None, ..review() };
        let written = (status == Status::Applied)
            .then(|| Written { branch: "longshore/fix-K7QF2M".into(), sha: "8d0e113f".into() });
        let review = Review { written, patch: None, findings: Vec::new(), agent: None, next: Vec::new(), ..review };
        let text = words::review(&review);
        text.lines().last().map(str::to_owned).unwrap_or_default()
    };
    assert_eq!(end(Status::Clean, None), "Nothing found.");
    assert_eq!(end(Status::Findings, None), "0 findings; no patch.");
    assert_eq!(end(Status::Stopped, Some("$0.50")), "0 findings so far; stopped at $0.50.");
    assert_eq!(end(Status::NotReviewed, Some("draft")), "Not reviewed: draft.");
    assert_eq!(end(Status::NotCompleted, Some("machine lost twice")), "Not completed: machine lost twice");
    assert_eq!(end(Status::Applied, None), "Applied: the patch is 8d0e113 on the new branch longshore/fix-K7QF2M.");
    assert_eq!(end(Status::Kept, None), "Kept as is: nothing was written.");
}

#[test]
fn what_is_not_committed_and_a_bare_commit_are_named_so() {
    let subject = review().subject;
    let uncommitted = Subject { worktree: true, files: 1, ..subject.clone() };
    assert_eq!(words::subject(&uncommitted), "uncommitted changes on main at 9c41e7a: 1 file");
    let detached = Subject { head: Side { name: "3f2a91c".into(), sha: "3f2a91c0".into() }, commits: 1, ..subject };
    assert_eq!(words::subject(&detached), "3f2a91c against main: 1 commit, 6 files");
}

#[test]
fn nothing_to_review_names_what_could_be() {
    let hints = vec![
        Hint::new("uncommitted changes", "longshore try ~/shop --worktree"),
        Hint::new("the last commit", "longshore try ~/shop --base HEAD~1"),
        Hint::new("newest branch", "longshore try ~/shop --head feature/limits"),
    ];
    let sentence = "nothing to review: you are on `main`, level with `origin/main`".into();
    assert_eq!(
        words::nothing(&Nothing { sentence, hints }),
        "nothing to review: you are on `main`, level with `origin/main`\n\n\
         hint: uncommitted changes   longshore try ~/shop --worktree\n\
         hint: the last commit       longshore try ~/shop --base HEAD~1\n\
         hint: newest branch         longshore try ~/shop --head feature/limits\n"
    );
}

#[tokio::test]
async fn what_a_machine_cannot_be_given_is_told_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(&Environment::real(), folder.path(), None).await.unwrap();
    let tree = objects.git.text(["mktree"]).await.unwrap();
    let name = [
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a"),
    ];
    let git = name.into_iter().fold(objects.git.clone(), |git, (name, value)| git.variable(name, value));
    let commit = git.text(["commit-tree", &tree, "-m", "x"]).await.unwrap();
    assert!(fits(&objects, &commit, 1024).await.is_ok());
    let refused = fits(&objects, &commit, 10).await.unwrap_err().to_string();
    let expected = format!(
        "error: a machine would need 1 MiB of this repository and gets at most 1: the files at {} are too large\n",
        &commit[..7]
    );
    assert_eq!(refused, expected);
}
