//! The figures of a cluster, pair by pair.

use super::cluster::{Cluster, Clusters};
use super::kind::Kind;
use super::picture::{Pair, Picture};
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
    users: Vec<i64>,
    recovered: Vec<i64>,
    minutes: Minutes,
    series: Vec<u32>,
}

impl Measure {
    pub fn new(picture: &Picture) -> Self {
        let minutes = picture.until.saturating_sub(picture.from) / MINUTE + 1;
        Self {
            attempts: 0,
            accepted: 0,
            codes: 0,
            results: [0; 6],
            first: u32::MAX,
            last: 0,
            last_code: u32::MAX,
            earliest: (u32::MAX, u32::MAX),
            users: Vec::new(),
            recovered: Vec::new(),
            minutes: if minutes <= DENSE {
                Minutes::Dense(vec![0; minutes as usize])
            } else {
                Minutes::Sparse(FxHashMap::default())
            },
            series: vec![0; Clusters::BUCKETS],
        }
    }

    pub fn is_empty(&self) -> bool {
        self.attempts == 0
    }

    /// Counts a pair; pairs come in order of code.
    pub fn take(&mut self, picture: &Picture, pair: &Pair, settings: &Settings) {
        let length = (i128::from(picture.until) - i128::from(picture.from)).max(1);
        let within = u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX);
        let mut last_failed = None;
        let mut recovered = false;
        for event in picture.events_of(pair) {
            if event.outcome == Outcome::Accepted {
                self.accepted += 1;
                recovered |= last_failed.is_some_and(|at: u32| event.at - at <= within);
            }
            if !settings.failures.contains(event.outcome) {
                continue;
            }
            last_failed = Some(event.at);
            self.attempts += 1;
            self.results[event.outcome as usize] += 1;
            self.first = self.first.min(event.at);
            self.last = self.last.max(event.at);
            self.earliest = self.earliest.min((event.at, pair.code));
            let past = i128::from(event.at) * i128::from(picture.tick);
            let bucket = past * Clusters::BUCKETS as i128 / length;
            self.series[(bucket as usize).min(Clusters::BUCKETS - 1)] += 1;
            let minute = (past / i128::from(MINUTE)) as u32;
            match &mut self.minutes {
                Minutes::Dense(minutes) => {
                    let last = minutes.len() - 1;
                    minutes[(minute as usize).min(last)] += 1;
                }
                Minutes::Sparse(minutes) => *minutes.entry(minute).or_insert(0) += 1,
            }
        }
        if self.last_code != pair.code {
            self.last_code = pair.code;
            self.codes += 1;
        }
        if let Some(user) = pair.user {
            self.users.push(user);
            if recovered {
                self.recovered.push(user);
            }
        }
    }

    /// A user of a pair in here succeeded soon after, on whatever code.
    pub fn recovered(&mut self, user: i64) {
        self.recovered.push(user);
    }

    /// The cluster, but for its explanation.
    pub fn done(self, picture: &Picture, settings: &Settings, kind: Kind, campaign: Option<i64>) -> Cluster {
        let distinct = |mut users: Vec<i64>| {
            users.sort_unstable();
            users.dedup();
            users.len() as u64
        };
        let peak = match self.minutes {
            Minutes::Dense(minutes) => minutes.into_iter().max(),
            Minutes::Sparse(minutes) => minutes.into_values().max(),
        };
        let (users, last_seen) = (distinct(self.users), picture.moment(self.last));
        let active =
            kind != Kind::Background && picture.until.saturating_sub(last_seen) <= settings.active_within;
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
            last_seen,
            peak_per_minute: u64::from(peak.unwrap_or(0)),
            active,
            recovered_users: distinct(self.recovered),
            score: score(kind, self.attempts, users, active),
            explanation: String::new(),
            series: self.series,
        }
    }
}

/// The kind says what is at stake, users and attempts how much of it; one client's thousand attempts are not a thousand
/// clients' (trap 5). What is over weighs half.
fn score(kind: Kind, attempts: u64, users: u64, active: bool) -> f64 {
    let size = (users.max(1) as f64).ln_1p() + (attempts as f64).ln_1p() / 4.0;
    kind.weight() * size * if active || kind == Kind::Background { 1.0 } else { 0.5 }
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
