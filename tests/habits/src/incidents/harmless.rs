//! Promotions and people who tap twice: nothing wrong with the campaign.

use super::{Planned, announce, crowd, enough};
use crate::app::{Edit, Manner};
use crate::rng::{DAY, MINUTE, SECOND};
use crate::story::{Crowd, Story};
use crate::truth::Kind;

pub(super) fn plan(story: &mut Story<'_>, kind: Kind, campaign: usize, from: i64) -> Planned {
    match kind {
        Kind::SchoolClass => class(story, campaign, from),
        Kind::RetryLoop => loops(story, campaign, from),
        Kind::BatchMailing => batch(story, from),
        _ => promotion(story, kind, campaign, from),
    }
}

fn promotion(story: &mut Story<'_>, kind: Kind, campaign: usize, from: i64) -> Planned {
    let mut campaign = campaign;
    if kind == Kind::LaunchDay {
        campaign = story.campaign("Launch".to_owned(), from - 2 * MINUTE);
        story.app.left_alone[campaign] = from;
    }
    let ordinary = story.h.ordinary_new;
    let (new, slept) = match kind {
        Kind::TvSpot if story.rng.chance(0.5) => (story.rng.range(0.6, 0.98), 0.2),
        Kind::Newsletter => (story.rng.range(0.0, 0.2), story.h.dormant * 0.4),
        Kind::WinBack => (story.rng.range(0.0, 0.1), story.rng.range(0.5, 1.0)),
        Kind::DoubleTaps => (story.rng.share_near(ordinary, 0.4), 0.0),
        _ => (story.promo_share(), story.h.dormant * 0.3),
    };
    let restricted = matches!(kind, Kind::TvSpot | Kind::Influencer) && new > 0.5 && story.rng.chance(0.3);
    // A code for new customers brings mostly those.
    if restricted {
        story.app.campaigns[campaign].first_purchase_only = true;
        // As it always was, so what came before fits.
        campaign = fresh_copy(story, campaign, from);
    }
    let over = story.rng.moment(8 * MINUTE, if kind == Kind::LaunchDay { 70 } else { 30 } * MINUTE);
    let mut manner = story.people_do(campaign);
    if kind == Kind::DoubleTaps {
        // The app loses its messages of success for a while.
        manner = Manner { tap: 0.8, tap_again: 0.6, ..manner };
    }
    let most = if new > 0.5 { 1_200 } else { story.people.active.len() * 2 / 3 + 40 };
    // Most of these crowds make the guard fire; some do not.
    let (n, tap) = if story.rng.chance(0.75) {
        let (n, tap) = enough(&manner, most.min(1_200));
        ((n as f64 * story.rng.range(1.0, 1.8)) as usize, tap)
    } else {
        (story.rng.log_range(40.0, 250.0) as usize, manner.tap.min(0.1))
    };
    manner.tap = tap;
    let users = story.mixed(campaign, n, new, slept, from, over);
    let mut sources = story.promo_sources();
    let mut plan = Planned::of(kind, campaign, from);
    plan.odd = restricted;
    if story.rng.chance(0.25) {
        plan.odd = true;
        odd(story, campaign, &users, (from, over), &mut manner, &mut sources);
    }
    let announces = story.h.announces;
    if kind != Kind::DoubleTaps && story.rng.chance(announces) {
        plan.announced = true;
        announce(story, campaign, from, over);
    }
    let it = Crowd { campaign, from, over, users, manner, sources, device: None, evenly: false };
    crowd(story, plan, &it, new, slept * (1.0 - new))
}

/// One thing that attackers do as well.
fn odd(
    story: &mut Story<'_>,
    campaign: usize,
    users: &[i64],
    (from, over): (i64, i64),
    manner: &mut Manner,
    sources: &mut [f64; 3],
) {
    match story.rng.below(4) {
        // The link opens a web page, which calls the API.
        0 => *sources = [0.03, 0.02, 0.95],
        // People who want a present and buy little.
        1 => manner.buys *= story.rng.range(0.15, 0.5),
        // The app tries again by itself, every few seconds.
        2 => {
            manner.machine = true;
            manner.tap_again = manner.tap_again.max(0.6);
            manner.gap = story.rng.moment(2 * SECOND, 10 * SECOND);
        }
        // Deal hunters try the codes of last month too.
        _ => {
            let share = story.rng.range(0.1, 0.5);
            let codes: Vec<u64> = story.app.campaigns.iter().take(6).map(|c| c.code).collect();
            for user in users {
                if !story.rng.chance(share) {
                    continue;
                }
                for _ in 0..2 + story.rng.below(3) {
                    let code = *story.rng.pick(&codes);
                    if code == story.app.campaigns[campaign].code {
                        continue;
                    }
                    let at = story.rng.moment(from, from + over);
                    let source = story.source(*sources);
                    let once = Manner { tap: 0.0, insist: 0.0, buys: 0.0, ..*manner };
                    story.types(at, *user, code, source, *user as u64, once);
                }
            }
        }
    }
}

fn fresh_copy(story: &mut Story<'_>, old: usize, from: i64) -> usize {
    story.app.campaigns[old].first_purchase_only = false;
    let days = if story.h.days < 1.0 { 0 } else { DAY };
    let campaign = story.campaign("New customers".to_owned(), from - days);
    story.app.campaigns[campaign].first_purchase_only = true;
    story.app.left_alone[campaign] = from;
    campaign
}

fn class(story: &mut Story<'_>, _: usize, from: i64) -> Planned {
    let campaign = story.campaign("Class".to_owned(), from - 5 * MINUTE);
    let n = 25 + story.rng.below(75);
    story.app.campaigns[campaign].max_total_uses = Some(n as i64 * 2);
    story.app.left_alone[campaign] = from;
    let users = story.newcomers(n, from, 5 * MINUTE);
    let taps = story.rng.range(0.4, 0.75);
    let manner = Manner { tap: taps, tap_again: taps, gap: 4 * SECOND, ..story.people_do(campaign) };
    let sources = story.promo_sources();
    let device = story.rng.chance(0.5).then_some(77);
    let it = Crowd { campaign, from, over: 3 * MINUTE, users, manner, sources, device, evenly: false };
    crowd(story, Planned::of(Kind::SchoolClass, campaign, from), &it, 1.0, 0.0)
}

/// Two to five clients loop on a code they already have: a test in staging, or a broken app.
fn loops(story: &mut Story<'_>, campaign: usize, from: i64) -> Planned {
    let n = 2 + story.rng.below(4);
    let users = story.fresh_regulars(campaign, n, 0.0);
    let gap = story.rng.log_range(0.3 * SECOND as f64, 6.0 * SECOND as f64) as i64;
    let manner = Manner { tap: 1.0, tap_again: 0.985, gap, machine: true, ..story.people_do(campaign) };
    let it = Crowd {
        campaign,
        from,
        over: 2 * MINUTE,
        users,
        manner,
        sources: [0.1, 0.1, 0.8],
        device: None,
        evenly: false,
    };
    crowd(story, Planned::of(Kind::RetryLoop, campaign, from), &it, 0.0, 0.0)
}

/// Single-use codes sent to regulars.
fn batch(story: &mut Story<'_>, from: i64) -> Planned {
    let over = story.rng.moment(20 * MINUTE, 90 * MINUTE);
    let codes = super::abuse::batch_codes(story, from);
    let n = 60 + story.rng.below(200);
    let users = story.people.some(n, 0.2, &mut story.rng);
    let plan = super::abuse::take_batch(story, Kind::BatchMailing, &codes, &users, from, over, false);
    Planned { new: 0.0, slept: 0.1, ..plan }
}

/// Customers who come for a code in numbers and buy: what a fault meets.
pub(super) fn customers(
    story: &mut Story<'_>,
    campaign: usize,
    from: i64,
    over: i64,
    n: usize,
    insist: f64,
) -> usize {
    let new = story.rng.share_near(story.h.ordinary_new, 0.3);
    let users = story.mixed(campaign, n, new, 0.0, from, over);
    let manner = Manner { insist, insist_again: insist * 0.8, ..story.people_do(campaign) };
    let came = users.len();
    let sources = story.promo_sources();
    story.comes(&Crowd { campaign, from, over, users, manner, sources, device: None, evenly: false });
    came
}

pub(super) fn touched(story: &mut Story<'_>, campaign: usize, from: i64) {
    // Somebody edits the row later, as people do: `updated_at` is not the time of the pause.
    if story.rng.chance(0.2) {
        let at = story.rng.moment(from, story.end);
        story.app.edit(at, campaign, Edit::Touch);
    }
}
