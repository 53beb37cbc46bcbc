//! The promo application: it answers attempts, lets reservations lapse, runs its guard every minute and its job every ten.

use crate::habits::Habits;
use crate::rng::{DAY, MINUTE, Rng, SECOND};
use crate::rows::{
    Actor, Answer, Attempt, Campaign, Change, Held, Purchase, Reason, Redemption, Source, Status,
};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};

/// The guard pauses above this many failures within ten minutes.
pub const GUARD_FAILURES: usize = 100;
/// How far the guard looks back.
pub const GUARD_LOOKBACK: i64 = 10 * MINUTE;

/// How somebody behaves with a code.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Chance to tap again after a success,
    pub tap: f64,
    /// ... and after each failed tap.
    pub tap_again: f64,
    /// Chance to try again after a rejection,
    pub insist: f64,
    /// ... and after each further one.
    pub insist_again: f64,
    /// Median time between tries.
    pub gap: i64,
    /// Whether a program keeps the pace.
    pub machine: bool,
    /// Chance to buy.
    pub buys: f64,
    /// Chance to ask for the money back.
    pub refunds: f64,
}

/// One try.
#[derive(Debug, Clone, Copy)]
pub struct Try {
    /// Who.
    pub user: i64,
    /// Which code.
    pub code: u64,
    /// Where it comes from.
    pub source: Source,
    /// Device.
    pub client: u64,
    /// How they behave.
    pub manner: Manner,
    /// Failures of the same attempt before.
    pub failed: u32,
    /// Whether it follows a success.
    pub has_it: bool,
}

/// An edit of a campaign's row.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum Edit {
    Status(Status, Actor),
    ValidFrom(i64),
    ValidUntil(i64),
    Limit(i64),
    PerUser(i64),
    NewUsersOnly,
    FirstPurchaseOnly,
    Scope(&'static str),
    Touch,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Try(Try),
    Buy(usize, Try),
    Lapse(usize),
    Refund(usize, usize),
    Edit(usize, Edit),
}

/// A user's uses of a campaign, first activity and so on, as the application knows them.
#[derive(Debug, Default)]
struct Known {
    bought: bool,
    lately: VecDeque<i64>,
}

/// The application while it runs.
pub struct App<'a> {
    h: &'a Habits,
    rng: Rng,
    /// `promo_codes`.
    pub campaigns: Vec<Campaign>,
    /// What people buy with a campaign's code.
    pub products: Vec<&'static str>,
    /// The share of its accepted who buy.
    pub converts: Vec<f64>,
    /// From here on nobody lifts a pause of the guard.
    pub left_alone: Vec<i64>,
    /// `promo_attempts`.
    pub attempts: Vec<Attempt>,
    /// `promo_redemptions`.
    pub redemptions: Vec<Redemption>,
    /// `purchases`.
    pub purchases: Vec<Purchase>,
    /// Every change of a status.
    pub changes: Vec<Change>,
    by_code: HashMap<u64, usize>,
    open: HashMap<(usize, i64), i64>,
    reserved: Vec<i64>,
    known: HashMap<i64, Known>,
    failures: HashMap<usize, VecDeque<(i64, i64)>>,
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    events: Vec<Event>,
}

impl<'a> App<'a> {
    /// An application without a past.
    pub fn new(h: &'a Habits, rng: Rng) -> Self {
        Self {
            h,
            rng,
            campaigns: Vec::new(),
            products: Vec::new(),
            converts: Vec::new(),
            left_alone: Vec::new(),
            attempts: Vec::new(),
            redemptions: Vec::new(),
            purchases: Vec::new(),
            changes: Vec::new(),
            by_code: HashMap::new(),
            open: HashMap::new(),
            reserved: Vec::new(),
            known: HashMap::new(),
            failures: HashMap::new(),
            queue: BinaryHeap::new(),
            events: Vec::new(),
        }
    }

    /// Adds a campaign; its place.
    pub fn add(&mut self, campaign: Campaign, product: &'static str, converts: f64) -> usize {
        let place = self.campaigns.len();
        self.by_code.insert(campaign.code, place);
        self.campaigns.push(campaign);
        self.products.push(product);
        self.converts.push(converts);
        self.left_alone.push(i64::MAX);
        self.reserved.push(0);
        place
    }

    /// A purchase made without a code, before or beside everything else.
    pub fn bought_before(&mut self, user: i64, product: &'static str, at: i64) {
        self.known.entry(user).or_default().bought = true;
        self.purchases.push(Purchase { user, campaign: None, product, created_at: at, refunded_at: None });
    }

    fn push(&mut self, at: i64, event: Event) {
        self.queue.push(Reverse((at, self.events.len() as u64)));
        self.events.push(event);
    }

    /// Somebody will try a code.
    pub fn tries(&mut self, at: i64, what: Try) {
        self.push(at, Event::Try(what));
    }

    /// A row will be edited.
    pub fn edit(&mut self, at: i64, campaign: usize, edit: Edit) {
        self.push(at, Event::Edit(campaign, edit));
    }

    /// Runs until `end`.
    pub fn run(&mut self, end: i64) {
        let first = self.queue.peek().map_or(end, |Reverse((at, _))| *at);
        let mut minute = first - first.rem_euclid(MINUTE);
        while let Some(Reverse((at, number))) = self.queue.pop() {
            if at > end {
                break;
            }
            while minute <= at {
                self.every_minute(minute);
                minute += MINUTE;
            }
            match self.events[number as usize] {
                Event::Try(what) => self.answer(at, what),
                Event::Buy(redemption, what) => self.buy(at, redemption, what),
                Event::Lapse(redemption) => self.lapse(redemption),
                Event::Refund(purchase, redemption) => {
                    self.purchases[purchase].refunded_at = Some(at);
                    self.redemptions[redemption].status = Held::Revoked;
                }
                Event::Edit(campaign, edit) => self.change(at, campaign, edit),
            }
        }
        while minute <= end {
            self.every_minute(minute);
            minute += MINUTE;
        }
        self.purchases.sort_by_key(|p| p.created_at);
    }

    fn every_minute(&mut self, now: i64) {
        let mut hot: Vec<usize> = self.failures.keys().copied().collect();
        hot.sort_unstable();
        for campaign in hot {
            let Some(list) = self.failures.get_mut(&campaign) else { continue };
            while list.front().is_some_and(|(at, _)| *at <= now - GUARD_LOOKBACK) {
                list.pop_front();
            }
            let users: BTreeSet<i64> = list.iter().map(|(_, user)| *user).take(400).collect();
            let holds = list.len() > GUARD_FAILURES && users.len() >= 2;
            if list.is_empty() {
                self.failures.remove(&campaign);
            }
            if holds && self.campaigns[campaign].status == Status::Active {
                self.change(now, campaign, Edit::Status(Status::Paused, Actor::Guard));
                if now < self.left_alone[campaign] {
                    let later = now + self.rng.moment(12 * MINUTE, 50 * MINUTE);
                    self.edit(later, campaign, Edit::Status(Status::Active, Actor::Person(1)));
                }
            }
        }
        if self.h.job && now.rem_euclid(10 * MINUTE) == 0 {
            for place in 0..self.campaigns.len() {
                let c = &self.campaigns[place];
                let word = if c.status != Status::Active {
                    continue;
                } else if c.valid_until <= now {
                    Status::Expired
                } else if c.max_total_uses.is_some_and(|most| c.used_total >= most) {
                    Status::Depleted
                } else {
                    continue;
                };
                self.change(now, place, Edit::Status(word, Actor::Job));
            }
        }
    }

    fn change(&mut self, at: i64, place: usize, edit: Edit) {
        let campaign = &mut self.campaigns[place];
        match edit {
            Edit::Status(to, by) => {
                if campaign.status == to {
                    return;
                }
                campaign.status = to;
                self.changes.push(Change { campaign: place, to, at, by });
            }
            Edit::ValidFrom(moment) => campaign.valid_from = moment,
            Edit::ValidUntil(moment) => campaign.valid_until = moment,
            Edit::Limit(most) => campaign.max_total_uses = Some(most),
            Edit::PerUser(most) => campaign.max_uses_per_user = most,
            Edit::NewUsersOnly => campaign.new_users_only = true,
            Edit::FirstPurchaseOnly => campaign.first_purchase_only = true,
            Edit::Scope(scope) => campaign.scope = scope,
            Edit::Touch => {}
        }
        campaign.updated_at = at;
    }

    fn verdict(&mut self, at: i64, what: &Try) -> (Answer, Option<Reason>) {
        let known = self.known.entry(what.user).or_default();
        while known.lately.front().is_some_and(|t| *t <= at - MINUTE) {
            known.lately.pop_front();
        }
        known.lately.push_back(at);
        if self.h.limiter.is_some_and(|most| known.lately.len() > most) {
            return (Answer::RateLimited, None);
        }
        let Some(place) = self.by_code.get(&what.code).copied() else { return (Answer::Invalid, None) };
        let c = &self.campaigns[place];
        match c.status {
            Status::Paused | Status::Expired => return (Answer::Expired, None),
            Status::Depleted => return (Answer::NotApplicable, Some(Reason::Depleted)),
            Status::Active => {}
        }
        if at < c.valid_from || at >= c.valid_until {
            return (Answer::Expired, None);
        }
        let uses = self.open.get(&(place, what.user)).copied().unwrap_or(0);
        if uses >= c.max_uses_per_user {
            return (Answer::NotApplicable, Some(Reason::AlreadyUsed));
        }
        if c.max_total_uses.is_some_and(|most| c.used_total + self.reserved[place] >= most) {
            return (Answer::NotApplicable, Some(Reason::Depleted));
        }
        if c.new_users_only && known.bought {
            return (Answer::NotApplicable, Some(Reason::NewUsersOnly));
        }
        if c.first_purchase_only && known.bought {
            return (Answer::NotApplicable, Some(Reason::FirstPurchaseOnly));
        }
        (Answer::Accepted, None)
    }

    fn answer(&mut self, at: i64, what: Try) {
        let (answer, reason) = self.verdict(at, &what);
        let (reason, client) =
            (reason.filter(|_| self.h.reasons), Some(what.client).filter(|_| self.h.clients));
        let Try { user, code, source, .. } = what;
        self.attempts.push(Attempt { at, user, code, answer, source, reason, client });
        let place = self.by_code.get(&code).copied();
        if let Some(place) = place.filter(|_| !matches!(answer, Answer::Accepted | Answer::RateLimited)) {
            self.failures.entry(place).or_default().push_back((at, user));
        }
        let m = what.manner;
        if let (Answer::Accepted, Some(place)) = (answer, place) {
            self.accept(at, place, what);
            if self.rng.chance(m.tap) {
                self.again(at, Try { failed: 1, has_it: true, ..what });
            }
            return;
        }
        let more = match (what.has_it, what.failed) {
            (true, _) => m.tap_again,
            (false, 0) => m.insist,
            (false, _) => m.insist_again,
        };
        if what.failed < 80 && self.rng.chance(more) {
            self.again(at, Try { failed: what.failed + 1, ..what });
        }
    }

    fn again(&mut self, at: i64, what: Try) {
        let m = what.manner;
        let gap = if m.machine {
            m.gap + (m.gap as f64 * 0.03 * self.rng.normal()) as i64
        } else {
            self.rng.delay(m.gap as f64, 0.9)
        };
        self.push(at + gap.max(SECOND / 20), Event::Try(what));
    }

    fn accept(&mut self, at: i64, place: usize, what: Try) {
        let number = self.redemptions.len();
        *self.open.entry((place, what.user)).or_default() += 1;
        self.reserved[place] += 1;
        self.redemptions.push(Redemption {
            campaign: place,
            user: what.user,
            status: Held::Reserved,
            created_at: at,
            applied_at: None,
        });
        let lapses = at + self.h.reservation;
        if self.rng.chance(what.manner.buys) {
            let delay = self.rng.delay(self.h.buys_after, self.h.buys_sigma).max(15 * SECOND);
            if delay < self.h.reservation {
                self.push(at + delay, Event::Buy(number, what));
            }
        }
        self.push(lapses, Event::Lapse(number));
    }

    fn buy(&mut self, at: i64, number: usize, what: Try) {
        let redemption = self.redemptions[number];
        let place = redemption.campaign;
        let scope = self.campaigns[place].scope;
        if redemption.status != Held::Reserved {
            return;
        }
        if scope != "ANY" && scope != self.products[place] {
            // Nothing in the cart is discounted: some enter the code again.
            if self.rng.chance(0.7) {
                let manner = Manner { tap_again: 0.5, gap: 20 * SECOND, machine: false, ..what.manner };
                self.push(at + 5 * SECOND, Event::Try(Try { failed: 1, has_it: true, manner, ..what }));
            }
            return;
        }
        self.redemptions[number].status = Held::Applied;
        self.redemptions[number].applied_at = Some(at);
        self.reserved[place] -= 1;
        self.campaigns[place].used_total += 1;
        self.known.entry(redemption.user).or_default().bought = true;
        let product = self.products[place];
        self.purchases.push(Purchase {
            user: redemption.user,
            campaign: Some(place),
            product,
            created_at: at,
            refunded_at: None,
        });
        if self.rng.chance(what.manner.refunds) {
            let later = at + self.rng.moment(5 * MINUTE, DAY / 2);
            let purchase = self.purchases.len() - 1;
            self.push(later, Event::Refund(purchase, number));
        }
    }

    fn lapse(&mut self, number: usize) {
        let redemption = &mut self.redemptions[number];
        if redemption.status == Held::Reserved {
            redemption.status = Held::Lapsed;
            self.reserved[redemption.campaign] -= 1;
            *self.open.entry((redemption.campaign, redemption.user)).or_default() -= 1;
        }
    }
}
