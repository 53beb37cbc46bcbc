//! Several threads at work on the parts of one thing.
//!
//! What is left to do once the attempts are there is done code by code, and a code does not ask who else is at work. Whoever did the first
//! part alone does this one alone too: threads take the place of processes that have been let go (see [`Tally::finish`](super::Tally::finish)).

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder, Thread};
use std::time::Duration;

/// How many may be at work at once. It changes nothing but the time that it takes, so all are equal.
#[derive(Debug, Clone, Copy)]
pub struct Hands {
    /// Beside the one who asks.
    helpers: usize,
    /// Called to start them.
    start: Start,
}

/// Calls what starts threads, with whatever must be so around it for a thread that knows nothing of the host's signals.
pub type Start = fn(&mut dyn FnMut());

impl PartialEq for Hands {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Hands {}

impl Default for Hands {
    /// The one who asks alone.
    fn default() -> Self {
        Self { helpers: 0, start: |start| start() }
    }
}

/// The one who waits for helpers looks up at least so often.
const NAP: Duration = Duration::from_millis(10);
/// So many parts a hand where they are not equally hard.
pub(super) const MANY: usize = 8;

impl Hands {
    /// So many in all, as far as the machine has processors for them.
    pub fn of(all: usize, start: Start) -> Self {
        let helpers = all.saturating_sub(1);
        // It asks the system, which there is mostly no reason to.
        let most = if helpers == 0 { 0 } else { thread::available_parallelism().map_or(0, |n| n.get() - 1) };
        Self { helpers: helpers.min(most), start }
    }

    /// How many in all.
    pub const fn all(self) -> usize {
        1 + self.helpers
    }

    /// So many helpers, whatever the machine has.
    #[cfg(test)]
    pub fn helpers(helpers: usize) -> Self {
        Self { helpers, ..Self::default() }
    }

    /// Ranges of things one after the other, of about the same weight: `starts` says at which weight each of them begins, and at the end
    /// that of all. One range where one is at work, else so many a hand.
    pub fn ranges(self, starts: &[u32], a_hand: usize) -> Vec<Range<usize>> {
        let things = starts.len().saturating_sub(1);
        if things == 0 || self.helpers == 0 {
            return (things > 0).then_some(0..things).into_iter().collect();
        }
        let parts = a_hand * self.all();
        let all = starts.last().map_or(0, |all| *all as usize);
        let cut = |n: usize| starts.partition_point(|start| (*start as usize) * parts < all * n).min(things);
        let cuts = (1..parts).map(cut).chain([things]);
        let ranges = cuts.scan(0, |from, until| Some(std::mem::replace(from, until)..until));
        ranges.filter(|range| !range.is_empty()).collect()
    }

    /// Does some work on each part, and gives what came of them, in their order. `pulse` is the place to give up: then all do.
    ///
    /// # Panics
    /// As the work does, or `pulse`.
    pub fn share<T: Send, R: Send>(
        self,
        parts: Vec<T>,
        pulse: &mut dyn FnMut(),
        work: impl Fn(T, &mut dyn FnMut()) -> R + Sync,
    ) -> Vec<R> {
        let helpers = self.helpers.min(parts.len().saturating_sub(1));
        if helpers == 0 {
            return parts.into_iter().map(|part| work(part, pulse)).collect();
        }
        let queue = Mutex::new(parts.into_iter().enumerate());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work_on = |pulse: &mut dyn FnMut()| {
            let each = std::iter::from_fn(next);
            each.map(|(place, part)| (place, work(part, pulse))).collect::<Vec<_>>()
        };
        let (ended, at_work) = (AtomicBool::new(false), AtomicUsize::new(0));
        let caller = thread::current();
        let mut done = thread::scope(|scope| {
            // However this ends: nobody is waited for who goes on in vain.
            let _end = End(&ended);
            let mut threads = Vec::with_capacity(helpers);
            (self.start)(&mut || {
                for _ in threads.len()..helpers {
                    at_work.fetch_add(1, Ordering::Relaxed);
                    let leave = Leave { at_work: &at_work, caller: &caller };
                    let helper = Builder::new().name("promo_guard".into()).spawn_scoped(scope, || {
                        let _leave = leave;
                        work_on(&mut || {
                            if ended.load(Ordering::Relaxed) {
                                resume_unwind(Box::new("nobody waits for it"));
                            }
                        })
                    });
                    // Where there is no thread to be had the others do its work.
                    threads.extend(helper.ok());
                }
            });
            let mut done = work_on(pulse);
            while at_work.load(Ordering::Acquire) > 0 {
                pulse();
                thread::park_timeout(NAP);
            }
            for helper in threads {
                done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_unstable_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

/// Tells the helpers that it is over.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Tells the one who asked that a helper is done, or never was.
struct Leave<'a> {
    at_work: &'a AtomicUsize,
    caller: &'a Thread,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.at_work.fetch_sub(1, Ordering::Release);
        self.caller.unpark();
    }
}

/// What begins where `starts` says, cut where these ranges are.
pub(super) fn cut<'a, T>(
    mut things: &'a mut [T],
    ranges: &[Range<usize>],
    starts: &[u32],
) -> Vec<&'a mut [T]> {
    let length = |range: &Range<usize>| (starts[range.end] - starts[range.start]) as usize;
    ranges.iter().map(|range| things.split_off_mut(..length(range)).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    proptest! {
        #[test]
        fn ranges_are_all_of_it_in_order_and_about_equal(
            weights in prop::collection::vec(0u32..9, 0..300), helpers in 0usize..4, a_hand in 1usize..9
        ) {
            let starts: Vec<u32> = std::iter::once(0)
                .chain(weights.iter().scan(0, |sum, weight| { *sum += weight; Some(*sum) }))
                .collect();
            let ranges = Hands::helpers(helpers).ranges(&starts, a_hand);
            prop_assert!(ranges.iter().cloned().flatten().eq(0..weights.len()));
            let all = weights.iter().sum::<u32>() as usize;
            let share = if helpers == 0 { all } else { all / (a_hand * (1 + helpers)) };
            for range in &ranges {
                let weight = (starts[range.end] - starts[range.start]) as usize;
                prop_assert!(weight <= share + 2 * 9, "{range:?} weighs {weight}");
            }
            let mut things: Vec<usize> = (0..weights.len()).flat_map(|n| vec![n; weights[n] as usize]).collect();
            let expected = things.clone();
            let cuts = cut(&mut things, &ranges, &starts);
            for (cut, range) in cuts.iter().zip(&ranges) {
                prop_assert!(cut.iter().all(|thing| range.contains(thing)));
            }
            prop_assert_eq!(cuts.into_iter().flat_map(|cut| cut.to_vec()).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn what_comes_of_the_parts_is_in_their_order(parts in prop::collection::vec(0u64..500, 0..40), helpers in 0usize..4) {
            let work = |n: u64, pulse: &mut dyn FnMut()| {
                pulse();
                (0..n * 50).fold(n, |sum, i| std::hint::black_box(sum ^ i))
            };
            let expected: Vec<u64> = parts.iter().map(|n| work(*n, &mut || ())).collect();
            prop_assert_eq!(Hands::helpers(helpers).share(parts, &mut || (), work), expected);
        }
    }

    /// Whatever a panic says.
    fn said(what: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(what)).expect_err("it ends");
        panic.downcast_ref::<&str>().map_or_else(|| "something else".into(), |said| (*said).to_owned())
    }

    #[test]
    fn who_asks_may_give_up_while_helpers_are_at_work() {
        // Without the end of it a part would go on for ever.
        let for_ever = |_: u32, pulse: &mut dyn FnMut()| loop {
            pulse();
            thread::yield_now();
        };
        let asked = thread::current().id();
        let mut left = 100;
        let mut give_up = || {
            assert_eq!(thread::current().id(), asked, "the host hears of it from its own thread alone");
            left -= 1;
            if left == 0 {
                resume_unwind(Box::new("enough"));
            }
        };
        let share = || drop(Hands::helpers(2).share::<u32, ()>(vec![1, 2, 3], &mut give_up, for_ever));
        assert_eq!(said(share), "enough");
    }

    #[test]
    fn who_waits_for_a_helper_may_give_up() {
        let asked = thread::current().id();
        let a_helper_alone = |_: u32, pulse: &mut dyn FnMut()| {
            while thread::current().id() != asked {
                pulse();
                thread::yield_now();
            }
            // Until the helper has the other part.
            thread::sleep(Duration::from_millis(20));
        };
        let mut left = 3;
        let mut give_up = || {
            left -= 1;
            if left == 0 {
                resume_unwind(Box::new("enough"));
            }
        };
        let share = || drop(Hands::helpers(1).share(vec![1, 2], &mut give_up, a_helper_alone));
        assert_eq!(said(share), "enough");
    }

    #[test]
    fn a_helpers_panic_is_not_lost() {
        let asked = thread::current().id();
        let work = |_: u32, _: &mut dyn FnMut()| {
            if thread::current().id() == asked {
                thread::sleep(Duration::from_millis(20));
            } else {
                resume_unwind(Box::new("a bug"));
            }
        };
        let share = || drop(Hands::helpers(1).share((0..50).collect(), &mut || (), work));
        assert_eq!(said(share), "a bug");
    }

    #[test]
    fn all_is_done_where_no_thread_can_be_started() {
        let hands = Hands { helpers: 3, start: |_| () };
        assert_eq!(hands.share(vec![1, 2, 3], &mut || (), |n, _| n * 2), [2, 4, 6]);
    }
}
