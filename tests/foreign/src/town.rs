//! A shop before its incidents: campaigns, customers, ordinary days and earlier promotions.

use crate::app::{App, Edit, Event, PRODUCTS, mix};
use crate::kind::Kind;
use crate::manners::{Ids, Manners};
use crate::people::{Shape, Visit, Will, arrivals};
use promo_guard_habits::rng::{DAY, HOUR, MINUTE, Rng, SECOND};
use promo_guard_habits::rows::{Action, Actor, Campaign, Deed, Source, Status};
use std::collections::BTreeSet;

const NAMES: [&str; 16] = [
    "Spring",
    "Summer",
    "Autumn",
    "Winter",
    "Loyal",
    "Partner",
    "Weekend",
    "Birthday",
    "Bundle",
    "Mobile",
    "Newsletter",
    "Student",
    "Thanks",
    "Podcast",
    "Radio",
    "Welcome",
];

/// An incident whose truth is written down once everything has happened.
#[derive(Debug, Clone)]
pub struct Case {
    /// The campaign's place.
    pub place: usize,
    /// The kind.
    pub kind: Kind,
    /// When it began.
    pub start: i64,
    /// Whether somebody announced it to us.
    pub announced: bool,
    /// For a mixed incident: the first of the codes is one of many of a batch.
    pub batch: bool,
}

/// A crowd that comes for one code.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// The campaign's place.
    pub place: usize,
    /// How many.
    pub size: usize,
    /// When the first come.
    pub start: i64,
    /// How they come.
    pub shape: Shape,
    /// The share of new users.
    pub new: f64,
    /// What changes about them, against ordinary people of this shop.
    pub will: fn(&mut Will),
    /// The shares of COMMAND, BUTTON and API.
    pub sources: [f64; 3],
    /// One address for all.
    pub client: Option<u64>,
}

/// A shop in the making.
#[derive(Debug)]
pub struct Town {
    /// The application.
    pub app: App,
    /// Regular customers.
    pub pool: Vec<i64>,
    /// The campaigns of ordinary days.
    pub ordinary: Vec<usize>,
    /// Campaigns that already have an incident.
    pub taken: BTreeSet<usize>,
    /// The incidents.
    pub cases: Vec<Case>,
    /// Our own records.
    pub actions: Vec<Action>,
    /// Our history is attached, whatever the manners say: a record of ours needs it.
    pub attach: bool,
    /// Accounts that somebody steers.
    pub steered: BTreeSet<i64>,
    /// The shares of new users of the earlier promotions.
    pub earlier: Vec<f64>,
    ids: BTreeSet<i64>,
    used: BTreeSet<(i64, usize)>,
}

impl Town {
    /// A shop with its ordinary days.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0xF0E1_60D5);
        let manners = Manners::draw(&mut rng);
        let end = rng.moment(8_600 * DAY, 9_900 * DAY);
        let begin = end - (manners.days * DAY as f64) as i64;
        let mut town = Self {
            app: App::new(rng, manners, begin, end),
            pool: Vec::new(),
            ordinary: Vec::new(),
            taken: BTreeSet::new(),
            cases: Vec::new(),
            actions: Vec::new(),
            attach: false,
            steered: BTreeSet::new(),
            earlier: Vec::new(),
            ids: BTreeSet::new(),
            used: BTreeSet::new(),
        };
        town.people();
        for _ in 0..town.app.manners.campaigns {
            let place = town.everyday(0.25);
            town.ordinary.push(place);
        }
        town.days();
        town.promotions();
        town
    }

    /// Chance.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.app.rng
    }

    fn people(&mut self) {
        for _ in 0..self.app.manners.regulars {
            let since = self.app.begin - self.app.rng.moment(0, 400 * DAY);
            let id = self.register(since);
            self.pool.push(id);
            if self.app.rng.chance(0.6) {
                self.app.bought_before(id);
            }
        }
    }

    /// The id of somebody who registers at this moment.
    pub fn register(&mut self, at: i64) -> i64 {
        let manners = &self.app.manners;
        let mut id = match manners.ids {
            Ids::Sequence => {
                1_000 + ((at - self.app.begin + 401 * DAY) as f64 / DAY as f64 * manners.signups) as i64
            }
            Ids::Random => self.app.rng.moment(100_000_000, 7_900_000_000),
        };
        while !self.ids.insert(id) {
            id += 1;
        }
        id
    }

    /// A row of adjacent ids, bought or made at one sitting `ago` before.
    pub fn block(&mut self, count: usize, since: i64) -> Vec<i64> {
        let first = self.register(since);
        let gap = 1 + self.app.rng.below(3) as i64;
        let mut ids = vec![first];
        while ids.len() < count {
            let mut id = ids[ids.len() - 1] + 1 + self.app.rng.below(gap as usize) as i64;
            while !self.ids.insert(id) {
                id += 1;
            }
            ids.push(id);
        }
        ids
    }

    /// A row for a campaign that began so many days before the history.
    pub fn row(&mut self, name: &str, created_at: i64, valid_from: i64, valid_until: i64) -> Campaign {
        let rng = &mut self.app.rng;
        let scope = if rng.chance(0.55) { "ANY" } else { *rng.pick(&PRODUCTS) };
        Campaign {
            id: rng.moment(1_000, 4_000_000_000_000),
            name: format!("{name} {}", rng.below(990) + 10),
            code: rng.word(),
            scope,
            status: Status::Active,
            valid_from,
            valid_until,
            max_total_uses: None,
            used_total: 0,
            max_uses_per_user: if rng.chance(0.8) { 1 } else { 2 + rng.below(5) as i64 },
            new_users_only: false,
            first_purchase_only: false,
            created_at,
            updated_at: created_at,
        }
    }

    fn everyday(&mut self, late: f64) -> usize {
        let (begin, end) = (self.app.begin, self.app.end);
        let from = begin - self.app.rng.moment(0, 90 * DAY);
        let from = if !self.app.rng.chance(late) {
            from
        } else {
            self.app.rng.moment(begin, end - (end - begin) / 3)
        };
        let until = end + self.app.rng.moment(5 * DAY, 200 * DAY);
        let name = *self.app.rng.pick(&NAMES);
        let mut row = self.row(name, from - HOUR, from, until);
        let rng = &mut self.app.rng;
        row.max_total_uses = rng.chance(0.3).then(|| 20_000 + 1_000 * rng.below(30) as i64);
        row.first_purchase_only = rng.chance(0.06);
        self.app.campaign(row)
    }

    /// A campaign made shortly before `start`, valid at `start`.
    pub fn young(&mut self, name: &str, start: i64) -> usize {
        let before = self.app.rng.moment(5 * MINUTE, 3 * DAY);
        let until = self.app.end + self.app.rng.moment(DAY, 40 * DAY);
        let mut row = self.row(name, start - before - HOUR / 3, start - before, until);
        row.max_uses_per_user = if self.app.rng.chance(0.9) { 1 } else { row.max_uses_per_user };
        self.app.campaign(row)
    }

    /// A campaign of ordinary days, in use by this moment, that no incident has yet; a new one where none is left.
    pub fn old(&mut self, start: i64) -> usize {
        let latest = (start - HOUR).max(self.app.begin);
        let mut free: Vec<usize> = self.ordinary.clone();
        free.retain(|place| {
            let row = &self.app.campaigns[*place];
            !self.taken.contains(place) && row.valid_from <= latest && !row.first_purchase_only
        });
        let place = match free.is_empty() {
            true => {
                let place = self.everyday(0.0);
                self.app.campaigns[place].first_purchase_only = false;
                place
            }
            false => *self.app.rng.pick(&free),
        };
        self.taken.insert(place);
        place
    }

    pub(crate) fn clock(&mut self, low: i64, high: i64) -> i64 {
        let (peak, depth) = self.app.manners.rhythm;
        for _ in 0..12 {
            let at = self.app.rng.moment(low, high);
            let hour = at.rem_euclid(DAY) as f64 / HOUR as f64;
            let busy = 1.0 + depth * ((hour - peak) / 24.0 * std::f64::consts::TAU).cos();
            if self.app.rng.chance(busy / 2.0) {
                return at;
            }
        }
        self.app.rng.moment(low, high)
    }

    /// A regular customer; the first of the pool are the busiest.
    pub fn regular(&mut self) -> i64 {
        let power = 1.0 + self.app.manners.uneven;
        let place = (self.app.rng.unit().powf(power) * self.pool.len() as f64) as usize;
        self.pool[place.min(self.pool.len() - 1)]
    }

    /// What somebody buys with this code.
    pub fn wish(&mut self, place: usize) -> &'static str {
        match self.app.campaigns[place].scope {
            "ANY" => PRODUCTS[(mix(place as u64, self.app.rng.below(4) as u64) % 6) as usize],
            scope => scope,
        }
    }

    /// Somebody on the way to enter this code.
    pub fn visit(&mut self, user: i64, place: usize, sources: [f64; 3], will: Will) -> Visit {
        let product = self.wish(place);
        let code = self.app.campaigns[place].code;
        let rng = &mut self.app.rng;
        let luck = rng.range(0.0, sources.iter().sum());
        let source = match () {
            () if luck < sources[0] => Source::Command,
            () if luck < sources[0] + sources[1] => Source::Button,
            () => Source::Api,
        };
        let typo = source == Source::Command && rng.chance(self.app.manners.typo);
        let wrong = if rng.chance(0.7) { mix(code, rng.below(4) as u64) } else { rng.word() };
        let (entered, meant) = if typo { (wrong, Some(code)) } else { (code, None) };
        Visit { user, code: entered, meant, source, client: None, product, will, tries: 0, dud: false }
    }

    /// For ordinary days: a new user with this chance, else a regular who seldom uses a code a second time.
    pub(crate) fn passer_by(&mut self, at: i64, place: usize, new: f64) -> i64 {
        if self.app.rng.chance(new) {
            return self.register(at);
        }
        for _ in 0..6 {
            let user = self.regular();
            if self.used.insert((user, place)) || self.app.rng.chance(0.05) {
                return user;
            }
        }
        let user = self.app.rng.below(self.pool.len());
        self.pool[user]
    }

    /// For a crowd: a new user with this chance, else a customer who comes for this code for the first time. Where
    /// the busy customers are used up, one comes who has been quiet.
    pub fn somebody(&mut self, at: i64, place: usize, new: f64) -> i64 {
        if self.app.rng.chance(new) {
            return self.register(at);
        }
        for _ in 0..4 {
            let user = self.regular();
            if self.used.insert((user, place)) {
                return user;
            }
        }
        let begin = self.app.begin;
        let since = begin - self.app.rng.moment(0, 300 * DAY);
        let user = self.register(since);
        if self.app.rng.chance(0.7) {
            let then = self.app.rng.moment(begin, at.max(begin + 1));
            let product = *self.app.rng.pick(&PRODUCTS);
            self.app.at(then, Event::Spend(user, product));
        }
        user
    }

    /// Lets a crowd come.
    pub fn crowd(&mut self, crowd: &Crowd) {
        let moments = arrivals(&mut self.app.rng, crowd.size, crowd.start, crowd.shape);
        for at in moments {
            let user = self.somebody(at, crowd.place, crowd.new);
            let mut will = Will::person(&self.app.manners.clone(), self.rng());
            (crowd.will)(&mut will);
            let visit = self.visit(user, crowd.place, crowd.sources, will);
            self.app.at(at, Event::Try(Visit { client: crowd.client, ..visit }));
        }
    }

    /// An edit by somebody who runs the shop.
    pub fn edit(&mut self, at: i64, place: usize, edit: Edit) {
        let by = Actor::Person(self.app.rng.below(self.app.manners.editors as usize) as u32);
        self.app.at(at, Event::Edit(place, edit, by));
    }

    /// So many people that the guard's count is passed, each failing so often, over so many minutes.
    pub fn enough(&mut self, failures: f64, minutes: f64) -> usize {
        let peak = (15.0 / minutes).min(1.0);
        let want = 100.0 * self.app.rng.log_range(1.15, 4.0) / (failures.max(0.02) * peak);
        (want as usize).clamp(60, 2_200)
    }

    /// The share of new users in the next promotion of this shop.
    pub fn promo_new(&mut self) -> f64 {
        let (mean, spread) = self.app.manners.promo_new;
        self.app.rng.share_near(mean, spread)
    }

    /// Writes an incident down.
    pub fn case(&mut self, place: usize, kind: Kind, start: i64) {
        self.taken.insert(place);
        self.app.calm.insert(place, start);
        self.cases.push(Case { place, kind, start, announced: false, batch: false });
    }

    /// Somebody tells us of a promotion beforehand.
    pub fn announce(&mut self, place: usize, start: i64, minutes: i64) {
        let at = start - self.app.rng.moment(10 * MINUTE, 2 * DAY);
        let what = Deed::Announce(start - 5 * MINUTE, start + minutes * MINUTE);
        self.actions.push(Action { campaign: place, at, what });
        if let Some(case) = self.cases.iter_mut().find(|case| case.place == place) {
            case.announced = true;
        }
    }

    /// A moment some minutes before the end.
    pub fn ago(&mut self, least: f64, most: f64) -> i64 {
        let most = most.min(self.app.manners.days * 24.0 * 60.0 * 0.5);
        self.app.end - (self.app.rng.log_range(least, most.max(least * 1.1)) * MINUTE as f64) as i64
    }

    /// Seconds as a duration.
    pub fn secs(seconds: f64) -> i64 {
        (seconds * SECOND as f64) as i64
    }
}
