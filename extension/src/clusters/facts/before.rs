//! How it went with a code before: its own rate, and the half hour right before the window.

use crate::app::App;
use crate::clusters::picture::{Which, picture};
use crate::db;
use crate::failure::Answer;
use crate::window::{Window, micros, moment};
use pgrx::prelude::*;
use promo_guard_core::clusters::{Earlier, Known, Picture, Settings};
use promo_guard_core::policy::Policy;
use promo_guard_core::{Micros, Span};

/// What is going on began at most this long before the window, or before the pause.
const APART: Span = Span::from_minutes(120);
/// A day before that is looked at ...
const REACH: Span = Span::from_days(1);
/// ... but of a popular code no more than so many attempts.
const MOST: i64 = 1_000;

/// Puts the earlier rate of these codes.
pub fn earlier(app: &App, known: &mut [Known], codes: &[u32], window: Window) -> Answer<()> {
    let begin = micros(window.from);
    let (mut places, mut ids, mut since, mut until) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, one) in known.iter().enumerate().filter(|(_, k)| codes.contains(&k.code)) {
        let paused = one.pauses.iter().map(|p| p.from).min().unwrap_or(begin);
        let end = begin.min(paused).saturating_sub(APART.micros());
        places.push(place);
        ids.push(one.campaign);
        since.push(moment(end.saturating_sub(REACH.micros())));
        until.push(moment(end));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let spans: Vec<(Micros, Micros)> =
        since.iter().zip(&until).map(|(a, b)| (micros(*a), micros(*b))).collect();
    let rows = app.read_within(
        include_str!("../../../../sql/query/clusters/earlier.sql"),
        spans,
        vec![ids.into(), since.clone().into(), until.clone().into(), MOST.into()],
        |row| {
            let time = |column| row.get::<TimestampWithTimeZone>(column).map(|at| at.map(micros));
            let n = |column| db::number(row, column);
            Ok((n(1)?, n(2)?, n(3)?, n(4)?, time(5)?, time(6)?))
        },
    )?;
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    for (place, attempts, users, accepted, first, last_accepted) in rows {
        // The statement numbers from 1.
        let Some(at) = usize::try_from(place - 1).ok().filter(|at| *at < places.len()) else { continue };
        let (from, end): (Micros, Micros) = (micros(since[at]), micros(until[at]));
        // A code that came to be meanwhile has less of a past.
        let began = known[places[at]].valid_from.unwrap_or(from).clamp(from, end);
        let from = if attempts >= MOST { first.unwrap_or(from) } else { first.unwrap_or(began).min(began) };
        known[places[at]].earlier = Some(Earlier {
            over: end.saturating_sub(from.max(micros(since[at]))),
            users: count(users),
            accepted: count(accepted),
            last_accepted,
        });
    }
    Ok(())
}

/// The picture of the time right before the window, of these campaigns' codes.
pub fn half_hour(
    app: &App,
    policy: &Policy,
    settings: &Settings,
    campaigns: Vec<i64>,
    window: Window,
) -> Answer<Option<Picture>> {
    if campaigns.is_empty() {
        return Ok(None);
    }
    let begin = micros(window.from);
    let before = Window {
        from: moment(begin.saturating_sub(settings.abuse_within)),
        until: moment(begin.saturating_sub(1)),
    };
    if before.from > before.until {
        return Ok(None); // at the very beginning of time
    }
    picture(app, policy, before, Which::OfCampaigns(campaigns)).map(Some)
}
