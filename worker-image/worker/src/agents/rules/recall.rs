//! Mistakes as people make them, three of each kind, each within an otherwise ordinary change that every rule reads.
//!
//! The examples of a rule are as small as they can be; here the same things stand where they stand in practice, so that
//! what was mended for precision is seen to still find what it is for.

use super::examples::Example;
use super::secrets::planted;
use super::{RULES, review};
use protocol::RulesOptions;
use std::collections::HashMap;

/// A mistake: the rule that must find it, where, and the change.
type Planted = (&'static str, &'static str, u32, Example);

/// Mistakes planted for each rule.
const EACH: usize = 3;

const PYTHON: &str = "import json\n\n\ndef load(path):\n    with open(path) as file:\n        return json.load(file)\n";
const RUST: &str = "pub fn total(items: &[Item]) -> u64 {\n    items.iter().map(|item| item.price).sum()\n}\n";
const WORKFLOW: &str = "name: CI\non:\n  pull_request:\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make test\n";
const COMPOSE: &str =
    "services:\n  web:\n    image: nginx\n    ports:\n      - \"80:80\"\n  db:\n    image: postgres:16\n";
const PACKAGE: &str = "{\n  \"name\": \"shop\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"express\": \"^4.18.0\"\n  }\n}\n";
const CARGO: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\n";
const MIGRATION: &str =
    "-- Orders.\nCREATE TABLE orders (\n    id BIGINT PRIMARY KEY,\n    placed_at TIMESTAMP NOT NULL\n);\n";

fn text() -> Vec<Planted> {
    let edit =
        |path: &str, old: &str, from: &str, to: &str| Example::of("").edit(path, old, &old.replacen(from, to, 1));
    let conflict = |old: &str, at: &str| {
        // Joined here, so that this file has no line that begins with a marker.
        let both = ["<<<<<<< HEAD", at, "=======", "    other", ">>>>>>> topic"].join("\n");
        old.replacen(at, &both, 1)
    };
    vec![
        ("hidden-text", "auth.py", 4, edit("auth.py", PYTHON, "def load(path):", "def load(path, admin=False):  # \u{202e}}\u{2066}if admin\u{2069}")),
        ("hidden-text", "src/total.rs", 2, edit("src/total.rs", RUST, "items.iter()", "items\u{200b}.iter()")),
        ("hidden-text", "auth.py", 5, edit("auth.py", PYTHON, "open(path)", "\u{43e}pen(path)")),
        ("conflict-markers", "auth.py", 5, Example::of("").edit("auth.py", PYTHON, &conflict(PYTHON, "    with open(path) as file:"))),
        ("conflict-markers", "compose.yml", 3, Example::of("").edit("compose.yml", COMPOSE, &conflict(COMPOSE, "    image: nginx"))),
        ("conflict-markers", "README.md", 3, Example::of("").edit("README.md", "# Shop\n\nSells things.\n", &conflict("# Shop\n\nSells things.\n", "Sells things."))),
        ("debug-calls", "src/total.rs", 2, edit("src/total.rs", RUST, "items.iter()", "dbg!(items).iter()")),
        ("debug-calls", "shop/auth.py", 5, edit("shop/auth.py", PYTHON, "    with", "    breakpoint()\n    with")),
        ("debug-calls", "app/models/order.rb", 3, Example::of("").edit("app/models/order.rb", "class Order\n  def total\n    items.sum(&:price)\n  end\nend\n", "class Order\n  def total\n    binding.pry\n    items.sum(&:price)\n  end\nend\n")),
        ("tests-removed", "tests/test_auth.py", 0, edit("shop/auth.py", PYTHON, "json.load(file)", "json.loads(file.read())").delete("tests/test_auth.py", "def test_load_rejects_a_list():\n    with raises(TypeError):\n        load('list.json')\n")),
        ("tests-removed", "src/cart.test.ts", 4, Example::of("").edit("src/cart.ts", "export const max = 10;\n", "export const max = 20;\n").edit("src/cart.test.ts", "import { it } from 'vitest';\n\ndescribe('cart', () => {\n  it('refuses the eleventh', () => {\n    expect(add(11)).toThrow();\n  });\n});\n", "import { it } from 'vitest';\n\ndescribe('cart', () => {\n  it.skip('refuses the eleventh', () => {\n    expect(add(11)).toThrow();\n  });\n});\n")),
        ("tests-removed", "src/total.rs", 0, Example::of("").edit("src/total.rs", &format!("{RUST}\n#[cfg(test)]\nmod tests {{\n    #[test]\n    fn no_items_cost_nothing() {{\n        assert_eq!(total(&[]), 0);\n    }}\n}}\n"), &RUST.replace("price", "price + item.tax"))),
    ]
}

fn data() -> Vec<Planted> {
    let edit =
        |path: &str, old: &str, from: &str, to: &str| Example::of("").edit(path, old, &old.replacen(from, to, 1));
    let aws = planted::aws();
    vec![
        ("secrets", "deploy/settings.py", 2, Example::of("").add("deploy/settings.py", &format!("DEBUG = False\nGITHUB_TOKEN = '{}'\n", planted::github()))),
        ("secrets", ".env", 2, Example::of("").add(".env", &format!("PORT=80\nAWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n", aws.0, aws.1))),
        ("secrets", "deploy/tls.pem", 1, Example::of("").add("deploy/tls.pem", &planted::private_key())),
        ("json-parses", "package.json", 5, edit("package.json", PACKAGE, "\"^4.18.0\"", "\"^4.18.0\",")),
        ("json-parses", "package.json", 3, edit("package.json", PACKAGE, "\"1.0.0\",", "\"1.1.0\"")),
        ("json-parses", "package.json", 4, edit("package.json", PACKAGE, "  \"dependencies\"", "  \"version\": \"1.1.0\",\n  \"dependencies\"")),
        ("yaml-parses", "compose.yml", 3, edit("compose.yml", COMPOSE, "nginx", "nginx: latest")),
        ("yaml-parses", "compose.yml", 4, edit("compose.yml", COMPOSE, "    ports", "\tports")),
        ("yaml-parses", "compose.yml", 8, edit("compose.yml", COMPOSE, "postgres:16", "postgres:16\n    image: postgres:17")),
        ("toml-parses", "Cargo.toml", 3, edit("Cargo.toml", CARGO, "\"0.1.0\"", "0.2.0")),
        ("toml-parses", "Cargo.toml", 8, edit("Cargo.toml", CARGO, "[\"derive\"] }\n", "[\"derive\"] }\nserde = \"1\"\n")),
        ("toml-parses", "Cargo.toml", 6, edit("Cargo.toml", CARGO, "[dependencies]", "[dependencies")),
        ("lock-file", "Cargo.toml", 8, edit("Cargo.toml", CARGO, "[\"derive\"] }\n", "[\"derive\"] }\nregex = \"1.10\"\n").head("Cargo.lock")),
        ("lock-file", "package.json", 5, edit("package.json", PACKAGE, "^4.18.0", "^5.0.0").head("package-lock.json")),
        ("lock-file", "Gemfile", 3, Example::of("").edit("Gemfile", "source 'https://rubygems.org'\ngem 'rails', '~> 7.0'\n", "source 'https://rubygems.org'\ngem 'rails', '~> 7.0'\ngem 'pg', '~> 1.5'\n").head("Gemfile.lock")),
        ("released-migration", "migrations/0007_orders.sql", 4, edit("migrations/0007_orders.sql", MIGRATION, "TIMESTAMP NOT NULL", "TIMESTAMP")),
        ("released-migration", "db/migrate/20250110120000_add_total.rb", 3, Example::of("").edit("db/migrate/20250110120000_add_total.rb", "class AddTotal < ActiveRecord::Migration[8.0]\n  def change\n    add_column :orders, :total, :integer\n  end\nend\n", "class AddTotal < ActiveRecord::Migration[8.0]\n  def change\n    add_column :orders, :total, :bigint\n  end\nend\n")),
        ("released-migration", "shop/migrations/0002_total.py", 2, Example::of("").edit("shop/migrations/0002_total.py", "class Migration:\n    operations = [AddField('order', 'total', Integer())]\n", "class Migration:\n    operations = [AddField('order', 'total', Decimal())]\n")),
    ]
}

fn files() -> Vec<Planted> {
    let edit =
        |path: &str, old: &str, from: &str, to: &str| Example::of("").edit(path, old, &old.replacen(from, to, 1));
    let binary = |bytes: usize| "\0".repeat(bytes);
    vec![
        (
            "workflow-risk",
            ".github/workflows/ci.yml",
            9,
            edit(
                ".github/workflows/ci.yml",
                WORKFLOW,
                "make test",
                "echo \"Testing ${{ github.event.pull_request.title }}\"",
            ),
        ),
        (
            "workflow-risk",
            ".github/workflows/ci.yml",
            10,
            edit(
                ".github/workflows/ci.yml",
                &WORKFLOW.replace("pull_request:", "pull_request_target:"),
                "checkout@v4",
                "checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}",
            ),
        ),
        (
            "workflow-risk",
            ".github/workflows/ci.yml",
            10,
            edit(
                ".github/workflows/ci.yml",
                WORKFLOW,
                "make test",
                "make test\n      - uses: some/notifier@v2\n        with:\n          token: ${{ secrets.SLACK_TOKEN }}",
            ),
        ),
        ("links-and-paths", "config/passwords", 0, Example::of("").link("config/passwords", "/etc/shadow")),
        ("links-and-paths", "docs/readme.md", 0, Example::of("").add("docs/readme.md", "a\n").head("docs/README.md")),
        (
            "links-and-paths",
            "logs/2025-01-10T12:00.txt",
            0,
            Example::of("").add("logs/2025-01-10T12:00.txt", "a\n").head("src/a.rs"),
        ),
        ("large-binary", "docs/demo.mp4", 0, Example::of("").add("docs/demo.mp4", &binary(3 << 20))),
        ("large-binary", "bin/tool", 0, Example::of("").add("bin/tool", &binary((1 << 20) + 1))),
        (
            "large-binary",
            "data/model.onnx",
            0,
            Example::of("").add("data/model.onnx", &binary(2 << 20)).add("README.md", "a\n"),
        ),
    ]
}

#[test]
fn what_people_get_wrong_is_found_whatever_else_changes() {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (rule, path, line, example) in text().into_iter().chain(data()).chain(files()) {
        // Something ordinary beside it, so that no rule has the change for itself.
        let change = example.add("docs/notes.md", "# Notes\n\nNothing to see.\n");
        let report = review(&change.input, &RulesOptions::default());
        let found = report.findings.iter().any(|it| it.rule == rule && it.path == path && it.line.unwrap_or(0) == line);
        assert!(found, "{rule} {path}:{line}\nfound {:#?}", report.findings);
        *counts.entry(rule).or_default() += 1;
    }
    for rule in RULES {
        assert!(
            counts.get(rule.name).is_some_and(|count| *count >= EACH),
            "{} needs {EACH} planted mistakes",
            rule.name
        );
    }
}
