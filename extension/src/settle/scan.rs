//! What every settlement function needs to know before it looks: the window, the times of grace, what the application lacks.

use super::sketch;
use crate::app::App;
use crate::failure::Answer;
use crate::setup::{relation, views};
use crate::window::{Window, micros, moment};
use crate::{db, records};
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::binding::{Entity, shows_null};
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::{self, Arithmetic, Columns, Doubt, Lacking, Look, Sketch, Tokens};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

/// So many redemptions in a window are screened before they are joined; fewer are joined sooner than all of history is read.
const MANY: i64 = 5_000;
/// No bits: every row is looked at.
const NOTHING: Option<Vec<u8>> = None;

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
    /// How the application counts money and uses.
    pub how: Arithmetic,
    /// The campaigns made or edited in the window, where they are known.
    pub changed: Option<Vec<i64>>,
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
        Self::of(app, lacking()?, &policy, window)
    }

    /// The same in settlement's own lookback up to a moment, for who has opened the views.
    ///
    /// # Errors
    /// As [`App::open`], for the ledger.
    pub fn usual(app: App, policy: &Policy, until: TimestampWithTimeZone) -> Answer<Self> {
        let window = Window::new(None, policy.settle_lookback(), Some(until))?;
        Self::of(app, lacking()?, policy, window)
    }

    /// The same for who has opened the views and knows what is lacking.
    ///
    /// # Errors
    /// As [`App::open`], for the ledger.
    pub fn of(app: App, lacking: Lacking, policy: &Policy, window: Window) -> Answer<Self> {
        if lacking.has_ledger() {
            App::open(&[Entity::Ledger])?;
        }
        let before = |grace: Span| moment(micros(window.until).saturating_sub(grace.micros()));
        let has = |column| !lacking.lacks(column);
        let columns = Columns {
            currency: has("purchases.currency"),
            discount_currency: has("campaigns.discount_currency"),
            refunded: has("purchases.refunded_stars_amount"),
        };
        Ok(Self {
            app,
            how: Arithmetic { columns, ..policy.arithmetic() },
            lacking,
            window,
            settled_by: before(policy.settle_grace()),
            paid_by: before(policy.payment_grace()),
            changed: None,
        })
    }

    /// Looks at the window as a whole before the rules do: which campaigns were used how often, and which rows are doubtful,
    /// where the window holds many and that can be told. One campaign is looked at by its indexes.
    pub fn survey(&self, campaign: Option<i64>, limit: Option<i64>) -> Answer<Survey> {
        let mut args = self.args(campaign);
        let mut touching = self.args(campaign);
        touching.push(self.changed.clone().into());
        let touched = self.app.read(&settle::touched(&self.how), &touching, |row| {
            Ok((db::number(row, 1)?, db::number(row, 2)?))
        })?;
        let ids: Vec<i64> = touched.iter().map(|(id, _)| *id).collect();
        let used: HashMap<i64, (i64, i64)> = self
            .app
            .read(settle::USES, &[ids.clone().into()], |row| {
                Ok((db::number(row, 1)?, (db::number(row, 2)?, db::number(row, 3)?)))
            })?
            .into_iter()
            .collect();
        let of = |id: &i64| used.get(id).copied().unwrap_or_default();
        args.extend([limit.into(), None::<bool>.into()]);
        args.push(ids.clone().into());
        args.push(ids.iter().map(|id| of(id).0).collect::<Vec<_>>().into());
        args.push(ids.iter().map(|id| of(id).1).collect::<Vec<_>>().into());
        let mut survey = Survey { args, doubt: None, campaign: campaign.is_some() };
        let many = touched.iter().map(|(_, redemptions)| redemptions).sum::<i64>() >= MANY;
        match if campaign.is_none() && many { self.tokens()? } else { None } {
            Some(tokens) => self.screen(&mut survey, tokens)?,
            None => survey.args.extend([0_i64.into(), NOTHING.into(), NOTHING.into(), NOTHING.into()]),
        }
        Ok(survey)
    }

    /// Finds out which rows of the window are doubtful.
    fn screen(&self, survey: &mut Survey, tokens: Tokens) -> Answer<()> {
        // Tokens must not be predictable for a client that chooses ids.
        let seed = RandomState::new().hash_one(0).cast_signed();
        survey.args.push(seed.into());
        let sketch = |sql: &str| -> Answer<Sketch> {
            let found = self.app.read(sql, &survey.args, |row| row.get::<Vec<u8>>(1))?;
            Ok(found.into_iter().flatten().next().map(|bytes| sketch::read(&bytes)).unwrap_or_default())
        };
        let redemptions = sketch(&tokens.redemptions(&self.how))?;
        let doubt = Doubt::between(&redemptions, &sketch(&tokens.purchases(&self.how))?);
        let bits = [doubt.settled.clone(), doubt.ended.clone(), redemptions.used_again()];
        survey.args.extend(bits.map(DatumWithOid::from));
        survey.doubt = Some((tokens, doubt));
        Ok(())
    }

    /// How rows of this application are hashed, where they can be; and the SQL that is installed has the aggregate: between new
    /// files and ALTER EXTENSION … UPDATE it does not.
    fn tokens(&self) -> Answer<Option<Tokens>> {
        // One purchase with several redemptions has no single counterpart.
        if self.how.several_codes {
            return Ok(None);
        }
        let found = db::read(include_str!("../../../sql/query/settle/id_types.sql"), &[], |row| {
            Ok((db::text(row, 1)?, db::text(row, 2)?, db::flag(row, 3)?))
        })?;
        let found = found.first().filter(|(_, _, sketched)| *sketched);
        Ok(found.and_then(|(redemptions, purchases, _)| Tokens::new(redemptions, purchases, &self.lacking)))
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

/// What is known before the rules are asked: their parameters, and which rows they need to look at.
pub struct Survey {
    /// `$1` to `$14`.
    pub args: Vec<DatumWithOid<'static>>,
    doubt: Option<(Tokens, Doubt)>,
    campaign: bool,
}

impl Survey {
    /// The rows that the rules look at.
    pub fn look(&self) -> Look<'_> {
        match &self.doubt {
            _ if self.campaign => Look::OfCampaign,
            Some((tokens, doubt)) => Look::Doubtful(tokens, doubt),
            None => Look::Everything,
        }
    }
}

/// What the application lacks: known of the views that `bind()` made, and of what one written by hand shows.
pub fn lacking() -> Answer<Lacking> {
    let mut lacking = Vec::new();
    let remembered = views::remembered()?;
    for (entity, view) in views::all_standing()? {
        let Some(view) = view else {
            lacking.push(entity.view().to_owned());
            continue;
        };
        let memory = remembered.iter().find(|r| r.entity == entity);
        if let Some(memory) = memory.filter(|m| m.bound)
            && !view.by_hand(Some(memory))?
        {
            let columns = entity.columns().iter().filter(|c| !memory.has(c.name));
            lacking.extend(columns.map(|c| format!("{entity}.{}", c.name)));
        } else {
            let shown = relation::columns(view.oid)?;
            let shows =
                |name: &str| shown.iter().any(|(n, _)| n == name) && !shows_null(&view.definition, name);
            let columns = entity.columns().iter().filter(|c| !shows(c.name));
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

/// The type that the hashes of campaigns have, beneath all domains; empty where there are none.
pub fn hash_type() -> Answer<String> {
    hash_type_of(Entity::Campaigns)
}

/// The same of a view.
pub fn hash_type_of(view: Entity) -> Answer<String> {
    let sql = include_str!("../../../sql/query/settle/hash_type.sql");
    let base = db::read(sql, &[view.view().into()], |row| db::text(row, 1))?;
    Ok(base.into_iter().next().unwrap_or_default())
}
