//! What happened on one code within a span of time, read off the [`Picture`].

use super::Campaign;
use promo_guard_core::Micros;
use promo_guard_core::attempt::Outcome;
use promo_guard_core::clusters::{Event, Pair, Picture};

/// A failure follows the one before it this fast where a program retries, not a person.
const MACHINE_PACE: Micros = 1_000_000;
/// ... and this often.
const STORM: usize = 15;
/// Whoever is turned away this often, more slowly, insists.
const INSISTENT: usize = 4;

/// Attempts on one code.
///
/// A *repeat* is a NOT_APPLICABLE of somebody whose attempt was accepted earlier in the span: they have it already. Whoever
/// is *turned away* got a NOT_APPLICABLE and had not been accepted. EXPIRED within the campaign's validity is *echo*: the
/// answer of a paused code (trap 1).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    /// The span's start, included.
    pub from: Micros,
    /// The span's end, included.
    pub until: Micros,
    /// All attempts.
    pub attempts: u64,
    /// Accepted ones.
    pub accepted: u64,
    /// Users with an accepted one.
    pub accepted_users: u64,
    /// NOT_APPLICABLE after an own success.
    pub repeats: u64,
    /// Users of those.
    pub repeat_users: u64,
    /// NOT_APPLICABLE without an own success before.
    pub turned_away: u64,
    /// Users of those.
    pub turned_away_users: u64,
    /// EXPIRED while the campaign was valid: it was paused.
    pub echo: u64,
    /// EXPIRED outside the campaign's validity as it stands today.
    pub expired: u64,
    /// Users of those.
    pub expired_users: u64,
    /// Attempts of which the limiter hid the answer (trap 6).
    pub rate_limited: u64,
    /// Users who were turned away often, by hand.
    pub insistent_users: u64,
    /// Failures by programs that retry (trap 5).
    pub storm: u64,
    /// Users of those.
    pub storm_users: u64,
    /// Failed attempts of nobody known.
    pub without_user: u64,
    /// The first NOT_APPLICABLE of somebody who had no success.
    pub first_turned_away: Option<Micros>,
    /// The last success.
    pub last_accepted: Option<Micros>,
    /// Some of the users who were accepted; the same ones for the same users.
    pub sample_accepted: Vec<i64>,
    /// Some of those turned away.
    pub sample_turned_away: Vec<i64>,
}

impl Sight {
    /// What happened on a code (`None`: it was not tried) from `from` to `until`; up to `sample` users are named (0: nobody is looked for).
    pub fn of(
        picture: &Picture,
        code: Option<u32>,
        span: (Micros, Micros),
        campaign: &Campaign,
        sample: usize,
    ) -> Self {
        let pairs = code.map_or(0..0, |code| picture.pairs_of(code));
        Self::of_pairs(picture, &picture.pairs[pairs], span, campaign, sample)
    }

    /// The same where the code's pairs are known.
    pub fn of_pairs(
        picture: &Picture,
        pairs: &[Pair],
        (from, until): (Micros, Micros),
        campaign: &Campaign,
        sample: usize,
    ) -> Self {
        let mut sight = Self { from, until, ..Self::default() };
        let (mut accepted, mut turned_away) = (Vec::new(), Vec::new());
        for pair in pairs {
            let events = picture.events_of(pair).iter();
            let events = events
                .map(|Event { at, outcome }| (picture.moment(*at), *outcome))
                .filter(|(at, _)| (from..=until).contains(at));
            let seen = sight.add(pair.user.is_some(), events, campaign);
            if let Some(user) = picture.user_of(pair).filter(|_| sample > 0) {
                accepted.extend(seen.accepted.then_some(user));
                turned_away.extend(seen.turned_away.then_some(user));
            }
        }
        sight.sample_accepted = some_of(accepted, sample);
        sight.sample_turned_away = some_of(turned_away, sample);
        sight
    }

    fn add(
        &mut self,
        somebody: bool,
        events: impl Iterator<Item = (Micros, Outcome)>,
        campaign: &Campaign,
    ) -> Seen {
        let one = u64::from(somebody);
        let (mut accepted, mut repeats, mut turned_away, mut expired, mut limited) = (0, 0, 0, 0, 0);
        let (mut failures, mut fast, mut last_failure): (usize, usize, Option<Micros>) = (0, 0, None);
        for (at, outcome) in events {
            self.attempts += 1;
            match outcome {
                Outcome::Accepted => {
                    accepted += 1;
                    self.last_accepted = self.last_accepted.max(Some(at));
                }
                Outcome::NotApplicable if accepted > 0 => repeats += 1,
                Outcome::NotApplicable => {
                    turned_away += 1;
                    self.first_turned_away = Some(self.first_turned_away.map_or(at, |first| first.min(at)));
                }
                Outcome::Expired if campaign.outside_validity(at) => expired += 1,
                Outcome::Expired => self.echo += 1,
                Outcome::RateLimited => limited += 1,
                Outcome::Invalid | Outcome::Other => {}
            }
            if outcome != Outcome::Accepted && outcome != Outcome::Other {
                failures += 1;
                fast += usize::from(last_failure.is_some_and(|last| at - last < MACHINE_PACE));
                last_failure = Some(at);
            }
        }
        self.accepted += accepted;
        self.accepted_users += one.min(accepted);
        self.repeats += repeats;
        self.repeat_users += one.min(repeats);
        self.turned_away += turned_away;
        self.turned_away_users += one.min(turned_away);
        self.expired += expired;
        self.expired_users += one.min(expired);
        self.rate_limited += limited;
        if somebody && fast >= STORM {
            self.storm += failures as u64;
            self.storm_users += 1;
        } else if somebody && (repeats + turned_away + limited) as usize >= INSISTENT {
            self.insistent_users += 1;
        }
        if !somebody {
            self.without_user += failures as u64;
        }
        Seen { accepted: accepted > 0, turned_away: turned_away > 0 && fast < STORM }
    }

    /// Failures that the state of a paused campaign does not explain.
    pub fn live_failures(&self) -> u64 {
        self.repeats + self.turned_away + self.expired
    }
}

struct Seen {
    accepted: bool,
    turned_away: bool,
}

/// Some of these users, which does not depend on their order: those whose numbers, well mixed, are the smallest.
pub fn some_of(mut users: Vec<i64>, sample: usize) -> Vec<i64> {
    users.sort_unstable();
    users.dedup();
    if users.len() > sample {
        users.sort_unstable_by_key(|user| (mixed(*user), *user));
        users.truncate(sample);
    }
    users
}

/// SplitMix64's finaliser: neighbours land far apart.
const fn mixed(user: i64) -> u64 {
    let mut x = (user as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
