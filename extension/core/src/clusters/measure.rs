//! The figures of a cluster, pair by pair.

use super::cluster::{Cluster, Clusters};
use super::kind::Kind;
use super::known::Size;
use super::met::Met;
use super::picture::{Event, Pair, Picture, User};
use super::settings::Settings;
use crate::attempt::{CodeHash, Outcome};
use rustc_hash::FxHashMap;

const MINUTE: i64 = 60_000_000;
/// Windows up to this many minutes are counted minute by minute in a plain list.
const DENSE: i64 = 1_500;

/// Attempts by the minute.
#[derive(Debug)]
enum Minutes {
    Dense(Vec<u32>),
    Sparse(FxHashMap<u32, u32>),
}

/// Users being counted.
#[derive(Debug)]
enum Distinct {
    /// Each pair is another user's.
    Pairs(u64),
    /// One by one.
    Met(Met),
}

/// A cluster being counted.
#[derive(Debug)]
pub(super) struct Measure {
    attempts: u64,
    accepted: u64,
    codes: u64,
    results: [u64; 6],
    first: u32,
    last: u32,
    last_code: u32,
    /// The code with the earliest failure, the first of them in order.
    earliest: (u32, u32),
    users: Distinct,
    recovered: Met,
    minutes: Minutes,
    series: [u32; Clusters::BUCKETS],
}

impl Measure {
    pub fn is_empty(&self) -> bool {
        self.attempts == 0
    }

    /// A user of a pair in here succeeded soon after, on whatever code.
    pub fn recovered(&mut self, user: User, all: usize) {
        self.recovered.note(user, all);
    }
}

/// What all of them are counted with.
pub(super) struct Counter<'a> {
    picture: &'a Picture,
    settings: &'a Settings,
    /// Minutes in the window.
    minutes: i64,
    /// Ticks of the window, one at least.
    ticks: u64,
    /// The time of recovery in ticks.
    within: u32,
}

impl<'a> Counter<'a> {
    pub fn new(picture: &'a Picture, settings: &'a Settings) -> Self {
        let length = (i128::from(picture.until) - i128::from(picture.from)).max(0);
        let ticks = (length / i128::from(picture.tick.max(1))).max(1);
        Self {
            picture,
            settings,
            minutes: i64::try_from(length / i128::from(MINUTE) + 1).unwrap_or(i64::MAX),
            ticks: u64::try_from(ticks).unwrap_or(u64::MAX),
            within: u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX),
        }
    }

    /// A cluster with nothing in it yet.
    pub fn measure(&self, one_code: bool) -> Measure {
        Measure {
            attempts: 0,
            accepted: 0,
            codes: 0,
            results: [0; 6],
            first: u32::MAX,
            last: 0,
            last_code: u32::MAX,
            earliest: (u32::MAX, u32::MAX),
            users: if one_code { Distinct::Pairs(0) } else { Distinct::Met(Met::default()) },
            recovered: Met::default(),
            minutes: if self.minutes <= DENSE {
                Minutes::Dense(vec![0; self.minutes as usize])
            } else {
                Minutes::Sparse(FxHashMap::default())
            },
            series: [0; Clusters::BUCKETS],
        }
    }

    /// Counts a pair that failed; pairs come in order of code.
    pub fn count(&self, m: &mut Measure, pair: &Pair) {
        if let [event] = self.picture.events_of(pair) {
            self.once(m, pair.code, pair.user, *event);
            return;
        }
        let mut recovered = false;
        let mut last_failed = None;
        for event in self.picture.events_of(pair) {
            if event.outcome == Outcome::Accepted {
                m.accepted += 1;
                recovered |= last_failed.is_some_and(|at: u32| event.at - at <= self.within);
            }
            if self.settings.failures.contains(event.outcome) {
                last_failed = Some(event.at);
                self.failure(m, pair.code, *event);
            }
        }
        self.met(m, pair.code, pair.user);
        if let Some(user) = pair.user.filter(|_| recovered) {
            m.recovered.note(user, self.picture.users.len());
        }
    }

    /// The same of a pair with nothing but one failure.
    pub fn once(&self, m: &mut Measure, code: u32, user: Option<User>, event: Event) {
        self.failure(m, code, event);
        self.met(m, code, user);
    }

    fn met(&self, m: &mut Measure, code: u32, user: Option<User>) {
        if m.last_code != code {
            m.last_code = code;
            m.codes += 1;
        }
        let Some(user) = user else { return };
        match &mut m.users {
            Distinct::Pairs(n) => *n += 1,
            Distinct::Met(met) => met.note(user, self.picture.users.len()),
        }
    }

    fn failure(&self, m: &mut Measure, code: u32, Event { at, outcome }: Event) {
        m.attempts += 1;
        m.results[outcome as usize] += 1;
        m.first = m.first.min(at);
        m.last = m.last.max(at);
        m.earliest = m.earliest.min((at, code));
        let bucket = u64::from(at) * Clusters::BUCKETS as u64 / self.ticks;
        m.series[(bucket as usize).min(Clusters::BUCKETS - 1)] += 1;
        let past = u64::from(at).saturating_mul(self.picture.tick.unsigned_abs());
        let minute = (past / MINUTE as u64) as u32;
        match &mut m.minutes {
            Minutes::Dense(minutes) => {
                let last = minutes.len() - 1;
                minutes[(minute as usize).min(last)] += 1;
            }
            Minutes::Sparse(minutes) => *minutes.entry(minute).or_insert(0) += 1,
        }
    }
}

impl Measure {
    /// The cluster without its explanation and what depends on the verdict.
    pub fn done(self, picture: &Picture, settings: &Settings, kind: Kind, campaign: Option<i64>) -> Cluster {
        let peak = match self.minutes {
            Minutes::Dense(minutes) => minutes.into_iter().max(),
            Minutes::Sparse(minutes) => minutes.into_values().max(),
        };
        let users = match self.users {
            Distinct::Pairs(n) => n,
            Distinct::Met(met) => met.count(),
        };
        let size = Size { attempts: self.attempts, users, last: self.last };
        Cluster {
            id: id(picture, kind, campaign, self.earliest.1),
            kind,
            campaign,
            attempts: self.attempts,
            users,
            codes: self.codes,
            results: self.results,
            accepted: self.accepted,
            first_seen: picture.moment(self.first),
            last_seen: picture.moment(self.last),
            peak_per_minute: u64::from(peak.unwrap_or(0)),
            active: is_active(picture, settings, kind, self.last),
            recovered_users: self.recovered.count(),
            needs_action: false,
            score: score(picture, settings, kind, size),
            explanation: String::new(),
            series: self.series.to_vec(),
        }
    }
}

/// The kind says what is at stake, users and attempts how much of it; one client's thousand attempts are not a thousand
/// clients' (trap 5). What is over weighs half.
pub(super) fn score(picture: &Picture, settings: &Settings, kind: Kind, size: Size) -> f64 {
    let over = kind != Kind::Background && !is_active(picture, settings, kind, size.last);
    let size = (size.users.max(1) as f64).ln_1p() + (size.attempts as f64).ln_1p() / 4.0;
    kind.weight() * size * if over { 0.5 } else { 1.0 }
}

/// Whether it goes on at the end of the window, having failed last then.
fn is_active(picture: &Picture, settings: &Settings, kind: Kind, last: u32) -> bool {
    kind != Kind::Background && picture.until.saturating_sub(picture.moment(last)) <= settings.active_within
}

fn id(picture: &Picture, kind: Kind, campaign: Option<i64>, earliest: u32) -> String {
    match (kind, campaign) {
        (Kind::Background, _) => kind.name().to_owned(),
        (Kind::MistypedCode, _) | (_, None) => {
            let hash = match picture.codes.get(earliest as usize) {
                Some(CodeHash::Digest(bytes)) => bytes[..6].iter().map(|b| format!("{b:02x}")).collect(),
                Some(CodeHash::Text(text)) => text.chars().take(12).collect(),
                None => String::new(),
            };
            format!("{}:{hash}", kind.name())
        }
        (_, Some(campaign)) => format!("c{campaign}:{}", kind.name()),
    }
}
