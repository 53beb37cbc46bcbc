//! How a bake stands now, in numbers and in a sentence.

use super::evidence::{Evidence, usual};
use super::left::Left;
use super::record::{Bake, Counted, Usual};
use super::terms;
use crate::app::App;
use crate::changes::campaign_or_none;
use crate::failure::Answer;
use crate::window::micros;
use promo_guard_core::Micros;
use promo_guard_core::bake::{Judgement, Of, Standing, State, judge};
use promo_guard_core::campaign::ACTIVE;
use promo_guard_core::policy::Policy;

/// What was found.
pub struct Found {
    pub state: State,
    /// Looks that have been made.
    pub looks: u32,
    pub usual: Option<Usual>,
    pub counted: Counted,
    pub detail: String,
    /// The campaign can still be redeemed.
    pub active: bool,
}

impl Found {
    /// Looks at a running bake, as of `now`. Writes nothing.
    pub fn look(app: &App, bake: &Bake, policy: &Policy, now: Micros) -> Answer<Self> {
        let Some(campaign) = campaign_or_none(app, bake.campaign_id)? else {
            return Ok(Self {
                state: State::Superseded,
                looks: bake.looks,
                usual: bake.baseline,
                counted: Counted::default(),
                detail: "The campaign is gone.".to_owned(),
                active: false,
            });
        };
        let active = campaign.is(ACTIVE);
        let left = if active { None } else { Some(Left::find(app, bake, &campaign, policy)?) };
        // What came after the campaign stopped being redeemable says nothing of it.
        let horizon = [Some(now), Some(micros(bake.until)), left.as_ref().and_then(|l| l.at)];
        let horizon = horizon.into_iter().flatten().min().unwrap_or(now);
        let usual = match bake.baseline {
            Some(usual) => usual,
            None => usual(app, bake, &campaign, policy.failure_results())?,
        };
        let evidence = Evidence::read(app, bake, policy.failure_results(), horizon)?;
        let applied = evidence.applied.map(i64::unsigned_abs);
        let due = bake.plan.due(horizon);
        let judgement = judge(&bake.plan, &usual.baseline, &evidence.users, applied, bake.looks, due);
        let changed = terms::changed(&bake.terms, &terms::of(&campaign));
        let (state, detail) = match (judgement.state, left) {
            (State::Failed, None) => (State::Failed, alarm(&judgement)),
            (State::Failed, Some(left)) => {
                (State::Failed, format!("{} {}", alarm(&judgement), left.sentence))
            }
            (State::Running, Some(left)) => (State::Superseded, left.sentence),
            (State::Running, None) if !changed.is_empty() => (
                State::Superseded,
                format!(
                    "Its terms were changed during the bake ({}), so the bake no longer applies.",
                    changed.join(", ")
                ),
            ),
            (state, _) => (state, sentence(bake, &judgement, &usual, &evidence)),
        };
        Ok(Self {
            state,
            looks: judgement.look,
            usual: Some(usual),
            counted: Counted {
                attempts: Some(evidence.attempts),
                failures: Some(evidence.failures),
                users: i64::try_from(judgement.tally.users).ok(),
                failing_users: i64::try_from(judgement.tally.failing).ok(),
                applied: evidence.applied,
            },
            detail,
            active,
        })
    }
}

fn alarm(judgement: &Judgement) -> String {
    judgement.alarm.map_or_else(String::new, |alarm| alarm.to_string())
}

/// What a bake that did not fail says.
fn sentence(bake: &Bake, judgement: &Judgement, usual: &Usual, evidence: &Evidence) -> String {
    let standing = Standing {
        campaign: bake.campaign_id,
        judgement: *judgement,
        looks: bake.plan.looks(),
        baseline: usual.baseline,
        of: if usual.of == "shop" { Of::Shop } else { Of::Campaign },
        applied: evidence.applied,
        nothing_left: evidence.nothing_left.unsigned_abs(),
    };
    standing.to_string()
}
