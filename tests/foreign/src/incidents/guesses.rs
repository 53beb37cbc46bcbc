//! Guessing, hammering, self-referral and batches.

use super::crowds::CLICKED;
use super::swarm::{Style, crowd_of, swarm};
use crate::app::{Event, mix};
use crate::kind::Kind;
use crate::people::{Shape, Visit, Will, arrivals};
use crate::town::Town;
use promo_guard_habits::rng::{DAY, HOUR, MINUTE, SECOND};
use promo_guard_habits::rows::Source;

const API: [f64; 3] = [0.1, 0.0, 0.9];

fn guess(town: &mut Town, user: i64, place: usize, at: i64, code: u64) {
    let manners = town.app.manners.clone();
    let will = Will::script(0.0, 0, 5.0, 0.1, 0.0, &manners);
    let visit = town.visit(user, place, API, will);
    town.steered.insert(user);
    town.app.at(at, Event::Try(Visit { code, meant: None, dud: true, ..visit }));
}

pub fn guessers_hit(town: &mut Town) {
    let start = town.ago(20.0, 300.0);
    let place = town.old(start);
    let guessers: Vec<i64> = (0..3 + town.rng().below(10)).map(|_| town.register(start - HOUR)).collect();
    let (tries, pace) = (25 + town.rng().below(90), town.rng().log_range(1.5, 12.0));
    let jitter = town.rng().range(0.02, 0.5);
    for &user in &guessers {
        let mut at = start;
        for _ in 0..tries {
            let code = town.rng().word();
            guess(town, user, place, at, code);
            at += Town::secs(pace * (jitter * town.app.rng.normal()).exp());
        }
        let code = town.app.campaigns[place].code;
        guess(town, user, place, at, code);
    }
    let found = start + Town::secs(pace * tries as f64);
    let style = Style { insist: 4, ..Style::draw(town) };
    let count = crowd_of(town, &style).min(500);
    let users: Vec<i64> = (0..count).map(|_| town.register(found)).collect();
    swarm(town, place, &users, found.min(town.app.end - 12 * MINUTE), &style);
    town.case(place, Kind::GuessersHit, start);
}

pub fn breadth(town: &mut Town) {
    let start = town.ago(20.0, 300.0);
    let place = town.old(start);
    let minutes = town.rng().log_range(5.0, 40.0);
    let accounts = 150 + town.rng().below(350);
    let code = town.app.campaigns[place].code;
    for at in arrivals(town.rng(), accounts, start, Shape::Even(minutes * 60.0)) {
        let user = town.register(at - HOUR);
        let unknown = town.rng().word();
        guess(town, user, place, at, unknown);
        let then = at + Town::secs(town.app.rng.range(3.0, 30.0));
        for again in 0..1 + town.rng().below(3) as i64 {
            guess(town, user, place, then + again * 9 * SECOND, code);
        }
    }
    town.case(place, Kind::Breadth, start);
}

pub fn hammer(town: &mut Town) {
    let start = town.ago(14.0, 200.0);
    let place = town.old(start);
    let users: Vec<i64> = (0..3 + town.rng().below(6)).map(|_| town.register(start - 2 * HOUR)).collect();
    let salvo = 8 + town.rng().below(25);
    let address = town.rng().word();
    town.steered.extend(&users);
    let manners = town.app.manners.clone();
    let other = *town.app.rng.pick(&town.ordinary.clone());
    for &user in &users {
        for turn in 0..3 + town.rng().below(6) as i64 {
            let at = start + turn * 50 * SECOND + town.rng().moment(0, SECOND);
            for _ in 0..salvo {
                let at = at + town.rng().moment(0, SECOND / 2);
                let will = Will::script(0.0, 0, 5.0, 0.1, 0.0, &manners);
                let visit = town.visit(user, place, API, will);
                let code = if town.rng().chance(0.4) { other } else { place };
                let (code, client) = (town.app.campaigns[code].code, Some(address));
                town.app.at(at, Event::Try(Visit { code, meant: None, dud: true, client, ..visit }));
            }
        }
    }
    town.case(place, Kind::Hammer, start);
}

pub fn captcha_pace(town: &mut Town) {
    let start = town.ago(40.0, 300.0);
    let place = town.old(start);
    town.app.campaigns[place].first_purchase_only = true;
    let minutes = ((town.app.end - start) / MINUTE).min(120) as f64;
    let pace = town.rng().range(22.0, 45.0);
    let count = 12 + town.rng().below(70);
    let manners = town.app.manners.clone();
    for number in 0..count {
        let user = town.register(start - DAY);
        town.app.bought_before(user);
        let before = town.app.rng.moment(town.app.begin, start);
        if number % 3 > 0 {
            town.app.at(before, Event::Spend(user, "COINS_100"));
        }
        let at = start + town.rng().moment(0, MINUTE);
        let most = (minutes * 60.0 / pace) as u32;
        let will = Will::script(0.995, most, pace, 0.05, 0.0, &manners);
        let visit = town.visit(user, place, API, will);
        town.app.at(at, Event::Try(Visit { meant: None, code: town.app.campaigns[place].code, ..visit }));
    }
    town.case(place, Kind::CaptchaPace, start);
}

pub fn self_referral(town: &mut Town) {
    let start = town.ago(60.0, 600.0);
    let place = town.young("Refer a friend", start - 2 * HOUR);
    town.app.campaigns[place].new_users_only = true;
    let minutes = ((town.app.end - start) / MINUTE).min(180) as f64;
    let size = town.enough(1.3, minutes).min(1_200);
    let manners = town.app.manners.clone();
    for at in arrivals(town.rng(), size, start, Shape::Even(minutes * 60.0)) {
        let user = town.regular();
        town.app.bought_before(user);
        let will = Will { persist: 0.25, bargain: 0.0, late: 0.0, ..Will::person(&manners, town.rng()) };
        let visit = town.visit(user, place, CLICKED, will);
        let client = Some(mix(user as u64, 77));
        town.app.at(at, Event::Try(visit.clone()));
        let then = at + Town::secs(town.app.rng.delay(90_000.0, 0.5) as f64 / 1_000.0);
        let second = town.register(then - 20 * SECOND);
        if town.rng().chance(0.8) {
            let buy = (manners.buy * 1.2).min(0.95);
            let will = Will { buy, ..visit.will };
            town.app.at(then, Event::Try(Visit { user: second, client, will, ..visit }));
        }
    }
    town.case(place, Kind::SelfReferral, start);
}

/// A batch of single-use codes: mailed, or leaked after a mailing.
pub fn batch(town: &mut Town, leaked: bool) {
    let start = town.ago(15.0, 300.0);
    let count = town.rng().log_range(60.0, 500.0) as usize;
    let begin = town.app.begin;
    let first = town.young("Partner batch", begin);
    town.app.campaigns[first].max_total_uses = Some(1);
    town.app.campaigns[first].max_uses_per_user = 1;
    let model = town.app.campaigns[first].clone();
    let codes: Vec<usize> = (0..count)
        .map(|number| match number {
            0 => first,
            _ => {
                let (id, code) = (model.id + number as i64, town.app.rng.word());
                town.app.campaign(promo_guard_habits::rows::Campaign { id, code, ..model.clone() })
            }
        })
        .collect();
    let manners = town.app.manners.clone();
    let ordered = leaked && town.rng().chance(0.5);
    let minutes = town.rng().log_range(8.0, 90.0);
    let shape = if ordered { Shape::Clock(minutes * 60.0) } else { Shape::Even(minutes * 60.0) };
    let moments = arrivals(town.rng(), count, start, shape);
    for (number, &place) in codes.iter().enumerate() {
        let early = town.rng().chance(0.12);
        let at = match (leaked && !early, ordered) {
            (true, true) => moments[number],
            (true, false) => *town.app.rng.pick(&moments),
            (false, _) if leaked => town.rng().moment(begin, start),
            (false, _) => start + Town::secs(town.app.rng.delay(2_400.0, 1.0) as f64),
        };
        if !leaked && town.rng().chance(0.4) {
            continue;
        }
        let user = if leaked && !early { town.register(at) } else { town.regular() };
        let will = match ordered && !early {
            true => Will::script(0.0, 0, 5.0, 0.1, 0.02, &manners),
            false => Will::person(&manners, town.rng()),
        };
        let visit = town.visit(user, place, CLICKED, will);
        let source = if ordered && !early { Source::Api } else { visit.source };
        town.app.at(at, Event::Try(Visit { source, ..visit }));
    }
    town.case(first, if leaked { Kind::LeakedBatch } else { Kind::BatchMailing }, start);
    if let Some(case) = town.cases.last_mut() {
        case.batch = true;
    }
    town.taken.extend(codes);
}
