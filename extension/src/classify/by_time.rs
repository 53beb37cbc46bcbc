//! The redemptions of two weeks by time: how people buy, and which bursts there were.

use super::lookups::{time, unsigned};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::moment;
use promo_guard_core::Micros;
use promo_guard_core::classify::plan::{self, OfDay, Peak};
use promo_guard_core::classify::{AGES, Slot};
use std::collections::{BTreeMap, HashMap};

/// Redemptions by half hour, by campaign and day, and the half hours with a burst.
#[derive(Default)]
pub struct ByTime {
    /// By half hour, of all campaigns, in order of time.
    pub slots: Vec<Slot>,
    /// By campaign and day, of campaigns with enough of them.
    pub days: Vec<OfDay>,
    /// Half hours with a burst.
    pub peaks: Vec<Peak>,
}

/// The redemptions within these spans, which do not overlap.
pub fn by_time(app: &App, spans: &[(Micros, Micros)]) -> Answer<ByTime> {
    let ages: Vec<f64> = AGES.iter().map(|age| *age as f64).collect();
    let since: Vec<_> = spans.iter().map(|(from, _)| moment(*from)).collect();
    let until: Vec<_> = spans.iter().map(|(_, until)| moment(*until)).collect();
    let mut found = ByTime::default();
    let mut slots: BTreeMap<Micros, Slot> = BTreeMap::new();
    app.read(
        include_str!("../../../sql/query/classify/slots.sql"),
        &[since.clone().into(), until.clone().into(), ages.into()],
        |row| {
            let from = time(row, 1)?.unwrap_or(Micros::MIN);
            let slot = slots.entry(from).or_insert_with(|| Slot { from, ..Slot::default() });
            slot.all += unsigned(db::number(row, 3)?);
            let place = row.get::<i32>(2)?.and_then(|delay| usize::try_from(delay).ok());
            if let Some(place) = place.and_then(|place| slot.bought.get_mut(place)) {
                *place += unsigned(db::number(row, 4)?);
            }
            Ok(())
        },
    )?;
    found.slots = slots.into_values().collect();
    app.read(
        include_str!("../../../sql/query/classify/bursts.sql"),
        &[since.into(), until.into(), (plan::BURST as i64).into()],
        |row| {
            let (campaign, from) = (db::number(row, 1)?, time(row, 2)?.unwrap_or(Micros::MIN));
            let (all, bought) = (unsigned(db::number(row, 4)?), unsigned(db::number(row, 5)?));
            if db::flag(row, 3)? {
                found.days.push(OfDay { campaign, from, all, bought });
            } else {
                found.peaks.push(Peak { campaign, from, all, of_day: 0 });
            }
            Ok(())
        },
    )?;
    let days: HashMap<(i64, Micros), u64> =
        found.days.iter().map(|d| ((d.campaign, d.from), d.all)).collect();
    for peak in &mut found.peaks {
        peak.of_day = days.get(&(peak.campaign, plan::day(peak.from))).copied().unwrap_or(peak.all);
    }
    Ok(found)
}

/// Purchases by half hour within these spans, which do not overlap.
pub fn sales(app: &App, spans: &[(Micros, Micros)]) -> Answer<Vec<(Micros, u64)>> {
    let since: Vec<_> = spans.iter().map(|(from, _)| moment(*from)).collect();
    let until: Vec<_> = spans.iter().map(|(_, until)| moment(*until)).collect();
    app.read(include_str!("../../../sql/query/classify/sales.sql"), &[since.into(), until.into()], |row| {
        Ok((time(row, 1)?.unwrap_or(Micros::MIN), unsigned(db::number(row, 2)?)))
    })
}
