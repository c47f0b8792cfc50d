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

/// The keyboard, or `--auto`.
#[derive(Debug)]
pub struct Keys {
    auto: bool,
    typed: mpsc::Receiver<String>,
    choice: Option<Choice>,
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
        Self { auto, typed, choice: None }
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
            match line.trim().to_ascii_lowercase().as_str() {
                "a" => self.choice = Some(Choice::Yes),
                "r" => self.choice = Some(Choice::No),
                "q" => return Err(DemoError::Left),
                _ => {}
            }
        }
        Ok(())
    }
}
