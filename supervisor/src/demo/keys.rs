//! What the person types: `a`, `r`, `q`, each with Enter. Without a terminal nothing is typed, and the page has buttons.

use super::{DemoError, narrate::AUTO};
use domain::pull_request::Choice;
use environment::Environment;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    sync::mpsc,
};

/// Lines typed ahead that are kept.
const TYPED_MAX: usize = 8;

/// Characters of a line that is repeated to the person.
const SHOWN_CHARS_MAX: usize = 40;

/// The keyboard, or `--auto`.
#[derive(Debug)]
pub struct Keys {
    auto: bool,
    typed: mpsc::Receiver<String>,
    choice: Option<Choice>,
    unknown: Option<String>,
}

impl Keys {
    /// Reads stdin, unless it answers by itself.
    pub fn new(auto: bool, environment: &Environment) -> Self {
        let (lines, typed) = mpsc::channel(TYPED_MAX);
        if !auto {
            environment.spawn(async move {
                let mut stdin = BufReader::new(tokio::io::stdin()).lines();
                while let Ok(Some(line)) = stdin.next_line().await {
                    if lines.send(line).await.is_err() {
                        return;
                    }
                }
            });
        }
        Self { auto, typed, choice: None, unknown: None }
    }

    /// The answer to an open request, if one was given.
    ///
    /// # Errors
    /// [`DemoError::Left`].
    pub fn choice(&mut self) -> Result<Option<Choice>, DemoError> {
        if self.auto {
            return Ok(Some(AUTO));
        }
        self.poll()?;
        Ok(self.choice.take())
    }

    /// Takes in what was typed.
    ///
    /// # Errors
    /// [`DemoError::Left`].
    pub fn poll(&mut self) -> Result<(), DemoError> {
        while let Ok(line) = self.typed.try_recv() {
            match heard(&line) {
                Heard::Answer(choice) => self.choice = Some(choice),
                Heard::Leave => return Err(DemoError::Left),
                Heard::Nothing => {}
                Heard::Unknown => self.unknown = Some(line),
            }
        }
        Ok(())
    }

    /// What to say of something typed that means nothing here; said once.
    pub fn correction(&mut self) -> Option<String> {
        self.unknown.take().map(|line| correction(&line))
    }
}

/// What a typed line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Answer(Choice),
    Leave,
    Nothing,
    Unknown,
}

fn heard(line: &str) -> Heard {
    match line.trim().to_ascii_lowercase().as_str() {
        "a" | "apply" => Heard::Answer(Choice::Yes),
        "r" | "reject" => Heard::Answer(Choice::No),
        "q" | "quit" | "leave" => Heard::Leave,
        "" => Heard::Nothing,
        _ => Heard::Unknown,
    }
}

fn correction(line: &str) -> String {
    let shown: String = line.trim().chars().filter(|character| !character.is_control()).take(SHOWN_CHARS_MAX).collect();
    format!("`{shown}` means nothing here; type  a apply · r reject · q leave  (and Enter)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_said_to_and_an_empty_line_is_no_answer() {
        assert_eq!(
            (heard(" A\n"), heard("reject"), heard("q")),
            (Heard::Answer(Choice::Yes), Heard::Answer(Choice::No), Heard::Leave)
        );
        assert_eq!((heard("  "), heard("yes please")), (Heard::Nothing, Heard::Unknown));
        assert_eq!(
            correction("yes\x1b[2J please\n"),
            "`yes[2J please` means nothing here; type  a apply · r reject · q leave  (and Enter)"
        );
    }
}
