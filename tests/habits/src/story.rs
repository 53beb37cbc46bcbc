//! A shop's life: campaigns, ordinary days, promotions on earlier days, and then the incidents.

use crate::app::{App, Edit, Manner, Try};
use crate::habits::{Habits, Region};
use crate::incidents;
use crate::people::{PRODUCTS, People};
use crate::rng::{DAY, HOUR, MINUTE, Rng, SECOND};
use crate::rows::{Action, Actor, Campaign, Shop, Source, Status};
use crate::truth::Kind;
use std::collections::BTreeSet;

/// 2026-03-02 00:00 UTC.
const MONDAY: i64 = 9_557 * DAY;

/// Which shops are made.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Their habits.
    pub region: Region,
    /// The kinds of incident.
    pub kinds: Vec<Kind>,
}

impl Choice {
    /// Shops of these habits, with every kind of incident.
    pub fn of(region: Region) -> Self {
        Self { region, kinds: Kind::ALL.to_vec() }
    }

    /// The same without some kinds.
    pub fn without(mut self, kinds: &[Kind]) -> Self {
        self.kinds.retain(|kind| !kinds.contains(kind));
        self
    }

    /// The same with these kinds only.
    pub fn only(mut self, kinds: &[Kind]) -> Self {
        self.kinds.retain(|kind| kinds.contains(kind));
        self
    }
}

/// A crowd that comes for one code.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// The campaign's place.
    pub campaign: usize,
    /// When the first come.
    pub from: i64,
    /// How long most of them take to arrive.
    pub over: i64,
    /// Who.
    pub users: Vec<i64>,
    /// How they behave.
    pub manner: Manner,
    /// Shares of COMMAND, BUTTON and API.
    pub sources: [f64; 3],
    /// All on this device.
    pub device: Option<u64>,
    /// Whether they arrive at even distances.
    pub evenly: bool,
}

/// The shop while it is made.
pub struct Story<'a> {
    /// Its habits.
    pub h: &'a Habits,
    /// Chance.
    pub rng: Rng,
    /// The application.
    pub app: App<'a>,
    /// Its users.
    pub people: People,
    /// Our own records.
    pub actions: Vec<Action>,
    /// The moment at which the story ends.
    pub end: i64,
    /// The first moment of its history.
    pub begin: i64,
    /// New shares of the promotions on earlier days.
    pub promos: Vec<f64>,
    /// Campaigns whose codes attackers of another one tried too.
    pub touched: BTreeSet<usize>,
    used: BTreeSet<(usize, i64)>,
}

impl Story<'_> {
    /// A campaign; from when on it is valid.
    pub fn campaign(&mut self, name: String, from: i64) -> usize {
        let product = *self.rng.pick(&PRODUCTS);
        let scope = if self.rng.chance(0.4) { "ANY" } else { product };
        let converts = self.rng.share_near(self.h.converts, self.h.converts_spread);
        let campaign = Campaign {
            id: 1_000 + (self.rng.word() >> 14) as i64,
            name,
            code: self.rng.word(),
            scope,
            status: Status::Active,
            valid_from: from,
            valid_until: self.end + self.rng.moment(3 * DAY, 90 * DAY),
            max_total_uses: self.rng.chance(0.4).then(|| 20_000 + self.rng.below(50_000) as i64),
            used_total: 0,
            max_uses_per_user: self.h.per_user,
            new_users_only: false,
            first_purchase_only: false,
            created_at: from - HOUR,
            updated_at: from - HOUR,
        };
        self.app.add(campaign, product, converts)
    }

    /// How people of this shop behave with a campaign's code.
    pub fn people_do(&self, campaign: usize) -> Manner {
        Manner {
            tap: self.h.double_tap,
            tap_again: self.h.tap_again,
            insist: 0.35,
            insist_again: 0.3,
            gap: 12 * SECOND,
            machine: false,
            buys: self.app.converts[campaign],
            refunds: 0.01,
        }
    }

    /// One source of these shares.
    pub fn source(&mut self, shares: [f64; 3]) -> Source {
        let x = self.rng.unit() * shares.iter().sum::<f64>();
        if x < shares[0] {
            Source::Command
        } else if x < shares[0] + shares[1] {
            Source::Button
        } else {
            Source::Api
        }
    }

    /// Regulars who have not used this code.
    pub fn fresh_regulars(&mut self, campaign: usize, n: usize, slept: f64) -> Vec<i64> {
        let mut users = self.people.some(n * 2, slept, &mut self.rng);
        users.retain(|user| !self.used.contains(&(campaign, *user)));
        users.truncate(n);
        self.used.extend(users.iter().map(|user| (campaign, *user)));
        users
    }

    /// Users who join about then.
    pub fn newcomers(&mut self, n: usize, from: i64, over: i64) -> Vec<i64> {
        (0..n)
            .map(|_| {
                let at = self.rng.moment(from - 20 * MINUTE, from + over);
                self.people.joins(at, &mut self.rng)
            })
            .collect()
    }

    /// `n` users of whom this share is new, and of the others this share has slept.
    pub fn mixed(
        &mut self,
        campaign: usize,
        n: usize,
        new: f64,
        slept: f64,
        from: i64,
        over: i64,
    ) -> Vec<i64> {
        let fresh = (0..n).filter(|_| self.rng.chance(new)).count();
        let mut users = self.fresh_regulars(campaign, n - fresh, slept);
        users.extend(self.newcomers(fresh, from, over));
        for i in (1..users.len()).rev() {
            users.swap(i, self.rng.below(i + 1));
        }
        users
    }

    /// Lets a crowd come.
    pub fn comes(&mut self, crowd: &Crowd) {
        let code = self.app.campaigns[crowd.campaign].code;
        let n = crowd.users.len().max(1) as i64;
        for (i, user) in crowd.users.iter().enumerate() {
            let late = if crowd.evenly {
                crowd.over * i as i64 / n + self.rng.moment(0, crowd.over / n / 10 + 1)
            } else {
                ((-(1.0 - self.rng.unit()).ln()) * 0.45 * crowd.over as f64) as i64
            };
            let source = self.source(crowd.sources);
            let at = crowd.from + late;
            let client = crowd.device.unwrap_or(*user as u64);
            self.types(at, *user, code, source, client, crowd.manner);
        }
    }

    /// One user types a code, sometimes wrong at first.
    pub fn types(&mut self, at: i64, user: i64, code: u64, source: Source, client: u64, manner: Manner) {
        let mut at = at;
        let what = Try { user, code, source, client, manner, failed: 0, has_it: false };
        if !manner.machine && self.rng.chance(self.h.typos) {
            let wrong = code ^ (1 + self.rng.below(40) as u64);
            let once = Manner { insist: 0.0, ..manner };
            self.app.tries(at, Try { code: wrong, manner: once, ..what });
            at += self.rng.delay(9.0 * SECOND as f64, 0.6);
        }
        self.app.tries(at, what);
    }

    /// The share of new users of a promotion of this shop.
    pub fn promo_share(&mut self) -> f64 {
        self.rng.share_near(self.h.promo_new, self.h.promo_spread)
    }

    fn ordinary_days(&mut self) {
        let regular = self.app.campaigns.len();
        let weights: Vec<f64> = (0..regular).map(|_| self.rng.unit().powi(2) + 0.05).collect();
        let shares: Vec<f64> = (0..regular)
            .map(|_| self.rng.share_near(self.h.ordinary_new, self.h.promo_spread * 0.6))
            .collect();
        let sum: f64 = weights.iter().sum();
        let mut at = self.begin;
        let step = DAY as f64 / self.h.per_day;
        while at < self.end {
            at += (-(1.0 - self.rng.unit()).ln() * step / self.h.busy(at)) as i64 + 1;
            let mut x = self.rng.unit() * sum;
            let campaign = weights.iter().position(|w| {
                x -= w;
                x <= 0.0
            });
            let campaign = campaign.unwrap_or(0);
            let user = if self.rng.chance(shares[campaign]) {
                self.people.joins(at - 3 * MINUTE, &mut self.rng)
            } else {
                self.people.regular(&mut self.rng)
            };
            if !self.used.insert((campaign, user)) {
                // Some have it already and try all the same; some buy without a code.
                if !self.rng.chance(0.08) {
                    if self.rng.chance(0.3) {
                        let product = PRODUCTS[self.rng.below(4)];
                        self.app.bought_before(user, product, at);
                    }
                    continue;
                }
            }
            let (source, manner) = (self.source(self.h.sources), self.people_do(campaign));
            let code = self.app.campaigns[campaign].code;
            self.types(at, user, code, source, user as u64, manner);
        }
    }

    fn earlier_promos(&mut self, everyday: usize) {
        for i in 0..self.h.earlier_promos {
            let latest = self.end - 26 * HOUR;
            if latest <= self.begin + HOUR {
                return;
            }
            let from = self.rng.moment(self.begin + HOUR, latest);
            let campaign = if self.rng.chance(0.5) {
                self.rng.below(everyday)
            } else {
                self.campaign(format!("Promotion {i}"), from - 10 * MINUTE)
            };
            let (new, n) = (self.promo_share(), self.rng.log_range(40.0, 400.0) as usize);
            let over = self.rng.moment(8 * MINUTE, 2 * HOUR);
            let slept = self.h.dormant * self.rng.range(0.0, 0.5);
            let users = self.mixed(campaign, n, new, slept, from, over);
            let sources = self.promo_sources();
            let manner = self.people_do(campaign);
            self.promos.push(new);
            self.comes(&Crowd { campaign, from, over, users, manner, sources, device: None, evenly: false });
        }
    }

    /// Where the users of a promotion come from: often a link or a button.
    pub fn promo_sources(&mut self) -> [f64; 3] {
        let mut sources = self.h.sources;
        if self.rng.chance(0.4) {
            sources[self.rng.below(2)] += self.rng.range(0.5, 3.0);
        }
        sources
    }

    /// Pauses by hand.
    pub fn pauses(&mut self, at: i64, campaign: usize, who: u32) {
        self.app.left_alone[campaign] = self.app.left_alone[campaign].min(at);
        self.app.edit(at, campaign, Edit::Status(Status::Paused, Actor::Person(who)));
    }
}

/// The shop with this seed.
pub fn shop(seed: u64, choice: &Choice) -> Shop {
    let mut rng = Rng::new(seed);
    let mut h = Habits::drawn(&mut rng);
    while !choice.region.holds(&h) {
        h = Habits::drawn(&mut rng);
    }
    let end = MONDAY + (rng.below(28) as i64) * DAY + (h.looked_at * HOUR as f64) as i64;
    let begin = end - (h.days * DAY as f64) as i64;
    let mut app = App::new(&h, Rng::new(seed ^ 0xA11CE));
    let people = People::of(&h, &mut app, &mut rng, end);
    let mut story = Story {
        h: &h,
        rng,
        app,
        people,
        actions: Vec::new(),
        end,
        begin,
        promos: Vec::new(),
        touched: BTreeSet::new(),
        used: BTreeSet::new(),
    };
    for i in 0..h.campaigns {
        let from = begin - if h.days < 1.0 { 0 } else { story.rng.moment(DAY, 60 * DAY) };
        story.campaign(format!("Everyday {i}"), from);
    }
    story.ordinary_days();
    story.earlier_promos(h.campaigns);
    let planned = incidents::plan(&mut story, &choice.kinds);
    story.app.run(end);
    let truth = incidents::truth(&mut story, planned);
    Shop {
        seed,
        end,
        begin,
        campaigns: story.app.campaigns,
        attempts: story.app.attempts,
        redemptions: story.app.redemptions,
        purchases: story.app.purchases.into_iter().filter(|p| p.created_at <= end).collect(),
        changes: story.app.changes,
        history: h.history,
        actions: story.actions,
        truth,
    }
}
