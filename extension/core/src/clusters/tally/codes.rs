//! Codes by number. A hash of 64 digits is kept as its 32 bytes: even numbers; anything else as its text: odd numbers.

use super::numbers::{self, Key as _, Numbers, SEED};
use super::row;
use super::sort;
use crate::attempt::CodeHash;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// A code's hash as the application stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored<'a> {
    /// As text, without the blanks that pad a `char(n)`.
    Text(&'a [u8]),
    /// As bytes, which are the same code as their hexadecimal digits.
    Bytes(&'a [u8]),
}

/// A code as it is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'a> {
    Digest([u8; 32]),
    Text(&'a [u8]),
}

impl<'a> Key<'a> {
    /// `buffer` is the place for digits that are not there yet.
    pub fn read(code: Stored<'a>, buffer: &'a mut Vec<u8>) -> Self {
        match code {
            Stored::Text(text) => CodeHash::digest(text).map_or(Self::Text(text), Self::Digest),
            Stored::Bytes(bytes) => bytes.try_into().map_or_else(
                |_| {
                    buffer.extend(const_hex::encode(bytes).into_bytes());
                    Self::Text(buffer)
                },
                Self::Digest,
            ),
        }
    }

    pub fn hash(&self) -> u64 {
        match self {
            Self::Digest(bytes) => bytes.mixed(),
            Self::Text(bytes) => text_hash(bytes),
        }
    }
}

fn text_hash(bytes: &[u8]) -> u64 {
    FixedState::with_seed(SEED).hash_one(bytes)
}

/// Every code met so far.
#[derive(Debug, Default)]
pub(super) struct Codes {
    digests: Numbers<[u8; 32]>,
    texts: Vec<Box<[u8]>>,
    text_places: HashTable<u32>,
    /// Of the texts alone.
    weight: usize,
}

/// A code of this many bytes weighs as much as a digest; a longer one more.
const LIGHT: usize = 64;

impl Codes {
    /// How many codes there are, long ones counted for what they weigh.
    pub fn weight(&self) -> usize {
        self.digests.keys().len() + self.weight
    }

    /// The number of a code, a new one where it is not known yet.
    pub fn intern(&mut self, key: Key<'_>) -> u32 {
        match key {
            Key::Digest(bytes) => self.digests.intern(bytes) << 1,
            Key::Text(bytes) => {
                let texts = &mut self.texts;
                let place = *self
                    .text_places
                    .entry(
                        text_hash(bytes),
                        |at| *texts[*at as usize] == *bytes,
                        |at| text_hash(&texts[*at as usize]),
                    )
                    .or_insert_with(|| texts.len() as u32)
                    .get();
                if place as usize == texts.len() {
                    texts.push(bytes.into());
                    self.weight += 1 + bytes.len() / LIGHT;
                }
                place << 1 | 1
            }
        }
    }

    /// The same for many digests.
    pub fn intern_all<const N: usize>(&mut self, digests: &[[u8; 32]; N]) -> [u32; N] {
        self.digests.intern_all(digests).map(|place| place << 1)
    }

    /// About how many bytes so many more digests may take at once.
    pub fn growth(&self, more: usize) -> usize {
        self.digests.growth(more)
    }

    /// The code of a number that [`intern`](Self::intern) gave.
    pub fn key(&self, number: u32) -> Key<'_> {
        let place = (number >> 1) as usize;
        if number & 1 == 0 { Key::Digest(self.digests()[place]) } else { Key::Text(&self.texts[place]) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.digests().len() + self.texts.len()
    }

    /// Their numbers, digests first.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + Clone + use<> {
        let (digests, texts) = (self.digests().len() as u32, self.texts.len() as u32);
        (0..digests).map(|place| place << 1).chain((0..texts).map(|place| place << 1 | 1))
    }

    /// The place of a number among [`numbers`](Self::numbers).
    pub fn places(&self) -> impl Fn(u32) -> usize + Copy + use<> {
        let digests = self.digests().len();
        move |number| (number >> 1) as usize + if number & 1 == 0 { 0 } else { digests }
    }

    /// The codes of these digests, by their places; none has been looked for.
    pub fn of_digests(digests: Vec<[u8; 32]>) -> Self {
        Self { digests: Numbers::from(digests), ..Self::default() }
    }

    pub fn digests(&self) -> &[[u8; 32]] {
        self.digests.keys()
    }

    pub fn texts(&self) -> &[Box<[u8]>] {
        &self.texts
    }

    /// All codes in order, and for each number its place among them. `pulse` is called where that takes long.
    pub fn sorted(self, pulse: fn()) -> (Vec<CodeHash>, Ranks) {
        let Self { digests, texts, text_places, .. } = self;
        drop(text_places);
        let (digests, places) = digests.sorted(pulse);
        let mut codes = Vec::with_capacity(digests.len() + texts.len());
        codes.extend(digests.into_iter().map(CodeHash::Digest));
        let mut ranks = Ranks { digests: places, texts: vec![0; texts.len()] };
        let mut texts: Vec<(Box<str>, usize)> = texts
            .into_iter()
            .enumerate()
            .map(|(at, text)| (String::from_utf8_lossy(&text).into(), at))
            .collect();
        pulse();
        sort(&mut texts, Ord::cmp, pulse);
        for (text, at) in texts {
            let code = CodeHash::Text(text);
            // Bytes that are no text may look alike once they are shown.
            if codes.last() != Some(&code) {
                codes.push(code);
            }
            ranks.texts[at] = codes.len() as u32 - 1;
        }
        (codes, ranks)
    }
}

/// The place in order of each code's number.
pub(super) struct Ranks {
    digests: Vec<u32>,
    texts: Vec<u32>,
}

impl Ranks {
    pub fn of(&self, number: u32) -> u32 {
        let place = (number >> 1) as usize;
        if number & 1 == 0 { self.digests[place] } else { self.texts[place] }
    }
}

/// The numbers that codes of one table have in another, found when first asked for.
pub(super) struct Renamed<'a> {
    codes: &'a Codes,
    digests: numbers::Renamed<'a, [u8; 32]>,
    texts: Vec<u32>,
}

impl<'a> Renamed<'a> {
    const UNKNOWN: u32 = row::MOST;

    pub fn of(codes: &'a Codes) -> Self {
        let digests = numbers::Renamed::of(&codes.digests);
        Self { codes, digests, texts: vec![Self::UNKNOWN; codes.texts.len()] }
    }

    pub fn get(&mut self, number: u32, into: &mut Codes) -> u32 {
        if number & 1 == 0 {
            return self.digests.get(number >> 1, &mut into.digests) << 1;
        }
        let known = &mut self.texts[(number >> 1) as usize];
        if *known == Self::UNKNOWN {
            *known = into.intern(self.codes.key(number));
        }
        *known
    }
}
