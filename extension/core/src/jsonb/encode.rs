//! How PostgreSQL stores jsonb, the same in every version since 9.4 (`src/include/utils/jsonb.h`): a container is its header, an
//! entry for each key and value, and their data; numbers and containers begin at multiples of four bytes.

use super::Json;
use super::numeric;

const ARRAY: u32 = 0x4000_0000;
const OBJECT: u32 = 0x2000_0000;

const STRING: u32 = 0x0000_0000;
const NUMERIC: u32 = 0x1000_0000;
const FALSE: u32 = 0x2000_0000;
const TRUE: u32 = 0x3000_0000;
const NULL: u32 = 0x4000_0000;
const CONTAINER: u32 = 0x5000_0000;

/// An entry says where its data ends instead of how long they are.
const HAS_OFFSET: u32 = 0x8000_0000;
/// ... every so many entries, so that one can be found without adding up all before it.
const STRIDE: usize = 32;
/// Lengths and counts have 28 bits.
const MOST: usize = 0x0fff_ffff;

impl Json {
    /// The bytes of a jsonb that is this object or array, without the length that stands before every value of PostgreSQL's;
    /// `None` for what is neither, or too long to be stored.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(1_536);
        match self {
            Self::List(_) | Self::Object(_) => put(self, &mut out)?,
            _ => return None,
        };
        (out.len() <= MOST).then_some(out)
    }
}

/// Writes a value's data; gives its entry without its length.
fn put(json: &Json, out: &mut Vec<u8>) -> Option<u32> {
    let number = |number: &numeric::Numeric, out: &mut Vec<u8>| {
        align(out);
        number.write(out);
        Some(NUMERIC)
    };
    match json {
        Json::Null => Some(NULL),
        Json::Flag(false) => Some(FALSE),
        Json::Flag(true) => Some(TRUE),
        Json::Whole(x) => number(&numeric::whole(*x), out),
        Json::Float(x) if !x.is_finite() => Some(NULL),
        Json::Float(x) => number(&numeric::float(*x)?, out),
        Json::Text(text) => text_data(text, out),
        Json::Word(text) => text_data(text, out),
        Json::List(items) => {
            let mut container = Container::begin(ARRAY, items.len(), items.len(), out)?;
            for item in items {
                container.add(item, out)?;
            }
            Some(CONTAINER)
        }
        Json::Object(pairs) => {
            // By length first.
            let mut order: Vec<&(&'static str, Json)> = pairs.iter().collect();
            order.sort_unstable_by_key(|(key, _)| (key.len(), *key));
            let mut container = Container::begin(OBJECT, pairs.len(), 2 * pairs.len(), out)?;
            for (key, _) in &order {
                container.entry(out, |out| text_data(key, out))?;
            }
            for (_, value) in order {
                container.add(value, out)?;
            }
            Some(CONTAINER)
        }
    }
}

fn text_data(text: &str, out: &mut Vec<u8>) -> Option<u32> {
    out.extend_from_slice(text.as_bytes());
    Some(STRING)
}

fn align(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

/// A container that is being written.
struct Container {
    /// Where the next entry goes.
    at: usize,
    /// How many there are.
    entries: usize,
    /// Where the data begin.
    data: usize,
}

impl Container {
    fn begin(kind: u32, count: usize, entries: usize, out: &mut Vec<u8>) -> Option<Self> {
        align(out);
        let header = u32::try_from(count).ok().filter(|_| count <= MOST)? | kind;
        out.extend_from_slice(&header.to_ne_bytes());
        let at = out.len();
        out.resize(at + 4 * entries, 0);
        Some(Self { at, entries: 0, data: out.len() })
    }

    fn add(&mut self, item: &Json, out: &mut Vec<u8>) -> Option<()> {
        self.entry(out, |out| put(item, out))
    }

    fn entry(&mut self, out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>) -> Option<u32>) -> Option<()> {
        let before = out.len();
        let kind = put(out)?;
        let with_offset = self.entries.is_multiple_of(STRIDE);
        let length = out.len() - if with_offset { self.data } else { before };
        let length = u32::try_from(length).ok().filter(|_| length <= MOST)?;
        let entry = kind | length | if with_offset { HAS_OFFSET } else { 0 };
        out.get_mut(self.at..self.at + 4)?.copy_from_slice(&entry.to_ne_bytes());
        self.at += 4;
        self.entries += 1;
        Some(())
    }
}
