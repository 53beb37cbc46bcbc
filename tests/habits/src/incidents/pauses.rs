//! Pauses by hand, explained or not.

use super::Planned;
use super::harmless::customers;
use crate::rng::{DAY, HOUR, MINUTE, SECOND};
use crate::rows::{Action, Deed, Status};
use crate::story::Story;
use crate::truth::Kind;

pub(super) fn plan(story: &mut Story<'_>, kind: Kind, campaign: usize, from: i64) -> Planned {
    let mut campaign = campaign;
    let at =
        if story.rng.chance(0.3) { story.rng.moment((from - 5 * DAY).max(story.begin), from) } else { from };
    match kind {
        Kind::Successor => {
            let old = campaign;
            let crowd = 30 + story.rng.below(50);
            customers(story, old, at - HOUR, 30 * MINUTE, crowd, 0.3);
            campaign = story.campaign("Everyday, new code".to_owned(), at);
            story.app.campaigns[campaign].status = Status::Paused;
            story.app.left_alone[campaign] = at;
            story.actions.push(Action { campaign: old, at, what: Deed::Rotated });
            story.actions.push(Action { campaign, at, what: Deed::Successor });
        }
        Kind::DeliberatePause => {
            let reasons =
                ["leaked on a coupon site", "campaign ends early", "budget used", "legal asked for it"];
            let reason = (*story.rng.pick(&reasons)).to_owned();
            story.pauses(at, campaign, 7);
            story.actions.push(Action { campaign, at, what: Deed::Pause(reason) });
        }
        _ => story.pauses(at, campaign, 7),
    }
    // People keep coming for it, and fail because it is paused: sometimes so many that the guard's rule holds.
    if kind != Kind::Successor && story.rng.chance(0.4) {
        let n = 30 + story.rng.below(200);
        customers(story, campaign, at + 2 * MINUTE, 20 * MINUTE, n, 0.3);
    }
    Planned { middle: at, ..Planned::of(kind, campaign, at) }
}

/// One statement pauses everything.
pub(super) fn all(story: &mut Story<'_>, free: &mut Vec<usize>, campaign: usize, from: i64) -> Planned {
    let mut campaigns: Vec<usize> = std::mem::take(free);
    campaigns.push(campaign);
    for place in &campaigns {
        let at = from + story.rng.moment(0, 20 * SECOND);
        story.pauses(at, *place, 9);
    }
    Planned { campaigns, middle: from, ..Planned::of(Kind::MassPause, campaign, from) }
}
