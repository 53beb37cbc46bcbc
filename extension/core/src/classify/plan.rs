//! What is looked up for a verdict, and how the answers become facts: the same for the extension and for generated shops.

use super::facts::Pause;
use crate::{Micros, Span};

/// Not seen for so long before the burst: dormant.
pub const DORMANT: Span = Span::from_days(42);
/// Users of a paused campaign that are looked up, one in every so many where there are more.
pub const USERS: usize = 300;
/// The same of a campaign that is not paused.
pub const USERS_OF_ACTIVE: usize = 40;
/// Users of a call who are asked what they did after a clear answer before, one in every so many where there are more.
pub const USERS_BEFORE: usize = 200;
/// Redemptions before the evidence whose users are asked whether they had bought before: the latest ones.
pub const BUYERS: u64 = 300;
/// Users of an earlier burst that are looked up.
pub const USERS_OF_BURST: usize = 30;
/// Earlier bursts that a campaign is compared with.
const BURSTS: usize = 12;
/// How far back they are looked for.
pub const BURSTS_WITHIN: Span = Span::from_days(14);
/// The last hours before the evidence may be the same incident.
const BURSTS_BEFORE: Span = Span::from_minutes(360);
/// Fewer successes of a half hour than this are no burst.
pub const BURST: u64 = 12;
/// How long a burst may have gone on before the guard's rule held: the evidence reaches back so far, and no further, so that
/// it holds the burst's people and not those of the hour before.
pub const BEFORE_BURST: Span = Span::from_minutes(15);
/// The same where the row contradicts itself: an attack may have come first.
pub const BEFORE_FAULT: Span = Span::from_minutes(45);
/// A stretch of the guard's rule that began longer ago explains no pause.
const LONGEST_STRETCH: Span = Span::from_minutes(12 * 60);
/// So many of the latest attempts show which silence is normal.
pub const LATEST: i64 = 2_000;
/// Purchases of a crowd are looked for so long after it came.
pub const OTHERS_WITHIN: Span = Span::from_days(1);
/// What the shop sells in an hour is learned from so many days before.
pub const SALES_BEFORE: Span = Span::from_days(3);

/// The time that speaks for or against a campaign: around its pause, or the lookback of one that is not paused. `back`:
/// [`BEFORE_BURST`] or [`BEFORE_FAULT`]; `after`: how far the guard looks back.
pub fn evidence(
    pause: Option<&Pause>,
    (from, until): (Micros, Micros),
    back: Span,
    after: Span,
) -> (Micros, Micros) {
    let Some(pause) = pause else { return (from, until) };
    let at = pause.at.min(until);
    let stretch = |since: &Micros| at.saturating_sub(*since) < LONGEST_STRETCH.micros();
    let began = pause.guard_since.filter(stretch).unwrap_or(at).min(at);
    // The same people go on for some minutes: what they do then tells as much.
    (began.saturating_sub(back.micros()), at.saturating_add(after.micros()).min(until))
}

/// Some of these users, in order: one in every so many.
pub fn some_of(users: &[i64], most: usize) -> impl Iterator<Item = i64> + '_ {
    users.iter().copied().step_by(users.len().div_ceil(most).max(1))
}

/// A half hour.
pub const HALF_HOUR: Micros = 30 * 60_000_000;
pub(super) const DAY: Micros = 48 * HALF_HOUR;

/// The beginning of the half hour that holds a moment.
pub const fn half_hour(at: Micros) -> Micros {
    at - at.rem_euclid(HALF_HOUR)
}

/// The beginning of the day (UTC) that holds a moment.
pub const fn day(at: Micros) -> Micros {
    at - at.rem_euclid(DAY)
}

/// Redemptions of a campaign within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfDay {
    /// Which.
    pub campaign: i64,
    /// The day's begin.
    pub from: Micros,
    /// How many.
    pub all: u64,
    /// Those that were bought with.
    pub bought: u64,
}

/// A half hour in which a campaign was accepted [`BURST`] times or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// Which.
    pub campaign: i64,
    /// The half hour's begin.
    pub from: Micros,
    /// How many.
    pub all: u64,
    /// Of the whole day.
    pub of_day: u64,
}

impl Peak {
    /// Whether it is three times the mean of the day's other half hours.
    pub fn is_burst(&self) -> bool {
        47 * self.all >= 3 * self.of_day.saturating_sub(self.all)
    }
}

/// The bursts on earlier days that a campaign is compared with, as campaign and begin: the largest ones, one a campaign and day.
pub fn bursts(peaks: &[Peak], evidence_from: Micros) -> Vec<(i64, Micros)> {
    let latest = evidence_from.saturating_sub(BURSTS_BEFORE.micros() + HALF_HOUR);
    let earliest = day(evidence_from).saturating_sub(BURSTS_WITHIN.micros());
    let mut found: Vec<&Peak> =
        peaks.iter().filter(|p| (earliest..=latest).contains(&p.from)).filter(|p| p.is_burst()).collect();
    found.sort_by(|a, b| b.all.cmp(&a.all).then((a.campaign, a.from).cmp(&(b.campaign, b.from))));
    let mut seen = std::collections::HashSet::new();
    found.retain(|p| seen.insert((p.campaign, day(p.from))));
    found.truncate(BURSTS);
    found.into_iter().map(|p| (p.campaign, p.from)).collect()
}

/// How much a campaign matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Its id.
    pub id: i64,
    /// Whether it is paused.
    pub paused: bool,
    /// Users with a failed attempt in the lookback.
    pub failing: u64,
    /// Users with a success.
    pub accepted: u64,
}

/// Fewer users than this prove nothing about a campaign that is not paused.
const MIN_USERS: u64 = 8;
/// How many campaigns that are not paused are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Because their users fail, the most failing first,
    failing: usize,
    /// ... and because they are much used: what fails without a failed attempt (trap 7) is sought among these.
    used: usize,
}

impl Most {
    /// Their rows are compared with what they accepted before.
    pub const ROWS: Self = Self { failing: 300, used: 100 };
    /// Their users are looked up, which takes most of the time.
    pub const PEOPLE: Self = Self { failing: 20, used: 10 };
}

/// Which of these are looked at: all that are paused, and of the others no more than a page can wait for. The answer does not
/// depend on their order.
pub fn chosen(campaigns: &[Use], most: Most) -> Vec<bool> {
    let mut chosen: Vec<bool> = campaigns.iter().map(|c| c.paused).collect();
    let mut take = |most: usize, rank: &dyn Fn(&Use) -> u64| {
        let mut ranked: Vec<(u64, i64, usize)> = campaigns
            .iter()
            .enumerate()
            .map(|(place, c)| (rank(c), c.id, place))
            .filter(|(rank, ..)| *rank >= MIN_USERS)
            .collect();
        ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.iter().take(most).for_each(|(.., place)| chosen[*place] = true);
    };
    take(most.failing, &|c| c.failing);
    take(most.used, &|c| c.accepted);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_of_an_earlier_day_and_the_incident_is_none() {
        let at = 9_000 * DAY;
        let peak = |campaign, from, (all, of_day)| Peak { campaign, from, all, of_day };
        let peaks = [
            peak(1, at - 2 * DAY, (40, 90)),
            peak(1, at - 2 * DAY + 5 * HALF_HOUR, (30, 90)),
            peak(2, at - 3 * DAY, (50, 70)),
            peak(3, at - 3 * DAY, (20, 900)),
            peak(1, at - 2 * HALF_HOUR, (900, 900)),
            peak(1, at - 20 * DAY, (900, 900)),
        ];
        // Campaign 3 is as busy all day.
        assert_eq!(bursts(&peaks, at), [(2, at - 3 * DAY), (1, at - 2 * DAY)]);
    }

    #[test]
    fn paused_ones_are_looked_up_and_of_the_others_the_most_failing() {
        let of = |id, paused, failing, accepted| Use { id, paused, failing, accepted };
        let mut campaigns: Vec<Use> = (0..400).map(|id| of(id, false, 8 + id as u64, 0)).collect();
        campaigns.push(of(1_000, true, 0, 0));
        campaigns.push(of(1_001, false, 0, 7));
        campaigns.push(of(1_002, false, 0, 9));
        let found = chosen(&campaigns, Most::ROWS);
        assert_eq!(found.iter().filter(|c| **c).count(), 302);
        assert!(found[400] && !found[401] && found[402] && !found[0] && found[399]);
    }
}
