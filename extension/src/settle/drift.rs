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

/// The length of a bucket where none is given, in microseconds.
pub const USUAL: i64 = 300_000_000;

/// A row of `reconciliation_drift()`.
pub type Bucket = (
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
    Ok(TableIterator::new(of(&scan, length(bucket)?)?))
}

/// The buckets of a scan's window that anything happened in, each so many microseconds long.
///
/// # Errors
/// 22023 where there are too many.
pub fn of(scan: &Scan, length: i64) -> Answer<Vec<Bucket>> {
    let (length, count) = buckets(length, scan.window)?;
    let mut args = scan.args(None);
    args.extend([length.into(), count.into()]);
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
    })
}

/// The length of a bucket in microseconds.
///
/// # Errors
/// 22004 where it is null, 22023 where it is not positive.
pub fn length(bucket: Option<Interval>) -> Answer<i64> {
    const WHAT: &str = "It is the length of time that one row stands for.";
    let hint = "For example: bucket => '5 minutes'.";
    let bucket = bucket.ok_or_else(|| {
        report(Refusal::new(SqlState::NullValueNotAllowed, "bucket is null").detail(WHAT).hint(hint))
    })?;
    // Months count as 30 days, as in a lookback.
    let length = i64::try_from(bucket.as_micros()).unwrap_or(i64::MAX);
    if length < 1 {
        return Err(report(
            Refusal::new(SqlState::InvalidParameterValue, "bucket must be positive").detail(WHAT).hint(hint),
        ));
    }
    Ok(length)
}

/// The length of a bucket, and how many the window holds. A longer bucket than the window is the window.
///
/// # Errors
/// 22023 where there are too many.
pub fn buckets(length: i64, window: Window) -> Answer<(i64, i64)> {
    let whole = micros(window.until).saturating_sub(micros(window.from)).max(1);
    let length = length.min(whole);
    let count = whole / length + i64::from(whole % length != 0);
    if count > MOST_BUCKETS {
        let least = Span::from_micros(whole / MOST_BUCKETS / 1_000_000 * 1_000_000 + 1_000_000);
        return Err(report(
            Refusal::new(
                SqlState::InvalidParameterValue,
                format!("the window has {} buckets", grouped(count)),
            )
            .detail(format!("At most {} are returned.", grouped(MOST_BUCKETS)))
            .hint(format!("bucket => '{least}', or a shorter lookback.")),
        ));
    }
    Ok((length, count))
}
