//! What every settlement function needs to know before it looks: the window, the times of grace, what the application lacks.

use crate::app::App;
use crate::failure::Answer;
use crate::setup::views;
use crate::window::{Window, micros, moment};
use crate::{db, records};
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::binding::Entity;
use promo_guard_core::settle::{self, Lacking};

/// A look at settlement.
pub struct Scan {
    /// The application.
    pub app: App,
    /// What of it is not there.
    pub lacking: Lacking,
    /// The window.
    pub window: Window,
    /// What happened after this is within policy `settle_grace`.
    settled_by: TimestampWithTimeZone,
    /// The same for `payment_grace`.
    paid_by: TimestampWithTimeZone,
    /// Whether `used_total` counts what is applied now.
    counts_applied: bool,
}

impl Scan {
    /// Opens the application and settles the window.
    ///
    /// # Errors
    /// As [`Window::new`] and [`App::open`].
    pub fn new(lookback: Option<Interval>, as_of: Option<TimestampWithTimeZone>) -> Answer<Self> {
        let policy = records::policy()?;
        let window = Window::new(lookback, policy.settle_lookback(), as_of)?;
        let app = App::open(&[Entity::Campaigns, Entity::Redemptions, Entity::Purchases])?;
        let lacking = lacking()?;
        if lacking.has_ledger() {
            App::open(&[Entity::Ledger])?;
        }
        let before = |grace: Span| moment(micros(window.until).saturating_sub(grace.micros()));
        Ok(Self {
            app,
            lacking,
            window,
            settled_by: before(policy.settle_grace()),
            paid_by: before(policy.payment_grace()),
            counts_applied: policy.used_total_counts_applied(),
        })
    }

    /// All parameters of the statements over rules, `$1` to `$10`.
    pub fn rule_args(&self, campaign: Option<i64>, limit: Option<i64>) -> Answer<Vec<DatumWithOid<'static>>> {
        let mut args = self.args(campaign);
        let n = db::number;
        let touched =
            self.app.read(&settle::touched(), &args, |row| Ok((n(row, 1)?, n(row, 2)?, n(row, 3)?)))?;
        let list = |of: fn(&(i64, i64, i64)) -> i64| touched.iter().map(of).collect::<Vec<_>>();
        args.extend([limit.into(), self.counts_applied.into()]);
        args.extend([list(|t| t.0).into(), list(|t| t.1).into(), list(|t| t.2).into()]);
        Ok(args)
    }

    /// The parameters that all statements share, `$1` to `$5`.
    pub fn args(&self, campaign: Option<i64>) -> Vec<DatumWithOid<'static>> {
        vec![
            self.window.from.into(),
            self.window.until.into(),
            self.settled_by.into(),
            self.paid_by.into(),
            campaign.into(),
        ]
    }
}

/// What the application lacks: known of the views that `bind()` made. One written by hand shows every column.
pub fn lacking() -> Answer<Lacking> {
    let mut lacking = Vec::new();
    let remembered = views::remembered()?;
    for entity in Entity::ALL {
        let Some(view) = views::standing(entity)? else {
            lacking.push(entity.view().to_owned());
            continue;
        };
        let memory = remembered.iter().find(|r| r.entity == entity);
        if let Some(memory) = memory.filter(|m| m.bound)
            && !view.by_hand(Some(memory))?
        {
            let columns = entity.columns().iter().filter(|c| !memory.columns[c.name].is_string());
            lacking.extend(columns.map(|c| format!("{entity}.{}", c.name)));
        }
    }
    Ok(lacking.into_iter().collect())
}

/// The statement with its `:same_hash` spelled for the type that the application's hashes have: the parameter is turned into
/// that type and never the column, whose index would be lost (trap 12).
pub fn comparing_hash(sql: &str) -> Answer<String> {
    Ok(sql.replace(":same_hash", settle::same_hash(&hash_type()?)))
}

/// The type, beneath all domains, of the application's hashes.
pub fn hash_type() -> Answer<String> {
    let base =
        db::read(include_str!("../../../sql/query/settle/hash_type.sql"), &[], |row| db::text(row, 1))?;
    Ok(base.into_iter().next().unwrap_or_default())
}
