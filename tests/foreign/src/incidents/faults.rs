//! Edits and rows that keep people out.

use super::abuse::loud_farm;
use super::crowds::{CLICKED, hasty};
use crate::app::{Edit, Event, PRODUCTS};
use crate::kind::Kind;
use crate::people::{Shape, Will, arrivals};
use crate::town::{Crowd, Town};
use promo_guard_habits::rng::{DAY, HOUR, MINUTE};

/// The customers of a code that go on coming, with a reminder that makes them many.
fn rush(town: &mut Town, place: usize, start: i64, failures: f64, new: f64, will: fn(&mut Will)) {
    let half = town.rng().log_range(120.0, 900.0);
    let size = town.enough(failures, half / 24.0);
    let shape = if town.rng().chance(0.6) { Shape::Spike(half) } else { Shape::Even(2.5 * half) };
    town.crowd(&Crowd { place, size, start, shape, new, will, sources: CLICKED, client: None });
}

/// Regulars who used the code before, so that its own past says who it is for.
fn past(town: &mut Town, place: usize, start: i64, uses: usize) {
    let manners = town.app.manners.clone();
    let count = (town.pool.len() / 2).clamp(10, 250).min(town.pool.len());
    let begin = town.app.begin.max(town.app.campaigns[place].valid_from);
    for person in 0..count {
        for _ in 0..uses {
            let at = town.rng().moment(begin, start - 30 * MINUTE);
            let will = Will::person(&manners, town.rng());
            let user = town.pool[person];
            let visit = town.visit(user, place, manners.sources, will);
            town.app.at(at, Event::Try(visit));
        }
    }
}

fn edited(town: &mut Town, start: i64, place: usize, edit: Edit) {
    // Where the job closes the campaign for it, the edit falls into the rush more often than before it.
    let closes = matches!(edit, Edit::Until(_) | Edit::LimitShare(_));
    let at = match closes && town.rng().chance(0.75) {
        true => start + town.rng().moment(-MINUTE, 4 * MINUTE),
        false => start - town.rng().moment(MINUTE, 25 * MINUTE),
    };
    town.edit(at, place, edit);
    if town.rng().chance(0.15) {
        let at = town.app.rng.moment(start, town.app.end);
        town.edit(at, place, Edit::Name("Renamed".to_owned()));
    }
}

pub fn end_time_zone(town: &mut Town) {
    let start = town.ago(20.0, 300.0);
    let place = town.old(start);
    town.app.campaigns[place].valid_until = start + town.rng().moment(-MINUTE, 4 * MINUTE);
    let new = town.promo_new().min(0.5);
    rush(town, place, start, 1.3, new, |_| ());
    let until = town.app.campaigns[place].valid_until;
    town.app.at(until, Event::Job(place));
    town.case(place, Kind::EndTimeZone, start);
}

pub fn upside_down(town: &mut Town) {
    let start = town.ago(14.0, 200.0);
    let place = town.young("New deal", start);
    let from = start - town.rng().moment(0, 2 * MINUTE);
    let row = &mut town.app.campaigns[place];
    row.valid_from = from;
    row.valid_until = from - (1 + (row.code % 360) as i64) * DAY;
    (row.created_at, row.updated_at) = (from, from);
    town.app.at(from, Event::Job(place));
    let new = town.promo_new();
    rush(town, place, start, 1.3, new, |_| ());
    town.case(place, Kind::UpsideDown, start);
}

pub fn limit_lowered(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.old(start);
    past(town, place, start, 1);
    let share = town.rng().range(0.15, 0.95);
    edited(town, start, place, Edit::LimitShare(share));
    rush(town, place, start, 1.3, 0.2, |_| ());
    town.case(place, Kind::LimitLowered, start);
}

pub fn limit_too_small(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.young("Everybody", start);
    town.app.campaigns[place].max_total_uses = Some(1 + town.rng().below(12) as i64);
    let new = town.promo_new();
    rush(town, place, start, 1.3, new, |_| ());
    town.case(place, Kind::LimitTooSmall, start);
}

pub fn per_user_lowered(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.old(start);
    town.app.campaigns[place].max_uses_per_user = 4 + town.rng().below(7) as i64;
    past(town, place, start, 3);
    edited(town, start, place, Edit::PerUser(1));
    // Those who used it before come again, after a reminder; few of them are new to it.
    let manners = town.app.manners.clone();
    let half = town.rng().log_range(120.0, 900.0);
    let size = town.enough(0.9, half / 24.0).min(600);
    let loyal = (town.pool.len() / 2).clamp(10, 250).min(town.pool.len());
    for at in arrivals(town.rng(), size, start, Shape::Spike(half)) {
        let person = town.rng().below(loyal);
        let user = town.pool[person];
        let will = Will::person(&manners, town.rng());
        let visit = town.visit(user, place, CLICKED, will);
        town.app.at(at, Event::Try(visit));
    }
    town.case(place, Kind::PerUserLowered, start);
}

fn flag(town: &mut Town) -> Edit {
    if town.rng().chance(0.5) { Edit::NewOnly } else { Edit::FirstOnly }
}

pub fn flag_set(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.old(start);
    town.app.campaigns[place].first_purchase_only = false;
    past(town, place, start, 1);
    let edit = flag(town);
    edited(town, start, place, edit);
    rush(town, place, start, 0.9, 0.08, |_| ());
    town.case(place, Kind::FlagSet, start);
}

pub fn flag_from_birth(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.young("For our regulars", start);
    let both = town.rng().chance(0.5);
    town.app.campaigns[place].new_users_only = both;
    town.app.campaigns[place].first_purchase_only = !both;
    rush(town, place, start, 0.9, 0.04, |_| ());
    town.case(place, Kind::FlagFromBirth, start);
}

pub fn scope_renamed(town: &mut Town) {
    let start = town.ago(25.0, 300.0);
    let place = town.old(start);
    let sold = *town.app.rng.pick(&PRODUCTS);
    town.app.campaigns[place].scope = sold;
    past(town, place, start, 1);
    let to = *town.app.rng.pick(&["PREMIUM-MONTH", "ENERGY", "COINS_1000", "LEGACY"]);
    edited(town, start, place, Edit::Scope(to));
    let will = |will: &mut Will| {
        hasty(will);
        will.buy = will.buy.max(0.5);
        will.wait.0 = will.wait.0.min(240.0);
        will.persist = will.persist.max(0.4);
    };
    rush(town, place, start, 0.9, 0.15, will);
    town.case(place, Kind::ScopeRenamed, start);
}

pub fn product_gone(town: &mut Town) {
    let start = town.ago(25.0, 300.0);
    let place = town.old(start);
    let sold = *town.app.rng.pick(&PRODUCTS);
    town.app.campaigns[place].scope = sold;
    past(town, place, start, 1);
    town.app.gone = Some((sold, start - town.app.rng.moment(0, HOUR)));
    let will = |will: &mut Will| {
        hasty(will);
        will.buy = will.buy.max(0.5);
        will.wait.0 = will.wait.0.min(240.0);
        will.persist = will.persist.max(0.4);
    };
    rush(town, place, start, 0.9, 0.15, will);
    town.case(place, Kind::ProductGone, start);
}

pub fn begin_moved(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.old(start);
    past(town, place, start, 1);
    let from = town.app.end + town.rng().moment(HOUR, 300 * DAY);
    edited(town, start, place, Edit::From(from));
    rush(town, place, start, 1.2, 0.2, |_| ());
    town.case(place, Kind::BeginMoved, start);
}

fn mistyped_end(town: &mut Town, start: i64, place: usize) {
    let wrong = start - *town.app.rng.pick(&[30, 31, 365, 2, 1]) * DAY;
    edited(town, start, place, Edit::Until(wrong));
}

pub fn end_mistyped(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.old(start);
    past(town, place, start, 1);
    mistyped_end(town, start, place);
    rush(town, place, start, 1.2, 0.2, |_| ());
    town.case(place, Kind::EndMistyped, start);
}

pub fn attack_on_fault(town: &mut Town) {
    let start = town.ago(14.0, 240.0);
    let place = town.old(start);
    town.app.campaigns[place].first_purchase_only = false;
    past(town, place, start, 1);
    match town.rng().below(3) {
        0 => {
            let edit = flag(town);
            edited(town, start, place, edit);
        }
        1 => mistyped_end(town, start, place),
        _ => {
            let share = town.rng().range(0.15, 0.95);
            edited(town, start, place, Edit::LimitShare(share));
        }
    }
    loud_farm(town, place, start);
    town.case(place, Kind::AttackOnFault, start);
}
