//! Log lines. One event is one line, whatever a field holds: much of what is logged was worded by a pull request, a
//! machine or a webhook, and a line feed in it must not begin a line that looks like one of ours.

use std::fmt::{self, Write as _};
use tracing::field::Field;
use tracing_subscriber::{field::MakeExt, fmt::format};

/// How the fields of an event are written as text: the message as it is, the others as `name=value`, and in all of them
/// whatever a reader or a terminal would obey as its escape.
pub fn fields() -> impl for<'writer> tracing_subscriber::fmt::FormatFields<'writer> + Send + Sync + 'static {
    format::debug_fn(write_field).delimited(" ")
}

fn write_field(writer: &mut format::Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let mut writer = OneLine(writer);
    match field.name() {
        "message" => write!(writer, "{value:?}"),
        name => write!(writer, "{}={value:?}", name.strip_prefix("r#").unwrap_or(name)),
    }
}

/// Passes text on, with control characters and marks of text direction escaped.
struct OneLine<'a, 'writer>(&'a mut format::Writer<'writer>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let obeyed = character.is_control()
                || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if obeyed { write!(self.0, "{}", character.escape_default())? } else { self.0.write_char(character)? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(event: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .fmt_fields(super::fields())
            .with_writer(move || writer.clone());
        tracing::subscriber::with_default(log.finish(), event);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn an_event_is_one_line_whatever_its_fields_hold() {
        let hostile = "`a\n2026-11-21 INFO granted\r\u{1b}[2J\u{202e}b`";
        let line = logged(|| tracing::warn!(refusal = %hostile, path = hostile, run = 3, "a patch is refused"));
        assert_eq!(
            line,
            " WARN a patch is refused refusal=`a\\n2026-11-21 INFO granted\\r\\u{1b}[2J\\u{202e}b` \
             path=\"`a\\n2026-11-21 INFO granted\\r\\u{1b}[2J\\u{202e}b`\" run=3\n"
        );
        assert_eq!(logged(|| tracing::warn!("{hostile}")).lines().count(), 1);
    }
}
