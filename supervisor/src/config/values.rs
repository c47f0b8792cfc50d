use super::{
    Error, Schedule, Variables,
    keys::{KEYS, Key, Kind, SECTIONS},
    span,
};
use std::{collections::BTreeMap, time::Duration};

/// Bytes of a secret's file: a PEM key has under 4 KiB.
const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

/// A value that fits its kind.
#[derive(Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Number(u64),
    Switch(bool),
    Span(Duration),
    Schedule(Box<Schedule>),
    Texts(Vec<String>),
    Numbers(Vec<u64>),
}

/// Every key's value: default, file, environment, the later over the earlier.
pub(super) struct Values(BTreeMap<String, Value>);

impl Values {
    pub(super) fn collect(text: &str, origin: &str, variables: &Variables) -> Result<Self, Error> {
        let mut values = Self(BTreeMap::new());
        for key in KEYS {
            if let Some(default) = key.default {
                values.set(key, "default", from_text(key.kind, default))?;
            }
        }
        values.take_file(text, origin)?;
        values.take_variables(variables)?;
        Ok(values)
    }

    fn take_file(&mut self, text: &str, origin: &str) -> Result<(), Error> {
        let not_toml = |error: toml::de::Error| Error::NotToml {
            origin: origin.into(),
            // Only the message and the line: the parser's picture of the line could show a secret.
            what: match error.span() {
                Some(span) => format!("{} (line {})", error.message(), 1 + text[..span.start].matches('\n').count()),
                None => error.message().into(),
            },
        };
        let table: toml::Table = toml::from_str(text).map_err(not_toml)?;
        for (section, content) in table {
            if !SECTIONS.contains(&section.as_str()) {
                let nearest = nearest(&section, SECTIONS.iter().copied());
                return Err(Error::UnknownSection { section, origin: origin.into(), nearest });
            }
            let toml::Value::Table(content) = content else {
                let wanted = format!("a section: `[{section}]`");
                return Err(Error::BadValue { key: section, origin: origin.into(), wanted });
            };
            for (name, value) in content {
                let path = format!("{section}.{name}");
                let Some(key) = KEYS.iter().find(|key| key.path() == path) else {
                    return Err(Error::UnknownKey { nearest: nearest_key(&path), key: path, origin: origin.into() });
                };
                self.set(key, origin, from_toml(key.kind, &value))?;
            }
        }
        Ok(())
    }

    fn take_variables(&mut self, variables: &Variables) -> Result<(), Error> {
        let known: Vec<String> = KEYS.iter().flat_map(names).collect();
        for name in variables.keys().filter(|name| SECTIONS.iter().any(|section| is_in(section, name))) {
            if !known.contains(name) {
                let nearest = nearest(name, known.iter().map(String::as_str)).to_owned();
                return Err(Error::UnknownVariable { name: name.clone(), nearest });
            }
        }
        for key in KEYS {
            let name = key.variable();
            let file_name = format!("{name}_FILE");
            let file = variables.get(&file_name).filter(|_| key.kind == Kind::Secret);
            match (variables.get(&name), file) {
                (Some(_), Some(_)) => return Err(Error::Twice { name }),
                (Some(value), None) => self.set(key, &name, from_text(key.kind, value))?,
                (None, Some(path)) => {
                    let secret = read_secret(path).map_err(|source| Error::SecretFile {
                        name: file_name.clone(),
                        path: path.clone(),
                        source,
                    })?;
                    self.set(key, &file_name, from_text(key.kind, &secret))?;
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn set(&mut self, key: &Key, origin: &str, value: Option<Value>) -> Result<(), Error> {
        let value = value.ok_or_else(|| Error::BadValue {
            key: key.path(),
            origin: origin.into(),
            wanted: wanted(key.kind),
        })?;
        self.0.insert(key.path(), value);
        Ok(())
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        if let Some(Value::Text(text)) = self.0.get(path) { Some(text) } else { None }
    }

    pub(super) fn number(&self, path: &str) -> Option<u64> {
        if let Some(Value::Number(number)) = self.0.get(path) { Some(*number) } else { None }
    }

    pub(super) fn switch(&self, path: &str) -> bool {
        matches!(self.0.get(path), Some(Value::Switch(true)))
    }

    pub(super) fn span(&self, path: &str) -> Option<Duration> {
        if let Some(Value::Span(span)) = self.0.get(path) { Some(*span) } else { None }
    }

    pub(super) fn schedule(&self, path: &str) -> Option<Schedule> {
        if let Some(Value::Schedule(schedule)) = self.0.get(path) { Some((**schedule).clone()) } else { None }
    }

    pub(super) fn texts(&self, path: &str) -> Option<Vec<String>> {
        if let Some(Value::Texts(texts)) = self.0.get(path) { Some(texts.clone()) } else { None }
    }

    pub(super) fn numbers(&self, path: &str) -> Option<Vec<u64>> {
        if let Some(Value::Numbers(numbers)) = self.0.get(path) { Some(numbers.clone()) } else { None }
    }
}

fn names(key: &Key) -> Vec<String> {
    let name = key.variable();
    if key.kind == Kind::Secret { vec![format!("{name}_FILE"), name] } else { vec![name] }
}

fn is_in(section: &str, name: &str) -> bool {
    name.strip_prefix("LONGSHORE_")
        .and_then(|rest| rest.strip_prefix(&section.to_uppercase()))
        .is_some_and(|rest| rest.starts_with('_'))
}

fn read_secret(path: &str) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(path)?.take(SECRET_FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn from_text(kind: Kind, text: &str) -> Option<Value> {
    let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
    Some(match kind {
        Kind::Text => Value::Text(text.to_owned()),
        // An editor ends a file with a line feed that is no part of the secret; an empty secret is a mistake.
        Kind::Secret => Value::Text(Some(text.trim_end_matches(['\r', '\n'])).filter(|it| !it.is_empty())?.to_owned()),
        Kind::Number(min, max) => Value::Number(text.parse().ok().filter(|number| (min..=max).contains(number))?),
        Kind::Switch => Value::Switch(text.parse().ok()?),
        Kind::Span => Value::Span(span::parse(text)?),
        Kind::Schedule => Value::Schedule(Box::new(Schedule::parse(text)?)),
        Kind::OneOf(words) => Value::Text((*words.iter().find(|word| **word == text)?).to_owned()),
        Kind::Texts => Value::Texts(parts().map(str::to_owned).collect()),
        Kind::Numbers => Value::Numbers(parts().map(|part| part.parse().ok()).collect::<Option<_>>()?),
    })
}

fn from_toml(kind: Kind, value: &toml::Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Texts, toml::Value::Array(items)) => {
            Some(Value::Texts(items.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Option<_>>()?))
        }
        (Kind::Numbers, toml::Value::Array(items)) => {
            let number = |it: &toml::Value| it.as_integer().and_then(|number| u64::try_from(number).ok());
            Some(Value::Numbers(items.iter().map(number).collect::<Option<_>>()?))
        }
        (Kind::Texts | Kind::Numbers, _) => None,
        (Kind::Number(..), toml::Value::Integer(number)) => from_text(kind, &number.to_string()),
        (Kind::Switch, toml::Value::Boolean(switch)) => Some(Value::Switch(*switch)),
        (Kind::Text | Kind::Secret | Kind::Span | Kind::Schedule | Kind::OneOf(_), toml::Value::String(text)) => {
            from_text(kind, text)
        }
        _ => None,
    }
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Text => "a text".into(),
        Kind::Secret => "a text that is not empty".into(),
        Kind::Number(min, u64::MAX) => format!("a whole number from {min}"),
        Kind::Number(min, max) => format!("a whole number from {min} to {max}"),
        Kind::Switch => "`true` or `false`".into(),
        Kind::Span => "a span of time such as \"24h\", \"90s\" or \"1h30m\"".into(),
        Kind::Schedule => {
            "a cron expression of six fields, seconds first, such as \"0 0 3 * * *\" (every day at 03:00 UTC)".into()
        }
        Kind::OneOf(words) => {
            format!("one of {}", words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "))
        }
        Kind::Texts => "a list of texts".into(),
        Kind::Numbers => "a list of whole numbers".into(),
    }
}

fn nearest_key(path: &str) -> String {
    let paths: Vec<String> = KEYS.iter().map(Key::path).collect();
    nearest(path, paths.iter().map(String::as_str)).to_owned()
}

pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    let distance = |it: &&str| strsim::damerau_levenshtein(word, it);
    known.min_by_key(distance).unwrap_or_default()
}
