//! The stored shape of a type: its fields and variants as serde writes them, and those of all types in it. Read from the
//! source, because nothing else shows a field that is left out when it is empty.

use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syn::{Attribute, Fields, Item};

/// Describes the type `root` and all that it holds, as far as `sources` declare them. Comments and order of declarations
/// make no difference.
pub(super) fn describe(sources: &[&str], root: &str) -> String {
    let types = read(sources);
    let mut told = BTreeMap::new();
    let mut next = VecDeque::from([root.to_owned()]);
    while let Some(name) = next.pop_front() {
        let Some(item) = types.get(&name).filter(|_| !told.contains_key(&name)) else { continue };
        let (text, used) = of_item(item);
        next.extend(used);
        told.insert(name, text);
    }
    told.into_values().collect::<Vec<_>>().join("\n")
}

/// Everything that serde writes, by name.
fn read(sources: &[&str]) -> BTreeMap<String, Item> {
    let mut types = BTreeMap::new();
    for source in sources {
        for item in syn::parse_file(source).expect("our own source is Rust").items {
            let (name, attributes) = match &item {
                Item::Struct(it) => (it.ident.to_string(), &it.attrs),
                Item::Enum(it) => (it.ident.to_string(), &it.attrs),
                _ => continue,
            };
            let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
            if derives.map(tokens).any(|derive| derive.contains("Serialize")) {
                assert!(types.insert(name.clone(), item).is_none(), "two types are called `{name}`");
            }
        }
    }
    types
}

/// Its lines, and the names in its fields.
fn of_item(item: &Item) -> (String, BTreeSet<String>) {
    let mut used = BTreeSet::new();
    let text = match item {
        Item::Struct(it) => format!("{}{}\n{}", it.ident, serde(&it.attrs), of_fields("  ", &it.fields, &mut used)),
        Item::Enum(it) => {
            let variants = it.variants.iter().map(|variant| {
                let fields = of_fields("    ", &variant.fields, &mut used);
                format!("  {}{}\n{fields}", variant.ident, serde(&variant.attrs))
            });
            format!("{}{}\n{}", it.ident, serde(&it.attrs), variants.collect::<String>())
        }
        _ => String::new(),
    };
    (text, used)
}

fn of_fields(indent: &str, fields: &Fields, used: &mut BTreeSet<String>) -> String {
    let lines = fields.iter().enumerate().map(|(place, field)| {
        let name = field.ident.as_ref().map_or_else(|| place.to_string(), ToString::to_string);
        let of = tokens(&field.ty);
        used.extend(of.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned));
        format!("{indent}{name}: {of}{}\n", serde(&field.attrs))
    });
    lines.collect()
}

/// What serde is told about it.
fn serde(attributes: &[Attribute]) -> String {
    let told = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    told.map(|attribute| format!(" {}", tokens(attribute))).collect()
}

/// Without the blanks between them, but for one after a comma.
fn tokens(of: &impl ToTokens) -> String {
    of.to_token_stream().to_string().replace(' ', "").replace(',', ", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        /// A comment.
        #[derive(Debug, Serialize, Deserialize)]
        pub struct State { pub at: u64, #[serde(default, skip_serializing_if = "Vec::is_empty")] pub old: Vec<Way> }
        #[derive(Serialize)]
        #[serde(tag = "way")]
        enum Way { Up, Down { by: u8 }, Off(Option<Why>) }
        #[derive(Serialize)]
        struct Why(String);
        #[derive(Serialize)]
        struct NotInIt;
    "#;

    #[test]
    fn every_field_that_can_be_reached_is_told() {
        let told = "\
State
  at: u64
  old: Vec<Way> #[serde(default, skip_serializing_if=\"Vec::is_empty\")]

Way #[serde(tag=\"way\")]
  Up
  Down
    by: u8
  Off
    0: Option<Why>

Why
  0: String
";
        assert_eq!(describe(&[SOURCE], "State"), told);
    }

    #[test]
    fn a_change_shows_wherever_it_is_and_a_comment_does_not() {
        let shape = describe(&[SOURCE], "State");
        assert_eq!(describe(&[&SOURCE.replace("A comment", "Another one")], "State"), shape);
        for (was, is) in [("by: u8", "by: u16"), ("Up,", "Up, Left,"), ("default, ", ""), ("Why(String)", "Why(u8)")] {
            assert_ne!(describe(&[&SOURCE.replace(was, is)], "State"), shape, "{was} became {is}");
        }
    }
}
