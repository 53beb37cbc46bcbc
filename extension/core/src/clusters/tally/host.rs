//! What a tally asks of the process that it runs in.

use crate::clusters::pulse::PULSE;

/// The process that a tally runs in. Both functions may unwind, and the caller catches that.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// Called now and then in what takes long: a cancelled statement ends here.
    pub pulse: fn(),
    /// Called before so many bytes are allocated at once: a statement without memory ends here, and its session goes on.
    pub room: fn(usize),
}

impl Default for Host {
    /// A process that never cancels and has all the memory.
    fn default() -> Self {
        Self { pulse: || (), room: |_| () }
    }
}

impl Host {
    /// Makes room for more, as a vector grows.
    #[inline]
    pub fn reserve<T>(self, what: &mut Vec<T>, more: usize) {
        if what.capacity() - what.len() < more {
            (self.room)(size_of::<T>() * (2 * what.len()).max(what.len() + more));
            what.reserve(more);
        }
    }

    /// So many of the same.
    pub fn filled<T: Clone>(self, of: T, n: usize) -> Vec<T> {
        (self.room)(size_of::<T>() * n);
        vec![of; n]
    }

    /// Sorts, with a pulse in about a million comparisons where there are many.
    pub fn sort<T: Ord>(self, what: &mut [T]) {
        if what.len() < 4 * PULSE {
            what.sort_unstable();
            return;
        }
        let mut compared = 0usize;
        what.sort_unstable_by(|a, b| {
            compared += 1;
            if compared.is_multiple_of(16 * PULSE) {
                (self.pulse)();
            }
            a.cmp(b)
        });
    }
}
