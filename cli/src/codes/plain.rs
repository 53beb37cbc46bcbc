//! A plain code, from the person to its hash. Neither leaves a trace: no `Debug`, no buffer that is not wiped.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::pepper::Pepper;
use crate::error::Error;
use crate::prompt;
use crate::signals::Signals;

/// Bytes of input that can be a code with its line end. Longer input is something else, and is not read to its end.
const LONGEST: usize = 1024;

/// A code, normalised.
pub struct PlainCode(Zeroizing<String>);

impl PlainCode {
    /// Asks for it on a terminal, else reads it from standard input.
    pub fn read(signals: &Signals) -> Result<PlainCode, Error> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            let typed = prompt::hidden("Code (not shown): ", "code", signals)?;
            return PlainCode::of(typed.as_bytes());
        }
        // Not through the standard library's buffer, which is not wiped.
        let unbuffered = stdin.as_fd().try_clone_to_owned().map(File::from);
        let mut given = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
        unbuffered
            .and_then(|input| input.take(LONGEST as u64 + 1).read_to_end(&mut given))
            .map_err(|error| Error::usage(format!("could not read the code from standard input: {error}")))?;
        PlainCode::of(&given)
    }

    /// Normalises what was given as the application does. No message repeats any of it.
    pub fn of(given: &[u8]) -> Result<PlainCode, Error> {
        if given.len() > LONGEST {
            return Err(Error::usage("the input is too long for a code"));
        }
        let text = std::str::from_utf8(given).map_err(|_| Error::usage("the code is not UTF-8"))?;
        if text.trim().lines().count() > 1 {
            return Err(Error::usage_with_hint(
                "the input has more than one line",
                "Give one code at a time.",
            ));
        }
        let code = normalised(text);
        if code.is_empty() {
            return Err(Error::usage_with_hint(
                "no code was given",
                "Type it when asked, or send it to standard input. Blanks and dashes do not count.",
            ));
        }
        Ok(PlainCode(code))
    }

    /// The hash under which the application keeps it: HMAC-SHA256 with the pepper as the key, in lower-case hex.
    pub fn hash(&self, pepper: &Pepper) -> Result<String, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(pepper.bytes())
            .map_err(|_| Error::usage("the pepper cannot be used as a key"))?;
        mac.update(self.0.as_bytes());
        Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Upper-cased, without blanks and dashes anywhere.
fn normalised(text: &str) -> Zeroizing<String> {
    // A character becomes at most three times as long: the text never grows out of its buffer and leaves a copy behind.
    let mut code = Zeroizing::new(String::with_capacity(text.len() * 3));
    let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    code.extend(kept.flat_map(char::to_uppercase));
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(given: &str) -> String {
        match PlainCode::of(given.as_bytes()) {
            Ok(code) => code.0.to_string(),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn a_code_is_normalised_as_the_application_does() {
        for (given, expected) in [
            ("SUMMER26", "SUMMER26"),
            ("  summer-26\r\n", "SUMMER26"),
            ("s u\tm-m-e r 2 6", "SUMMER26"),
            ("straße", "STRASSE"),
            ("промо-1", "ПРОМО1"),
            // Other dashes are characters like any other, to the application too.
            ("A–B", "A–B"),
        ] {
            assert_eq!(code(given), expected, "{given:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused_without_being_repeated() {
        for (given, said) in [
            ("", "no code"),
            (" - \n", "no code"),
            ("SECRET1\nSECRET2\n", "more than one line"),
            (&"SECRET".repeat(300), "too long"),
        ] {
            let told = code(given);
            assert!(told.contains(said) && !told.contains("SECRET"), "{told}");
        }
        assert!(PlainCode::of(b"\xff").is_err());
    }

    #[test]
    fn a_long_code_never_outgrows_its_buffer() {
        let widest = "ΐ".repeat(500); // two bytes that become six
        let code = normalised(&widest);
        assert_eq!(code.len(), widest.len() * 3);
        assert_eq!(code.capacity(), widest.len() * 3);
    }

    #[test]
    fn the_hash_is_hmac_sha256_in_hex() {
        // RFC 4231, test case 2; its text is no code, and is not normalised here.
        let pepper = Pepper::of(b"Jefe".to_vec());
        let code = PlainCode(Zeroizing::new("what do ya want for nothing?".to_owned()));
        assert_eq!(
            code.hash(&pepper).map_err(|error| format!("{error:?}")),
            Ok("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843".to_owned())
        );
    }
}
