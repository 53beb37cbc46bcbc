//! The application: a queue of events and the state machine that answers them. Nothing here knows what an incident is.

use crate::manners::{Limiter, Manners};
use crate::people::{Visit, Will};
use promo_guard_habits::rng::{MINUTE, Rng, SECOND};
use promo_guard_habits::rows::{
    Actor, Answer, Attempt, Campaign, Change, Held, Purchase, Reason, Redemption, Status,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

/// What is sold.
pub const PRODUCTS: [&str; 6] =
    ["COINS_100", "COINS_500", "PREMIUM_MONTH", "PREMIUM_YEAR", "BOOST", "GIFT_BOX"];

/// An edit of a campaign's row.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// The status.
    To(Status),
    /// `valid_from`.
    From(i64),
    /// `valid_until`.
    Until(i64),
    /// `max_total_uses`.
    Limit(i64),
    /// `max_total_uses`, as a share of what is used by then.
    LimitShare(f64),
    /// `max_uses_per_user`.
    PerUser(i64),
    /// `new_users_only`.
    NewOnly,
    /// `first_purchase_only`.
    FirstOnly,
    /// `target_scope`.
    Scope(&'static str),
    /// The name: harmless, but it moves `updated_at`.
    Name(String),
}

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Event {
    /// A try to redeem.
    Try(Visit),
    /// A purchase without a code.
    Spend(i64, &'static str),
    /// A try to pay with the code.
    Pay(usize, Visit, u32),
    /// The end of a reservation.
    Lapse(usize),
    /// A purchase is paid back.
    Refund(usize, Option<usize>),
    /// A person or a script edits a row.
    Edit(usize, Edit, Actor),
    /// The auto-pause job looks at a campaign.
    Guard(usize),
    /// The job that ends campaigns looks at a campaign.
    Job(usize),
}

/// What the application keeps of a user.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    bought: bool,
    pub(crate) used: BTreeMap<usize, i64>,
    recent: VecDeque<(i64, bool)>,
}

/// The application.
#[derive(Debug)]
pub struct App {
    /// Chance.
    pub rng: Rng,
    /// The shop's manners.
    pub manners: Manners,
    /// The first moment.
    pub begin: i64,
    /// The last moment: later events never happen.
    pub end: i64,
    /// The rows.
    pub campaigns: Vec<Campaign>,
    /// The rows.
    pub attempts: Vec<Attempt>,
    /// The rows.
    pub redemptions: Vec<Redemption>,
    /// The rows.
    pub purchases: Vec<Purchase>,
    /// Every change of a status.
    pub changes: Vec<Change>,
    /// When the incident of a campaign begins: what the guard paused before is undone by an operator by then.
    pub calm: BTreeMap<usize, i64>,
    /// When payment was down.
    pub outages: Vec<(i64, i64)>,
    /// A release that sends every request twice: from when, and for which share of the users.
    pub twice: Option<(i64, f64)>,
    /// A node whose clock is behind: since when, how far, and which share of the requests it serves.
    pub skew: Option<(i64, i64, f64)>,
    /// A product that is not sold any more.
    pub gone: Option<(&'static str, i64)>,
    by_code: BTreeMap<u64, usize>,
    pub(crate) known: BTreeMap<i64, Known>,
    clients: BTreeMap<u64, VecDeque<i64>>,
    pub(crate) reserved: Vec<i64>,
    pub(crate) failures: Vec<VecDeque<(i64, i64)>>,
    pub(crate) guarded: Vec<bool>,
    queue: BinaryHeap<Reverse<(i64, usize)>>,
    events: Vec<Option<Event>>,
}

/// A fixed number of two numbers, for what must be the same each time: a user's device, a version of the app.
pub fn mix(a: u64, b: u64) -> u64 {
    Rng::new(a.rotate_left(17) ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15)).word()
}

impl App {
    /// An application without campaigns.
    pub fn new(rng: Rng, manners: Manners, begin: i64, end: i64) -> Self {
        Self {
            rng,
            manners,
            begin,
            end,
            campaigns: Vec::new(),
            attempts: Vec::new(),
            redemptions: Vec::new(),
            purchases: Vec::new(),
            changes: Vec::new(),
            calm: BTreeMap::new(),
            outages: Vec::new(),
            twice: None,
            skew: None,
            gone: None,
            by_code: BTreeMap::new(),
            known: BTreeMap::new(),
            clients: BTreeMap::new(),
            reserved: Vec::new(),
            failures: Vec::new(),
            guarded: Vec::new(),
            queue: BinaryHeap::new(),
            events: Vec::new(),
        }
    }

    /// Adds a campaign and returns its place.
    pub fn campaign(&mut self, campaign: Campaign) -> usize {
        let place = self.campaigns.len();
        self.by_code.insert(campaign.code, place);
        let until = campaign.valid_until.max(campaign.created_at);
        self.campaigns.push(campaign);
        self.reserved.push(0);
        self.failures.push(VecDeque::new());
        self.guarded.push(false);
        self.at(until.max(self.begin), Event::Job(place));
        place
    }

    /// Puts an event into the queue. The job runs at full 10 minutes, the guard at full minutes.
    pub fn at(&mut self, at: i64, event: Event) {
        let at = match event {
            Event::Job(_) => at + (10 * MINUTE - at.rem_euclid(10 * MINUTE)) % (10 * MINUTE),
            Event::Guard(_) => at + MINUTE - at.rem_euclid(MINUTE),
            _ => at,
        };
        if at < self.end {
            self.queue.push(Reverse((at, self.events.len())));
            self.events.push(Some(event));
        }
    }

    /// Lets everything happen, in order of time.
    pub fn run(&mut self) {
        while let Some(Reverse((at, place))) = self.queue.pop() {
            match self.events[place].take() {
                Some(Event::Try(visit)) => self.attempt(at, visit),
                Some(Event::Spend(user, product)) => self.spend(at, user, product),
                Some(Event::Pay(place, visit, tries)) => self.pay(at, place, visit, tries),
                Some(Event::Lapse(place)) => self.lapse(place),
                Some(Event::Refund(purchase, redemption)) => {
                    self.purchases[purchase].refunded_at = Some(at);
                    if let Some(place) = redemption {
                        self.redemptions[place].status = Held::Revoked;
                    }
                }
                Some(Event::Edit(place, edit, by)) => self.edit(at, place, edit, by),
                Some(Event::Guard(place)) => self.guard(at, place),
                Some(Event::Job(place)) => self.job(at, place),
                None => {}
            }
        }
        self.attempts.sort_by_key(|attempt| attempt.at);
    }

    fn decide(&self, now: i64, user: i64, code: u64) -> (Answer, Option<Reason>) {
        let Some(&place) = self.by_code.get(&code) else { return (Answer::Invalid, None) };
        let row = &self.campaigns[place];
        let depleted = if self.manners.depleted_na { Answer::NotApplicable } else { Answer::Expired };
        match row.status {
            Status::Paused | Status::Expired => return (Answer::Expired, None),
            Status::Depleted => return (Answer::Expired, Some(Reason::Depleted)),
            Status::Active if now < row.valid_from || now >= row.valid_until => {
                return (Answer::Expired, None);
            }
            Status::Active => {}
        }
        let known = self.known.get(&user);
        let used = known.and_then(|known| known.used.get(&place)).copied().unwrap_or(0);
        let already = used >= row.max_uses_per_user;
        if already && self.manners.used_first {
            return (Answer::NotApplicable, Some(Reason::AlreadyUsed));
        }
        let taken = row.used_total + if self.manners.reserve_counts { self.reserved[place] } else { 0 };
        if row.max_total_uses.is_some_and(|limit| taken >= limit) {
            return (depleted, Some(Reason::Depleted));
        }
        let bought = known.is_some_and(|known| known.bought);
        let elsewhere =
            known.is_some_and(|known| known.used.iter().any(|(&other, &uses)| other != place && uses > 0));
        if row.new_users_only && (bought || elsewhere) && !already {
            return (Answer::NotApplicable, Some(Reason::NewUsersOnly));
        }
        if row.first_purchase_only && bought && !already {
            return (Answer::NotApplicable, Some(Reason::FirstPurchaseOnly));
        }
        match already {
            true => (Answer::NotApplicable, Some(Reason::AlreadyUsed)),
            false => (Answer::Accepted, None),
        }
    }

    fn limited(&mut self, at: i64, user: i64, client: u64) -> bool {
        let known = self.known.entry(user).or_default();
        while known.recent.front().is_some_and(|&(then, _)| then < at - 10 * MINUTE) {
            known.recent.pop_front();
        }
        match self.manners.limiter {
            Limiter::None => false,
            Limiter::Failures(most) => known.recent.iter().filter(|(_, failed)| *failed).count() >= most,
            Limiter::PerMinute(most) => {
                known.recent.iter().filter(|(then, _)| *then > at - MINUTE).count() >= most
            }
            Limiter::PerClient(most) => {
                let recent = self.clients.entry(client).or_default();
                while recent.front().is_some_and(|&then| then < at - MINUTE) {
                    recent.pop_front();
                }
                let full = recent.len() >= most;
                if !full {
                    recent.push_back(at);
                }
                full
            }
        }
    }

    fn attempt(&mut self, at: i64, visit: Visit) {
        let client = visit.client.unwrap_or_else(|| mix(visit.user as u64, 77));
        let slow = self.skew.filter(|&(since, _, share)| at >= since && self.rng.chance(share));
        let clock = slow.map_or(at, |(_, behind, _)| at - behind);
        let (answer, reason) = match self.limited(at, visit.user, client) {
            true => (Answer::RateLimited, None),
            false => self.decide(clock, visit.user, visit.code),
        };
        let failed = matches!(answer, Answer::Invalid | Answer::Expired | Answer::NotApplicable);
        self.attempts.push(Attempt {
            at: clock,
            user: visit.user,
            code: visit.code,
            answer,
            source: visit.source,
            reason: reason.filter(|_| self.manners.reasons),
            client: Some(client).filter(|_| self.manners.clients),
        });
        if let Some(known) = self.known.get_mut(&visit.user) {
            known.recent.push_back((at, failed));
        }
        let place = self.by_code.get(&visit.code).copied();
        if let (true, Some(place)) = (failed, place) {
            self.failures[place].push_back((clock, visit.user));
            self.wake_guard(at, place);
        }
        if let (Answer::Accepted, Some(place)) = (answer, place) {
            self.reserve(at, place, &visit);
        } else if !visit.dud {
            crate::people::rejected(self, at, &visit, answer);
        }
        self.tap_again(at, &visit);
    }

    fn tap_again(&mut self, at: i64, visit: &Visit) {
        if visit.dud {
            return;
        }
        let bug = self.twice.is_some_and(|(since, share)| {
            at >= since && (mix(visit.user as u64, 5) % 1000) < (share * 1000.0) as u64
        });
        let gap = match bug {
            true => Some(self.rng.range(0.04, 0.5)),
            false if visit.tries == 0 && self.rng.chance(visit.will.double) => {
                Some(self.rng.log_range(0.3, 4.0))
            }
            false => None,
        };
        if let Some(gap) = gap {
            let at = at + (gap * SECOND as f64) as i64;
            self.at(at, Event::Try(Visit { dud: true, ..visit.clone() }));
        }
    }

    fn reserve(&mut self, at: i64, place: usize, visit: &Visit) {
        let row = self.redemptions.len();
        let redemption = Redemption {
            campaign: place,
            user: visit.user,
            status: Held::Reserved,
            created_at: at,
            applied_at: None,
        };
        self.redemptions.push(redemption);
        self.reserved[place] += 1;
        *self.known.entry(visit.user).or_default().used.entry(place).or_default() += 1;
        self.at(at + self.manners.hold, Event::Lapse(row));
        if !visit.dud {
            crate::people::accepted(self, at, row, visit);
        }
    }

    fn down(&self, at: i64) -> bool {
        self.outages.iter().any(|&(from, until)| at >= from && at < until)
    }

    fn spend(&mut self, at: i64, user: i64, product: &'static str) {
        if self.down(at) || self.gone.is_some_and(|(gone, since)| gone == product && at >= since) {
            return;
        }
        self.known.entry(user).or_default().bought = true;
        self.purchases.push(Purchase { user, campaign: None, product, created_at: at, refunded_at: None });
    }

    fn pay(&mut self, at: i64, row: usize, visit: Visit, tries: u32) {
        let redemption = self.redemptions[row];
        let (place, campaign) = (redemption.campaign, &self.campaigns[redemption.campaign]);
        let lag = self.rng.range(0.5, 30.0);
        let credited = at + (lag * SECOND as f64) as i64;
        if redemption.status != Held::Reserved || credited >= self.end {
            if redemption.status == Held::Lapsed && self.rng.chance(0.3) {
                self.spend(at, visit.user, visit.product);
            }
            return;
        }
        let fits = campaign.scope == "ANY" || campaign.scope == visit.product;
        let sold = self.gone.is_none_or(|(gone, since)| gone != visit.product || at < since);
        let full = campaign.max_total_uses.is_some_and(|limit| campaign.used_total >= limit);
        if self.down(at) || !fits || !sold || full {
            return crate::people::unpaid(self, at, row, visit, tries);
        }
        self.known.entry(visit.user).or_default().bought = true;
        self.reserved[place] -= 1;
        self.redemptions[row].status = Held::Applied;
        self.redemptions[row].applied_at = Some(credited);
        self.campaigns[place].used_total += 1;
        if self.manners.touch {
            self.campaigns[place].updated_at = at;
        }
        let purchase = self.purchases.len();
        let product = visit.product;
        self.purchases.push(Purchase {
            user: visit.user,
            campaign: Some(place),
            product,
            created_at: at,
            refunded_at: None,
        });
        if self.campaigns[place].max_total_uses == Some(self.campaigns[place].used_total) {
            self.at(at + 1, Event::Job(place));
        }
        let Will { refund, refund_after, .. } = visit.will;
        if self.rng.chance(refund) {
            let after = self.rng.delay(refund_after, 0.8).max(MINUTE);
            self.at(credited + after, Event::Refund(purchase, Some(row)));
        }
    }

    /// Says that a user bought before the history begins: the application knows, the rows do not show it.
    pub fn bought_before(&mut self, user: i64) {
        self.known.entry(user).or_default().bought = true;
    }
}
