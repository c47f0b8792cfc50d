//! The words of a text, one after another, with their places in it.

/// Words that are looked at: a time stands at the beginning or the end of what people write.
const WORDS_MAX: usize = 400;
/// What may stand around a word without being part of it.
const AROUND: [char; 9] = [',', '.', ';', ':', '!', '?', '(', ')', '"'];

/// One word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// As it was written, without what stands around it.
    pub text: &'a str,
    /// Where it begins in the whole text, what stands before it included.
    pub begin: usize,
}

pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let start = text.as_ptr() as usize;
    let word = |part: &'_ str| (part.as_ptr() as usize - start, part.len());
    let parts = text.split_whitespace().take(WORDS_MAX).map(word);
    parts.map(|(begin, length)| Word { text: text[begin..begin + length].trim_matches(AROUND), begin }).collect()
}

/// A place among the words.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    words: &'a [Word<'a>],
    place: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(words: &'a [Word<'a>]) -> Self {
        Self { words, place: 0 }
    }

    pub fn place(&self) -> usize {
        self.place
    }

    pub fn at_end(&self) -> bool {
        self.place >= self.words.len()
    }

    /// The next word as it was written.
    pub fn peek(&self) -> Option<&'a str> {
        self.words.get(self.place).map(|word| word.text)
    }

    /// The next word in small letters.
    pub fn lower(&self) -> String {
        self.peek().unwrap_or_default().to_lowercase()
    }

    pub fn next(&mut self) {
        self.place += 1;
    }

    /// Steps over the next word if it is one of these.
    pub fn skip(&mut self, any: &[&str]) -> bool {
        let found = self.peek().is_some() && any.contains(&self.lower().as_str());
        self.place += usize::from(found);
        found
    }

    /// Tries to read something; stays where it is if there is no such thing.
    pub fn attempt<T, E>(&mut self, read: impl FnOnce(&mut Self) -> Result<Option<T>, E>) -> Result<Option<T>, E> {
        let before = self.place;
        let found = read(self);
        if !matches!(found, Ok(Some(_))) {
            self.place = before;
        }
        found
    }
}
