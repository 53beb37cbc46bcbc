//! What a bake looks at: the users who tried the campaign's code since the unpause, and the normal numbers before.

use super::record::{Bake, Usual};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::setup::views;
use crate::window::moment;
use promo_guard_core::bake::{Baseline, Seen, User};
use promo_guard_core::binding::Entity;
use promo_guard_core::campaign::Campaign;
use promo_guard_core::{Micros, Span};

/// The views that a bake reads.
pub const VIEWS: [Entity; 3] = [Entity::Campaigns, Entity::Attempts, Entity::Redemptions];

/// The shop's own baseline is of so long.
const SHOP: Span = Span::from_minutes(120);
/// A shorter time does not show how many newcomers are normal.
const LEAST: Span = Span::from_minutes(60);

/// What happened since the unpause.
pub struct Evidence {
    pub users: Vec<User>,
    pub attempts: i64,
    pub failures: i64,
    /// Those of them that came while all uses were taken: they say nothing.
    pub nothing_left: i64,
    /// Redemptions applied; `None` where the application's redemptions do not tell their campaign.
    pub applied: Option<i64>,
}

impl Evidence {
    /// Of a bake, up to a moment.
    pub fn read(app: &App, bake: &Bake, failures: &[String], until: Micros) -> Answer<Self> {
        let until = moment(until);
        let mut evidence =
            Self { users: Vec::new(), attempts: 0, failures: 0, nothing_left: 0, applied: None };
        let mut last = None;
        app.read(
            include_str!("../../../sql/query/bake/users.sql"),
            &[
                bake.campaign_id.into(),
                bake.since.into(),
                until.into(),
                bake.plan.step_micros().into(),
                i64::from(bake.plan.looks()).into(),
                failures.to_vec().into(),
                moment(bake.known_from()).into(),
            ],
            |row| {
                evidence.attempts += db::number(row, 5)?;
                evidence.failures += db::number(row, 6)?;
                evidence.nothing_left += db::number(row, 9)?;
                // Attempts without a user are counted, and count as no user.
                let Some(user) = row.get::<i64>(1)? else { return Ok(()) };
                if last.replace(user) != Some(user) {
                    let user = User { known: db::flag(row, 7)?, served: db::flag(row, 8)?, seen: Vec::new() };
                    evidence.users.push(user);
                }
                let seen = Seen {
                    look: u32::try_from(db::number(row, 2)?.max(1)).unwrap_or(u32::MAX),
                    accepted: db::flag(row, 3)?,
                    failed: db::flag(row, 4)?,
                };
                if let Some(user) = evidence.users.last_mut() {
                    user.seen.push(seen);
                }
                Ok(())
            },
        )?;
        if redemptions_tell_their_campaign()? {
            let applied = app.read(
                include_str!("../../../sql/query/bake/applied.sql"),
                &[bake.campaign_id.into(), bake.since.into(), until.into()],
                |row| db::number(row, 1),
            )?;
            evidence.applied = applied.first().copied();
        }
        Ok(evidence)
    }
}

/// Whether redemptions can be counted by campaign. Of a view written by hand it is taken for granted.
fn redemptions_tell_their_campaign() -> Answer<bool> {
    let memory = views::remembered()?.into_iter().find(|r| r.bound && r.entity == Entity::Redemptions);
    Ok(memory.is_none_or(|r| r.relation.is_none() || r.has("promo_code_id")))
}

/// The normal numbers before: of the campaign's own code where enough users tried it, else of the shop.
pub fn usual(app: &App, bake: &Bake, campaign: &Campaign, failures: &[String]) -> Answer<Usual> {
    let failures = failures.to_vec();
    let until = bake.baseline_until();
    let begun = [campaign.created_at, campaign.valid_from].into_iter().flatten().max();
    let from = bake.known_from().max(begun.unwrap_or(Micros::MIN));
    let mut usual = Usual { baseline: Baseline::UNKNOWN, of: "nobody" };
    if from < until {
        let own = app.read(
            include_str!("../../../sql/query/bake/own_baseline.sql"),
            &[bake.campaign_id.into(), moment(from).into(), moment(until).into(), failures.clone().into()],
            |row| Ok([db::number(row, 1)?, db::number(row, 2)?, db::number(row, 3)?]),
        )?;
        let [users, failing, newcomers] = own.first().copied().unwrap_or_default().map(i64::unsigned_abs);
        let length = until - from;
        usual.baseline = Baseline {
            users,
            failing,
            newcomers: (length >= LEAST.micros()).then_some(newcomers),
            minutes: length as f64 / Span::from_minutes(1).micros() as f64,
        };
        usual.of = "campaign";
    }
    if usual.baseline.users < Baseline::FEWEST {
        let shop = app.read(
            include_str!("../../../sql/query/bake/shop_baseline.sql"),
            &[
                bake.campaign_id.into(),
                moment(until.saturating_sub(SHOP.micros())).into(),
                moment(until).into(),
                failures.into(),
            ],
            |row| Ok([db::number(row, 1)?, db::number(row, 2)?]),
        )?;
        let [users, failing] = shop.first().copied().unwrap_or_default().map(i64::unsigned_abs);
        let enough = users >= Baseline::FEWEST;
        usual.baseline.users = if enough { users } else { 0 };
        usual.baseline.failing = if enough { failing } else { 0 };
        usual.of = if enough { "shop" } else { "nobody" };
    }
    Ok(usual)
}
