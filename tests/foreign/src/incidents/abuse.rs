//! Codes in the wrong hands: farms, stolen accounts, strangers, resellers.

use super::crowds::{CLICKED, TYPED, hasty, hasty_failures};
use super::swarm::{Style, crowd_of, swarm};
use crate::app::{Event, mix};
use crate::kind::Kind;
use crate::manners::Ids;
use crate::people::{Shape, Visit, Will, arrivals};
use crate::town::{Crowd, Town};
use promo_guard_habits::rng::{DAY, HOUR, MINUTE};

fn target(town: &mut Town, start: i64) -> usize {
    if town.rng().chance(0.8) { town.old(start) } else { town.young("Special", start) }
}

fn new_accounts(town: &mut Town, count: usize, start: i64, length: f64) -> Vec<i64> {
    let block = town.rng().chance(0.5);
    if block && town.app.manners.ids == Ids::Random {
        return town.block(count, start);
    }
    (0..count)
        .map(|_| {
            let since = start - town.rng().moment(0, Town::secs(length.max(60.0)));
            town.register(since)
        })
        .collect()
}

pub fn fresh_farm(town: &mut Town) {
    let start = town.ago(14.0, 300.0);
    let place = target(town, start);
    let style = Style::draw(town);
    let count = crowd_of(town, &style).min(900);
    let users = new_accounts(town, count, start, style.minutes() * 60.0);
    swarm(town, place, &users, start, &style);
    town.case(place, Kind::FreshFarm, start);
}

/// Accounts made in one sitting long before; some bought a trifle then.
fn aged_accounts(town: &mut Town, count: usize, start: i64) -> Vec<i64> {
    let since = start - town.rng().moment(3 * DAY, 90 * DAY);
    let users = match town.rng().chance(0.6) {
        true => town.block(count, since),
        false => (0..count)
            .map(|_| {
                let since = since + town.rng().moment(0, 2 * DAY);
                town.register(since)
            })
            .collect(),
    };
    let active = town.rng().range(0.0, 1.0);
    let (begin, span) = (town.app.begin, start - town.app.begin);
    for &user in &users {
        if town.rng().chance(active) {
            let at = begin + town.rng().moment(0, span / 2);
            town.app.at(at, Event::Spend(user, "COINS_100"));
        }
    }
    users
}

pub fn aged_farm(town: &mut Town) {
    let start = town.ago(14.0, 300.0);
    let place = target(town, start);
    let style = Style::draw(town);
    let count = crowd_of(town, &style).min(900);
    let users = aged_accounts(town, count, start);
    swarm(town, place, &users, start, &style);
    town.case(place, Kind::AgedFarm, start);
}

pub fn taken_over(town: &mut Town) {
    let start = town.ago(25.0, 400.0);
    let place = target(town, start);
    let quiet = town.rng().chance(0.3);
    let mut style = Style::draw(town);
    if quiet {
        let length = style.minutes() * 60.0;
        style = Style {
            probes: 0,
            insist: 1,
            pace: (30.0, 0.8),
            together: 0,
            shape: Shape::Even(length),
            ..style
        };
        (style.buy, style.refund) = (town.app.manners.buy, 0.0);
    } else {
        style.probes = style.probes.max(1);
    }
    let count = crowd_of(town, &style).min(town.pool.len() * 2 / 3).max(8);
    let mut users: Vec<i64> = Vec::new();
    while users.len() < count {
        let place = town.app.rng.below(town.pool.len());
        let user = town.pool[place];
        if !users.contains(&user) {
            users.push(user);
        }
    }
    swarm(town, place, &users, start, &style);
    let manners = town.app.manners.clone();
    for &user in &users {
        if town.rng().chance(0.12) {
            let at = start + town.rng().moment(5 * MINUTE, 4 * HOUR);
            let will = Will::person(&manners, town.rng());
            let visit = town.visit(user, place, manners.sources, will);
            town.app.at(at, Event::Try(visit));
        }
    }
    town.case(place, Kind::TakenOver, start);
}

pub fn coupon_site(town: &mut Town) {
    let start = town.ago(20.0, 500.0);
    let place = town.old(start);
    let length = ((town.app.end - start) / 1_000_000) as f64;
    let shape = match town.rng().chance(0.5) {
        true => Shape::Growing(length),
        false => Shape::Spike(town.rng().log_range(150.0, 1_200.0)),
    };
    let minutes = if let Shape::Spike(half) = shape { half / 24.0 } else { length / 60.0 };
    let size = {
        let failures = hasty_failures(town);
        town.enough(failures, minutes)
    };
    let new = town.rng().range(0.75, 1.0);
    let sources = if town.rng().chance(0.6) { TYPED } else { CLICKED };
    town.crowd(&Crowd { place, size, start, shape, new, will: hasty, sources, client: None });
    town.case(place, Kind::CouponSite, start);
}

pub fn code_hunters(town: &mut Town) {
    let start = town.ago(20.0, 500.0);
    let place = town.old(start);
    let minutes = town.rng().log_range(10.0, 90.0);
    let size = {
        let failures = hasty_failures(town);
        town.enough(failures, minutes)
    };
    let moments = arrivals(town.rng(), size, start, Shape::Even(minutes * 60.0));
    let manners = town.app.manners.clone();
    let salt = town.rng().word();
    let codes = 3 + town.rng().below(9);
    let eager = town.rng().range(0.35, 0.9);
    for at in moments {
        let new = 0.9;
        let user = town.somebody(at, place, new);
        let mut will = Will::person(&manners, town.rng());
        hasty(&mut will);
        let visit = town.visit(user, place, TYPED, will);
        let mut before = at;
        while town.rng().chance(eager) && before > at - 5 * MINUTE {
            before -= Town::secs(town.app.rng.delay(18_000.0, 0.6) as f64 / 1_000.0);
            let code = mix(salt, town.app.rng.below(codes) as u64);
            town.app.at(before, Event::Try(Visit { code, meant: None, dud: true, ..visit.clone() }));
        }
        town.app.at(at, Event::Try(visit));
    }
    town.case(place, Kind::CodeHunters, start);
}

pub fn staff_code_shared(town: &mut Town) {
    let start = town.ago(20.0, 500.0);
    let begin = town.app.begin;
    let place = town.young("Staff", begin);
    town.app.campaigns[place].max_uses_per_user = 1;
    let staff = (8 + town.rng().below(40)).min(town.pool.len());
    let manners = town.app.manners.clone();
    let days = ((start - begin) / DAY).max(1);
    for person in 0..staff {
        let user = town.pool[town.pool.len() - 1 - person];
        for _ in 0..(1 + days / 8).min(4) {
            let at = town.rng().moment(begin, start);
            let will = Will { double: 0.0, ..Will::person(&manners, town.rng()) };
            let visit = town.visit(user, place, manners.sources, will);
            town.app.at(at, Event::Try(visit));
        }
    }
    let minutes = town.rng().log_range(15.0, 120.0);
    let will = |will: &mut Will| (will.double, will.peek) = (0.2, 0.25);
    let size = town.enough(0.4, minutes);
    let new = town.rng().range(0.7, 1.0);
    let shape = Shape::Even(minutes * 60.0);
    town.crowd(&Crowd { place, size, start, shape, new, will, sources: TYPED, client: None });
    town.case(place, Kind::StaffCodeShared, start);
}

pub fn resellers(town: &mut Town) {
    let start = town.ago(20.0, 400.0);
    let place = town.old(start);
    let limit = 3 + town.rng().below(12) as i64;
    town.app.campaigns[place].max_uses_per_user = limit;
    let users: Vec<i64> = (0..4 + town.rng().below(20))
        .map(|_| if town.app.rng.chance(0.5) { town.regular() } else { town.register(start - DAY) })
        .collect();
    let manners = town.app.manners.clone();
    let pace = town.rng().log_range(4.0, 40.0);
    let rate = 120.0 / users.len() as f64;
    for user in users {
        let mut at = start + town.rng().moment(0, 2 * MINUTE);
        let mut will = Will::script(0.97, (rate * 2.0) as u32 + 8, pace, 0.1, 0.95, &manners);
        will.wait = (30.0, 0.2);
        for turn in 0..=limit {
            let visit = town.visit(user, place, [0.0, 0.0, 1.0], will);
            let dud = turn < limit;
            let buys = Visit { will: Will { persist: 0.0, ..will }, ..visit.clone() };
            town.app.at(at, Event::Try(if dud { buys } else { visit }));
            at += Town::secs(pace * town.app.rng.range(0.9, 1.1));
        }
    }
    town.case(place, Kind::Resellers, start);
}

pub fn slow_drip(town: &mut Town) {
    let (begin, end) = (town.app.begin, town.app.end);
    let start = begin + ((end - begin) as f64 * town.rng().range(0.3, 0.7)) as i64;
    let place = town.old(start);
    let size = (town.app.manners.ordinary as f64 * town.rng().log_range(0.05, 0.6)) as usize;
    let new = town.rng().range(0.8, 1.0);
    let (shape, sources) = (Shape::Growing(((end - start) / 1_000_000) as f64), town.app.manners.sources);
    let size = size.clamp(40, 2_500);
    town.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources, client: None });
    town.case(place, Kind::SlowDrip, start);
}

pub fn sale_sniped(town: &mut Town) {
    let start = town.ago(20.0, 200.0);
    let place = town.young("Flash sale", start);
    let mut style = Style::draw(town);
    let limit = 20 + town.rng().below(120);
    town.app.campaigns[place].max_total_uses = Some(limit as i64);
    style.shape = Shape::Clock(town.rng().range(5.0, 60.0));
    (style.buy, style.insist) = (0.95, style.insist.max(3));
    let users = new_accounts(town, limit * 3 / 2, start, 600.0);
    swarm(town, place, &users, start, &style);
    let half = town.rng().log_range(100.0, 600.0);
    let size = town.enough(1.2, half / 24.0) / 2;
    let (new, start) = (town.promo_new(), start + Town::secs(5.0));
    let shape = Shape::Spike(half);
    town.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources: CLICKED, client: None });
    town.case(place, Kind::SaleSniped, start);
}

pub fn farm_in_crowd(town: &mut Town) {
    let start = town.ago(14.0, 300.0);
    let place = town.young("TV", start);
    let half = town.rng().log_range(150.0, 700.0);
    let size = {
        let failures = hasty_failures(town);
        town.enough(failures, half / 24.0)
    };
    let (new, shape) = (town.promo_new(), Shape::Spike(half));
    town.crowd(&Crowd { place, size, start, shape, new, will: hasty, sources: TYPED, client: None });
    let style = Style::draw(town);
    let count = ((size as f64 * town.rng().range(0.4, 1.0)) as usize).clamp(30, 900);
    let users = new_accounts(town, count, start, 900.0);
    swarm(town, place, &users, start + Town::secs(half * 0.3), &style);
    town.case(place, Kind::FarmInCrowd, start);
    if town.app.manners.announces {
        town.announce(place, start, 60);
    }
}

/// A farm with at least two signs, for attacks on something that is broken anyway.
pub fn loud_farm(town: &mut Town, place: usize, start: i64) {
    let mut style = Style::draw(town);
    style.insist = style.insist.max(5);
    style.probes = style.probes.max(1);
    style.pace.1 = style.pace.1.min(0.1);
    let count = crowd_of(town, &style).min(500);
    let users = new_accounts(town, count, start, 900.0);
    swarm(town, place, &users, start, &style);
}
