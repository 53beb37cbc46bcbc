//! People and programs who take what is not for them.

use super::{Planned, crowd};
use crate::app::Manner;
use crate::rng::{DAY, HOUR, MINUTE, SECOND};
use crate::story::{Crowd, Story};
use crate::truth::Kind;

pub(super) fn plan(story: &mut Story<'_>, kind: Kind, campaign: usize, from: i64) -> Planned {
    let plan = match kind {
        Kind::LeakedToFarm => farm(story, campaign, from),
        Kind::LeakedToPeople => people(story, campaign, from),
        Kind::Hammered => hammered(story, from),
        Kind::RepeatBots => repeat_bots(story, campaign, from),
        Kind::GuessersFound => guessers(story, campaign, from),
        Kind::TakenOver => taken_over(story, campaign, from),
        Kind::AgedFarm => aged(story, campaign, from),
        _ => batch(story, from),
    };
    super::harmless::touched(story, plan.campaigns[0], from);
    plan
}

/// What an attacker's accounts do. Each sign is left or avoided by chance; at least `least` are left.
struct Style {
    manner: Manner,
    sources: [f64; 3],
    device: Option<u64>,
    evenly: bool,
    many_codes: bool,
    signs: Vec<&'static str>,
}

fn style(story: &mut Story<'_>, campaign: usize, least: usize) -> Style {
    let all = ["buys nothing", "api", "pace", "many codes", "device", "insists"];
    let mut signs: Vec<&'static str> = Vec::new();
    while signs.len() < least {
        for sign in all {
            if !signs.contains(&sign) && story.rng.chance(0.4) {
                signs.push(sign);
            }
        }
    }
    if least == 0 {
        signs.clear();
    }
    let has = |sign: &str| signs.contains(&sign);
    let mut manner = story.people_do(campaign);
    // Farms try again to see what else the code gives.
    manner.tap = manner.tap.max(0.6);
    manner.tap_again = manner.tap_again.max(0.5);
    if has("buys nothing") {
        manner.buys = 0.0;
    } else if story.rng.chance(0.3) {
        manner.refunds = 0.4;
    }
    if has("pace") {
        manner.machine = true;
        manner.gap = story.rng.log_range(0.3 * SECOND as f64, 8.0 * SECOND as f64) as i64;
        manner.tap_again = 0.75;
    }
    if has("insists") {
        // By hand, and on and on: with what they have, and with what they do not get.
        manner.tap = 0.95;
        manner.tap_again = story.rng.range(0.8, 0.95);
        manner.insist = 0.9;
        manner.insist_again = 0.85;
    }
    let sources = if has("api") { [0.02, 0.02, 0.96] } else { story.h.sources };
    let device = has("device").then(|| story.rng.word());
    let (evenly, many_codes) = (has("pace"), has("many codes"));
    Style { manner, sources, device, evenly, many_codes, signs }
}

fn attack(
    story: &mut Story<'_>,
    plan: Planned,
    users: Vec<i64>,
    style: Style,
    over: i64,
    new: f64,
    slept: f64,
) -> Planned {
    let (campaign, from) = (plan.campaigns[0], plan.from);
    if style.many_codes {
        // They try whatever else the shop has, in the same minutes.
        let others: Vec<(usize, u64)> = (0..story.app.campaigns.len().min(8))
            .filter(|place| *place != campaign)
            .map(|place| (place, story.app.campaigns[place].code))
            .collect();
        story.touched.extend(others.iter().map(|(place, _)| *place));
        for user in users.iter().filter(|user| **user % 10 < 7) {
            for (_, code) in &others {
                if story.rng.chance(0.6) {
                    let at = story.rng.moment(from - 2 * MINUTE, from + over);
                    let source = story.source(style.sources);
                    let once = Manner { tap: 0.0, insist: 0.0, buys: 0.0, ..style.manner };
                    story.types(at, *user, *code, source, style.device.unwrap_or(*user as u64), once);
                }
            }
        }
    }
    let it = Crowd {
        campaign,
        from,
        over,
        users,
        manner: style.manner,
        sources: style.sources,
        device: style.device,
        evenly: style.evenly,
    };
    let mut plan = crowd(story, plan, &it, new, slept);
    plan.signs.extend(style.signs);
    plan
}

fn farm(story: &mut Story<'_>, campaign: usize, from: i64) -> Planned {
    let n = 100 + story.rng.below(350);
    let over = story.rng.moment(8 * MINUTE, 40 * MINUTE);
    let users = story.newcomers(n, from, over);
    let style = style(story, campaign, 2);
    attack(story, Planned::of(Kind::LeakedToFarm, campaign, from), users, style, over, 1.0, 0.0)
}

/// A deal forum: people like any others, who should not have the code.
fn people(story: &mut Story<'_>, campaign: usize, from: i64) -> Planned {
    let n = 150 + story.rng.below(450);
    let over = story.rng.moment(10 * MINUTE, 60 * MINUTE);
    let new = story.rng.range(0.6, 1.0);
    let users = story.mixed(campaign, n, new, 0.2, from, over);
    let mut style = style(story, campaign, 0);
    style.manner.tap = style.manner.tap.max(0.7);
    attack(story, Planned::of(Kind::LeakedToPeople, campaign, from), users, style, over, new, 0.0)
}

/// A code for first purchases, tried over and over by accounts that have bought.
fn hammered(story: &mut Story<'_>, from: i64) -> Planned {
    let days = if story.h.days < 1.0 { 0 } else { 2 * DAY };
    let campaign = story.campaign("First purchase".to_owned(), from - days);
    story.app.campaigns[campaign].first_purchase_only = true;
    story.app.left_alone[campaign] = from;
    let n = 25 + story.rng.below(120);
    let over = story.rng.moment(6 * MINUTE, 30 * MINUTE);
    let slept = story.rng.range(0.0, 0.6);
    let users = story.people.some(n, slept, &mut story.rng);
    let machine = story.rng.chance(0.6);
    let mut manner = story.people_do(campaign);
    manner.insist = 0.97;
    manner.insist_again = 0.9;
    manner.machine = machine;
    manner.gap = story.rng.log_range(SECOND as f64, 25.0 * SECOND as f64) as i64;
    let sources = if story.rng.chance(0.5) { [0.05, 0.05, 0.9] } else { story.h.sources };
    let it = Crowd { campaign, from, over, users, manner, sources, device: None, evenly: machine };
    let mut plan = crowd(story, Planned::of(Kind::Hammered, campaign, from), &it, 0.0, slept);
    plan.signs.push("hammer");
    plan.signs.extend(machine.then_some("pace"));
    plan
}

/// Accounts that have it and send it on and on, at the pace of a program.
fn repeat_bots(story: &mut Story<'_>, campaign: usize, from: i64) -> Planned {
    let n = 15 + story.rng.below(80);
    let over = story.rng.moment(4 * MINUTE, 20 * MINUTE);
    let new = story.rng.range(0.3, 1.0);
    let users = story.mixed(campaign, n, new, 0.3, from, over);
    let mut style = style(story, campaign, 1);
    style.manner.tap = 1.0;
    style.manner.tap_again = 0.93;
    style.manner.machine = true;
    style.manner.gap = story.rng.log_range(0.5 * SECOND as f64, 12.0 * SECOND as f64) as i64;
    style.signs.retain(|sign| *sign != "pace");
    style.signs.extend(["pace", "hammer"]);
    attack(story, Planned::of(Kind::RepeatBots, campaign, from), users, style, over, new, 0.0)
}

/// A few accounts guess codes until one is live; then they and their friends take it.
fn guessers(story: &mut Story<'_>, campaign: usize, from: i64) -> Planned {
    let n = 3 + story.rng.below(10);
    let mut users = story.newcomers(n, from, 10 * MINUTE);
    let gap = story.rng.log_range(SECOND as f64, 15.0 * SECOND as f64);
    for user in users.clone() {
        let mut at = from - story.rng.moment(10 * MINUTE, 40 * MINUTE);
        let manner = Manner { insist: 0.0, machine: true, ..story.people_do(campaign) };
        for _ in 0..(15 + story.rng.below(80)) {
            let code = story.rng.word();
            let source = story.source([0.1, 0.1, 0.8]);
            story.types(at, user, code, source, user as u64, manner);
            at += story.rng.delay(gap, 0.4);
            if at > from {
                break;
            }
        }
    }
    let friends = story.rng.below(90);
    users.extend(story.newcomers(friends, from, 10 * MINUTE));
    let mut style = style(story, campaign, 1);
    style.manner.tap = 0.9;
    style.manner.tap_again = 0.85;
    style.signs.push("guesses");
    let over = 6 * MINUTE;
    attack(story, Planned::of(Kind::GuessersFound, campaign, from), users, style, over, 1.0, 0.0)
}

fn taken_over(story: &mut Story<'_>, campaign: usize, from: i64) -> Planned {
    let n = 100 + story.rng.below(350);
    let over = story.rng.moment(8 * MINUTE, 25 * MINUTE);
    let slept = story.rng.range(0.6, 1.0);
    let users = story.fresh_regulars(campaign, n, slept);
    let least = if story.rng.chance(0.75) { 2 } else { 0 };
    let mut style = style(story, campaign, least);
    if users.len() < 150 {
        style.manner.tap = 0.9;
        style.manner.tap_again = style.manner.tap_again.max(0.6);
    }
    attack(story, Planned::of(Kind::TakenOver, campaign, from), users, style, over, 0.0, slept)
}

/// Accounts made in one hour some days ago, each used once, and now all at once.
fn aged(story: &mut Story<'_>, campaign: usize, from: i64) -> Planned {
    let n = 80 + story.rng.below(250);
    let long = from - story.begin;
    if long < 2 * DAY {
        let mut plan = farm(story, campaign, from);
        plan.kind = Kind::LeakedToFarm;
        return plan;
    }
    let made = story.rng.moment(story.begin, from - 36 * HOUR);
    let over = story.rng.moment(8 * MINUTE, 30 * MINUTE);
    let mut users = Vec::new();
    let once = Manner { tap: 0.0, insist: 0.0, buys: 0.0, ..story.people_do(campaign) };
    for _ in 0..n {
        let at = story.rng.moment(made, made + HOUR);
        let user = story.people.joins(at, &mut story.rng);
        let source = story.source(story.h.sources);
        let other = story.rng.below(story.h.campaigns);
        let code = if story.rng.chance(0.5) { story.rng.word() } else { story.app.campaigns[other].code };
        story.types(at, user, code, source, user as u64, once);
        users.push(user);
    }
    let mut style = style(story, campaign, 1);
    style.manner.tap = style.manner.tap.max(0.7);
    style.manner.tap_again = style.manner.tap_again.max(0.6);
    style.signs.push("block");
    attack(story, Planned::of(Kind::AgedFarm, campaign, from), users, style, over, 0.0, 0.0)
}

/// Single-use codes of one name.
pub(super) fn batch_codes(story: &mut Story<'_>, from: i64) -> Vec<usize> {
    let first = story.campaign("Partner".to_owned(), from - 2 * DAY.min(story.end - story.begin));
    let n = 250 + story.rng.below(500);
    story.app.campaigns[first].max_total_uses = Some(1);
    story.app.campaigns[first].name = format!("Partner {}", story.rng.below(1_000));
    let (row, product, converts) =
        (story.app.campaigns[first].clone(), story.app.products[first], story.app.converts[first]);
    let mut codes = vec![first];
    for i in 1..n {
        let code = story.rng.word();
        let next = crate::rows::Campaign { id: row.id + i as i64, code, ..row.clone() };
        codes.push(story.app.add(next, product, converts));
    }
    // Some are used now and then.
    let mut at = row.valid_from.max(story.begin);
    while at < from && codes.len() > 200 {
        at += story.rng.moment(20 * MINUTE, 5 * HOUR);
        let Some(code) = codes.pop() else { break };
        let user = story.people.regular(&mut story.rng);
        let manner = story.people_do(first);
        let source = story.source(story.h.sources);
        let code = story.app.campaigns[code].code;
        story.types(at, user, code, source, user as u64, manner);
    }
    codes
}

pub(super) fn take_batch(
    story: &mut Story<'_>,
    kind: Kind,
    codes: &[usize],
    users: &[i64],
    from: i64,
    over: i64,
    leaked: bool,
) -> Planned {
    let first = codes[0];
    let mut plan = Planned::of(kind, first, from);
    let (manner, sources, device) = if leaked {
        let style = style(story, first, 2);
        plan.signs = style.signs;
        plan.signs.retain(|sign| *sign != "pace" && *sign != "many codes");
        (Manner { tap: 0.05, ..style.manner }, style.sources, style.device)
    } else {
        (Manner { tap: 0.05, ..story.people_do(first) }, story.promo_sources(), None)
    };
    for (user, code) in users.iter().zip(codes) {
        let at = from + story.rng.moment(0, over);
        let (source, code) = (story.source(sources), story.app.campaigns[*code].code);
        story.types(at, *user, code, source, device.unwrap_or(*user as u64), manner);
    }
    plan.users = users.len().min(codes.len());
    plan.middle = from + over / 2;
    plan
}

fn batch(story: &mut Story<'_>, from: i64) -> Planned {
    let codes = batch_codes(story, from);
    let over = story.rng.moment(12 * MINUTE, 40 * MINUTE);
    let n = codes.len() * 2 / 3;
    let users = story.newcomers(n, from, over);
    let plan = take_batch(story, Kind::LeakedBatch, &codes, &users, from, over, true);
    Planned { new: 1.0, ..plan }
}
