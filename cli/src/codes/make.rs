//! Making codes: from the system's random source, of letters and digits that are not confused with each other.

use zeroize::Zeroizing;

use super::{Pepper, PlainCode};
use crate::error::Error;

/// Without 0 and O; 1, I and L; 2 and Z; 5 and S; 8 and B; U and V's likeness.
const ALPHABET: &[u8] = b"ACDEFGHJKMNPQRTVWXY34679";
/// Letters that only the code's owner knows: 24^12, 55 bits.
const SECRET: usize = 12;
/// Letters of a prefix that is made here, where the old code has none.
const PREFIX: usize = 4;
/// The application's column has room for so many.
const LONGEST_PREFIX: usize = 8;

/// A code that was made.
pub struct Made {
    /// As a person types it: the prefix, then groups of four.
    pub code: Zeroizing<String>,
    /// Its hash.
    pub hash: String,
    /// What may be shown of it.
    pub prefix: String,
}

/// Makes a code that begins with the old one's prefix, so that people still know whose it is.
pub fn make(old_prefix: &str, pepper: &Pepper) -> Result<Made, Error> {
    let kept: String = old_prefix
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(LONGEST_PREFIX)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let prefix = if kept.is_empty() { letters(PREFIX)?.to_string() } else { kept };
    let secret = letters(SECRET)?;
    // All of its room at once: a buffer that grows leaves copies behind.
    let mut code = Zeroizing::new(String::with_capacity(prefix.len() + SECRET + SECRET / 4));
    code.push_str(&prefix);
    for (index, letter) in secret.chars().enumerate() {
        if index % 4 == 0 {
            code.push('-');
        }
        code.push(letter);
    }
    let hash = PlainCode::of(code.as_bytes())?.hash(pepper)?;
    Ok(Made { code, hash, prefix })
}

/// Random letters, each as likely as any other.
fn letters(count: usize) -> Result<Zeroizing<String>, Error> {
    // A byte at or past the last whole multiple of the alphabet would favour its first letters.
    let fair = 256 - 256 % ALPHABET.len();
    let mut text = Zeroizing::new(String::with_capacity(count));
    while text.len() < count {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|error| Error::usage(format!("the system gives no random numbers: {error}")))?;
        let drawn = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        for byte in drawn.take(count - text.len()) {
            text.push(char::from(ALPHABET[byte % ALPHABET.len()]));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    #[test]
    fn codes_keep_their_prefix_and_hash_as_they_are_typed() {
        let pepper = Pepper::of(b"salt".to_vec());
        let made = make("summ", &pepper).unwrap_or_else(|e| panic!("{e:?}"));
        assert!(made.code.starts_with("SUMM-") && made.code.len() == 4 + 3 * 5, "{}", *made.code);
        assert_eq!(made.prefix, "SUMM");
        let typed = made.code.to_lowercase().replace('-', " ");
        let hash = PlainCode::of(typed.as_bytes()).and_then(|code| code.hash(&pepper));
        assert_eq!(hash.unwrap_or_else(|e| panic!("{e:?}")), made.hash);
        for odd in ["", "—", "\u{1b}[31m"] {
            let made = make(odd, &pepper).unwrap_or_else(|e| panic!("{e:?}"));
            assert!(!made.prefix.is_empty() && made.prefix.chars().all(|c| c.is_ascii_alphanumeric()));
        }
    }

    #[test]
    fn no_letter_is_likelier_than_another_and_no_code_comes_twice() {
        let mut counts: HashMap<char, u32> = HashMap::new();
        let mut seen = HashSet::new();
        for _ in 0..4_000 {
            let text = letters(SECRET).unwrap_or_else(|e| panic!("{e:?}"));
            text.chars().for_each(|c| *counts.entry(c).or_default() += 1);
            assert!(seen.insert(text.to_string()));
        }
        assert_eq!(counts.len(), ALPHABET.len());
        // 2,000 each on average, with a standard deviation of 44: nine of them.
        assert!(counts.values().all(|n| (1_600..2_400).contains(n)), "{counts:?}");
        assert!(!counts.keys().any(|c| "0O1IL2Z5S8BU".contains(*c)));
    }
}
