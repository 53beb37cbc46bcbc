//! When a burst of failures began: from failures a minute against the normal number at that time of day, and with that much
//! traffic.
//!
//! Page's CUSUM (Biometrika 1954) for Poisson counts. For each minute the sum gains the log-likelihood of "the rate is
//! [`RATIO`] times normal" over "it is normal", and never falls below zero. Where it passes [`ALARM`] there is a burst,
//! and the minute at which it last left zero is the best estimate of when it began. It finds a sharp burst in its first
//! minute, and a slow one that no single minute gives away.

use crate::{Micros, Span};

/// A burst has at least this many times the normal failures.
const RATIO: f64 = 3.0;
/// Log-likelihood at which a burst is beyond doubt: chance alone gets there about once in four months.
const ALARM: f64 = 12.0;
/// The normal number is never less than this many failures a minute: three failures at night are no burst.
const LEAST_USUAL: f64 = 0.5;
/// Minutes that must be normal together for a burst to be over. The application's guard forgets in the same time.
const CALM: usize = 10;
/// Minutes in a day, and how far to either side of the same minute of an earlier day is looked.
const DAY: usize = 1_440;
const AROUND: usize = 5;
/// Earlier days that are looked at.
const DAYS: usize = 7;

/// How far back minutes are wanted: a day to find the burst in, and the days before it for the normal numbers.
pub const REACH: Span = Span::from_days(1 + DAYS as i64);

/// What was tried in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Minute {
    /// Attempts that were accepted.
    pub accepted: i64,
    /// Attempts that failed.
    pub failures: i64,
}

/// A time with more failures than normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burst {
    /// Its first minute.
    pub start: Micros,
    /// Its last minute that is clearly above normal.
    pub end: Micros,
    /// Failures from the first to the last.
    pub failures: i64,
    /// The normal number of failures in that time.
    pub usual: f64,
}

const MINUTE: Micros = 60_000_000;

/// Every minute from the one of `from` to the one of `until`, those without an attempt too. `counted` are the start of a
/// minute and what was tried in it, in any order; what lies outside is passed over.
pub fn minutes(
    from: Micros,
    until: Micros,
    counted: impl IntoIterator<Item = (Micros, Minute)>,
) -> Vec<Minute> {
    let first = from.div_euclid(MINUTE);
    let length = until.div_euclid(MINUTE).saturating_sub(first).saturating_add(1);
    // REACH is what callers ask for; more than a year of minutes would be a mistake of theirs.
    let length = usize::try_from(length.clamp(0, 366 * DAY as i64)).unwrap_or(0);
    let mut series = vec![Minute::default(); length];
    for (at, minute) in counted {
        let place = at.div_euclid(MINUTE).checked_sub(first).and_then(|place| usize::try_from(place).ok());
        if let Some(slot) = place.and_then(|place| series.get_mut(place)) {
            slot.accepted = slot.accepted.saturating_add(minute.accepted);
            slot.failures = slot.failures.saturating_add(minute.failures);
        }
    }
    series
}

/// The minutes around a moment that give the normal number then: from the first one's begin to the last one's end.
pub fn around(at: Micros) -> (Micros, Micros) {
    let minute = at.div_euclid(MINUTE);
    let reach = AROUND as i64 + 1;
    (
        minute.saturating_sub(reach).saturating_mul(MINUTE),
        minute.saturating_add(reach).saturating_mul(MINUTE) - 1,
    )
}

/// Whether anything was tried before the last day of the series: then those days give the normal numbers.
pub fn has_earlier_days(series: &[Minute]) -> bool {
    let earlier = &series[..series.len().saturating_sub(DAY)];
    earlier.iter().any(|minute| minute.accepted > 0 || minute.failures > 0)
}

/// Every burst of the last day of the series, oldest first. `from` is the series' first minute.
pub fn bursts(from: Micros, series: &[Minute]) -> Vec<Burst> {
    let usual = Usual::of(series);
    let moment = |place: usize| from.div_euclid(MINUTE).saturating_add(place as i64).saturating_mul(MINUTE);
    let today = series.len().saturating_sub(DAY);
    let gain = |place: usize| series[place].failures as f64 * RATIO.ln() - usual.at(place) * (RATIO - 1.0);
    let gains: Vec<f64> = (today..series.len()).map(gain).collect();
    let mut found = Vec::new();
    let (mut sum, mut alarmed) = (0.0_f64, false);
    // The first minute of what may become a burst.
    let mut open: Option<usize> = None;
    for (place, gain) in gains.iter().enumerate() {
        sum = (sum + gain).max(0.0);
        if *gain > 0.0 && open.is_none() {
            open = Some(place);
        }
        alarmed |= sum > ALARM;
        let Some(start) = open else { continue };
        // The sum of a great burst takes hours to fall back to zero; its last minutes show sooner that it is over.
        let over = if alarmed {
            place - start >= CALM && gains[place + 1 - CALM..=place].iter().sum::<f64>() <= 0.0
        } else {
            sum <= 0.0
        };
        if over {
            found.extend(alarmed.then_some((start, place)));
            (sum, alarmed, open) = (0.0, false, None);
        }
    }
    found.extend(open.filter(|_| alarmed).map(|start| (start, gains.len() - 1)));
    let found = found.into_iter().map(|(start, last)| {
        let (start, last) = (today + start, today + last);
        let raised = |place: &usize| {
            let rate = usual.at(*place);
            series[*place].failures as f64 > rate + 2.0 * rate.sqrt() + 1.0
        };
        (start, (start..=last).rev().find(raised).unwrap_or(start))
    });
    found
        .map(|(start, end)| Burst {
            start: moment(start),
            end: moment(end),
            failures: series[start..=end]
                .iter()
                .fold(0, |sum: i64, minute| sum.saturating_add(minute.failures)),
            usual: (start..=end).map(|place| usual.at(place)).sum(),
        })
        .collect()
}

/// The normal number, by time of day and by traffic.
struct Usual {
    /// Failures, and accepted attempts, before each place, summed up.
    failures: Vec<i64>,
    accepted: Vec<i64>,
    /// Failures to an accepted attempt, as the median of the earlier days; none without any.
    ratio: Option<f64>,
    /// For want of earlier days: a calm quarter of the series' own last day.
    calm: f64,
}

impl Usual {
    fn of(series: &[Minute]) -> Self {
        let sums = |of: fn(&Minute) -> i64| {
            let mut sum = 0_i64;
            let mut sums = vec![0];
            sums.extend(series.iter().map(|minute| {
                sum = sum.saturating_add(of(minute));
                sum
            }));
            sums
        };
        let (earlier, last_day) = series.split_at(series.len().saturating_sub(DAY));
        let ratios = earlier.rchunks(DAY).filter_map(|day| {
            let sum = |of: fn(&Minute) -> i64| day.iter().map(|minute| of(minute) as f64).sum::<f64>();
            let accepted = sum(|minute| minute.accepted);
            (accepted > 0.0).then(|| sum(|minute| minute.failures) / accepted)
        });
        let mut blocks: Vec<f64> = last_day
            .chunks(CALM)
            .filter(|block| block.iter().any(|minute| minute.accepted > 0 || minute.failures > 0))
            .map(|block| block.iter().map(|m| m.failures as f64).sum::<f64>() / block.len() as f64)
            .collect();
        blocks.sort_by(f64::total_cmp);
        Self {
            failures: sums(|m| m.failures),
            accepted: sums(|m| m.accepted),
            ratio: median(ratios.collect()),
            calm: blocks.get(blocks.len() / 4).copied().unwrap_or(0.0),
        }
    }

    /// Normal failures in the minute at this place: the median over the earlier days of the mean around the same
    /// time of the day, or what so much traffic brings with it, whichever is more: a launch has more of both. A median, so
    /// that an incident of yesterday does not become normal; days on which nothing at all was tried are passed over:
    /// silence is no measure (trap 16).
    fn at(&self, place: usize) -> f64 {
        let mean = |sums: &[i64], from: usize, until: usize| {
            (sums[until] - sums[from]) as f64 / (until - from).max(1) as f64
        };
        let days = (1..=DAYS).filter_map(|day| {
            let same = place.checked_sub(day * DAY)?;
            let (from, until) = (same.saturating_sub(AROUND), same + AROUND + 1);
            let tried = mean(&self.failures, from, until) + mean(&self.accepted, from, until);
            (tried > 0.0).then(|| mean(&self.failures, from, until))
        });
        let that_time = median(days.collect()).unwrap_or(self.calm);
        // A launch begins within a minute: what the last ten had is not enough.
        let traffic = mean(&self.accepted, (place + 1).saturating_sub(CALM), place + 1).max(mean(
            &self.accepted,
            place,
            place + 1,
        ));
        that_time.max(self.ratio.unwrap_or(0.0) * traffic).max(LEAST_USUAL)
    }
}

fn median(mut of: Vec<f64>) -> Option<f64> {
    of.sort_by(f64::total_cmp);
    match of.len() {
        0 => None,
        n if n % 2 == 1 => Some(of[n / 2]),
        n => Some(f64::midpoint(of[n / 2 - 1], of[n / 2])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Eight days with so many failures a minute, give or take.
    fn days(usual: i64) -> Vec<Minute> {
        (0..8 * DAY as i64)
            .map(|place| {
                let failures = (usual + [0, 1, -1, 2, 0, -1][(place % 6) as usize]).max(0);
                Minute { accepted: 5, failures }
            })
            .collect()
    }

    fn with_burst(mut series: Vec<Minute>, at: usize, length: usize, failures: i64) -> Vec<Minute> {
        for minute in &mut series[at..at + length] {
            minute.failures += failures;
        }
        series
    }

    const LAST: usize = 7 * DAY;

    #[test]
    fn ordinary_days_have_no_burst() {
        for usual in [0, 1, 4, 40, 1_000] {
            assert_eq!(bursts(0, &days(usual)), [], "{usual} a minute");
        }
        assert_eq!(bursts(0, &[]), []);
    }

    #[test]
    fn a_burst_begins_with_its_first_minute() {
        for (usual, failures) in [(0, 15), (2, 30), (40, 200)] {
            let found = bursts(0, &with_burst(days(usual), LAST + 600, 25, failures));
            assert_eq!(found.len(), 1, "{usual}, {failures}: {found:?}");
            assert_eq!(found[0].start, (LAST as i64 + 600) * MINUTE);
            assert_eq!(found[0].end, (LAST as i64 + 624) * MINUTE);
        }
    }

    #[test]
    fn the_minutes_around_it_and_the_same_ones_of_earlier_days_tell_of_the_latest_burst() {
        for (usual, length, failures) in [(0, 15, 15), (2, 25, 30), (4, 40, 7), (40, 12, 200)] {
            let end = 8 * DAY - 1;
            let whole = with_burst(days(usual), end - length, length, failures);
            let begin = (end - 60) as i64 * MINUTE;
            let (from, until) = (around(begin).0, around(end as i64 * MINUTE).1);
            let mut part = vec![Minute::default(); whole.len()];
            for (place, minute) in whole.iter().enumerate() {
                let at = place as i64 * MINUTE;
                if (0..8).any(|day| (from..=until).contains(&(at + day * DAY as i64 * MINUTE))) {
                    part[place] = *minute;
                }
            }
            assert!(has_earlier_days(&part));
            let (whole, part) = (bursts(0, &whole).pop().unwrap(), bursts(0, &part).pop().unwrap());
            assert_eq!((part.start, part.end, part.failures), (whole.start, whole.end, whole.failures));
        }
        assert!(!has_earlier_days(&vec![Minute::default(); 8 * DAY]));
    }

    #[test]
    fn a_slow_burst_that_no_minute_gives_away_is_found_with_its_beginning() {
        let found = bursts(0, &with_burst(days(4), LAST + 600, 60, 7));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].start, (LAST as i64 + 600) * MINUTE);
    }

    #[test]
    fn a_calm_of_ten_minutes_divides_two_bursts_and_a_shorter_one_does_not() {
        for (calm, expected) in [(12, 2), (8, 1)] {
            let series = with_burst(days(2), LAST + 100, 20, 50);
            let found = bursts(0, &with_burst(series, LAST + 120 + calm, 20, 50));
            assert_eq!(found.len(), expected, "{calm} min: {found:?}");
        }
    }

    #[test]
    fn what_happens_every_day_is_usual_and_what_happened_yesterday_is_not() {
        let mut every_day = days(3);
        for day in 0..8 {
            every_day = with_burst(every_day, day * DAY + 480, 120, 60);
        }
        assert_eq!(bursts(0, &every_day), []);
        let yesterday = with_burst(days(3), LAST - DAY + 480, 120, 60);
        assert_eq!(bursts(0, &with_burst(yesterday, LAST + 480, 120, 60)).len(), 1);
    }

    #[test]
    fn more_traffic_brings_more_failures_and_is_no_burst() {
        let mut launch = days(4);
        for minute in &mut launch[LAST + 300..] {
            *minute = Minute { accepted: minute.accepted * 5, failures: minute.failures * 5 };
        }
        assert_eq!(bursts(0, &launch), []);
        assert_eq!(
            bursts(0, &with_burst(launch, LAST + 600, 30, 100)).len(),
            1,
            "and an attack in it is one"
        );
    }

    #[test]
    fn without_earlier_days_the_calm_part_of_this_one_is_the_measure() {
        let short: Vec<Minute> = days(3).split_off(LAST);
        let found = bursts(0, &with_burst(short[..240].to_vec(), 120, 100, 40));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].start, 120 * MINUTE);
    }

    #[test]
    fn minutes_are_laid_out_by_the_clock() {
        let one = |failures| Minute { accepted: failures, failures };
        let series = minutes(
            -MINUTE - 1,
            2 * MINUTE,
            [(0, one(3)), (-2 * MINUTE, one(1)), (0, one(1)), (9 * MINUTE, one(8)), (Micros::MIN, one(9))],
        );
        assert_eq!(series, [one(1), one(0), one(4), one(0), one(0)]);
        assert!(minutes(0, Micros::MIN, []).is_empty());
        assert_eq!(minutes(Micros::MIN, Micros::MAX, []).len(), 366 * DAY, "bounded");
    }

    proptest! {
        #[test]
        fn bursts_are_apart_in_order_and_begin_and_end_with_a_raised_minute(
            counts in prop::collection::vec((0i64..5, 0i64..30), 0..3_000)
        ) {
            let series: Vec<Minute> = counts.iter().map(|&(accepted, failures)| Minute { accepted, failures }).collect();
            let found = bursts(0, &series);
            for pair in found.windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
            for burst in &found {
                let place = |at: Micros| (at / MINUTE) as usize;
                prop_assert!(burst.start <= burst.end);
                prop_assert!(series[place(burst.start)].failures > 0 && series[place(burst.end)].failures > 0);
                let within = &series[place(burst.start)..=place(burst.end)];
                let failures = within.iter().map(|m| m.failures).sum::<i64>();
                prop_assert_eq!(burst.failures, failures);
            }
        }
    }
}
