//! Plain codes and their hashes: `HMAC-SHA256(pepper, normalised code)`, as the application stores them.

use std::fmt;

use hmac::{Hmac, Mac};
use rustc_hash::FxHashMap;
use sha2::Sha256;

use crate::model::{CampaignIdx, HashIdx};

/// The secret of the simulated application. Test data: every generated code can be probed with it.
pub const PEPPER: &[u8] = b"promo-guard test pepper, never a real one";

/// A code's hash as 32 bytes; `Display` writes the 64 lower-case hex digits that the tables hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeHash(pub [u8; 32]);

impl CodeHash {
    /// Hashes a plain code as a customer typed it.
    #[must_use]
    pub fn of(plain: &str) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(PEPPER).expect("HMAC takes a key of any length");
        mac.update(normalise(plain).as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// The 64 hex digits as ASCII bytes, without allocating.
    #[must_use]
    pub fn hex(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut out = [0; 64];
        for (i, byte) in self.0.iter().enumerate() {
            out[2 * i] = DIGITS[usize::from(byte >> 4)];
            out[2 * i + 1] = DIGITS[usize::from(byte & 15)];
        }
        out
    }
}

impl fmt::Display for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hex().iter().try_for_each(|&digit| fmt::Write::write_char(f, char::from(digit)))
    }
}

/// A code as it is hashed: stripped, upper-cased, without blanks and dashes.
#[must_use]
pub fn normalise(plain: &str) -> String {
    plain.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

/// Every code that anybody ever tried, once, and the campaign it belongs to, if any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeBook {
    hashes: Vec<CodeHash>,
    plain: Vec<Box<str>>,
    campaigns: Vec<Option<CampaignIdx>>,
    index: FxHashMap<Box<str>, HashIdx>,
}

impl CodeBook {
    /// The place of a plain code, added (as unknown to any campaign) where it is new.
    pub(crate) fn intern(&mut self, plain: &str) -> HashIdx {
        let key = normalise(plain);
        if let Some(&known) = self.index.get(key.as_str()) {
            return known;
        }
        let idx = HashIdx(u32::try_from(self.hashes.len()).expect("fewer than 2^32 distinct codes"));
        self.hashes.push(CodeHash::of(plain));
        self.plain.push(plain.into());
        self.campaigns.push(None);
        self.index.insert(key.into(), idx);
        idx
    }

    /// Whether a plain code has been seen already.
    pub(crate) fn knows(&self, plain: &str) -> bool {
        self.index.contains_key(normalise(plain).as_str())
    }

    /// Says that a code is a campaign's.
    pub(crate) fn assign(&mut self, code: HashIdx, campaign: CampaignIdx) {
        self.campaigns[code.0 as usize] = Some(campaign);
    }

    /// The hash at a place.
    #[must_use]
    pub fn hash(&self, code: HashIdx) -> CodeHash {
        self.hashes[code.0 as usize]
    }

    /// All hashes, by place.
    #[must_use]
    pub fn hashes(&self) -> &[CodeHash] {
        &self.hashes
    }

    /// The readable code at a place (test data only: an application keeps hashes alone).
    #[must_use]
    pub fn plain(&self, code: HashIdx) -> &str {
        &self.plain[code.0 as usize]
    }

    /// The campaign whose code this is; `None` for a code that no campaign has.
    #[must_use]
    pub fn campaign(&self, code: HashIdx) -> Option<CampaignIdx> {
        self.campaigns[code.0 as usize]
    }

    /// How many distinct codes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is no code at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}
