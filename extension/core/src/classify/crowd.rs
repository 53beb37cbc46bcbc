//! What the people of a burst do, in numbers; and those numbers beside what is normal in the shop.

use super::answers::Answers;
use super::facts::{Facts, Tried};
use super::pace::{in_parallel, is_even};
use super::plan::DORMANT;
use super::row::Contradiction;
use super::shop::{Curve, Shop};
use super::stats::{beta_binomial_below, ramp};
use crate::attempt::Outcome;
use crate::{Micros, Span};
use std::collections::{BTreeMap, HashMap};

/// More unknown codes than a person mistypes.
const GUESSES: u32 = 8;
/// A part of the purchases expected that is next to none.
const ALMOST_NOBODY: f64 = 0.1;
/// A part of the purchases expected from which on it no longer counts as nobody buying.
const FEW_BUY: f64 = 0.3;
/// Fewer expected purchases than this prove nothing.
const PROVES: f64 = 5.0;
/// Tries of a user that tell a program from a person.
const OFTEN: usize = 5;
/// A program that was accepted so often for one user uses the code, and does not only repeat a request.
const SERVED: u64 = 3;
/// First activity within this time of each other.
const TOGETHER: Micros = 3_600_000_000;

/// The measures that the fitted weights apply to, in their order. Each is 0 where nothing is found.
pub const FEATURES: [&str; 10] = [
    "guessed unknown codes",
    "try again after clear answers",
    "pace of a program",
    "tried other codes too",
    "made in the same hour",
    "share one client",
    "came through programs",
    "do not buy",
    "new users, unlike other bursts",
    "dormant users, unlike other bursts",
];

/// The values of [`FEATURES`].
pub type Measures = [f64; FEATURES.len()];

/// So many of so many.
type Part = (u64, u64);

/// What a burst's people do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Crowd {
    /// Users.
    pub users: u64,
    /// Users accepted.
    pub accepted: u64,
    /// Without activity before, of those looked up.
    pub new: Part,
    /// Not seen for six weeks, of those looked up.
    pub dormant: Part,
    /// Known users whose first activity lies in one hour, of those known.
    pub together: Part,
    /// Users who tried two or more other codes, of those looked up.
    pub many_codes: Part,
    /// Users who guessed unknown codes, and how many codes they tried.
    pub guessers: Part,
    /// Users whose tries keep an even pace, of those who tried often enough to tell.
    pub even: Part,
    /// Tries of those.
    pub even_tries: u64,
    /// Users who sent the code many times at once.
    pub parallel: u64,
    /// New users, of those who tried often enough to tell and were looked up.
    pub often: Part,
    /// Users whose tries keep an even pace, and who were accepted [`SERVED`] times or more.
    pub served: u64,
    /// Users who went on and on after a clear answer, of those who got one.
    pub went_on: Part,
    /// The same of the users looked up, each code before the evidence for itself: what is normal for them.
    pub went_on_before: Part,
    /// Clear answers to those who went on, of all.
    pub insisted: Part,
    /// Failures of the whole burst.
    pub failures: u64,
    /// Users who came through programs, of those whose source is known.
    pub api: Part,
    /// The most users on one client, of those with a client.
    pub one_client: Part,
    /// Purchases expected by now, and seen.
    pub expected: f64,
    /// Seen.
    pub bought: u64,
    /// Accepted long enough ago to count.
    pub could_buy: u64,
    /// A fault of the row keeps all users from buying.
    pub cannot_buy: bool,
}

impl Crowd {
    /// Of a campaign's evidence.
    pub fn of(facts: &Facts, shop: &Shop, contradictions: &[Contradiction]) -> Self {
        let mut crowd = Self::default();
        let excused = !contradictions.is_empty();
        let lowered = contradictions.iter().any(|c| matches!(c, Contradiction::UsersBeyondLimit(_)));
        let mut each: BTreeMap<i64, Vec<&Tried>> = BTreeMap::new();
        let mut clients: HashMap<u64, std::collections::BTreeSet<i64>> = HashMap::new();
        for tried in &facts.attempts {
            let Some(user) = tried.user else { continue };
            each.entry(user).or_default().push(tried);
            if let Some(client) = tried.client {
                clients.entry(client).or_default().insert(user);
            }
        }
        crowd.users = each.len() as u64;
        for (user, tries) in &each {
            if tries.len() >= OFTEN
                && let Some(user) = facts.users.get(user)
            {
                crowd.often.0 += u64::from(user.first_seen.is_none());
                crowd.often.1 += 1;
            }
            // By users and not by attempts: one client that loops is not a crowd.
            let api = tries.iter().find_map(|t| t.api);
            crowd.api.0 += u64::from(api == Some(true));
            crowd.api.1 += u64::from(api.is_some());
            // Who could use it again until the limit was lowered has reason to insist.
            let had_more = lowered && facts.users.get(user).is_some_and(|user| user.uses_before > 0);
            crowd.user(facts, tries, (excused, had_more));
        }
        let devices: u64 = clients.values().map(|users| users.len() as u64).sum();
        let most = clients.values().map(|users| users.len() as u64).max().unwrap_or(0);
        crowd.one_client = (if most > 1 { most } else { 0 }, devices);
        crowd.look_up(facts, each.keys());
        crowd.purchases(facts, &shop.curve);
        crowd.cannot_buy = excused;
        crowd
    }

    fn user(&mut self, facts: &Facts, tries: &[&Tried], (excused, had_more): (bool, bool)) {
        let mut taken = 0;
        let mut answers = Answers::default();
        for tried in tries {
            match tried.outcome {
                Outcome::Accepted => taken += 1,
                // Who comes before the beginning has reason to try again.
                _ if tried.is_clear() && !facts.row.outside_validity(tried.at) => answers.told(tried.at),
                _ => {}
            }
            self.failures += u64::from(!matches!(tried.outcome, Outcome::Accepted | Outcome::Other));
        }
        self.accepted += u64::from(taken > 0);
        // Who comes after the pause only meets it, and dilutes those who made it.
        let before_pause = |at| facts.pause.as_ref().is_none_or(|pause| at <= pause.at);
        let counts = !had_more && answers.first.is_some_and(before_pause);
        let went_on = if excused { answers.went_on_regardless() } else { answers.went_on() };
        if counts {
            let part = u64::from(went_on);
            self.went_on = (self.went_on.0 + part, self.went_on.1 + 1);
            let all = u64::from(answers.all);
            self.insisted = (self.insisted.0 + part * all, self.insisted.1 + all);
        }
        if tries.len() >= OFTEN {
            let times: Vec<Micros> = tries.iter().map(|t| t.at).collect();
            if is_even(&times) {
                self.served += u64::from(taken >= SERVED);
                self.even.0 += 1;
                self.even_tries += times.len() as u64;
            }
            self.even.1 += 1;
            self.parallel += u64::from(in_parallel(&times));
        }
    }

    fn look_up<'a>(&mut self, facts: &Facts, users: impl Iterator<Item = &'a i64>) {
        let from = facts.evidence.0;
        let mut firsts: Vec<Micros> = Vec::new();
        for user in users.filter_map(|user| facts.users.get(user)) {
            self.new.1 += 1;
            self.dormant.1 += 1;
            self.many_codes.1 += 1;
            self.went_on_before.0 += u64::from(user.went_on);
            self.went_on_before.1 += u64::from(user.told);
            self.many_codes.0 += u64::from(user.other_codes >= 2);
            if user.unknown_codes >= GUESSES {
                self.guessers.0 += 1;
                self.guessers.1 += u64::from(user.unknown_codes);
            }
            match (user.first_seen, user.last_seen) {
                (Some(first), Some(last)) => {
                    firsts.push(first);
                    self.dormant.0 += u64::from(from.saturating_sub(last) > DORMANT.micros());
                }
                _ => self.new.0 += 1,
            }
        }
        firsts.sort_unstable();
        let mut start = 0;
        for end in 0..firsts.len() {
            while firsts[end].saturating_sub(firsts[start]) > TOGETHER {
                start += 1;
            }
            // Within a day of the burst they come together anyway.
            if from.saturating_sub(firsts[end]) > Span::from_days(1).micros() {
                self.together.0 = self.together.0.max((end + 1 - start) as u64);
            }
        }
        self.together.1 = firsts.len() as u64;
    }

    fn purchases(&mut self, facts: &Facts, curve: &Curve) {
        for r in facts.redeemed() {
            let by_now = curve.bought_by(facts.as_of.saturating_sub(r.at));
            self.expected += by_now;
            self.could_buy += u64::from(by_now > 0.0);
            self.bought += u64::from(r.applied_at.is_some() && !r.paid_back);
        }
    }

    /// Whether so few buy that it matters what the shop sold meanwhile ([`Curve::sold_meanwhile`]).
    pub fn few_buy(facts: &Facts, curve: &Curve) -> bool {
        let mut crowd = Self::default();
        crowd.purchases(facts, curve);
        crowd.expected >= PROVES && 1.0 + crowd.bought as f64 <= FEW_BUY * (1.0 + crowd.expected)
    }

    /// Whether almost nobody buys, whatever the cause is.
    pub fn nobody_buys(&self) -> bool {
        let almost = 1.0 + self.bought as f64 <= ALMOST_NOBODY * (1.0 + self.expected);
        self.expected >= PROVES && !self.cannot_buy && (self.bought == 0 || almost)
    }

    /// Whether most of those who try often are programs that used the code again and again.
    pub fn serves_itself(&self) -> bool {
        2 * self.served > self.even.1
    }

    /// How unusual it is that so few buy, in natural logarithms; 0 where that proves nothing.
    pub fn does_not_buy(&self, shop: &Shop) -> f64 {
        let (expected, seen) = shop.others_buy;
        // Nobody buys anything: payments are down, and that says nothing of this crowd.
        let shop_is_down = expected >= 3.0 && seen < 0.35 * expected;
        if self.expected < PROVES || shop_is_down || self.cannot_buy {
            return 0.0;
        }
        // Crowds differ in how many buy; that almost none does is another matter.
        let nobody = ramp((1.0 + self.bought as f64) / (1.0 + self.expected), FEW_BUY, ALMOST_NOBODY);
        let mean = (self.expected / self.could_buy.max(1) as f64).clamp(0.01, 0.99);
        let (alpha, beta) = (mean * shop.curve.strength, (1.0 - mean) * shop.curve.strength);
        -nobody * beta_binomial_below(self.bought.min(self.could_buy), self.could_buy, alpha, beta).ln()
    }

    /// The measures. `announced`: the promotion is on record, so new users are expected.
    pub fn measures(&self, shop: &Shop, announced: bool) -> Measures {
        let share = |part: Part| part.0 as f64 / part.1.max(1) as f64;
        let enough = |of: u64| ramp(of as f64, 4.0, 25.0);
        let surprise = |p: f64| ramp(-p.ln(), 1.8, 5.0);
        let k = shop.bursts.len() as f64;
        let (known, unknown) = (k / (k + 1.0), 1.0 / (k + 1.0));
        let who = if announced { 0.0 } else { 1.0 };
        let api = share(self.api);
        let programs = shop.programs();
        // One in ten before anything is known of the shop.
        let (went_on, told) = shop.went_on();
        let usually =
            (went_on + self.went_on_before.0 as f64 + 0.8) / (told + self.went_on_before.1 as f64 + 8.0);
        [
            ramp((1.0 + self.guessers.1 as f64).ln(), 2.0, 4.0),
            // Most users, or a few who get most of the answers.
            ramp(self.went_on.0 as f64, 4.0, 12.0)
                * ramp(share(self.went_on) - usually, 0.2, 0.7).max(ramp(
                    share(self.insisted) - usually,
                    0.55,
                    0.9,
                )),
            // A handful of clients that loop are a fault of a program.
            ramp(self.even.0 as f64, 5.0, 14.0)
                * ramp(share(self.even), 0.1, 0.5)
                * (0.4 + 0.6 * ramp(self.even_tries as f64 / self.even.0.max(1) as f64, 6.0, 12.0)),
            enough(self.many_codes.1) * ramp(share(self.many_codes), 0.08, 0.5),
            ramp(self.together.0 as f64, 6.0, 20.0) * ramp(share(self.together), 0.4, 0.8),
            ramp(self.one_client.0 as f64, 4.0, 20.0) * ramp(share(self.one_client), 0.1, 0.6),
            ramp(self.api.1 as f64, 8.0, 25.0) * surprise(programs.above(api)) * ramp(api, 0.2, 0.6),
            ramp(self.does_not_buy(shop), 2.0, 8.0),
            // That almost all users are new is a question, whatever promotions bring here.
            who * enough(self.new.1)
                * (known * surprise(shop.new_users().above(share(self.new)))
                    + unknown * ramp(share(self.new), 0.4, 1.0))
                .max(0.25 * ramp(share(self.new), 0.9, 0.97)),
            who * enough(self.dormant.1)
                * (known * surprise(shop.dormant().above(share(self.dormant)))
                    + unknown * ramp(share(self.dormant), 0.3, 0.9)),
        ]
    }
}
