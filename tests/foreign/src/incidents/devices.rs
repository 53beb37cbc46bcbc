//! Harmless people, and machines that misbehave on their behalf.

use super::crowds::{CLICKED, TYPED, hasty};
use crate::app::{Event, mix};
use crate::kind::Kind;
use crate::people::{Shape, Visit, Will, arrivals};
use crate::town::{Crowd, Town};
use promo_guard_habits::rng::{HOUR, MINUTE};
use promo_guard_habits::rows::Source;

pub fn coupon_extension(town: &mut Town) {
    let start = town.ago(30.0, 400.0);
    let place = town.old(start);
    let minutes = ((town.app.end - start) / MINUTE) as f64;
    let size = town.enough(1.3, minutes.min(60.0));
    let list: Vec<u64> = (0..2 + town.rng().below(6))
        .map(|number| match town.rng().chance(0.25) {
            true => {
                let other = *town.app.rng.pick(&town.ordinary.clone());
                town.app.campaigns[other].code
            }
            false => mix(4_242 + town.app.begin as u64, number as u64),
        })
        .collect();
    let moments = arrivals(town.rng(), size, start, Shape::Even(minutes.min(60.0) * 60.0));
    let manners = town.app.manners.clone();
    let new = town.promo_new();
    for mut at in moments {
        let user = town.somebody(at, place, new);
        let mut will = Will::person(&manners, town.rng());
        (will.buy, will.double, will.persist) = ((will.buy * 1.5).min(0.95), 0.0, 0.0);
        let visit = Visit { source: Source::Api, meant: None, ..town.visit(user, place, CLICKED, will) };
        let main = town.app.campaigns[place].code;
        let turn = town.rng().below(list.len() + 1);
        for (number, &code) in list.iter().enumerate() {
            if number == turn {
                town.app.at(at, Event::Try(Visit { code: main, ..visit.clone() }));
                at += Town::secs(town.app.rng.range(0.3, 1.4));
            }
            town.app.at(at, Event::Try(Visit { code, dud: true, ..visit.clone() }));
            at += Town::secs(town.app.rng.range(0.3, 1.4));
        }
        let dud = turn < list.len();
        town.app.at(at, Event::Try(Visit { code: main, dud, ..visit.clone() }));
        if town.rng().chance(0.4) {
            at += Town::secs(town.app.rng.range(2.0, 90.0));
            town.app.at(at, Event::Try(Visit { code: main, dud: true, ..visit }));
        }
    }
    town.case(place, Kind::CouponExtension, start);
}

pub fn double_submit(town: &mut Town) {
    let start = town.ago(14.0, 200.0);
    let share = town.rng().range(0.25, 0.95);
    let since = start - town.rng().moment(MINUTE, 5 * HOUR);
    town.app.twice = Some((since.max(town.app.begin), share));
    let place = town.old(start);
    let half = town.rng().log_range(200.0, 1_200.0);
    let size = town.enough(share, half / 24.0);
    let new = town.promo_new().min(0.5);
    let (shape, sources) = (Shape::Spike(half), town.app.manners.sources);
    town.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources, client: None });
    town.case(place, Kind::DoubleSubmit, start);
}

pub fn payment_outage(town: &mut Town) {
    let start = town.ago(20.0, 240.0);
    let place = if town.rng().chance(0.5) { town.old(start) } else { town.young("Evening", start) };
    let from = start - town.rng().moment(0, 10 * MINUTE);
    let length = town.rng().log_range(12.0, 300.0);
    town.app.outages.push((from, from + Town::secs(length * 60.0)));
    let will = |will: &mut Will| {
        hasty(will);
        will.persist = will.persist.max(0.4);
        will.buy = will.buy.max(0.4);
    };
    let half = town.rng().log_range(200.0, 1_500.0);
    let size = town.enough(0.6, half / 24.0);
    let new = town.promo_new();
    let (shape, sources) = (Shape::Spike(half), [0.4, 0.6, 0.0]);
    town.crowd(&Crowd { place, size, start, shape, new, will, sources, client: None });
    town.case(place, Kind::PaymentOutage, start);
}

pub fn clock_skew(town: &mut Town) {
    let start = town.ago(20.0, 240.0);
    let place = town.young("Opening", start);
    town.app.campaigns[place].valid_from = start;
    let behind = town.rng().log_range(3.0, 25.0);
    let share = town.rng().range(0.2, 0.5);
    town.app.skew = Some((start - 2 * HOUR, Town::secs(behind * 60.0), share));
    let half = behind * 60.0 * town.rng().range(0.3, 0.8);
    let will = |will: &mut Will| will.persist = will.persist.max(0.5);
    let size = town.enough(1.5 * share, half / 24.0);
    let new = town.promo_new();
    let shape = Shape::Spike(half);
    town.crowd(&Crowd { place, size, start, shape, new, will, sources: TYPED, client: None });
    town.case(place, Kind::ClockSkew, start - Town::secs(behind * 60.0));
}

pub fn retry_loop(town: &mut Town) {
    let start = town.ago(12.0, 200.0);
    let place = town.old(start);
    let manners = town.app.manners.clone();
    for _ in 0..2 + town.rng().below(5) {
        let at = start + town.rng().moment(0, 5 * MINUTE);
        let user = town.somebody(at, place, 0.1);
        let mut will = Will::person(&manners, town.rng());
        will.peek = 1.0;
        will.persist = town.rng().range(0.97, 0.995);
        will.most = 90 + town.rng().below(200) as u32;
        will.pace = (town.rng().log_range(0.7, 5.0), 0.04);
        let visit = town.visit(user, place, CLICKED, will);
        town.app.at(at, Event::Try(visit));
    }
    town.case(place, Kind::RetryLoop, start);
}

pub fn link_prefetch(town: &mut Town) {
    let start = town.ago(25.0, 300.0);
    let place = if town.rng().chance(0.5) { town.old(start) } else { town.young("Mail", start) };
    let minutes = town.rng().log_range(12.0, 60.0);
    let size = town.enough(0.7, minutes);
    let moments = arrivals(town.rng(), size, start, Shape::Even(minutes * 60.0));
    let manners = town.app.manners.clone();
    let new = town.rng().range(0.0, 0.3);
    for at in moments {
        let user = town.somebody(at, place, new);
        let will = Will::person(&manners, town.rng());
        let visit = town.visit(user, place, CLICKED, will);
        let scanner = town.rng().chance(0.8);
        let opened = at + Town::secs(town.app.rng.delay(150.0, 1.0) as f64);
        if scanner {
            // The reader pays with the reservation that the scanner made.
            let wait = (will.wait.0 + (opened - at) as f64 / 1e6, will.wait.1);
            let will = Will { wait, peek: 0.0, double: 0.0, persist: 0.0, late: 0.0, bargain: 0.0, ..will };
            town.app.at(at, Event::Try(Visit { source: Source::Api, meant: None, will, ..visit.clone() }));
        }
        town.app.at(opened, Event::Try(visit));
    }
    town.case(place, Kind::LinkPrefetch, start);
}
