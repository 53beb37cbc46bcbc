//! What the application would answer to a code now.

use super::scan::comparing_hash;
use crate::app::App;
use crate::failure::report;
use crate::keys::Keys;
use crate::window::micros;
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::settle::{Code, User, answer};
use promo_guard_core::{Micros, Refusal, SqlState};

/// A campaign, what the tables know of the user, and what it takes off.
struct Found {
    id: Option<i64>,
    code: Code,
    user: User,
    discount_type: Option<String>,
    discount_value: Option<i64>,
    now: Micros,
}

#[pg_extern(sql = false)]
fn probe_redeem(
    code_hash: Option<&str>,
    user_id: Option<i64>,
    product_code: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(result, &'static str),
            name!(reason, Option<&'static str>),
            name!(campaign_id, Option<i64>),
            name!(discount_type, Option<String>),
            name!(discount_value, Option<i64>),
            name!(campaign_key, Option<String>),
        ),
    >,
> {
    records::fits()?;
    let hash = code_hash.ok_or_else(|| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, "code_hash is null")
                .detail("It is the hash under which the application stores the code, never the code itself.")
                .hint("promoctl probe asks for a plain code and hashes it on your machine."),
        )
    })?;
    let app = App::open(&[Entity::Campaigns, Entity::Redemptions, Entity::Purchases])?;
    let sql = comparing_hash(include_str!("../../../sql/query/settle/probe.sql"))?;
    let found = app.read(&sql, &[hash.into(), user_id.into(), product_code.into()], found)?;
    let found = found.into_iter().next();
    let (now, user) = found.as_ref().map_or((0, None), |f| (f.now, user_id.map(|_| f.user)));
    let (reply, reason) = answer(found.as_ref().map(|f| &f.code), user, now);
    let id = found.as_ref().and_then(|f| f.id);
    let keys = Keys::of(&app, id)?;
    let (kind, value) = found.map(|f| (f.discount_type, f.discount_value)).unwrap_or_default();
    Ok(TableIterator::once((reply.name(), reason, id, kind, value, id.map(|id| keys.key(id)))))
}

fn found(row: &db::Row<'_>) -> pgrx::spi::SpiResult<Found> {
    let time = |column| row.get::<TimestampWithTimeZone>(column).map(|at| at.map(micros));
    let code = Code {
        status: db::text(row, 2)?,
        valid_from: time(3)?,
        valid_until: time(4)?,
        max_total_uses: row.get(5)?,
        used_total: db::number(row, 6)?,
        open_reservations: db::number(row, 13)?,
        max_uses_per_user: row.get(7)?,
        new_users_only: db::flag(row, 8)?,
        first_purchase_only: db::flag(row, 9)?,
        product_covered: row.get(12)?,
    };
    let user = User {
        uses: db::number(row, 14)?,
        known: db::flag(row, 15)? || db::flag(row, 16)?,
        has_bought: db::flag(row, 16)?,
    };
    Ok(Found {
        id: row.get(1)?,
        code,
        user,
        discount_type: row.get(10)?,
        discount_value: row.get(11)?,
        now: time(17)?.unwrap_or_default(),
    })
}
