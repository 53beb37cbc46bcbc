//! Runbook 1.1.

use crate::app::App;
use crate::failure::Answer;
use crate::window::Window;
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;

type Status = (Option<String>, i64, i64, i64, i64, i64, i64, i64);

#[pg_extern(sql = false)]
fn blast_radius(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> Answer<
    TableIterator<
        'static,
        (
            name!(status, Option<String>),
            name!(campaigns, i64),
            name!(changed, i64),
            name!(attempts, i64),
            name!(failed_attempts, i64),
            name!(failing_users, i64),
            name!(open_reservations, i64),
            name!(reserved_stars, i64),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let app = App::open(&[Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases])?;
    let rows: Vec<Status> = app.read(
        include_str!("../../../sql/query/triage/blast_radius.sql"),
        &[window.from.into(), window.until.into(), policy.failure_results().to_vec().into()],
        |row| {
            let n = |column| db::number(row, column);
            Ok((row.get(1)?, n(2)?, n(3)?, n(4)?, n(5)?, n(6)?, n(7)?, n(8)?))
        },
    )?;
    Ok(TableIterator::new(rows))
}
