//! Where each group begins in a list that is sorted by group.

/// Where each begins, of how many there are of each; gives how many there are in all.
pub(super) fn begins(counts: &mut [u32]) -> u32 {
    counts.iter_mut().fold(0, |sum, count| sum + std::mem::replace(count, sum))
}
