//! Rows that somebody edited wrongly, or set up wrongly, and ends in the ordinary course.

use super::Planned;
use super::harmless::{customers, touched};
use crate::app::Edit;
use crate::rng::{DAY, HOUR, MINUTE};
use crate::story::Story;
use crate::truth::Kind;

/// `launch`: an audience flag may have been wrong from the launch on.
pub(super) fn plan(story: &mut Story<'_>, kind: Kind, campaign: usize, from: i64, launch: bool) -> Planned {
    let mut campaign = campaign;
    // People who come for it, before the edit and after.
    let before = story.rng.moment(15 * MINUTE, 50 * MINUTE);
    let over = story.rng.moment(6 * MINUTE, 20 * MINUTE);
    let n = 90 + story.rng.below(160);
    let early = 30 + story.rng.below(60);
    match kind {
        Kind::LimitTooSmall => {
            campaign = story.campaign("Launch".to_owned(), from - MINUTE);
            story.app.left_alone[campaign] = from;
            story.app.campaigns[campaign].max_total_uses = Some(8 + story.rng.below(40) as i64);
            customers(story, campaign, from, over, n + 60, 0.5);
        }
        Kind::AudienceFlag if launch => {
            // Wrong from the start: launched with the flag, and pushed to regulars.
            campaign = story.campaign("Launch".to_owned(), from - MINUTE);
            story.app.left_alone[campaign] = from;
            story.app.campaigns[campaign].new_users_only = true;
            regulars(story, campaign, from, over, n);
        }
        Kind::PerUserLowered => {
            story.app.campaigns[campaign].max_uses_per_user = 3;
            let n = 60 + story.rng.below(100);
            let users = story.people.some(n, 0.0, &mut story.rng);
            returns(story, campaign, &users, from);
            story.app.edit(from, campaign, Edit::PerUser(1));
        }
        Kind::OrdinaryEnd => {
            customers(story, campaign, from - before, before, early, 0.3);
            story.app.campaigns[campaign].valid_until = from;
            customers(story, campaign, from, over, n, 0.5);
        }
        Kind::ScopeEdited => {
            sold(story, campaign, from);
            let product = story.app.products[campaign];
            let other = *crate::people::PRODUCTS.iter().find(|p| **p != product).unwrap_or(&"GIFT");
            let scope = if story.rng.chance(0.5) { other } else { "PREMIUM_2025" };
            story.app.edit(from, campaign, Edit::Scope(scope));
            customers(story, campaign, from, over, n + 100, 0.3);
        }
        _ => {
            customers(story, campaign, from - before, before, early, 0.3);
            if kind == Kind::AudienceFlag {
                sold(story, campaign, from);
            }
            edit(story, kind, campaign, from);
            if kind == Kind::AudienceFlag {
                regulars(story, campaign, from, over, n);
            } else {
                customers(story, campaign, from, over, n, 0.5);
            }
        }
    }
    touched(story, campaign, from);
    Planned { middle: from + over / 2, users: n, ..Planned::of(kind, campaign, from) }
}

fn edit(story: &mut Story<'_>, kind: Kind, campaign: usize, from: i64) {
    let row = story.app.campaigns[campaign].clone();
    match kind {
        Kind::EndMoved => {
            let back = if story.rng.chance(0.5) { 365 * DAY } else { story.rng.moment(2 * HOUR, 3 * DAY) };
            let until = if back > 3 * DAY { row.valid_until - back } else { from - back };
            story.app.edit(from, campaign, Edit::ValidUntil(until.max(row.valid_from + MINUTE)));
        }
        Kind::BeginMoved => {
            let later = story.rng.moment(DAY, 40 * DAY);
            story.app.edit(from, campaign, Edit::ValidFrom((from + later).min(row.valid_until - HOUR)));
        }
        Kind::UpsideDown => {
            story.app.edit(from, campaign, Edit::ValidFrom(row.valid_until + 10 * DAY));
        }
        Kind::LimitLowered => {
            let most = 2 + story.rng.below(8) as i64;
            sold(story, campaign, from);
            story.app.edit(from, campaign, Edit::Limit(most));
        }
        _ => {
            let which = story.rng.chance(0.5);
            let flag = if which { Edit::NewUsersOnly } else { Edit::FirstPurchaseOnly };
            story.app.edit(from, campaign, flag);
        }
    }
}

/// Makes sure that the campaign has been bought with before.
fn sold(story: &mut Story<'_>, campaign: usize, from: i64) {
    let earliest = (from - 2 * DAY).max(story.begin);
    for _ in 0..3 {
        let at = story.rng.moment(earliest, from - 20 * MINUTE);
        customers(story, campaign, at, 30 * MINUTE, 15, 0.2);
    }
}

fn regulars(story: &mut Story<'_>, campaign: usize, from: i64, over: i64, n: usize) {
    let users = story.fresh_regulars(campaign, n, 0.1);
    let mut manner = story.people_do(campaign);
    manner.insist = if users.len() < 100 { 0.8 } else { 0.5 };
    manner.insist_again = manner.insist * 0.8;
    let sources = story.promo_sources();
    story.comes(&crate::story::Crowd {
        campaign,
        from,
        over,
        users,
        manner,
        sources,
        device: None,
        evenly: false,
    });
}

/// Users who use a code twice, and come for the third time once only one use is allowed.
fn returns(story: &mut Story<'_>, campaign: usize, users: &[i64], from: i64) {
    let code = story.app.campaigns[campaign].code;
    let earliest = (from - 3 * DAY).max(story.begin);
    let mut manner = story.people_do(campaign);
    manner.tap = 0.0;
    manner.insist = 0.85;
    manner.insist_again = 0.7;
    for user in users {
        let twice = [story.rng.moment(earliest, from), story.rng.moment(earliest, from)];
        let again = from + story.rng.moment(0, 9 * MINUTE);
        for at in twice.into_iter().chain([again]) {
            let source = story.source(story.h.sources);
            story.types(at, *user, code, source, *user as u64, manner);
        }
    }
}
