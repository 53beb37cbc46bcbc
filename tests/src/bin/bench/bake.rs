//! The bake over the generator's traffic: false alarms on clean campaigns, and abuse that comes back; on seeds by which the rule
//! was mended, and on others. Pure: no server.

use crate::figure::{Amount, Limit, Row, show, write};
use promo_guard_generator::{IncidentKind, Intensity};
use promo_guard_tests::scoring::bake::{
    Baked, Clean, HELD_OUT, Resumed, Seeds, Shops, TUNED, clean, resumed, running_out,
};

/// Shops in which nothing happens, busy ones, and incidents of each kind and intensity.
const SHOPS: u64 = 40;
const BUSY: u64 = 10;
const INCIDENTS: u64 = 60;

/// Users in the whole bake: from, and up to.
const CLASSES: [(u64, u64); 6] = [(0, 9), (10, 19), (20, 39), (40, 79), (80, 159), (160, u64::MAX)];

fn percent(what: &'static str, of: &'static str, share: f64, must: Option<Limit>) -> Row {
    Amount { what, of, value: share * 100.0, unit: "%", must, aim: None }.into()
}

/// Measures, prints and writes them.
pub fn run() {
    let mut rows = Vec::new();
    for seeds in [HELD_OUT, TUNED] {
        false_alarms(seeds, &mut rows);
    }
    for seeds in [HELD_OUT, TUNED] {
        detection(seeds, &mut rows);
    }
    show(&rows);
    write("bake", &rows);
}

/// Of clean campaigns.
fn false_alarms(seeds: Seeds, rows: &mut Vec<Row>) {
    let mut bakes = clean(Shops::Usual, seeds, SHOPS);
    bakes.extend(clean(Shops::Busy, seeds, BUSY));
    let mut out = running_out(Shops::Usual, seeds, SHOPS);
    out.extend(running_out(Shops::Busy, seeds, BUSY));
    println!("\nBakes of 15 minutes on clean campaigns, {} seeds, by the users in them:", seeds.name);
    println!(
        "{:>28} {:>7} {:>7} {:>7} {:>13} {:>13}",
        "", "bakes", "failed", "passed", "inconclusive", "enough users"
    );
    for (from, to) in CLASSES {
        let what = if to == u64::MAX { format!("{from} or more") } else { format!("{from} to {to}") };
        line(&what, &bakes, |b| (from..=to).contains(&b.users));
    }
    line("all", &bakes, |_| true);
    line("some found no use left", &bakes, |b| b.ran_out);
    line("the last use taken in it", &out, |b| b.ran_out);
    let must = Some(Limit::AtMost(5.0));
    let held_out = seeds.name == HELD_OUT.name;
    let of = |held: &'static str, tuned| if held_out { held } else { tuned };
    let all = Clean::of(&bakes, |_| true);
    let enough = Clean::of(&bakes, |b| b.users >= b.needed);
    let out = Clean::of(&out, |b| b.ran_out);
    rows.extend([
        percent("false alarms", of("held out, all bakes", "tuned, all bakes"), all.rate(), must),
        percent(
            "false alarms",
            of("held out, passed or failed", "tuned, passed or failed"),
            all.rate_of_verdicts(),
            must,
        ),
        percent(
            "false alarms",
            of("held out, enough users to judge", "tuned, enough users to judge"),
            enough.rate(),
            must,
        ),
        percent(
            "false alarms",
            of("held out, its last use taken", "tuned, its last use taken"),
            out.rate(),
            must,
        ),
    ]);
}

fn line(what: &str, bakes: &[Baked], meant: impl Fn(&Baked) -> bool) {
    let these = Clean::of(bakes, &meant);
    let enough = Clean::of(bakes, |b| meant(b) && b.users >= b.needed);
    println!(
        "{what:>28} {:>7} {:>7} {:>7} {:>13} {:>13}",
        these.bakes,
        these.failed,
        these.passed,
        these.inconclusive,
        format!("{}, {:.1} %", enough.bakes, enough.rate() * 100.0),
    );
}

/// Of abuse that comes back.
fn detection(seeds: Seeds, rows: &mut Vec<Row>) {
    println!("\nAbuse that comes back, {} seeds:", seeds.name);
    let held_out = seeds.name == HELD_OUT.name;
    for (kind, what) in [
        (IncidentKind::Hammered, "abused code again, seen in 3 min"),
        (IncidentKind::Leak, "leaked code again, seen in 3 min"),
    ] {
        let mut all = Resumed::default();
        for (intensity, held, tuned) in [
            (Intensity::Low, "held out, intensity low", "tuned, intensity low"),
            (Intensity::Medium, "held out, intensity medium", "tuned, intensity medium"),
            (Intensity::High, "held out, intensity high", "tuned, intensity high"),
        ] {
            let these = resumed(kind, intensity, seeds, INCIDENTS);
            println!(
                "{kind}, {intensity}, {:.0} attempts a minute: {} of {} seen by the bake, {} paused by the guard before it was.",
                these.per_minute(),
                these.by_us,
                these.runs,
                these.by_guard
            );
            let of = if held_out { held } else { tuned };
            rows.push(percent(what, of, these.rate(), Some(Limit::AtLeast(95.0))));
            all.add(these);
        }
        let of = if held_out { "held out, all intensities" } else { "tuned, all intensities" };
        rows.push(percent(what, of, all.rate(), Some(Limit::AtLeast(95.0))));
    }
}
