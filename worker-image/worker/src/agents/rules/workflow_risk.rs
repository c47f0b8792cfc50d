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
              that was not used before and is not pinned to a full commit, where the workflow pins others or the action gets a secret.",
    leaves: "Actions of `actions/`, `github/` and the repository's owner, actions that were already used unpinned, tags where they are the habit, contexts passed through `env:`.",
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
/// Lines of a job that are looked at in each direction: longer than jobs are, and no product of all lines with all.
const NEAR_LINES_MAX: usize = 200;
/// Spaces before the name of a job.
const JOB_INDENT: usize = 2;
/// Actions that refuse to run from a commit: they prove what they did by the name of their release.
const ONLY_BY_TAG: &[&str] = &["slsa-framework/slsa-github-generator"];

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    let is_workflow =
        |path: &str| path.starts_with(".github/workflows/") && (path.ends_with(".yml") || path.ends_with(".yaml"));
    for (file, text) in change.written().filter(|(file, _)| is_workflow(file.path)) {
        head_checkout(file, text, found);
        injection(file, text, found);
        unpinned(file, text, change.owner, found);
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
        if head && !has_nothing(text, number) && (text.is_touched(number) || text.is_touched(trigger_line)) {
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

/// Whether the job of a line has no right at all and no secret, so that strangers' code in it gets nothing.
fn has_nothing(text: &Text<'_>, number: u32) -> bool {
    let job = |line: &str| !line.trim().is_empty() && indent(line) <= JOB_INDENT;
    let ends = |at: &u32| job(code(text.line(*at)));
    let before = || (1..number).rev().take(NEAR_LINES_MAX).take_while(|at| !ends(at));
    let after = || (number..=text.line_count()).take(NEAR_LINES_MAX).take_while(|at| !ends(at));
    let lines = || before().chain(after()).map(|at| text.line(at));
    lines().any(|line| value(line, "permissions") == Some("{}")) && !lines().any(|line| code(line).contains("secrets."))
}

fn injection(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    // A run of named branches has one of their names.
    let named = text.lines().any(|(_, line)| value(line, "branches").is_some());
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
            && !(named && expression.contains("workflow_run.head_branch"))
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

fn unpinned(file: &File<'_>, text: &Text<'_>, owner: &str, found: &mut Found<'_>) {
    let third_party =
        |action| third_party(action).filter(|(name, _)| owner.is_empty() || name.split('/').next() != Some(owner));
    let before = file.old.iter().flat_map(Text::lines).filter_map(|(_, line)| third_party(value(line, "uses")?));
    let mut said: HashSet<_> =
        before.filter(|(_, reference)| !is_commit(reference)).map(|(action, _)| action).collect();
    let pins = |(_, line)| value(line, "uses").and_then(third_party).is_some_and(|(_, reference)| is_commit(reference));
    let file_pins = text.lines().any(pins);
    for (number, line) in text.touched() {
        let Some((action, reference)) = value(line, "uses").and_then(third_party) else { continue };
        // Whoever uses tags throughout has decided so; what counts then is what the action is given.
        let matters = file_pins || gets_secret(text, number);
        if is_commit(reference) || !matters || !said.insert(action) {
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

/// Whether the step, or the job, of a `uses:` line hands over a secret of somebody else than the run itself.
fn gets_secret(text: &Text<'_>, number: u32) -> bool {
    let depth = indent(text.line(number));
    let is_within = |line: &str, depth: usize| line.trim().is_empty() || indent(line) > depth;
    let dash = text.line(number).trim_start().starts_with("- ");
    let start = if dash {
        number
    } else {
        (1..number)
            .rev()
            .take(NEAR_LINES_MAX)
            .find(|at| !is_within(text.line(*at), depth.saturating_sub(1)))
            .unwrap_or(number)
    };
    let item = indent(text.line(start));
    let rest = (start + 1..=text.line_count()).take(NEAR_LINES_MAX).take_while(|at| is_within(text.line(*at), item));
    rest.map(|at| code(text.line(at))).any(|line| {
        let others =
            line.matches("secrets.").count() > line.to_ascii_lowercase().matches("secrets.github_token").count();
        others || value(line, "secrets") == Some("inherit")
    })
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
    let only_by_tag = ONLY_BY_TAG.iter().any(|action| name.starts_with(action));
    (elsewhere && !only_by_tag).then_some((name, reference))
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
    const PINNED: &str = "e/f@0123456789012345678901234567890123456789 # v1";
    let uses = |action: &str| format!("on: push\njobs:\n  a:\n    steps:\n      - uses: {action}\n");
    vec![
        Example::of("head under pull_request_target").add(PATH, head).finds(PATH, 7, "`pull_request_target` checks out the pull request's own code"),
        Example::of("the trigger changed under a checkout of the head")
            .edit(PATH, &head.replace("_target", ""), head)
            .finds(PATH, 1, "`pull_request_target` checks out"),
        Example::of("a job without any right")
            .add(PATH, &head.replace("    steps:", "    permissions: {}\n    steps:")),
        Example::of("head under pull_request").add(PATH, &head.replace("_target", "")),
        Example::of("base under pull_request_target").add(PATH, "on: pull_request_target\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n"),
        Example::of("a title in a script").add(PATH, &run("${{ github.event.pull_request.title }}")).finds(PATH, 7, "Script injection"),
        Example::of("a branch in a one-line script")
            .add(PATH, "jobs:\n  a:\n    steps:\n      - run: git push ${{ github.head_ref }}\n")
            .finds(PATH, 4, "`github.head_ref`"),
        Example::of("a number in a script").add(PATH, &run("${{ github.event.pull_request.number }}")),
        Example::of("a question in a script").add(PATH, &run("${{ contains(github.head_ref, 'a') }}")),
        Example::of("through the environment").add(PATH, "jobs:\n  a:\n    steps:\n      - env:\n          T: ${{ github.event.issue.title }}\n        run: echo \"$T\"\n"),
        Example::of("a stranger's action by tag, beside a pinned one")
            .add(PATH, &format!("{}      - uses: a/b@v1\n", uses(PINNED)))
            .finds(PATH, 6, "Action `a/b` is not pinned: `v1` can move"),
        Example::of("the same action twice")
            .add(PATH, &format!("{}      - uses: a/b@v1\n      - uses: a/b@v1\n", uses(PINNED)))
            .finds(PATH, 6, "`a/b`"),
        Example::of("it gets a secret")
            .add(PATH, &uses("a/b@v1\n        with:\n          url: ${{ secrets.HOOK }}"))
            .finds(PATH, 5, "`a/b`"),
        Example::of("a stranger's workflow gets all secrets")
            .add(PATH, "on: push\njobs:\n  a:\n    uses: a/b/.github/workflows/c.yml@main\n    secrets: inherit\n")
            .finds(PATH, 4, "`main` can move"),
        Example::of("tags are the habit, and it gets nothing").add(PATH, &uses("a/b@v1\n      - uses: c/d@v2\n        with:\n          token: ${{ secrets.GITHUB_TOKEN }}\n      - run: a\n        env:\n          KEY: ${{ secrets.KEY }}")),
        Example::of("a pinned one").add(PATH, &uses(PINNED)),
        Example::of("another one of the same owner, beside a pinned one")
            .add(PATH, &format!("{}      - uses: a/b@v1\n", uses(PINNED)))
            .of_repository("a/c"),
        Example::of("a run of named branches").add(
            PATH,
            "on:\n  workflow_run:\n    branches: [main]\njobs:\n  a:\n    steps:\n      - run: make ${{ github.event.workflow_run.head_branch }}\n",
        ),
        Example::of("a run of any branch")
            .add(PATH, "on:\n  workflow_run:\njobs:\n  a:\n    steps:\n      - run: make ${{ github.event.workflow_run.head_branch }}\n")
            .finds(PATH, 6, "Script injection"),
        Example::of("it works only by tag, beside a pinned one").add(
            PATH,
            &format!("{}      - uses: slsa-framework/slsa-github-generator/.github/workflows/a.yml@v1.9.0\n", uses(PINNED)),
        ),
        Example::of("GitHub's own").add(PATH, &uses("actions/checkout@v4")),
        Example::of("our own").add(PATH, &uses("./.github/actions/a")),
        Example::of("unpinned before").edit(PATH, &uses("a/b@v1"), &uses("a/b@v2")),
        Example::of("no workflow").add("docs/ci.yml", &uses("a/b@v1")),
    ]
}
