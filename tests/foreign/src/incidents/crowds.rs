//! Harmless crowds.

use crate::app::{Edit, Event, mix};
use crate::kind::Kind;
use crate::people::{Shape, Will};
use crate::town::{Crowd, Town};
use promo_guard_habits::rng::{DAY, HOUR, MINUTE};

/// Codes that are read or heard and typed.
pub const TYPED: [f64; 3] = [0.93, 0.07, 0.0];
/// Codes behind a link or a button.
pub const CLICKED: [f64; 3] = [0.06, 0.94, 0.0];

/// A busy shop is slow, and people tap again.
pub fn hasty(will: &mut Will) {
    will.double = will.double.max(0.15);
}

/// The failures that one of a hasty crowd makes.
pub fn hasty_failures(town: &Town) -> f64 {
    town.app.manners.double.max(0.15) + 0.8 * town.app.manners.peek
}

fn somewhere(town: &mut Town, name: &str, start: i64, young: f64) -> usize {
    if town.rng().chance(young) { town.young(name, start) } else { town.old(start) }
}

fn perhaps_announced(town: &mut Town, place: usize, start: i64, minutes: f64) {
    if town.app.manners.announces && town.rng().chance(0.6) {
        town.announce(place, start, minutes as i64 + 30);
    }
}

fn simple(town: &mut Town, kind: Kind, place: usize, start: i64, shape: Shape, new: f64, sources: [f64; 3]) {
    let minutes = match shape {
        Shape::Spike(median) => median / 60.0 * 2.5,
        Shape::Even(length) | Shape::Clock(length) | Shape::Growing(length) => length / 60.0,
        Shape::Waves(waves, gap) => f64::from(waves) * gap / 60.0,
    };
    let size = {
        let failures = hasty_failures(town);
        town.enough(failures, minutes)
    };
    town.crowd(&Crowd { place, size, start, shape, new, will: hasty, sources, client: None });
    town.case(place, kind, start);
    perhaps_announced(town, place, start, minutes);
}

pub fn tv_spot(town: &mut Town) {
    let start = town.ago(14.0, 300.0);
    let place = somewhere(town, "TV", start, 0.6);
    let (half, new) = (town.rng().log_range(100.0, 900.0), town.rng().range(0.6, 0.98));
    simple(town, Kind::TvSpot, place, start, Shape::Spike(half), new, TYPED);
}

pub fn live_stream(town: &mut Town) {
    let start = town.ago(30.0, 300.0);
    let place = somewhere(town, "Stream", start, 0.5);
    let (waves, gap) = (2 + town.rng().below(5) as u32, town.rng().log_range(240.0, 1_200.0));
    let new = town.promo_new();
    simple(town, Kind::LiveStream, place, start, Shape::Waves(waves, gap), new, TYPED);
}

pub fn influencer(town: &mut Town) {
    let start = town.ago(20.0, 400.0);
    let place = town.young("Influencer", start);
    let (half, new) = (town.rng().log_range(300.0, 3_000.0), town.rng().range(0.8, 1.0));
    let shape = if town.rng().chance(0.5) { Shape::Spike(half) } else { Shape::Waves(3, half) };
    let sources = if town.rng().chance(0.5) { TYPED } else { CLICKED };
    simple(town, Kind::Influencer, place, start, shape, new, sources);
}

pub fn product_launch(town: &mut Town) {
    let start = town.ago(15.0, 300.0);
    let place = town.young("Launch", start);
    let (half, new) = (town.rng().log_range(200.0, 1_800.0), town.promo_new().min(0.6));
    simple(town, Kind::ProductLaunch, place, start, Shape::Spike(half), new, [0.4, 0.6, 0.0]);
}

pub fn push_to_regulars(town: &mut Town) {
    let start = town.ago(14.0, 400.0);
    let place = somewhere(town, "Push", start, 0.4);
    let (half, new) = (town.rng().log_range(90.0, 700.0), town.rng().range(0.0, 0.08));
    simple(town, Kind::PushToRegulars, place, start, Shape::Spike(half), new, CLICKED);
}

pub fn busy_day(town: &mut Town) {
    for _ in 0..2 + town.rng().below(2) {
        let start = town.ago(20.0, 200.0);
        let place = town.old(start);
        let (half, new) = (town.rng().log_range(400.0, 2_000.0), town.promo_new());
        simple(town, Kind::BusyDay, place, start, Shape::Even(half), new, [0.5, 0.5, 0.0]);
    }
}

pub fn school_class(town: &mut Town) {
    let start = town.ago(12.0, 240.0);
    let place = town.young("Class", start);
    let size = town.rng().log_range(25.0, 220.0) as usize;
    let length = town.rng().log_range(50.0, 420.0);
    let will = |will: &mut Will| {
        will.double = 0.45;
        will.peek = 0.5;
        will.persist = 0.6;
        will.pace = (9.0, 0.7);
        will.buy *= 0.6;
    };
    let address = town.rng().word();
    town.crowd(&Crowd {
        place,
        size,
        start,
        shape: Shape::Even(length),
        new: 0.97,
        will,
        sources: TYPED,
        client: Some(address),
    });
    town.case(place, Kind::SchoolClass, start);
}

pub fn cashback_portal(town: &mut Town) {
    let start = town.ago(40.0, 500.0);
    let place = somewhere(town, "Cashback", start, 0.4);
    let minutes = ((town.app.end - start) / MINUTE) as f64;
    let will = |will: &mut Will| {
        will.double = 0.55;
        will.buy = (will.buy * 1.4).min(0.95);
    };
    let size = town.enough(0.6, minutes);
    let new = town.rng().range(0.45, 0.95);
    let shape = Shape::Even(minutes * 60.0);
    town.crowd(&Crowd { place, size, start, shape, new, will, sources: CLICKED, client: None });
    town.case(place, Kind::CashbackPortal, start);
    perhaps_announced(town, place, start, minutes);
}

pub fn staff_perk(town: &mut Town) {
    let start = town.ago(14.0, 300.0);
    let staff = (50 + town.rng().below(250)).min(town.pool.len());
    let earlier = town.young("Staff last month", town.app.begin);
    let place = town.young("Staff perk", start);
    let manners = town.app.manners.clone();
    for person in 0..staff {
        let user = town.pool[person];
        let mut will = Will::person(&manners, town.rng());
        let (begin, end) = (town.app.begin, start - HOUR);
        let then = town.rng().moment(begin, end.max(begin + 1));
        let visit = town.visit(user, earlier, CLICKED, will);
        town.app.at(then, Event::Try(visit));
        (will.double, will.peek, will.persist) = (0.4, 0.6, 0.5);
        let now = start + town.rng().moment(0, 6 * MINUTE);
        let visit = town.visit(user, place, CLICKED, will);
        town.app.at(now, Event::Try(visit));
    }
    town.case(place, Kind::StaffPerk, start);
}

pub fn win_back(town: &mut Town) {
    let start = town.ago(15.0, 400.0);
    let place = somewhere(town, "We miss you", start, 0.6);
    let half = town.rng().log_range(300.0, 2_400.0);
    let size = {
        let failures = hasty_failures(town);
        town.enough(failures, half / 24.0)
    };
    let moments = crate::people::arrivals(town.rng(), size, start, Shape::Spike(half));
    let (begin, span) = (town.app.begin, start - town.app.begin);
    let manners = town.app.manners.clone();
    for at in moments {
        let since = begin - town.rng().moment(0, 300 * DAY);
        let user = town.register(since);
        if town.rng().chance(0.8) {
            let then = town.rng().moment(begin, begin + span / 4);
            let product = town.wish(place);
            town.app.at(then, Event::Spend(user, product));
        }
        let mut will = Will::person(&manners, town.rng());
        hasty(&mut will);
        let visit = town.visit(user, place, CLICKED, will);
        town.app.at(at, Event::Try(visit));
    }
    town.case(place, Kind::WinBack, start);
    perhaps_announced(town, place, start, half / 24.0);
}

pub fn flash_sale(town: &mut Town) {
    let start = town.ago(14.0, 300.0);
    let place = town.young("Flash sale", start);
    let half = town.rng().log_range(60.0, 700.0);
    let size = town.enough(1.0, half / 24.0);
    let limit = (size as f64 * town.rng().range(0.15, 0.5) * town.app.manners.buy) as i64;
    town.app.campaigns[place].max_total_uses = Some(limit.max(3));
    let new = town.promo_new();
    let shape = Shape::Spike(half);
    town.crowd(&Crowd {
        place,
        size,
        start,
        shape,
        new,
        will: hasty,
        sources: [0.3, 0.7, 0.0],
        client: None,
    });
    town.case(place, Kind::FlashSale, start);
}

pub fn early_birds(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.young("Starts today", start);
    let wait = town.rng().log_range(6.0, 200.0);
    town.app.campaigns[place].valid_from = start + Town::secs(wait * 60.0);
    let half = town.rng().log_range(100.0, 900.0);
    let size = town.enough(1.2, half / 24.0);
    let new = town.promo_new();
    let shape = Shape::Spike(half);
    town.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources: CLICKED, client: None });
    town.case(place, Kind::EarlyBirds, start);
}

pub fn misprint(town: &mut Town) {
    let start = town.ago(14.0, 300.0);
    let place = town.old(start);
    let wrong = mix(town.app.campaigns[place].code, 991);
    let size = town.rng().log_range(110.0, 700.0) as usize;
    let recover = town.rng().chance(0.5);
    let half = town.rng().log_range(200.0, 1_500.0);
    let moments = crate::people::arrivals(town.rng(), size, start, Shape::Spike(half));
    let manners = town.app.manners.clone();
    for at in moments {
        let user = town.somebody(at, place, 0.05);
        let will = Will { persist: 0.5, ..Will::person(&manners, town.rng()) };
        let visit = town.visit(user, place, CLICKED, will);
        let meant = Some(visit.code).filter(|_| recover);
        town.app.at(at, Event::Try(crate::people::Visit { code: wrong, meant, ..visit }));
    }
    town.case(place, Kind::Misprint, start);
}

pub fn old_code_in_blog(town: &mut Town) {
    let start = town.ago(20.0, 400.0);
    let place = town.old(start);
    let (begin, span) = (town.app.begin, start - town.app.begin);
    let over = start - (span as f64 * town.rng().range(0.1, 0.5)) as i64;
    town.app.campaigns[place].valid_until = over.max(begin);
    let by = promo_guard_habits::rows::Actor::Person(0);
    town.app.at(begin, Event::Edit(place, Edit::Until(over.max(begin)), by));
    let half = town.rng().log_range(300.0, 2_000.0);
    let size = town.enough(1.2, half / 24.0);
    let new = town.rng().range(0.3, 1.0);
    let shape = Shape::Spike(half);
    town.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources: TYPED, client: None });
    town.case(place, Kind::OldCodeInBlog, start);
}
