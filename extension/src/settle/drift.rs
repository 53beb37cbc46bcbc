//! Discounts due against discounts given, by time, and the ledger beside them.

use super::scan::Scan;
use crate::db;
use crate::failure::{Answer, report};
use crate::window::{Window, micros};
use pgrx::prelude::*;
use promo_guard_core::settle;
use promo_guard_core::words::grouped;
use promo_guard_core::{Refusal, Span, SqlState};

/// The most rows of one answer.
const MOST_BUCKETS: i64 = 10_000;

type Bucket = (
    Option<TimestampWithTimeZone>,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<String>,
);

#[pg_extern(sql = false)]
fn reconciliation_drift(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    bucket: Option<Interval>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(bucket_start, Option<TimestampWithTimeZone>),
            name!(applied, i64),
            name!(settled, i64),
            name!(missing, i64),
            name!(surplus, i64),
            name!(drift_stars, i64),
            name!(abs_drift_stars, i64),
            name!(paid_purchases, i64),
            name!(ledger_credits, Option<i64>),
            name!(ledger_drift_stars, Option<i64>),
            name!(currency, Option<String>),
        ),
    >,
> {
    let scan = Scan::new(lookback, as_of)?;
    let (length, count) = buckets(bucket, scan.window)?;
    let mut args = scan.args(None);
    args.extend([length.into(), count.into()]);
    let rows: Vec<Bucket> =
        scan.app.read(&settle::drift(scan.lacking.has_ledger(), &scan.how), &args, |row| {
            let n = |column| db::number(row, column);
            Ok((
                row.get(1)?,
                n(2)?,
                n(3)?,
                n(4)?,
                n(5)?,
                n(6)?,
                n(7)?,
                n(8)?,
                row.get(9)?,
                row.get(10)?,
                row.get(11)?,
            ))
        })?;
    Ok(TableIterator::new(rows))
}

/// The length of a bucket in microseconds, and how many the window holds.
pub fn buckets(bucket: Option<Interval>, window: Window) -> Answer<(i64, i64)> {
    const WHAT: &str = "It is the length of time that one row stands for.";
    let hint = "For example: bucket => '5 minutes'.";
    let bucket = bucket.ok_or_else(|| {
        report(Refusal::new(SqlState::NullValueNotAllowed, "bucket is null").detail(WHAT).hint(hint))
    })?;
    let bad = |message: String, detail: String, hint: String| {
        Err(report(Refusal::new(SqlState::InvalidParameterValue, message).detail(detail).hint(hint)))
    };
    // Months count as 30 days, as in a lookback. A longer bucket than any window is the whole window.
    let length = i64::try_from(bucket.as_micros()).unwrap_or(i64::MAX);
    if length < 1 {
        return bad("bucket must be positive".into(), WHAT.into(), hint.into());
    }
    let whole = micros(window.until).saturating_sub(micros(window.from)).max(1);
    let length = length.min(whole);
    let count = whole / length + i64::from(whole % length != 0);
    if count > MOST_BUCKETS {
        let least = Span::from_micros(whole / MOST_BUCKETS / 1_000_000 * 1_000_000 + 1_000_000);
        return bad(
            format!("the window has {} buckets", grouped(count)),
            format!("At most {} are returned.", grouped(MOST_BUCKETS)),
            format!("bucket => '{least}', or a shorter lookback."),
        );
    }
    Ok((length, count))
}
