//! Pauses by hand or by record, and ordinary ends.

use super::crowds::{CLICKED, hasty};
use crate::app::{Edit, Event};
use crate::kind::Kind;
use crate::people::{Shape, Will};
use crate::town::{Crowd, Town};
use promo_guard_habits::rng::{DAY, HOUR, MINUTE};
use promo_guard_habits::rows::{Action, Actor, Deed, Status};

fn latecomers(town: &mut Town, place: usize, start: i64) {
    let size = 3 + town.rng().below(40);
    let shape = Shape::Even(((town.app.end - start) / 1_000_000) as f64);
    let (new, sources) = (town.app.manners.new, town.app.manners.sources);
    town.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources, client: None });
}

pub fn deliberate(town: &mut Town) {
    let start = town.ago(30.0, 3_000.0);
    let place = town.old(start);
    let reasons = [
        "leaked on a coupon site",
        "legal asked for it",
        "too expensive, ask Finance",
        "wrong discount printed",
    ];
    let reason = (*town.app.rng.pick(&reasons)).to_owned();
    town.edit(start, place, Edit::To(Status::Paused));
    town.actions.push(Action { campaign: place, at: start, what: Deed::Pause(reason) });
    latecomers(town, place, start);
    town.attach = true;
    town.case(place, Kind::Deliberate, start);
}

pub fn rotated(town: &mut Town) {
    let start = town.ago(30.0, 1_500.0);
    let place = town.old(start);
    town.edit(start, place, Edit::To(Status::Paused));
    town.actions.push(Action { campaign: place, at: start, what: Deed::Pause("leaked".to_owned()) });
    town.actions.push(Action { campaign: place, at: start + MINUTE, what: Deed::Rotated });
    latecomers(town, place, start);
    let successor = town.young("Successor", start);
    let name = town.app.campaigns[place].name.clone();
    let row = &mut town.app.campaigns[successor];
    (row.name, row.created_at, row.updated_at, row.valid_from) =
        (name, start + MINUTE, start + MINUTE, start);
    row.status = Status::Paused;
    town.actions.push(Action { campaign: successor, at: start + MINUTE, what: Deed::Successor });
    town.attach = true;
    town.case(place, Kind::Rotated, start);
    town.case(successor, Kind::Successor, start);
}

pub fn unexplained(town: &mut Town) {
    let start = town.ago(20.0, 4_000.0);
    let place = town.old(start);
    town.edit(start, place, Edit::To(Status::Paused));
    latecomers(town, place, start);
    if town.rng().chance(0.3) {
        let at = town.app.rng.moment(start, town.app.end);
        town.edit(at, place, Edit::Name("Do not use".to_owned()));
    }
    town.case(place, Kind::Unexplained, start);
}

pub fn mass_pause(town: &mut Town) {
    let start = town.ago(10.0, 1_500.0);
    let by = Actor::Person(town.rng().below(4) as u32);
    for _ in 0..3 + town.rng().below(12) {
        let place = town.old(start);
        town.app.at(start, Event::Edit(place, Edit::To(Status::Paused), by));
        town.case(place, Kind::MassPause, start);
    }
}

pub fn deploy_script(town: &mut Town) {
    let start = town.ago(20.0, 400.0);
    let start = start - start.rem_euclid(MINUTE);
    for _ in 0..1 + town.rng().below(2) {
        let place = town.old(start);
        town.app.at(start, Event::Edit(place, Edit::To(Status::Paused), Actor::Person(99)));
        let half = town.rng().log_range(300.0, 2_000.0);
        let (size, new) = (town.enough(1.0, half / 24.0), town.app.manners.new);
        let shape = Shape::Spike(half);
        town.crowd(&Crowd { place, size, start, shape, new, will: |_| (), sources: CLICKED, client: None });
        town.case(place, Kind::DeployScript, start);
    }
}

pub fn natural_end(town: &mut Town) {
    let start = town.ago(20.0, 2_000.0);
    let place = town.old(start);
    town.app.campaigns[place].valid_until = start;
    town.app.manners.job = true;
    town.app.at(start, Event::Job(place));
    latecomers(town, place, start);
    town.case(place, Kind::NaturalEnd, start);
}

pub fn used_up(town: &mut Town) {
    let start = town.ago(60.0, 2_000.0);
    let place = town.young("First come", start);
    let limit = 10 + town.rng().below(60);
    town.app.campaigns[place].max_total_uses = Some(limit as i64);
    town.app.manners.job = true;
    let size = (limit as f64 / town.app.manners.buy * 1.3) as usize + 5;
    let shape = Shape::Even(((town.app.end - start) / 1_000_000) as f64);
    let (new, sources) = (town.promo_new(), town.app.manners.sources);
    town.crowd(&Crowd { place, size: size.min(800), start, shape, new, will: |_| (), sources, client: None });
    town.case(place, Kind::UsedUp, start);
}

fn second_taps(town: &mut Town, place: usize, start: i64, length: f64) {
    let will = |will: &mut Will| {
        hasty(will);
        will.double = 0.35;
    };
    let size = town.enough(0.35, length / 60.0);
    let shape = Shape::Even(length);
    town.crowd(&Crowd { place, size, start, shape, new: 0.05, will, sources: CLICKED, client: None });
}

pub fn window_passed(town: &mut Town) {
    let days = town.app.manners.days;
    let start = town.app.end - (days * town.rng().range(0.2, 0.8) * DAY as f64) as i64;
    let place = town.old(start);
    let until = town.app.rng.moment(start + HOUR, town.app.end.max(start + 2 * HOUR));
    town.app.campaigns[place].valid_until = until;
    second_taps(town, place, start, 540.0);
    town.case(place, Kind::WindowPassed, start);
}

pub fn echo_re_pause(town: &mut Town) {
    let start = town.ago(60.0, 300.0);
    let place = town.old(start);
    second_taps(town, place, start, 540.0);
    let minutes = ((town.app.end - start) / MINUTE).min(90) as f64;
    let size = (town.rng().range(12.0, 22.0) * minutes) as usize;
    let (new, shape) = (town.app.manners.new.min(0.3), Shape::Even(minutes * 60.0));
    let begin = start + 4 * MINUTE;
    town.crowd(&Crowd { place, size, start: begin, shape, new, will: hasty, sources: CLICKED, client: None });
    let at = start + town.rng().moment(14 * MINUTE, 40 * MINUTE);
    town.edit(at, place, Edit::To(Status::Active));
    town.case(place, Kind::EchoRepause, start);
}
