//! The bake over the generator's traffic: false alarms on clean campaigns, and abuse that comes back. Pure: no server.

use crate::figure::{Amount, Limit, Row, show, write};
use promo_guard_generator::{IncidentKind, Intensity};
use promo_guard_tests::scoring::bake::{Resumed, clean, resumed};

/// Shops in which nothing happens, and incidents of each kind and intensity.
const SHOPS: u64 = 40;
const INCIDENTS: u64 = 60;

/// Measures, prints and writes them.
pub fn run() {
    let clean = clean(0..SHOPS);
    println!(
        "Clean campaigns: {} bakes of 15 minutes, {} false alarms, {} passed, {} with too little traffic to tell.",
        clean.bakes, clean.failed, clean.passed, clean.inconclusive
    );
    let percent = |what, of, share: f64, must: Option<Limit>, aim| -> Row {
        Amount { what, of, value: share * 100.0, unit: "%", must, aim }.into()
    };
    let mut rows = vec![percent(
        "false alarms",
        "whole bakes of clean campaigns",
        clean.rate(),
        Some(Limit::AtMost(5.0)),
        None,
    )];
    for (kind, what) in [
        (IncidentKind::Hammered, "abused code again, seen in 3 min"),
        (IncidentKind::Leak, "leaked code again, seen in 3 min"),
    ] {
        let mut all = Resumed::default();
        for (intensity, of) in [
            (Intensity::Low, "intensity low"),
            (Intensity::Medium, "intensity medium"),
            (Intensity::High, "intensity high"),
        ] {
            let these = resumed(kind, intensity, 0..INCIDENTS);
            println!(
                "{kind}, {intensity}, {:.0} attempts a minute: {} of {} seen by the bake, {} paused by the guard before it was.",
                these.per_minute(),
                these.by_us,
                these.runs,
                these.by_guard
            );
            rows.push(percent(what, of, these.rate(), None, None));
            all.add(these);
        }
        rows.push(percent(what, "all intensities", all.rate(), Some(Limit::AtLeast(95.0)), None));
    }
    show(&rows);
    write("bake", &rows);
}
