//! Characters without a shape of their own, and where each has its right place.

/// Whether a character is a bidi control or has no shape of its own.
pub(super) fn is_hidden(character: char) -> bool {
    name(character).is_some()
}

/// What a hidden character is called.
pub(super) fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "end of direction",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "end of isolate",
        '\u{200e}' | '\u{200f}' | '\u{061c}' => "direction mark",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "zero width no-break space",
        '\u{00ad}' => "soft hyphen",
        '\u{034f}' => "grapheme joiner",
        '\u{180e}' => "vowel separator",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "Hangul filler",
        '\u{e0000}'..='\u{e007f}' => "hidden tag",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "variation selector",
        _ => return None,
    })
}

/// Controls that reorder what a reader sees.
pub(super) fn is_bidi(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Controls that reorder whatever stands there; text of no language needs them.
pub(super) fn is_override(character: char) -> bool {
    matches!(character, '\u{202d}' | '\u{202e}')
}

/// Characters that come along when a sentence is pasted: odd in a comment, harmful in a name.
pub(super) fn is_typographic(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe0e}' | '\u{fe0f}' | '\u{feff}'
    )
}

/// A line in which hidden characters are judged.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// Whether people write sentences in the file.
    prose: bool,
    /// Whether the line has letters that run from right to left.
    right_to_left: bool,
    /// Whether the line has letters of a script without spaces, in which zero width ones say where a line may break.
    unspaced: bool,
    /// Whether all hidden tags belong to flags of regions: a black flag and a few letters each.
    flags: bool,
}

/// Tags in the longest flag, its end included.
const TAGS_PER_FLAG: usize = 6;

impl Surroundings {
    /// Looks at a line once, so that each of its characters is judged in constant time.
    pub fn of(line: &str, prose: bool) -> Self {
        let tags = line.chars().filter(|character| matches!(character, '\u{e0000}'..='\u{e007f}')).count();
        let flags = line.chars().filter(|character| *character == '\u{1f3f4}').count();
        Self {
            prose,
            right_to_left: line.chars().any(is_right_to_left),
            unspaced: line.chars().any(is_unspaced),
            flags: tags <= flags * TAGS_PER_FLAG,
        }
    }

    /// Whether a hidden character does what it was made for, given its neighbours.
    pub fn excuse(&self, character: char, before: Option<char>, after: Option<char>) -> bool {
        let foreign = |neighbour: Option<char>| neighbour.is_some_and(|it| u32::from(it) >= 0x590 && !is_hidden(it));
        let emoji =
            |neighbour: Option<char>| neighbour.is_some_and(|it| u32::from(it) >= 0x2190 || "©®‼⁉™ℹ".contains(it));
        let keycap = before.is_some_and(|it| it.is_ascii_digit() || it == '#' || it == '*');
        // Keeps the end of a comment from ending it: `**<joiner>/`.
        let guard =
            is_typographic(character) && matches!((before, after), (Some('*'), Some('/')) | (Some('/'), Some('*')));
        match character {
            _ if guard => true,
            '\u{202d}' | '\u{202e}' => false,
            '\u{200b}' => self.prose || self.unspaced,
            '\u{200c}' | '\u{200d}' => {
                self.prose || foreign(before) || foreign(after) || before == Some('\u{fe0f}') && emoji(after)
            }
            '\u{200e}' | '\u{200f}' | '\u{61c}' => self.prose || self.right_to_left,
            '\u{34f}' => self.prose || before.is_some_and(|it| u32::from(it) >= 0x300),
            '\u{fe0e}' | '\u{fe0f}' => self.prose || emoji(before) && !before.is_some_and(is_hidden) || keycap,
            '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => foreign(before),
            '\u{e0000}'..='\u{e007f}' => self.flags,
            _ => self.prose,
        }
    }
}

fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
        && character != '\u{61c}'
}

/// Thai, Lao, Tibetan, Myanmar and Khmer.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}
