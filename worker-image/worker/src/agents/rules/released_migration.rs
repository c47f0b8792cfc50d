//! Migrations that were merged are history: databases have run them.

use super::found::Found;
use super::input::Status;
use super::paths;
use super::rule::{Change, Rule};
use protocol::Severity;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    name: "released-migration",
    severity: Severity::Low,
    catches: "A change to a numbered or dated migration that is already in the base branch (`migrations/`, `db/migrate/`, \
              Alembic `versions/`, Prisma, Flyway `V…__`).",
    leaves: "New migrations, deleted ones, the way back (`down.sql`, `def down`), changes of comments, layout and what is printed only, repeatable ones (`R__`).",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written().filter(|(file, _)| is_migration(file.path) && !paths::is_test(file.path)) {
        let Some(old) = &file.old else { continue };
        if is_way_back(file.path) || essence(old.whole) == essence(text.whole) {
            continue;
        }
        if !matches!(file.raw.status, Status::Modified | Status::Renamed) {
            continue;
        }
        let first = text.touched().find(|(_, line)| is_statement(line)).map(|(number, _)| number);
        if first.is_none() && !old.touched().any(|(_, line)| is_statement(line)) {
            continue;
        }
        let name = paths::file_name(file.path);
        let shown = if starts_with_digits(name, 1) || name.starts_with('V') { name } else { parent(file.path) };
        let title = format!("Migration `{shown}` changed after it was merged");
        let draft = match first {
            Some(line) => found.at(file, line, Severity::Low, title.clone()),
            None => found.whole(file.path, Severity::Low, title.clone()),
        };
        if let Some(draft) = draft {
            draft.key = title;
            draft.detail = "Databases that ran it keep the old result, or refuse its new checksum. A new migration reaches all of them.".to_owned();
        }
    }
}

/// What a migration does to a database, as far as its words and operators show it: without comments, layout, what it
/// prints, its way back and what a linter moves about. They are counted and not compared in order, since formatters
/// reorder and rejoin lines.
fn essence(text: &str) -> BTreeMap<String, usize> {
    const WAY_BACK: &[&str] =
        &["def down", "def downgrade", "public function down(", "async down(", "async function down("];
    const SILENT: &[&str] = &["public", "protected", "private", "static", "final", "def", "up", "change", "end"];
    let mut essence = BTreeMap::new();
    let mut way_back: Option<usize> = None;
    for line in text.lines().filter(|line| is_statement(line)) {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        if let Some(depth) = way_back {
            if indent > depth || (indent == depth && line == "{") {
                continue;
            }
            way_back = None;
            if indent == depth && (line == "end" || line.starts_with('}')) {
                continue;
            }
        }
        way_back = WAY_BACK.iter().any(|open| line.starts_with(open)).then_some(indent);
        // A class's name is not what it does.
        if way_back.is_some() || line.contains("extends Migration") {
            continue;
        }
        let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
        let operators = line.matches(|character: char| "<>=!+-*/%|&".contains(character));
        for word in words.chain(operators).filter(|word| !word.is_empty() && !SILENT.contains(word)) {
            *essence.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    essence
}

fn is_statement(line: &str) -> bool {
    let line = line.trim();
    let silent = [
        "--",
        "#",
        "//",
        "/*",
        "*",
        "puts ",
        "say ",
        "print(",
        "Rails.logger",
        "console.log(",
        "use ",
        "import ",
        "declare(strict",
        "verbose_name=",
        "help_text=",
    ];
    !line.is_empty() && !silent.iter().any(|start| line.starts_with(start))
}

fn parent(path: &str) -> &str {
    paths::file_name(paths::folder(path))
}

fn starts_with_digits(name: &str, count: usize) -> bool {
    name.bytes().take_while(u8::is_ascii_digit).count() >= count
}

/// Whether it undoes a migration: nothing has run it where the migration stands.
fn is_way_back(path: &str) -> bool {
    let name = paths::file_name(path);
    name.starts_with("down.") || name.contains(".down.") || name.contains("_down.")
}

fn is_migration(path: &str) -> bool {
    let name = paths::file_name(path);
    let code = ["sql", "rb", "py", "js", "ts", "php", "go", "exs", "kt", "java", "cs", "xml"]
        .contains(&paths::extension(path).as_str());
    let folder: Vec<_> = paths::folder(path).split('/').collect();
    let within = |names: &[&str]| folder.iter().any(|part| names.contains(part));
    let flyway = name.strip_prefix('V').is_some_and(|rest| starts_with_digits(rest, 1) && rest.contains("__"));
    let migrations = within(&["migrations", "migrate", "migration"]);
    let numbered = starts_with_digits(name, 3)
        || (starts_with_digits(parent(path), 3) && ["up.sql", "down.sql", "migration.sql"].contains(&name));
    let alembic = folder.last() == Some(&"versions")
        && within(&["alembic", "migrations"])
        && paths::extension(path) == "py"
        && name != "__init__.py";
    code && (flyway || (migrations && numbered) || alembic)
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    let edit =
        |path: &str| Example::of("an edit").edit(path, "CREATE TABLE a (b INT);\n", "CREATE TABLE a (b BIGINT);\n");
    vec![
        edit("migrations/0003_orders.sql").finds(
            "migrations/0003_orders.sql",
            1,
            "Migration `0003_orders.sql` changed after it was merged",
        ),
        edit("db/migrate/20240101120000_add.rb").finds("db/migrate/20240101120000_add.rb", 1, "Migration"),
        edit("prisma/migrations/20240101120000_init/migration.sql").finds(
            "prisma/migrations/20240101120000_init/migration.sql",
            1,
            "`20240101120000_init`",
        ),
        edit("src/main/resources/db/migration/V2__add.sql").finds(
            "src/main/resources/db/migration/V2__add.sql",
            1,
            "Migration `V2__add.sql`",
        ),
        edit("alembic/versions/ae10_add.py").finds("alembic/versions/ae10_add.py", 1, "Migration"),
        Example::of("a new one").add("migrations/0004_more.sql", "CREATE TABLE c (d INT);\n"),
        Example::of("layout").edit("migrations/0003_a.sql", "SELECT - 1, 2;\n", "select -1,\n    2;\n"),
        Example::of("what it prints").edit(
            "db/migrate/20240101120000_a.rb",
            "class A\n  def up\n    puts 1\n    add 'a'\n  end\nend\n",
            "class A\n  def up\n    Rails.logger.info 1\n    add \"a\"\n  end\nend\n",
        ),
        Example::of("what a linter asks for").edit(
            "database/migrations/2026_04_13_185808_a.php",
            "<?php\nuse A;\nclass B extends Migration\n{\n    protected static function up() { a(); }\n};\n",
            "<?php\ndeclare(strict_types=1);\nreturn new class extends Migration {\n    private static function up() { a(); }\n};\n",
        ),
        Example::of("what a formatter does").edit(
            "database/migrations/2026_04_13_185808_a.php",
            "<?php\nSchema::create(\n    'a',\n    static function (B $b) {\n        $b->id('x',);\n    }\n);\nfunction down() {\n}\n",
            "<?php\nfunction down() {}\nSchema::create('a', static function (B $b) {\n    $b->id('x');\n});\n",
        ),
        Example::of("a label").edit(
            "shop/migrations/0003_a.py",
            "AddField(\n    help_text='a b',\n)\n",
            "AddField(\n    help_text='a c',\n)\n",
        ),
        Example::of("an operator").edit("migrations/0003_a.sql", "CHECK (a > 1)\n", "CHECK (a >= 1)\n").finds("migrations/0003_a.sql", 1, "Migration"),
        Example::of("a way back for it").edit(
            "db/migrate/20240101120000_a.rb",
            "class A\n  def change\n    add :a\n  end\nend\n",
            "class A\n  def up\n    add :a\n  end\n\n  def down\n    raise No\n  end\nend\n",
        ),
        Example::of("what comes after its way back")
            .edit(
                "db/migrate/20240101120000_a.rb",
                "class A\n  def down\n    drop :a\n  end\n\n  def up\n    add :a\n  end\nend\n",
                "class A\n  def down\n    drop :a\n  end\n\n  def up\n    add :b\n  end\nend\n",
            )
            .finds("db/migrate/20240101120000_a.rb", 7, "Migration"),
        Example::of("a comment").edit("migrations/0003_a.sql", "-- a\nSELECT 1;\n", "-- b\nSELECT 1;\n"),
        edit("migrations/2024-01-01-120000_add/up.sql").finds(
            "migrations/2024-01-01-120000_add/up.sql",
            1,
            "Migration",
        ),
        edit("migrations/2024-01-01-120000_add/down.sql"),
        edit("migrations/000003_orders.down.sql"),
        edit("tests/data/migrations/0003_orders.sql"),
        edit("db/schema.rb"),
        edit("migrations/README.sql"),
        edit("docs/migrations.sql"),
    ]
}
