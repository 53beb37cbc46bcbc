//! What to simulate: a plain struct, presets, and the incidents to lay on top.

use crate::model::Micros;
use crate::rng::MINUTE;
use crate::settlement::Rule;
use crate::spelling::spelled;

spelled! {
    /// The kinds of incident; each has its file or function under `incidents`.
    IncidentKind {
        /// Strangers hammer a known code that is not for them.
        Hammered = "hammered",
        /// A private code is posted in public: a surge of successes by strangers.
        Leak = "leak",
        /// Few clients try many made-up codes fast.
        FastEnumeration = "fast_enumeration",
        /// A few accounts try made-up codes below the limiter for hours.
        SlowEnumeration = "slow_enumeration",
        /// Many fresh accounts try one made-up code each.
        BreadthFirst = "breadth_first",
        /// A campaign's code is printed with one wrong letter.
        Misprint = "misprint",
        /// Everybody mistypes something else.
        ScatteredTypos = "scattered_typos",
        /// A campaign begins with a rush of customers.
        LaunchSpike = "launch_spike",
        /// A few customers' clients retry in a loop on a clean code.
        RetryStorm = "retry_storm",
        /// Somebody sets `valid_until` into the past.
        ValidityInPast = "validity_in_past",
        /// A campaign is launched with a limit far too small.
        LimitUsedUp = "limit_used_up",
        /// Somebody sets `new_users_only` on a campaign for everybody.
        WrongAudience = "wrong_audience",
        /// Somebody sets a scope that no product has: accepted, reserved, never bought.
        WrongScope = "wrong_scope",
        /// A popular clean code is paused after a hiccup, and its customers keep trying.
        PauseEcho = "pause_echo",
        /// The same with customers so insistent that the limiter hides them.
        RateLimitEcho = "rate_limit_echo",
        /// Somebody pauses a campaign and leaves no trace of why.
        ManualPause = "manual_pause",
        /// A code is hammered and paused, then no attempt of anybody is recorded any more.
        IngestionGap = "ingestion_gap",
        /// A campaign reaches its planned end, and customers keep trying.
        OrdinaryEnd = "ordinary_end",
    }
}

spelled! {
    /// How strong an incident is.
    Intensity {
        /// Just enough to be one.
        Low = "low",
        /// Twice that.
        Medium = "medium",
        /// Four times that.
        High = "high",
    }
}

impl Intensity {
    /// The multiplier of an incident's rates.
    #[must_use]
    pub fn factor(self) -> f64 {
        match self {
            Self::Low => 1.0,
            Self::Medium => 2.0,
            Self::High => 4.0,
        }
    }
}

/// Which campaign an incident is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One that no other incident has.
    Own,
    /// That of an earlier incident, by its place in [`Config::incidents`]: a mixture on one campaign.
    SameAs(usize),
}

/// One incident to lay on top of the healthy traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incident {
    /// What it is.
    pub kind: IncidentKind,
    /// How strong.
    pub intensity: Intensity,
    /// Minutes before the end at which it starts. Kinds that must outrun the ten-minute job start right after its
    /// run, up to ten minutes earlier.
    pub starts_before_end: u32,
    /// Minutes it lasts; `None` = as the kind usually does.
    pub lasts: Option<u32>,
    /// Which campaign.
    pub target: Target,
    /// Minutes after the start at which somebody edits an unimportant field of the campaign, so that `updated_at` is
    /// no longer the time of the pause (trap 2).
    pub edited_after: Option<u32>,
    /// Minutes after the start at which an admin unpauses the campaign (and the guard may pause it again).
    pub resumed_after: Option<u32>,
}

impl Incident {
    /// An incident on a campaign of its own, as long as its kind usually lasts.
    #[must_use]
    pub fn new(kind: IncidentKind, intensity: Intensity, starts_before_end: u32) -> Self {
        Self {
            kind,
            intensity,
            starts_before_end,
            lasts: None,
            target: Target::Own,
            edited_after: None,
            resumed_after: None,
        }
    }

    /// The same, lasting so many minutes.
    #[must_use]
    pub fn lasting(self, minutes: u32) -> Self {
        Self { lasts: Some(minutes), ..self }
    }

    /// The same, on the campaign of an earlier incident.
    #[must_use]
    pub fn on_campaign_of(self, earlier: usize) -> Self {
        Self { target: Target::SameAs(earlier), ..self }
    }

    /// The same, with an edit so many minutes after the start.
    #[must_use]
    pub fn edited_after(self, minutes: u32) -> Self {
        Self { edited_after: Some(minutes), ..self }
    }

    /// The same, unpaused by an admin so many minutes after the start.
    #[must_use]
    pub fn resumed_after(self, minutes: u32) -> Self {
        Self { resumed_after: Some(minutes), ..self }
    }
}

/// Settlement defects to plant at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defects {
    /// The rule to break.
    pub rule: Rule,
    /// How often.
    pub count: usize,
    /// Only within so many minutes before the end; `None` = anywhere in the history.
    pub within_minutes: Option<u32>,
}

/// What to simulate. Every number of rows depends on everything here but `end`.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Same seed and configuration, same data.
    pub seed: u64,
    /// The moment the data are read at; everything is placed relative to it.
    pub end: Micros,
    /// The minute of the day that `end` is taken for (0..1440), which fixes the phase of the daily curve.
    pub end_minute_of_day: u32,
    /// Days of history before `end`.
    pub days: u32,
    /// Rows of `promo_codes` (a batch of n codes counts n).
    pub campaigns: usize,
    /// Users known before the history begins; new ones join.
    pub users: usize,
    /// Attempts a day by healthy traffic, before incidents.
    pub attempts_per_day: usize,
    /// Share of healthy attempts that are stray: long-ended codes, codes of nobody. The rest mostly succeeds, so
    /// this sets how many redemptions and purchases there are.
    pub stray_share: f64,
    /// Purchases without a promo, as a share of attempts.
    pub plain_purchases: f64,
    /// Attempts without a user, in 10,000 (on unknown codes, from client programs).
    pub null_users_per_10k: u32,
    /// Attempts dated after `end` (wrong clocks).
    pub future_attempts: usize,
    /// A rush of ordinary traffic over all campaigns at the very end: (minutes, attempts in them).
    pub final_rush: Option<(u32, usize)>,
    /// Incidents, in any order.
    pub incidents: Vec<Incident>,
    /// Settlement defects.
    pub defects: Vec<Defects>,
    /// Pending look-alikes of defects, this many of each sort.
    pub pending_look_alikes: usize,
}

impl Config {
    /// A small quiet application: 3 days, 60 campaigns, 12,000 attempts, nothing wrong.
    #[must_use]
    pub fn small(seed: u64, end: Micros) -> Self {
        Self {
            seed,
            end,
            end_minute_of_day: 21 * 60 + 30,
            days: 3,
            campaigns: 60,
            users: 8_000,
            attempts_per_day: 4_000,
            stray_share: 0.06,
            plain_purchases: 0.15,
            null_users_per_10k: 5,
            future_attempts: 0,
            final_rush: None,
            incidents: Vec::new(),
            defects: Vec::new(),
            pending_look_alikes: 0,
        }
    }

    /// About this many attempts over 30 days, with redemptions for about a tenth of them: the benchmarks' data.
    #[must_use]
    pub fn bulk(seed: u64, end: Micros, attempts: usize) -> Self {
        Self {
            days: 30,
            campaigns: 5_000,
            users: (attempts / 20).max(1_000),
            attempts_per_day: attempts / 30,
            stray_share: 0.87,
            plain_purchases: 0.02,
            ..Self::small(seed, end)
        }
    }

    /// A healthy application with about this many redemptions over 7 days and enough campaigns to plant any rule a
    /// thousand times: the settlement tests' data.
    #[must_use]
    pub fn settlement(seed: u64, end: Micros, redemptions: usize) -> Self {
        Self {
            days: 7,
            campaigns: (redemptions / 10).max(60),
            users: redemptions.max(1_000),
            attempts_per_day: redemptions * 5 / 4 / 7,
            ..Self::small(seed, end)
        }
    }

    /// The same with one more incident.
    #[must_use]
    pub fn with(mut self, incident: Incident) -> Self {
        self.incidents.push(incident);
        self
    }

    /// The first moment of the history.
    #[must_use]
    pub fn begin(&self) -> Micros {
        Micros(self.end.0 - i64::from(self.days) * 1440 * MINUTE)
    }
}
