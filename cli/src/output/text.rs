//! Text that came from a database and goes to a person's terminal or ticket: campaign names are hostile input.

pub use promo_guard_core::words::{counted, grouped, number};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character acts on the reader instead of being read: control characters (with them every escape sequence),
/// direction overrides, and characters that take no room.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every such character written out: `\n`, `\t`, `\u001b`.
pub fn visible(text: &str) -> String {
    if !text.contains(is_unsafe) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unsafe(c) => push_escape(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// Appends a character as JSON writes it: `\u001b`, a pair of them beyond 16 bits.
pub fn push_escape(out: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

/// At most `width` columns of a text, with an ellipsis where something was cut off.
pub fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let kept = text.chars().take_while(|character| match room.checked_sub(character.width().unwrap_or(0)) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    kept.chain(['…']).collect()
}

/// A text with spaces after it up to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Wraps prose to a width, each line indented.
pub fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let options =
        textwrap::Options::new(width.max(indent.len() + 20)).initial_indent(indent).subsequent_indent(indent);
    textwrap::fill(text, options)
}

/// A word as a POSIX shell reads it back.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        for (word, shown) in
            [("shop", "shop"), ("", "''"), ("30 min", "'30 min'"), ("o'neil", "'o'\\''neil'")]
        {
            assert_eq!(shell_word(word), shown);
        }
    }

    #[test]
    fn what_acts_is_written_out() {
        for (hostile, shown) in [
            ("plain ünïcode 名前 👩‍👧", "plain ünïcode 名前 👩‍👧"),
            ("\u{1b}[31mred", "\\u001b[31mred"),
            ("\u{9b}31m", "\\u009b31m"),
            ("a\u{202e}b", "a\\u202eb"),
            ("a\r\n\tb\u{7f}", "a\\r\\n\\tb\\u007f"),
            ("\u{e0041}", "\\udb40\\udc41"),
            ("zero\u{200b}width\u{feff}", "zero\\u200bwidth\\ufeff"),
        ] {
            assert_eq!(visible(hostile), shown);
        }
    }

    #[test]
    fn shortening_counts_columns_not_characters() {
        assert_eq!(shorten("short", 5), "short");
        assert_eq!(shorten("longer", 5), "long…");
        assert_eq!(shorten("名前名前", 5), "名前…");
        assert_eq!(shorten("名前名前", 4), "名…");
        assert_eq!(shorten("名", 0), "…");
    }
}
