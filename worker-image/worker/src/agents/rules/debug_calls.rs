//! Debug calls that were left behind outside tests.

use super::fixes::Edit;
use super::found::Found;
use super::paths::{self, Language};
use super::rule::{Change, File, Rule};
use super::text::Text;
use super::{lexis, rust_regions};
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "debug-calls",
    severity: Severity::Medium,
    catches: "`dbg!` in Rust; `debugger` in JavaScript, and the first `console.log` of a component (`.jsx`, `.tsx`, `.vue`, `.svelte`); \
              `breakpoint()` and `pdb.set_trace()` in Python; `binding.pry`, `binding.irb`, `byebug` in Ruby; `var_dump` and `dd` in PHP; `IEx.pry` in Elixir.",
    leaves: "Tests, benches, examples, scripts; comments and strings; `console.log` of a mere text; `console.log` in servers and command-line tools; `print` everywhere.",
    fixes: "Deletes the line if the call is alone on it and has no effect but to show; `dbg!(call())` becomes `call()`.",
    check,
    #[cfg(test)]
    examples,
};

/// Folders in which such calls are usual.
const USUAL_DIRS: &[&str] = &["examples", "example", "scripts", "script", "tools", "bin", "demo", "playground"];

/// Lines of a file's head.
const HEAD_LINES: usize = 10;
/// Lines looked at above and below a call for the next code.
const LINES_LOOKED_AT: usize = 50;

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written() {
        let Some(language) = file.language() else { continue };
        let usual = paths::folder(file.path)
            .split('/')
            .any(|part| USUAL_DIRS.contains(&part) || part.starts_with("playground"));
        if paths::is_test(file.path) || (usual && !file.path.starts_with("src/bin/")) {
            continue;
        }
        // Whoever switches all lints off brought the file along from elsewhere.
        if text.lines().take(HEAD_LINES).any(|(_, line)| line.trim() == "/* eslint-disable */") {
            continue;
        }
        let tests = if language == Language::Rust { rust_regions::test_regions(file.code()) } else { Vec::new() };
        for (number, _) in text.touched().filter(|(number, _)| !rust_regions::contains(&tests, *number)) {
            let Some((call, at)) = call(file, language, file.code_line(number)) else { continue };
            if let Some(draft) = found.at(file, number, Severity::Medium, format!("`{call}` outside tests")) {
                draft.edits = fix(file, text, number, language, at).into_iter().collect();
            }
        }
    }
}

/// The name of a debug call in a line of code, and where it stands.
fn call(file: &File<'_>, language: Language, code: &str) -> Option<(&'static str, usize)> {
    let calls: &[(&'static str, &str)] = match language {
        Language::Rust => &[("dbg!", "dbg!(")],
        Language::JavaScript => &[("debugger", "debugger"), ("console.log", "console.log(")],
        Language::Python => &[
            ("breakpoint()", "breakpoint()"),
            ("pdb.set_trace()", "pdb.set_trace()"),
            ("ipdb.set_trace()", "ipdb.set_trace()"),
        ],
        Language::Ruby => &[("binding.pry", "binding.pry"), ("binding.irb", "binding.irb"), ("byebug", "byebug")],
        Language::Php => &[("var_dump", "var_dump("), ("dd", "dd(")],
        Language::Elixir => &[("IEx.pry", "IEx.pry")],
        _ => return None,
    };
    calls.iter().find_map(|(name, text)| {
        let at = lexis::words(code, text).find(|at| {
            let member =
                code[..*at].ends_with(['.', '$', '@']) || code[..*at].ends_with("->") || code[..*at].ends_with("::");
            let defined = ["fn ", "def ", "function "].iter().any(|word| code[..*at].ends_with(word));
            !member && !defined
        })?;
        let right = match *name {
            // The word is a statement only where nothing but itself stands between separators.
            "debugger" | "byebug" => is_alone(code, at, text.len()),
            "console.log" => {
                is_component(file)
                    && !is_message(&code[at + text.len()..])
                    && !file.old.as_ref().is_some_and(|old| old.whole.contains("console."))
            }
            _ => true,
        };
        right.then_some((*name, at))
    })
}

/// Whether all that is shown is a text: a message to whoever looks, where a look at a value is what was left behind.
fn is_message(arguments: &str) -> bool {
    let Some(quote) = arguments.chars().next() else { return true };
    "'\"`".contains(quote) && arguments[1..].trim_start().trim_start_matches(quote).trim_start().starts_with(')')
}

fn is_component(file: &File<'_>) -> bool {
    ["jsx", "tsx", "vue", "svelte"].contains(&paths::extension(file.path).as_str())
}

fn is_alone(code: &str, at: usize, length: usize) -> bool {
    let (before, after) = (code[..at].trim_end(), code[at + length..].trim_start());
    (before.is_empty() || before.ends_with([';', '{', '}', ')'])) && (after.is_empty() || after.starts_with([';', '}']))
}

/// How to take it out without changing what the program does; `None` where a person should.
fn fix(file: &File<'_>, text: &Text<'_>, number: u32, language: Language, at: usize) -> Option<Edit> {
    let code = file.code_line(number).trim_end();
    let start = text.line_range(number).start;
    // Anything else on the line, a comment included, may matter to somebody.
    if !code[..at].trim().is_empty()
        || text.line(number).trim_end().len() != code.len()
        || !may_lose_a_line(file, text, number, language)
    {
        return None;
    }
    let whole_line = Edit::delete(text.line_range(number));
    match language {
        Language::Rust => {
            let inside = code[at..].strip_prefix("dbg!(")?.strip_suffix(");")?;
            if !is_balanced(inside) {
                return None;
            }
            if has_no_effect(inside) {
                return Some(whole_line);
            }
            let open = start + at;
            let one = !inside.contains(',') && inside.ends_with(')');
            let written = text.whole.get(open + "dbg!(".len()..open + "dbg!(".len() + inside.len())?;
            one.then(|| Edit { range: open..open + code[at..].len(), with: format!("{written};") })
        }
        Language::JavaScript => matches!(&code[at..], "debugger" | "debugger;").then_some(whole_line),
        Language::Python => {
            matches!(&code[at..], "breakpoint()" | "pdb.set_trace()" | "ipdb.set_trace()").then_some(whole_line)
        }
        Language::Ruby => matches!(&code[at..], "binding.pry" | "binding.irb" | "byebug").then_some(whole_line),
        _ => None,
    }
}

/// Whether the lines around still mean the same without this one: it is no body by itself.
fn may_lose_a_line(file: &File<'_>, text: &Text<'_>, number: u32, language: Language) -> bool {
    let before = (1..number)
        .rev()
        .take(LINES_LOOKED_AT)
        .map(|line| file.code_line(line).trim_end())
        .find(|line| !line.trim().is_empty());
    match language {
        Language::Rust | Language::JavaScript => before.is_none_or(|line| line.ends_with([';', '{', '}'])),
        Language::Python => {
            let indent = |line: &str| line.len() - line.trim_start().len();
            let here = indent(file.code_line(number));
            let after = (number + 1..=text.line_count())
                .take(LINES_LOOKED_AT)
                .map(|line| file.code_line(line))
                .find(|line| !line.trim().is_empty());
            // The only statement of its block, if neither neighbour is in the block.
            before.is_none_or(|line| !line.ends_with(':')) || after.is_some_and(|line| indent(line) == here)
        }
        _ => true,
    }
}

fn is_balanced(code: &str) -> bool {
    let mut depth = 0_i32;
    for character in code.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Names, fields and references only: nothing is called, so nothing is lost. Without `&` a value might move, and does not any more.
fn has_no_effect(code: &str) -> bool {
    code.chars().all(|character| {
        character.is_alphanumeric() || matches!(character, '_' | '.' | '&' | '*' | ',' | ' ' | ':' | '"')
    })
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    let rust = "fn a(form: &Form) {\n    b();\n}\n";
    vec![
        Example::of("dbg! alone on its line")
            .edit("src/upload.rs", rust, "fn a(form: &Form) {\n    dbg!(&form.token);\n    b();\n}\n")
            .finds("src/upload.rs", 2, "`dbg!` outside tests")
            .fixed(rust),
        Example::of("dbg! around a call with an effect")
            .edit("src/a.rs", rust, "fn a(form: &Form) {\n    dbg!(b(\"x\"));\n}\n")
            .finds("src/a.rs", 2, "`dbg!`")
            .fixed("fn a(form: &Form) {\n    b(\"x\");\n}\n"),
        Example::of("dbg! within an expression")
            .add("src/a.rs", "fn a() -> u8 {\n    dbg!(1) + 2\n}\n")
            .finds("src/a.rs", 2, "`dbg!`"),
        Example::of("dbg! in a test module")
            .add("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() { dbg!(1); }\n}\n"),
        Example::of("dbg! in a string, a comment, another name")
            .add("src/a.rs", "// dbg!(a)\nconst A: &str = \"dbg!(a)\";\nmy_dbg!(a);\n"),
        Example::of("dbg! in an example").add("examples/a.rs", "fn main() { dbg!(1); }\n"),
        Example::of("a value in a playground")
            .add("packages/playground-files/src/a.vue", "console.log(route.params)\n"),
        Example::of("a file brought along").add("src/a.ts", "/* eslint-disable */\n// @ts-nocheck\ndebugger;\n"),
        Example::of("debugger")
            .edit("src/a.js", "a();\n", "a();\ndebugger;\n")
            .finds("src/a.js", 2, "`debugger`")
            .fixed("a();\n"),
        Example::of("debugger as a body is not fixed").add("src/a.js", "if (a)\n  debugger;\nb();\n").finds(
            "src/a.js",
            2,
            "`debugger`",
        ),
        Example::of("a name with debugger").add("src/a.js", "const debugger_ = a.debugger;\nattach(debugger_url);\n"),
        Example::of("a first console.log in a component").edit("src/A.tsx", "a();\n", "a();\nconsole.log(b);\n").finds(
            "src/A.tsx",
            2,
            "`console.log`",
        ),
        Example::of("a message in a component")
            .add("src/A.jsx", "console.log('uwu mode!');\nconsole.log(\n  'credit'\n);\n"),
        Example::of("a value in a text").add("src/A.jsx", "console.log(`id ${id}`);\n").finds(
            "src/A.jsx",
            1,
            "`console.log`",
        ),
        Example::of("console.log of a server").add("src/server.ts", "console.log('listening');\n"),
        Example::of("breakpoint")
            .edit("a.py", "def a():\n    b()\n", "def a():\n    breakpoint()\n    b()\n")
            .finds("a.py", 2, "`breakpoint()`")
            .fixed("def a():\n    b()\n"),
        Example::of("breakpoint as the only statement is not fixed").add("a.py", "def a():\n    breakpoint()\n").finds(
            "a.py",
            2,
            "`breakpoint()`",
        ),
        Example::of("an import and pdb on one line").add("a.py", "import pdb; pdb.set_trace()\n").finds(
            "a.py",
            1,
            "`pdb.set_trace()`",
        ),
        Example::of("a method of this name").add("a.py", "self.breakpoint()\ndef breakpoint():\n    pass\n"),
        Example::of("binding.pry")
            .add("a.rb", "def a\n  binding.pry\n  b\nend\n")
            .finds("a.rb", 2, "`binding.pry`")
            .fixed("def a\n  b\nend\n"),
        Example::of("var_dump").add("a.php", "<?php\nvar_dump($a);\n").finds("a.php", 2, "`var_dump`"),
        Example::of("a method named dd").add("a.php", "<?php\n$a->dd();\nadd(1);\n"),
        Example::of("an untouched line").edit(
            "src/a.rs",
            "fn a() { dbg!(1); }\nfn b() {}\n",
            "fn a() { dbg!(1); }\nfn c() {}\n",
        ),
    ]
}
