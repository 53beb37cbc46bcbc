//! The users of a shop: ids, pasts, and crowds drawn from them.

use crate::app::App;
use crate::habits::Habits;
use crate::rng::{DAY, HOUR, Rng};
use std::collections::BTreeSet;

/// The products sold.
pub const PRODUCTS: [&str; 4] = ["STARS", "BOOST", "GIFT", "PREMIUM"];

/// Who there is.
#[derive(Debug)]
pub struct People {
    /// Users seen within the last weeks.
    pub active: Vec<i64>,
    /// Users not seen for months.
    pub dormant: Vec<i64>,
    taken: BTreeSet<i64>,
    asleep: BTreeSet<i64>,
    awake: BTreeSet<i64>,
    in_order: bool,
    end: i64,
}

impl People {
    /// Regulars with their past, as far as the shop has one.
    pub fn of(h: &Habits, app: &mut App<'_>, rng: &mut Rng, end: i64) -> Self {
        let mut people = Self {
            active: Vec::new(),
            dormant: Vec::new(),
            taken: BTreeSet::new(),
            asleep: BTreeSet::new(),
            awake: BTreeSet::new(),
            in_order: h.ids_in_order,
            end,
        };
        for _ in 0..h.regulars {
            let sleeps = rng.chance(h.dormant);
            let last = if sleeps {
                end - rng.moment(70 * DAY, 500 * DAY)
            } else {
                end - (h.days * DAY as f64) as i64 - rng.moment(HOUR, 25 * DAY)
            };
            let joined = last - rng.moment(0, 300 * DAY);
            let user = people.joins(joined, rng);
            app.bought_before(user, PRODUCTS[rng.below(4)], last);
            if rng.chance(0.5) {
                app.bought_before(user, PRODUCTS[rng.below(4)], rng.moment(joined, last));
            }
            if sleeps {
                people.dormant.push(user);
                people.asleep.insert(user);
            } else {
                people.active.push(user);
                people.awake.insert(user);
            }
        }
        if people.active.is_empty() {
            let user = people.joins(end - 30 * DAY, rng);
            people.active.push(user);
        }
        people
    }

    /// A user who joins at this moment.
    pub fn joins(&mut self, at: i64, rng: &mut Rng) -> i64 {
        let mut id = if self.in_order {
            // Some 200 seconds an id, so that users who join together have ids near each other.
            10_000_000 + (at - self.end) / (200 * 1_000_000)
        } else {
            1 + (rng.word() >> 24) as i64
        };
        while !self.taken.insert(id) {
            id += 1;
        }
        id
    }

    /// Whether a user has a past.
    pub fn is_known(&self, user: i64) -> bool {
        self.asleep.contains(&user) || self.awake.contains(&user)
    }

    /// Whether a user had not been seen for months.
    pub fn has_slept(&self, user: i64) -> bool {
        self.asleep.contains(&user)
    }

    /// A regular who comes now and then.
    pub fn regular(&self, rng: &mut Rng) -> i64 {
        self.active[rng.below(self.active.len())]
    }

    /// Different regulars, at most `n`, of whom this share has slept.
    pub fn some(&self, n: usize, slept: f64, rng: &mut Rng) -> Vec<i64> {
        let mut picked = BTreeSet::new();
        let mut tries = 0;
        while picked.len() < n && tries < 8 * n {
            tries += 1;
            let list =
                if rng.chance(slept) && !self.dormant.is_empty() { &self.dormant } else { &self.active };
            picked.insert(list[rng.below(list.len())]);
        }
        let mut users: Vec<i64> = picked.into_iter().collect();
        for i in (1..users.len()).rev() {
            users.swap(i, rng.below(i + 1));
        }
        users
    }
}
