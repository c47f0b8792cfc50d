//! Names with letters of another script that cannot be told from Latin ones.

use super::found::Found;
use super::rule::File;
use super::text::Text;
use protocol::Severity;
use std::collections::HashSet;

/// Reports them; part of the rule `hidden-text`.
pub(super) fn check(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    let ascii: HashSet<&str> = names(file.code()).filter(|name| name.is_ascii()).collect();
    for (number, _) in text.touched().filter(|(_, line)| !line.is_ascii()) {
        let mut said = HashSet::new();
        for name in names(file.code_line(number)).filter(|name| !name.is_ascii()) {
            let Some(letter) = name.chars().find(|letter| latin(*letter).is_some()) else { continue };
            let reads: String = name.chars().map(|letter| latin(letter).unwrap_or(letter)).collect();
            let mixed = name.chars().any(|letter| letter.is_ascii_alphabetic());
            // Every letter looks Latin; a word of another script beside Latin ones has letters that do not.
            let suspicious = reads.is_ascii() && (mixed || ascii.contains(reads.as_str()));
            if suspicious && said.insert(name) {
                let title = format!("Look-alike letter U+{:04X} in a name that reads `{reads}`", u32::from(letter));
                if let Some(draft) = found.at(file, number, Severity::High, title) {
                    draft.detail = format!("It is another name than `{reads}`, and nobody can see that.");
                }
            }
        }
    }
}

fn names(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|name| !name.is_empty())
}

/// The Latin letter that a letter of another script cannot be told from; only pairs that common fonts draw alike.
fn latin(character: char) -> Option<char> {
    Some(match character {
        'а' => 'a',
        'с' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'һ' => 'h',
        'і' => 'i',
        'ј' => 'j',
        'ӏ' => 'l',
        'о' | 'ο' | 'օ' => 'o',
        'р' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'ս' => 'u',
        'ѵ' => 'v',
        'ԝ' => 'w',
        'х' => 'x',
        'у' => 'y',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'Υ' => 'Y',
        'Ζ' => 'Z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{lexis, paths::Language};

    #[test]
    fn the_table_does_not_find_itself() {
        // It is full of look-alikes, all of them in literals.
        let code = lexis::code_only(include_str!("look_alikes.rs"), Language::Rust);
        assert!(super::names(&code).all(str::is_ascii));
    }
}
