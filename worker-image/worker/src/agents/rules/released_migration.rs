//! Migrations that were merged are history: databases have run them.

use super::found::Found;
use super::input::Status;
use super::paths;
use super::rule::{Change, Rule};
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "released-migration",
    severity: Severity::Low,
    catches: "A change to a numbered or dated migration that is already in the base branch (`migrations/`, `db/migrate/`, \
              Alembic `versions/`, Prisma, Flyway `V…__`).",
    leaves: "New migrations, deleted ones, changes of comments and empty lines only, repeatable ones (`R__`).",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written().filter(|(file, _)| is_migration(file.path) && !paths::is_test(file.path)) {
        let Some(old) = &file.old else { continue };
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

fn is_statement(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !["--", "#", "//", "/*", "*"].iter().any(|comment| line.starts_with(comment))
}

fn parent(path: &str) -> &str {
    paths::file_name(paths::folder(path))
}

fn starts_with_digits(name: &str, count: usize) -> bool {
    name.bytes().take_while(u8::is_ascii_digit).count() >= count
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
        Example::of("a comment").edit("migrations/0003_a.sql", "-- a\nSELECT 1;\n", "-- b\nSELECT 1;\n"),
        edit("tests/data/migrations/0003_orders.sql"),
        edit("db/schema.rb"),
        edit("migrations/README.sql"),
        edit("docs/migrations.sql"),
    ]
}
