//! JSON that many rows carry: thousands of verdicts have their numbers in it, and most of a page's time would go into maps, text
//! and the reading of that text. Here a value is a short list, and [`bytes`](Json::bytes) is what PostgreSQL stores.

mod encode;
mod numeric;

use serde_json::Value;

/// A JSON value whose objects have keys known beforehand, each once.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// Nothing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number; one that is none is written as null.
    Float(f64),
    /// A text.
    Text(String),
    /// A text known beforehand.
    Word(&'static str),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(&'static str, Json)>),
}

/// An object, written as in `serde_json`.
macro_rules! object {
    ({ $($key:literal : $value:expr),* $(,)? }) => {
        $crate::jsonb::Json::Object(vec![$(($key, $crate::jsonb::Json::from($value))),*])
    };
}
pub(crate) use object;

macro_rules! made_from {
    ($($from:ty => $value:ident $make:expr),* $(,)?) => {
        $(impl From<$from> for Json {
            fn from($value: $from) -> Self {
                $make
            }
        })*
    };
}
made_from! {
    bool => x Self::Flag(x),
    i64 => x Self::Whole(x),
    u64 => x i64::try_from(x).map_or(Self::Float(x as f64), Self::Whole),
    f64 => x Self::Float(x),
    &'static str => x Self::Word(x),
    String => x Self::Text(x),
    &[String] => x Self::List(x.iter().cloned().map(Self::Text).collect()),
    Vec<&'static str> => x Self::List(x.into_iter().map(Self::Word).collect()),
    Vec<Json> => x Self::List(x),
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Flag(x) => Self::from(*x),
            Json::Whole(x) => Self::from(*x),
            Json::Float(x) => Self::from(*x),
            Json::Text(x) => Self::from(x.as_str()),
            Json::Word(x) => Self::from(*x),
            Json::List(items) => items.iter().map(Self::from).collect(),
            Json::Object(pairs) => {
                Self::Object(pairs.iter().map(|(key, x)| ((*key).to_owned(), x.into())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn u32_at(bytes: &[u8], at: usize) -> u32 {
        u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    /// A container as PostgreSQL walks it: keys and texts, the count of numbers, and nothing beyond its end.
    fn walk(bytes: &[u8], start: usize, end: usize, texts: &mut Vec<String>) -> usize {
        let start = start.next_multiple_of(4);
        let header = u32_at(bytes, start);
        let count = (header & 0x0fff_ffff) as usize;
        let keys = if header & 0x2000_0000 != 0 { count } else { 0 };
        let entries = count + keys;
        let data = start + 4 + 4 * entries;
        let mut numbers = 0;
        let mut from = data;
        for n in 0..entries {
            let entry = u32_at(bytes, start + 4 + 4 * n);
            let length = (entry & 0x0fff_ffff) as usize;
            let until = if entry & 0x8000_0000 != 0 { data + length } else { from + length };
            assert_eq!(entry & 0x8000_0000 != 0, n % 32 == 0);
            match entry & 0x7000_0000 {
                0 => texts.push(String::from_utf8(bytes[from..until].to_vec()).unwrap()),
                0x1000_0000 => numbers += 1,
                0x5000_0000 => numbers += walk(bytes, from, until, texts),
                _ => assert_eq!(from, until),
            }
            from = until;
        }
        assert_eq!(from, end);
        numbers
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Flag),
            any::<i64>().prop_map(Json::Whole),
            any::<f64>().prop_map(Json::Float),
            ".{0,9}".prop_map(Json::Text),
        ];
        leaf.prop_recursive(4, 200, 40, |inner| {
            const KEYS: [&str; 40] = [
                "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "aa", "ab", "ba", "bb", "ca", "cb", "da",
                "db", "ea", "eb", "aaa", "aab", "aba", "abb", "baa", "bab", "bba", "bbb", "name", "names",
                "", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9",
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..40).prop_map(Json::List),
                prop::collection::vec(inner, 0..40)
                    .prop_map(|of| Json::Object(KEYS.into_iter().zip(of).collect())),
            ]
        })
    }

    fn count(json: &Json, texts: &mut usize) -> usize {
        match json {
            Json::Whole(_) => 1,
            Json::Float(x) => usize::from(x.is_finite()),
            Json::Text(_) | Json::Word(_) => {
                *texts += 1;
                0
            }
            Json::List(of) => of.iter().map(|x| count(x, texts)).sum(),
            Json::Object(of) => {
                *texts += of.len();
                of.iter().map(|(_, x)| count(x, texts)).sum()
            }
            Json::Null | Json::Flag(_) => 0,
        }
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_walked(json in json()) {
            let Some(bytes) = json.bytes() else {
                prop_assert!(!matches!(json, Json::List(_) | Json::Object(_)));
                return Ok(());
            };
            let (mut found, mut texts) = (Vec::new(), 0);
            let numbers = walk(&bytes, 0, bytes.len(), &mut found);
            prop_assert_eq!(numbers, count(&json, &mut texts));
            prop_assert_eq!(found.len(), texts);
        }
    }

    #[test]
    fn an_object_as_postgresql_stores_it() {
        // SELECT '{"bb": 1, "a": true}'::jsonb, by its bytes
        let stored = object!({ "bb": 1_i64, "a": true }).bytes().unwrap();
        let mut expected = Vec::new();
        for word in [0x2000_0002_u32, 0x8000_0001, 0x0000_0002, 0x3000_0000, 0x1000_0009] {
            expected.extend_from_slice(&word.to_ne_bytes());
        }
        expected.extend_from_slice(b"abb\0");
        let header: u32 = if cfg!(target_endian = "big") { 8 } else { 8 << 2 };
        expected.extend_from_slice(&header.to_ne_bytes());
        expected.extend_from_slice(&0x8000_u16.to_ne_bytes());
        expected.extend_from_slice(&1_u16.to_ne_bytes());
        assert_eq!(stored, expected);
    }
}
