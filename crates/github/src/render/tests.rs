//! Snapshots of every surface, in its order and honesty.

use super::*;
use insta::assert_snapshot;
use protocol::{AgentIdentity, Coverage, Finding, Patch, SessionState, Severity};

const HEAD: &str = "3f2a91c0000000000000000000000000000000000";
const PUSHED: &str = "8d0e113000000000000000000000000000000000";
const DIFF: &str = "diff --git a/config/limits.json b/config/limits.json\nindex 1111111..2222222 100644\n--- a/config/limits.json\n+++ b/config/limits.json\n@@ -13,3 +13,3 @@\n {\n-  \"max_upload_mb\": 250,\n+  \"max_upload_mb\": 250\n }\ndiff --git a/src/upload.rs b/src/upload.rs\nindex 1111111..2222222 100644\n--- a/src/upload.rs\n+++ b/src/upload.rs\n@@ -40,3 +40,2 @@\n fn a() {\n-    dbg!(&form.token);\n }\n";

fn finding(severity: Severity, path: &str, line: Option<u32>, rule: &str, title: &str, in_patch: bool) -> Finding {
    Finding {
        id: format!("{rule}-{path}"),
        rule: rule.into(),
        severity,
        path: path.into(),
        line,
        end_line: None,
        title: title.into(),
        detail: String::new(),
        suggestion: None,
        in_patch,
    }
}

fn findings() -> Vec<Finding> {
    let mut json = finding(
        Severity::Medium,
        "config/limits.json",
        Some(14),
        "json-parses",
        "Not valid JSON: comma before `}`",
        true,
    );
    json.detail = "parser: trailing comma, line 15 column 1".into();
    json.suggestion = Some("  \"max_upload_mb\": 250".into());
    vec![
        json,
        finding(Severity::Medium, "src/upload.rs", Some(41), "debug-calls", "`dbg!` outside tests", true),
        finding(
            Severity::Low,
            "tests/upload.rs",
            None,
            "tests-removed",
            "Test `rejects_oversize` deleted, the code beside it changed",
            false,
        ),
        finding(
            Severity::High,
            "src/auth.rs",
            Some(22),
            "hidden-text",
            "Hidden right-to-left override: the line reads differently than it runs",
            true,
        ),
    ]
}

fn request(kind: RequestKind) -> RequestView {
    RequestView { id: "K7QF2M".into(), kind, deadline_ms: 1_797_724_800_000, who_may: "write access".into() }
}

fn view() -> ReviewView {
    ReviewView {
        bot: "longshore".into(),
        head_sha: HEAD.into(),
        current: true,
        run: 1,
        ending: Ending::Complete,
        findings: findings(),
        known: Vec::new(),
        resolved: 0,
        patch: Some(Patch { diff: DIFF.into() }),
        request: Some(request(RequestKind::Fix)),
        coverage: Coverage {
            files_read: Some(6),
            files_total: 6,
            not_checked: vec!["logic".into(), "tests were not run".into()],
            notes: Vec::new(),
        },
        agent: AgentIdentity { name: "rules".into(), version: "0.1".into(), what: "fixed checks, no model".into() },
        cost_microusd: 0,
        duration_ms: 2_100,
        session: SessionState::Began,
        isolation: Some("a process: not isolated".into()),
        links: Links {
            check: Some("https://github.com/acme/shop/runs/9".into()),
            log: Some("https://longshore.example/runs/1".into()),
            rules: Some("https://longshore.example/rules".into()),
        },
    }
}

fn decision(outcome: DecisionOutcome) -> DecisionView {
    DecisionView {
        head_sha: HEAD.into(),
        by: Some("octo-maintainer".into()),
        asked_ms: 1_795_204_800_000,
        decided_ms: 1_795_392_000_000,
        outcome,
        run: Some(2),
        asked_by_run: 1,
        session: Some(SessionState::Resumed),
        resolved: 3,
        open: 1,
        late_answer_ms: Some(40_000),
    }
}

fn shown(view: &CheckView) -> String {
    let text = check(view);
    format!("{}\n\n{}", text.title, text.summary)
}

fn reviewed(change: impl FnOnce(&mut ReviewView)) -> String {
    let mut view = view();
    change(&mut view);
    shown(&CheckView::Reviewed(Box::new(view)))
}

#[test]
fn the_check_that_asks_for_a_decision() {
    assert_snapshot!(reviewed(|_| ()));
}

#[test]
fn the_check_of_a_clean_run() {
    assert_snapshot!(reviewed(|it| (it.findings, it.patch, it.request) = (Vec::new(), None, None)));
}

#[test]
fn the_check_with_findings_only() {
    assert_snapshot!(reviewed(|it| {
        (it.patch, it.request) = (None, None);
        it.findings.pop();
        it.session = SessionState::Missing;
    }));
}

#[test]
fn the_check_that_a_budget_ended() {
    assert_snapshot!(reviewed(|it| {
        it.ending = Ending::Stopped { limit: "$0.50".into() };
        (it.patch, it.request) = (None, Some(request(RequestKind::Continue)));
        it.findings.truncate(2);
        (it.coverage.files_read, it.coverage.files_total) = (Some(4), 9);
        it.cost_microusd = 500_000;
    }));
}

#[test]
fn the_check_with_a_question() {
    assert_snapshot!(reviewed(|it| {
        it.ending = Ending::Asked { question: "Is `rejects_oversize` gone on purpose?".into() };
        (it.patch, it.request, it.findings) = (None, Some(request(RequestKind::Ask)), Vec::new());
        it.session = SessionState::Seeded;
        it.current = false;
    }));
}

#[test]
fn the_titles_of_the_other_ends() {
    let titles = [
        CheckView::Queued { head_sha: HEAD.into(), waits_for: None },
        CheckView::Running(RunningView {
            head_sha: HEAD.into(),
            run: 1,
            phase: "reading".into(),
            files_read: 2,
            files_total: 6,
            findings: 1,
            isolation: None,
        }),
        CheckView::NotCompleted(not_completed()),
        CheckView::NotReviewed { head_sha: HEAD.into(), reason: "draft".into(), ask_with: None },
        CheckView::Replaced { head_sha: HEAD.into(), by_sha: "a1b2c3d4".into() },
        CheckView::Decided(Box::new(decision(DecisionOutcome::Applied { patch: "9c41e7".into(), sha: PUSHED.into() }))),
        CheckView::Decided(Box::new(decision(DecisionOutcome::Kept))),
        CheckView::Decided(Box::new(decision(DecisionOutcome::NotDecided))),
        CheckView::Decided(Box::new(decision(DecisionOutcome::Withdrawn { reason: "new commits a1b2c3d".into() }))),
        CheckView::OwnPush { sha: PUSHED.into(), patch: "9c41e7".into(), run: 1, open: 1 },
    ]
    .map(|view| check(&view).title);
    assert_snapshot!(titles.join("\n"));
}

fn not_completed() -> NotCompletedView {
    NotCompletedView {
        head_sha: HEAD.into(),
        reason: "machine lost twice".into(),
        detail: "the machine of run 2 sent nothing for 60 s".into(),
        run: 2,
        request: Some(request(RequestKind::Retry)),
        isolation: Some("a process: not isolated".into()),
    }
}

#[test]
fn the_check_that_was_not_completed() {
    assert_snapshot!(shown(&CheckView::NotCompleted(not_completed())));
}

#[test]
fn the_check_of_a_decision_that_was_not_carried_out_says_what_its_button_does() {
    let failed = NotCompletedView { request: Some(request(RequestKind::RetryDecision)), ..not_completed() };
    let summary = check(&CheckView::NotCompleted(failed)).summary;
    assert!(summary.contains("\"Retry\" carries the decision out again. Who may: "), "{summary}");
}

#[test]
fn the_check_that_was_skipped() {
    assert_snapshot!(shown(&CheckView::NotReviewed {
        head_sha: HEAD.into(),
        reason: "draft".into(),
        ask_with: Some("@longshore review".into()),
    }));
}

#[test]
fn the_review_and_its_inline_comments() {
    let text = review(&view());
    let comments: Vec<_> = text.comments.iter().map(|it| format!("--- {}:{}\n{}", it.path, it.line, it.body)).collect();
    assert_snapshot!(format!("{}\n{}", text.body, comments.join("\n")));
}

#[test]
fn an_agent_that_does_not_say_what_it_read_is_not_said_to_have_read_nothing() {
    let mut view = view();
    view.coverage.files_read = None;
    let shown = |view: &ReviewView| check(&CheckView::Reviewed(Box::new(view.clone())));
    assert!(shown(&view).summary.contains("(current), not said how many of 6 files · "), "{}", shown(&view).summary);
    (view.findings, view.request, view.patch) = (Vec::new(), None, None);
    assert_eq!(shown(&view).title, "Nothing found at 3f2a91c: not said how many of 6 files read");
}

#[test]
fn known_findings_are_not_repeated() {
    let mut view = view();
    view.known = view.findings.iter().take(3).map(|it| it.id.clone()).collect();
    (view.resolved, view.request, view.patch) = (2, None, None);
    let text = review(&view);
    assert_eq!(text.comments.len(), 1);
    assert!(
        text.body.starts_with("**4 findings at `3f2a91c`.** 3 known from before, not repeated. 2 resolved since."),
        "{}",
        text.body
    );
}

#[test]
fn the_comment_after_the_answer() {
    let applied = DecisionOutcome::Applied { patch: "9c41e7".into(), sha: PUSHED.into() };
    let refused =
        DecisionOutcome::PushRefused { patch: "9c41e7".into(), reason: "the branch moved to `a1b2c3d`".into() };
    let texts = [applied, refused, DecisionOutcome::Kept].map(|it| reply(&ReplyView::Decided(Box::new(decision(it)))));
    assert_snapshot!(texts.join("\n---\n"));
}

#[test]
fn the_other_replies() {
    let replies = [
        ReplyView::Help {
            bot: "longshore".into(),
            commands: vec![CommandLine {
                usage: "review".into(),
                does: "review the current commits".into(),
                who: "write access".into(),
            }],
        },
        ReplyView::Usage {
            bot: "longshore".into(),
            command: CommandLine {
                usage: "approve ID".into(),
                does: "answer with yes".into(),
                who: "who may decide".into(),
            },
        },
        ReplyView::NotPermitted { login: "mallory".into(), permission: "read".into(), needs: "write access".into() },
        ReplyView::AlreadyDecided {
            request: "K7QF2M".into(),
            answer: "yes".into(),
            by: "octo".into(),
            at_ms: 1_795_392_000_000,
        },
        ReplyView::RequestOver { request: "K7QF2M".into(), why: "new commits came".into() },
        ReplyView::Nudge { bot: "longshore".into(), request: request(RequestKind::Fix), check: None },
        ReplyView::WillAskAgain { request: "K7QF2M".into(), at_ms: 1_795_392_000_000 },
        ReplyView::NewGeneration,
        ReplyView::NotReviewed { why: "draft".into() },
    ];
    assert_snapshot!(replies.iter().map(reply).collect::<Vec<_>>().join("\n---\n"));
}

#[test]
fn what_became_of_a_command_that_steers() {
    let whats = [
        SteeredView::Cancelled { run: 3 },
        SteeredView::QuestionsDropped,
        SteeredView::NothingRuns,
        SteeredView::PushUnderWay,
        SteeredView::Paused { run_goes_on: false },
        SteeredView::Paused { run_goes_on: true },
        SteeredView::AlreadyPaused { by: "ann".into() },
        SteeredView::Resumed,
        SteeredView::NotPaused,
        SteeredView::Closed,
    ];
    let say = |what| reply(&ReplyView::Steered { bot: "longshore".into(), login: "bob".into(), what });
    assert_snapshot!(whats.map(say).join("\n---\n"));
}

#[test]
fn the_explanation_of_a_gate_that_is_closed() {
    let gate =
        |question: &str, answer, found: &str| GateLine { question: question.into(), answer, found: found.into() };
    let gates = vec![
        gate("Is the pull request open?", GateAnswer::Passed, "open"),
        gate("Was it opened by a person?", GateAnswer::PassedByAsking, "opened by a bot"),
        gate("Is it no draft?", GateAnswer::Closed, "a draft"),
        gate("Is it not paused?", GateAnswer::NotAsked, "not paused"),
    ];
    let (now, waits) = ("Nothing runs: `aaaaaaa` is not reviewed.".into(), "It waits for `review`.".into());
    assert_snapshot!(reply(&ReplyView::Explained { gates, now, waits }));
}

#[test]
fn an_answer_quotes_who_asked_what_and_hostile_words_stay_text() {
    let hostile = "Is it @octocat's?\n/approve <img src=x> ![](http://e.vil/p) fixes #1 \u{202e}";
    let answer = ReplyView::Answer {
        login: "bob".into(),
        question: hostile.into(),
        answer: format!("It is not.\n\n```rust\nlet x = 1;\n```\n{hostile}"),
        agent: "rules 0.1: fixed checks, no model".into(),
    };
    let no_answer =
        ReplyView::NotAnswered { login: "bob".into(), question: hostile.into(), why: "its machine fell silent".into() };
    let text = [reply(&answer), reply(&no_answer)].join("\n---\n");
    for live in ["<img", "@octocat", "#1", "\n/approve", "\u{202e}"] {
        assert!(!text.contains(live), "{live} got through: {text}");
    }
    assert_snapshot!(text);
    let long = ReplyView::Answer {
        login: "bob".into(),
        question: "@x ".repeat(2000),
        answer: "\u{202e}@".repeat(8000),
        agent: "a".repeat(9000),
    };
    assert!(reply(&long).chars().count() <= BODY_CHARS_MAX);
}

#[test]
fn hostile_findings_stay_text_and_fit() {
    let mut view = view();
    let title = "@octocat <img src=x> | `a|b` \u{202e} fixes #1".repeat(20);
    view.findings =
        (0..200).map(|n| finding(Severity::High, &format!("a|b`{n}"), Some(n + 1), "x`y", &title, false)).collect();
    view.coverage.not_checked = vec!["![x](y) @me".into(); 100];
    let text = check(&CheckView::Reviewed(Box::new(view.clone())));
    assert!(text.summary.chars().count() < BODY_CHARS_MAX);
    assert!(text.summary.contains("more, less severe, not shown here"));
    for hostile in ["<img", "![", "@octocat", "@me", "#1", "\u{202e}"] {
        assert!(!text.summary.contains(hostile), "{hostile} got through");
        assert!(!review(&view).body.contains(hostile), "{hostile} got through");
    }
    assert!(text.title.chars().count() <= 200);
}

#[test]
fn a_patch_too_long_to_read_says_so() {
    let lines = "+0123456789012345678901234567890123456789\n".repeat(1000);
    let diff = format!(
        "diff --git a/x b/x\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,1000 @@\n{lines}"
    );
    let text = reviewed(|it| it.patch = Some(Patch { diff }));
    assert!(text.contains("**Not shown whole: the patch is longer than fits here.**"));
}

#[test]
fn a_place_that_github_could_not_show_gets_no_annotation() {
    let at = |path: &str, line| finding(Severity::Low, path, Some(line), "rule", "title", false);
    let findings = vec![at("", 1), at("a\u{202e}b", 1), at("a\nb", 1), at("a", u32::MAX), at("kept", 3)];
    let text = check(&CheckView::Reviewed(Box::new(ReviewView { findings, patch: None, request: None, ..view() })));
    let places: Vec<_> = text.annotations.iter().map(|it| (it.path.as_str(), it.start_line)).collect();
    assert_eq!(places, [("kept", 3)]);
    assert!(text.summary.contains("`aU+202Eb:1`"), "the table shows all of them: {}", text.summary);
}
