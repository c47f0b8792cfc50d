//! GitHub workflows that give strangers more than they should have.

use super::found::Found;
use super::rule::{Change, File, Rule};
use super::text::Text;
use protocol::Severity;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    name: "workflow-risk",
    severity: Severity::Medium,
    catches: "In `.github/workflows`: a checkout of the pull request's head under `pull_request_target` or `workflow_run`; \
              text that strangers write (titles, bodies, branch names) put into a script by `${{ … }}`; an action of a third party \
              that was not used before and is not pinned to a full commit.",
    leaves: "Actions of `actions/` and `github/`, actions that were already used unpinned, contexts passed through `env:`.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

/// Expressions whose value a stranger writes (GitHub's own list of untrusted input).
const STRANGERS_WORDS: &[&str] = &[
    "github.head_ref",
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.review_comment.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.head_commit.message",
    "github.event.head_commit.author.",
    "github.event.commits",
    "github.event.pages",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.display_title",
];
/// What a checkout's `ref` or `repository` names when it means the pull request's own code.
const HEAD_REFS: &[&str] = &[
    "github.event.pull_request.head.sha",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.repo.full_name",
    "github.event.pull_request.merge_commit_sha",
    "github.event.workflow_run.head_sha",
    "github.event.workflow_run.head_branch",
    "github.head_ref",
    "refs/pull/",
];
/// Owners whose actions come from GitHub itself.
const OFFICIAL_OWNERS: &[&str] = &["actions", "github"];

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    let is_workflow =
        |path: &str| path.starts_with(".github/workflows/") && (path.ends_with(".yml") || path.ends_with(".yaml"));
    for (file, text) in change.written().filter(|(file, _)| is_workflow(file.path)) {
        head_checkout(file, text, found);
        injection(file, text, found);
        unpinned(file, text, found);
    }
}

/// A line without its comment.
fn code(line: &str) -> &str {
    if line.trim_start().starts_with('#') { "" } else { line.split(" #").next().unwrap_or(line).trim_end() }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The value of `key:` on a line, a list's dash before it allowed.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let line = code(line).trim_start();
    let line = line.strip_prefix("- ").map_or(line, str::trim_start);
    line.strip_prefix(key)?.strip_prefix(':').map(str::trim)
}

fn head_checkout(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    let triggers = ["pull_request_target", "workflow_run"];
    let trigger = text.lines().find_map(|(number, line)| {
        let line = code(line);
        // Within an expression it is a question about the trigger, not the trigger.
        let name = triggers
            .iter()
            .find(|name| line.contains(**name) && !line.contains("github.") && !line.contains("run:"))?;
        Some((number, *name))
    });
    let Some((trigger_line, trigger)) = trigger else { return };
    let mut in_checkout = false;
    for (number, line) in text.lines() {
        if code(line).trim_start().starts_with("- ") {
            in_checkout = false;
        }
        in_checkout |=
            value(line, "uses").is_some_and(|action| action.trim_matches(['"', '\'']).starts_with("actions/checkout@"));
        let Some(reference) = value(line, "ref").or_else(|| value(line, "repository")).filter(|_| in_checkout) else {
            continue;
        };
        let head = HEAD_REFS.iter().any(|head| reference.contains(head));
        if head && (text.is_touched(number) || text.is_touched(trigger_line)) {
            let at = if text.is_touched(number) { number } else { trigger_line };
            if let Some(draft) =
                found.at(file, at, Severity::Medium, format!("`{trigger}` checks out the pull request's own code"))
            {
                draft.detail = "The job has this repository's secrets and a token that may write; whatever a later step builds or runs from \
                                that checkout has them too."
                    .to_owned();
            }
            in_checkout = false;
        }
    }
}

fn injection(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    // Indentation of the key whose block we are in.
    let mut script: Option<usize> = None;
    for (number, line) in text.lines() {
        if script.is_some_and(|key| !line.trim().is_empty() && indent(line) <= key) {
            script = None;
        }
        let opened = ["run", "script"].iter().find_map(|key| value(line, key));
        let inline = opened.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['|', '>']));
        let in_script = script.is_some() || inline;
        if let Some(rest) = opened.filter(|rest| script.is_none() && (rest.starts_with(['|', '>']) || rest.is_empty()))
        {
            let dash = usize::from(code(line).trim_start().starts_with("- ")) * 2;
            script = Some(indent(line) + dash).filter(|_| !rest.is_empty());
        }
        if !in_script || !text.is_touched(number) {
            continue;
        }
        if let Some(expression) = strangers_expression(line)
            && let Some(draft) = found.at(
                file,
                number,
                Severity::Medium,
                format!("Script injection: `{expression}` is put into the script as it is"),
            )
        {
            draft.detail = "Whoever opens a pull request or an issue writes that text, and the shell runs it. Pass it through `env:` and quote the variable."
                .to_owned();
        }
    }
}

/// The untrusted context in a line's `${{ … }}`.
fn strangers_expression(line: &str) -> Option<&str> {
    let mut rest = line;
    while let Some((_, after)) = rest.split_once("${{") {
        let (expression, next) = after.split_once("}}").unwrap_or((after, ""));
        // `contains(github.head_ref, …)` yields true or false, not their words.
        let raw = !expression.contains(['(', '=', '!']);
        if raw && STRANGERS_WORDS.iter().any(|words| expression.contains(words)) {
            return Some(expression.trim());
        }
        rest = next;
    }
    None
}

fn unpinned(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    let before = file.old.iter().flat_map(Text::lines).filter_map(|(_, line)| third_party(value(line, "uses")?));
    let mut said: HashSet<_> =
        before.filter(|(_, reference)| !is_commit(reference)).map(|(action, _)| action).collect();
    for (number, line) in text.touched() {
        let Some((action, reference)) = value(line, "uses").and_then(third_party) else { continue };
        if is_commit(reference) || !said.insert(action) {
            continue;
        }
        let title = format!("Action `{action}` is not pinned: `{reference}` can move");
        if let Some(draft) = found.at(file, number, Severity::Low, title) {
            draft.detail =
                "Its owner, or whoever takes over the account, can put other code behind that name. A full commit id \
                            stays what it is."
                    .to_owned();
        }
    }
}

/// Whether a reference is a full commit id, which cannot move.
fn is_commit(reference: &str) -> bool {
    reference.len() >= 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Name and reference of somebody else's action.
fn third_party(action: &str) -> Option<(&str, &str)> {
    let (name, reference) = action.trim_matches(['"', '\'']).split_once('@')?;
    let owner = name.split_once('/')?.0;
    let elsewhere = owner != "." && !owner.starts_with("docker:") && !OFFICIAL_OWNERS.contains(&owner);
    elsewhere.then_some((name, reference))
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    const PATH: &str = ".github/workflows/ci.yml";
    let head = "on: pull_request_target\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n";
    let run = |expression: &str| {
        format!(
            "on: pull_request\njobs:\n  a:\n    steps:\n      - name: b\n        run: |\n          echo \"{expression}\"\n"
        )
    };
    let uses = |action: &str| format!("on: push\njobs:\n  a:\n    steps:\n      - uses: {action}\n");
    vec![
        Example::of("head under pull_request_target").add(PATH, head).finds(PATH, 7, "`pull_request_target` checks out the pull request's own code"),
        Example::of("the trigger changed under a checkout of the head")
            .edit(PATH, &head.replace("_target", ""), head)
            .finds(PATH, 1, "`pull_request_target` checks out"),
        Example::of("head under pull_request").add(PATH, &head.replace("_target", "")),
        Example::of("base under pull_request_target").add(PATH, "on: pull_request_target\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n"),
        Example::of("a title in a script").add(PATH, &run("${{ github.event.pull_request.title }}")).finds(PATH, 7, "Script injection"),
        Example::of("a branch in a one-line script")
            .add(PATH, "jobs:\n  a:\n    steps:\n      - run: git push ${{ github.head_ref }}\n")
            .finds(PATH, 4, "`github.head_ref`"),
        Example::of("a number in a script").add(PATH, &run("${{ github.event.pull_request.number }}")),
        Example::of("a question in a script").add(PATH, &run("${{ contains(github.head_ref, 'a') }}")),
        Example::of("through the environment").add(PATH, "jobs:\n  a:\n    steps:\n      - env:\n          T: ${{ github.event.issue.title }}\n        run: echo \"$T\"\n"),
        Example::of("a stranger's action by tag").add(PATH, &uses("a/b@v1")).finds(PATH, 5, "Action `a/b` is not pinned: `v1` can move"),
        Example::of("the same action twice")
            .add(PATH, &format!("{}      - uses: a/b@v1\n", uses("a/b@v1")))
            .finds(PATH, 5, "`a/b`"),
        Example::of("a pinned one").add(PATH, &uses("a/b@0123456789012345678901234567890123456789 # v1")),
        Example::of("GitHub's own").add(PATH, &uses("actions/checkout@v4")),
        Example::of("our own").add(PATH, &uses("./.github/actions/a")),
        Example::of("unpinned before").edit(PATH, &uses("a/b@v1"), &uses("a/b@v2")),
        Example::of("no workflow").add("docs/ci.yml", &uses("a/b@v1")),
    ]
}
