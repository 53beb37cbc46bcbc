//! The bake's decision over the generator's traffic: how often a clean campaign fails, and how soon abuse that comes back is seen.

use promo_guard_core::Span;
use promo_guard_core::bake::{Baseline, Plan, Seen, State, Tally, User, judge};
use promo_guard_generator::{
    Attempt, AttemptResult, CampaignIdx, Config, Dataset, Incident, IncidentKind, Intensity, Micros, Reason,
    Status, generate,
};
use std::collections::HashMap;
use std::ops::Range;

const MINUTE: i64 = 60_000_000;
const END: Micros = Micros(1_772_414_400_000_000);
const BAKE: i64 = 15;
/// Policy `bake_false_alarm` as it comes.
pub const FALSE_ALARM: f64 = 0.05;
/// Within so long abuse that comes back should be seen.
const WITHIN: i64 = 3 * MINUTE;

/// Seeds of the simulations: a rule may be mended by the first thousands of shops, and is reported on the second.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    /// Its name.
    pub name: &'static str,
    first: u64,
}

/// What the rule was mended by.
pub const TUNED: Seeds = Seeds { name: "tuned", first: 0 };
/// What was not looked at meanwhile.
pub const HELD_OUT: Seeds = Seeds { name: "held out", first: 1_000_000 };

impl Seeds {
    fn take(self, count: u64) -> Range<u64> {
        self.first..self.first + count
    }
}

/// Whether an attempt says that the code does not work: neither what the limiter turns away does (trap 6), nor what comes while
/// all uses are taken.
fn failed(attempt: &Attempt) -> bool {
    !matches!(attempt.result, AttemptResult::Accepted | AttemptResult::RateLimited)
        && attempt.reason != Reason::Depleted
}

/// What the bake's SQL hands to core: users since the unpause, and the baseline.
fn evidence(data: &Dataset, campaign: CampaignIdx, since: i64, until: i64) -> (Plan, Baseline, Vec<User>) {
    let plan = Plan::new(since, Span::from_minutes(BAKE), FALSE_ALARM).unwrap();
    let code = data.campaign(campaign).code;
    let (known_from, usual_until) = (since - 25 * 60 * MINUTE, since - 60 * MINUTE);
    let mut users: HashMap<i64, User> = HashMap::new();
    let mut before: HashMap<i64, (bool, bool)> = HashMap::new();
    let mut earlier: HashMap<i64, bool> = HashMap::new();
    for attempt in data.attempts.iter().filter(|a| a.code == code) {
        let (Some(user), at) = (attempt.user, attempt.at.0) else { continue };
        let user = user.get();
        let accepted = attempt.result == AttemptResult::Accepted;
        let failed = failed(attempt);
        if (known_from..=since).contains(&at) {
            *earlier.entry(user).or_default() |= accepted;
            if at <= usual_until {
                let seen = before.entry(user).or_default();
                seen.0 |= accepted;
                seen.1 |= failed && attempt.result != AttemptResult::Expired;
            }
        } else if at > since && at <= until {
            let look = plan.look_of(at);
            let seen = &mut users.entry(user).or_default().seen;
            match seen.last_mut().filter(|s: &&mut Seen| s.look == look) {
                Some(last) => {
                    last.accepted |= accepted;
                    last.failed |= failed;
                }
                None => seen.push(Seen { look, accepted, failed }),
            }
        }
    }
    for (id, user) in &mut users {
        user.known = earlier.contains_key(id);
        user.served = earlier.get(id).copied().unwrap_or(false);
    }
    let row = data.campaign(campaign);
    let from = known_from.max(row.created_at.0).max(row.valid_from.0);
    let mut baseline = Baseline::UNKNOWN;
    if from < usual_until {
        baseline.users = before.values().filter(|(a, f)| *a || *f).count() as u64;
        baseline.failing = before.values().filter(|(a, f)| *f && !*a).count() as u64;
        baseline.minutes = (usual_until - from) as f64 / MINUTE as f64;
        baseline.newcomers = (baseline.minutes >= 60.0).then_some(before.len() as u64);
    }
    if baseline.users < Baseline::FEWEST {
        // The shop's: most people get in.
        (baseline.users, baseline.failing) = (1_000, 80);
    }
    (plan, baseline, users.into_values().collect())
}

/// A bake of a clean campaign.
#[derive(Debug, Clone, Copy)]
pub struct Baked {
    /// Its verdict; RUNNING where the application ended the campaign before.
    pub state: State,
    /// Users within it who tell something of the code.
    pub users: u64,
    /// Users needed for a pass.
    pub needed: u64,
    /// Somebody came while all uses were taken.
    pub ran_out: bool,
}

/// What became of the bakes of clean campaigns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clean {
    /// All of them.
    pub bakes: u32,
    /// False alarms.
    pub failed: u32,
    /// Passed.
    pub passed: u32,
    /// Had too little traffic to tell.
    pub inconclusive: u32,
}

impl Clean {
    /// Those of the bakes that are meant.
    pub fn of(bakes: &[Baked], meant: impl Fn(&Baked) -> bool) -> Self {
        let mut clean = Self::default();
        for bake in bakes.iter().filter(|b| meant(b)) {
            clean.bakes += 1;
            clean.failed += u32::from(bake.state == State::Failed);
            clean.passed += u32::from(bake.state == State::Passed);
            clean.inconclusive += u32::from(bake.state == State::Inconclusive);
        }
        clean
    }

    /// The share of false alarms.
    pub fn rate(&self) -> f64 {
        f64::from(self.failed) / f64::from(self.bakes.max(1))
    }

    /// The share of false alarms among those that came to a clear verdict.
    pub fn rate_of_verdicts(&self) -> f64 {
        f64::from(self.failed) / f64::from((self.failed + self.passed).max(1))
    }
}

/// How busy shops are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shops {
    /// 40,000 attempts a day, over sixty campaigns.
    Usual,
    /// Six times as many.
    Busy,
}

impl Shops {
    fn quiet_history(self, seed: u64) -> Dataset {
        let times = if self == Self::Busy { 6 } else { 1 };
        generate(&Config {
            attempts_per_day: 40_000 * times,
            users: 60_000 * times,
            ..Config::small(7_000 + seed, END)
        })
    }
}

/// Whole bakes of 15 minutes on every campaign of shops in which nothing happens, at five hours of a day.
pub fn clean(shops: Shops, seeds: Seeds, count: u64) -> Vec<Baked> {
    let mut bakes = Vec::new();
    for seed in seeds.take(count) {
        let data = shops.quiet_history(seed);
        for campaign in (0..data.campaigns.len() as u32).map(CampaignIdx) {
            if data.campaign(campaign).status != Status::Active
                || data.status_changes.iter().any(|c| c.campaign == campaign)
            {
                continue;
            }
            for hours in [0, 5, 10, 15, 20] {
                bakes.extend(baked(&data, campaign, END.0 - hours * 60 * MINUTE - BAKE * MINUTE));
            }
        }
    }
    bakes
}

/// Bakes in which the last use of a clean campaign is taken, two, six and ten minutes after the unpause.
pub fn running_out(shops: Shops, seeds: Seeds, count: u64) -> Vec<Baked> {
    let mut bakes = Vec::new();
    for seed in seeds.take(count) {
        let data = shops.quiet_history(seed);
        for campaign in (0..data.campaigns.len() as u32).map(CampaignIdx) {
            let code = data.campaign(campaign).code;
            let Some(first) = data
                .attempts
                .iter()
                .filter(|a| a.code == code && a.reason == Reason::Depleted)
                .map(|a| a.at.0)
                .min()
            else {
                continue;
            };
            bakes.extend(
                [2, 6, 10].into_iter().filter_map(|after| baked(&data, campaign, first - after * MINUTE)),
            );
        }
    }
    bakes
}

/// The bake of a clean campaign that was unpaused at `since`, where it was valid and ACTIVE then and for long enough before.
fn baked(data: &Dataset, campaign: CampaignIdx, since: i64) -> Option<Baked> {
    let row = data.campaign(campaign);
    let changes = || data.status_changes.iter().filter(|c| c.campaign == campaign);
    let until = since + BAKE * MINUTE;
    // Before the history begins there is nothing to compare with.
    let known = data.attempts.first().is_some_and(|a| a.at.0 <= since - 25 * 60 * MINUTE);
    let valid =
        known && row.valid_from.0 <= since - 120 * MINUTE && until < row.valid_until.0 && until <= END.0;
    if !valid || row.status == Status::Paused || changes().any(|c| c.at.0 <= since) {
        return None;
    }
    // What comes after the campaign is no longer ACTIVE says nothing of it: the bake ends there, without a verdict.
    let until = changes().map(|c| c.at.0).fold(until, i64::min);
    let (plan, baseline, users) = evidence(data, campaign, since, until);
    let judgement = judge(&plan, &baseline, &users, Some(1), 0, plan.due(until));
    let came_too_late = |a: &Attempt| a.code == row.code && a.reason == Reason::Depleted;
    Some(Baked {
        state: judgement.state,
        users: Tally::of(&users, 1..=plan.looks()).users,
        needed: judgement.needed,
        ran_out: data.attempts.iter().any(|a| a.at.0 > since && a.at.0 <= until && came_too_late(a)),
    })
}

/// What became of abuse that came back while a campaign baked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resumed {
    /// All incidents.
    pub runs: u32,
    /// The bake failed within three minutes of the first attempt.
    pub by_us: u32,
    /// The application's guard had paused the campaign before that.
    pub by_guard: u32,
    /// Attempts a minute within those three minutes on that code, over all runs.
    pub attempts: u64,
}

impl Resumed {
    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.by_us += other.by_us;
        self.by_guard += other.by_guard;
        self.attempts += other.attempts;
    }

    /// The share that was seen, by us or by the guard.
    pub fn rate(&self) -> f64 {
        f64::from(self.by_us + self.by_guard) / f64::from(self.runs.max(1))
    }

    /// Attempts on the code a minute, on average.
    pub fn per_minute(&self) -> f64 {
        self.attempts as f64 / 3.0 / f64::from(self.runs.max(1))
    }
}

/// Abuse of that kind and intensity, from the second of the unpause on or up to ten minutes later, at no particular second of the
/// minutes at whose ends the bake looks.
pub fn resumed(kind: IncidentKind, intensity: Intensity, seeds: Seeds, count: u64) -> Resumed {
    let mut resumed = Resumed::default();
    for seed in seeds.take(count) {
        let data = generate(&Config::small(9_000 + seed, END).with(Incident::new(kind, intensity, 12)));
        let truth = &data.truth.incidents[0];
        let (campaign, start) = (truth.campaigns[0], truth.start.0);
        let since = start - (seed * 7_919 % 600) as i64 * MINUTE / 60;
        let guard = data
            .status_changes
            .iter()
            .find(|c| c.campaign == campaign && c.at.0 > start && c.to == Status::Paused)
            .map_or(i64::MAX, |c| c.at.0);
        let until = (start + WITHIN).min(guard);
        let (plan, baseline, users) = evidence(&data, campaign, since, until);
        let state = judge(&plan, &baseline, &users, Some(1), 0, plan.due(until)).state;
        let code = data.campaign(campaign).code;
        let during = |at: i64| at >= start && at <= start + WITHIN;
        resumed.runs += 1;
        resumed.by_us += u32::from(state == State::Failed);
        resumed.by_guard += u32::from(state != State::Failed && guard <= start + WITHIN);
        resumed.attempts += data.attempts.iter().filter(|a| a.code == code && during(a.at.0)).count() as u64;
    }
    resumed
}
