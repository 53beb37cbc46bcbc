//! Ordinary days, and the promotions of earlier days.

use crate::app::{Event, PRODUCTS, mix};
use crate::people::{Shape, Visit, Will};
use crate::town::{Crowd, Town};
use promo_guard_habits::rng::HOUR;

impl Town {
    pub(crate) fn days(&mut self) {
        let (begin, end) = (self.app.begin, self.app.end);
        let weights: Vec<f64> = self.ordinary.iter().map(|_| self.app.rng.log_range(0.05, 1.0)).collect();
        let sum: f64 = weights.iter().sum();
        let sources = self.app.manners.sources;
        for _ in 0..self.app.manners.ordinary {
            let at = self.clock(begin, end);
            let mut luck = self.app.rng.range(0.0, sum);
            let chosen = weights.iter().position(|weight| {
                luck -= weight;
                luck <= 0.0
            });
            let place = self.ordinary[chosen.unwrap_or(0)];
            let user = self.passer_by(at, place, self.app.manners.new);
            let will = Will::person(&self.app.manners.clone(), self.rng());
            let from = self.app.campaigns[place].valid_from;
            if at >= from || self.app.rng.chance(0.01) {
                let visit = self.visit(user, place, sources, will);
                self.app.at(at, Event::Try(visit));
            }
        }
        let uncoded = (self.app.manners.uncoded * self.app.manners.ordinary as f64) as usize;
        for _ in 0..uncoded.min(12_000) {
            let at = self.clock(begin, end);
            let user = if self.app.rng.chance(0.25 * self.app.manners.new) {
                self.register(at)
            } else {
                self.regular()
            };
            let product = *self.app.rng.pick(&PRODUCTS);
            self.app.at(at, Event::Spend(user, product));
        }
        let strays = (self.app.manners.ordinary as f64 * 0.02) as usize;
        for _ in 0..strays {
            let (at, user) = (self.clock(begin, end), self.regular());
            let will = Will { persist: 0.2, ..Will::person(&self.app.manners.clone(), self.rng()) };
            let place = self.ordinary[0];
            let visit = self.visit(user, place, sources, will);
            let code = mix(7, self.app.rng.below(40) as u64);
            self.app.at(at, Event::Try(Visit { code, meant: None, ..visit }));
        }
    }

    pub(crate) fn promotions(&mut self) {
        let (begin, end) = (self.app.begin, self.app.end);
        for _ in 0..self.app.manners.promotions {
            let latest = end - 14 * HOUR;
            if latest <= begin + HOUR {
                return;
            }
            let start = self.clock(begin, latest);
            let mut begun = self.ordinary.clone();
            begun.retain(|place| self.app.campaigns[*place].valid_from <= start);
            let place = match !begun.is_empty() && self.app.rng.chance(0.5) {
                true => *self.app.rng.pick(&begun),
                false => {
                    let place = self.young("Flash", start);
                    self.ordinary.push(place);
                    place
                }
            };
            let size = self.app.rng.log_range(25.0, 0.1 * self.app.manners.ordinary as f64 + 60.0) as usize;
            let half = self.app.rng.log_range(120.0, 5_000.0);
            let shape =
                *self.app.rng.pick(&[Shape::Spike(half), Shape::Even(2.0 * half), Shape::Waves(3, half)]);
            let sources = *self.app.rng.pick(&[[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.5, 0.5, 0.0]]);
            let new = self.promo_new();
            self.earlier.push(new);
            self.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources, client: None });
        }
    }
}
