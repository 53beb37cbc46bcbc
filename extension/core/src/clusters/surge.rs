//! Whether a code has other users than before: their number against its own earlier rate, and the moment of a change.

use super::facts::Known;
use super::picture::Picture;
use super::settings::Settings;
use super::trace::Trace;

const MINUTE: i64 = 60_000_000;

/// A time at which far more users came than the code used to have.
#[derive(Debug, Clone)]
pub(super) struct Surge {
    /// Users an hour at other times.
    pub per_hour: f64,
    from: u32,
    until: u32,
}

impl Surge {
    /// Whether the user came with it.
    pub fn has(&self, t: &Trace) -> bool {
        t.user && !t.by_slip && !t.regular() && (self.from..=self.until).contains(&t.first)
    }
}

/// The new users among a code's users, where it has a rate of its own to compare with.
pub(super) fn new_users(
    picture: &Picture,
    known: &Known,
    traces: &[Trace],
    settings: &Settings,
) -> Option<Surge> {
    let earlier = known.earlier.filter(|e| e.over >= 60 * MINUTE)?;
    // A campaign that began since has no rate of its own, and a launch is no leak.
    if known.valid_from.is_some_and(|from| picture.from.saturating_sub(from) < earlier.over) {
        return None;
    }
    // One user more than were seen: a code with none at all is not infinitely surprising.
    let rate = (f64::from(earlier.users) + 1.0) / (earlier.over as f64 / MINUTE as f64);
    let per_minute = (MINUTE / picture.tick.max(1)).max(1);
    let minutes = picture.until.saturating_sub(picture.from) / MINUTE + 1;
    if minutes > 100_000 {
        return None;
    }
    let mut arrivals = vec![0u32; minutes as usize];
    // Whom a misprint led here is explained by it.
    for t in traces.iter().filter(|t| t.user && !t.by_slip) {
        let minute = (i64::from(t.first) / per_minute).min(minutes - 1);
        arrivals[minute as usize] += 1;
    }
    // Five minutes at a time: enough to smooth arrivals, short enough for a leak that has just begun.
    let hot = |i: usize| {
        let near = &arrivals[i.saturating_sub(2)..(i + 3).min(arrivals.len())];
        let expected = rate * near.len() as f64;
        let seen = f64::from(near.iter().sum::<u32>());
        seen >= settings.surge_ratio * expected && seen >= expected + 3.0 * expected.sqrt() + 3.0
    };
    let first = (0..arrivals.len()).find(|i| hot(*i))?;
    let last = (0..arrivals.len()).rfind(|i| hot(*i))?;
    let (from, until) = (first as i64 * per_minute, (last as i64 + 1) * per_minute - 1);
    let (from, until) = (u32::try_from(from).ok()?, u32::try_from(until).unwrap_or(u32::MAX));
    let within: Vec<&Trace> =
        traces.iter().filter(|t| t.user && !t.by_slip && (from..=until).contains(&t.first)).collect();
    let users = within.len() as f64;
    let expected = rate * (last - first + 1) as f64;
    if users < f64::from(settings.surge_users) || users < settings.surge_ratio * expected {
        return None;
    }
    // Strangers who get nothing are something else than a leak, unless it is a pause that keeps them from it.
    let asked = within.iter().filter(|t| t.accepted > 0 || t.open_failed() > 0).count();
    let taken = within.iter().filter(|t| t.accepted > 0).count();
    if taken * 2 < asked {
        return None;
    }
    let new_users = within.iter().filter(|t| t.seen == Some(false)).count();
    let seen = within.iter().filter(|t| t.seen == Some(true)).count();
    if (new_users as f64) < settings.strangers * (new_users + seen) as f64 {
        return None;
    }
    let per_hour = f64::from(earlier.users) * 60.0 * MINUTE as f64 / earlier.over as f64;
    Some(Surge { per_hour, from, until })
}

/// The moment from which a code's users are rejected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// When.
    pub at: u32,
    /// Users rejected from then on, and never accepted.
    pub refused: usize,
    /// Users accepted from then on.
    pub accepted: usize,
    /// Users rejected before.
    pub refused_before: usize,
    /// Users accepted before.
    pub accepted_before: usize,
}

impl Change {
    /// The share of rejected users among all who came from then on.
    pub fn refused_share(&self) -> f64 {
        self.refused as f64 / (self.refused + self.accepted).max(1) as f64
    }
}

/// The likeliest moment of such a change: the split of the users, in order of time, into two binomials (a scan statistic).
pub(super) fn change(traces: &[Trace]) -> Option<Change> {
    let came = traces.iter().filter(|t| t.accepted > 0 || t.refused > 0);
    split(came.map(|t| (t.first, t.accepted == 0)).collect())
}

/// The same for any moments and whether something went wrong at each.
pub(super) fn split(mut order: Vec<(u32, bool)>) -> Option<Change> {
    order.sort_unstable();
    let (all, all_refused) = (order.len(), order.iter().filter(|(_, refused)| *refused).count());
    let mut before = (0usize, 0usize);
    let mut best: Option<(f64, Change)> = None;
    for (at, refused) in &order {
        let after = (all - before.0, all_refused - before.1);
        let share = |(n, k): (usize, usize)| if n == 0 { 0.0 } else { k as f64 / n as f64 };
        if share(after) >= share(before) {
            let gain = likelihood(before) + likelihood(after);
            if best.is_none_or(|(most, _)| gain > most) {
                let change = Change {
                    at: *at,
                    refused: after.1,
                    accepted: after.0 - after.1,
                    refused_before: before.1,
                    accepted_before: before.0 - before.1,
                };
                best = Some((gain, change));
            }
        }
        before = (before.0 + 1, before.1 + usize::from(*refused));
    }
    // A split of what never changed explains a little more too: it has to be worth it (the Bayesian information criterion,
    // of a moment and a second share).
    let whole = likelihood((all, all_refused));
    let worth = (all as f64).ln();
    match best {
        Some((gain, change)) if gain - whole > worth => Some(change),
        _ => order.first().map(|(at, _)| Change {
            at: *at,
            refused: all_refused,
            accepted: all - all_refused,
            refused_before: 0,
            accepted_before: 0,
        }),
    }
}

fn likelihood((n, k): (usize, usize)) -> f64 {
    if k == 0 || k == n {
        return 0.0;
    }
    let (n, k) = (n as f64, k as f64);
    k * (k / n).ln() + (n - k) * ((n - k) / n).ln()
}
