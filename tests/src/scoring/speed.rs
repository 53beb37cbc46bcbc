//! What the grouping costs by itself, without a server: time and memory beyond the picture.

use super::facts::{self, History};
use promo_guard_core::attempt::{Attempt, CodeHash, Outcome};
use promo_guard_core::clusters::{Draft, Facts, Known, Picture, Settings, Status, closer, closest};
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};

const MINUTE: i64 = 60_000_000;

/// Prints the figures; ten million attempts where `--ten-million` asks for them.
pub fn print() {
    let end = super::scenario::END;
    let rush = Config { users: 60_000, final_rush: Some((30, 200_000)), ..Config::bulk(1, end, 300_000) };
    let incidents = rush
        .clone()
        .with(Incident::new(IncidentKind::Hammered, Intensity::High, 40))
        .with(Incident::new(IncidentKind::Leak, Intensity::High, 35))
        .with(Incident::new(IncidentKind::BreadthFirst, Intensity::High, 25))
        .with(Incident::new(IncidentKind::Misprint, Intensity::High, 35));
    for (name, config) in [("quiet", rush), ("four incidents", incidents)] {
        let data = generate(&config);
        let picture = facts::picture(&data, Micros(end.0 - 30 * MINUTE), end);
        let facts = facts::facts(&data, &picture, History::Attached, &Settings::default());
        time(name, &picture, &facts);
    }
    if std::env::args().any(|a| a == "--ten-million") {
        let (picture, facts) = ten_million();
        time("ten million", &picture, &facts);
    }
}

fn time(name: &str, picture: &Picture, facts: &Facts) {
    let settings = Settings::default();
    let before = resident();
    let mut runs = [[0.0; 4]; 7];
    let mut found = (0, 0, 0);
    for run in &mut runs {
        let began = cpu();
        let mut draft = Draft::of(picture, &facts.known, &settings, &mut || ());
        run[0] = cpu() - began;
        let began = cpu();
        let first = closer(&draft, picture, &settings);
        run[1] = cpu() - began;
        let began = cpu();
        let second = closest(&mut draft, picture, facts, &settings, &mut || ());
        run[2] = cpu() - began;
        let began = cpu();
        let clusters = draft.divide(picture, facts, &settings, &mut || ()).worst(50, &mut || ());
        run[3] = cpu() - began;
        found = (clusters.len(), first.codes.len(), second.users.len() + second.codes.len());
    }
    let median = |i: usize| {
        let mut times = runs.map(|run| run[i]);
        times.sort_by(f64::total_cmp);
        times[times.len() / 2] * 1e3
    };
    println!(
        "{name:16} {:>9} attempts {:>9} pairs {:>8} codes, {} clusters, {} codes and {} more asked about: draft {:.1} ms, closer {:.1} ms, closest {:.1} ms, group {:.1} ms, {:.0} MB at most beyond the picture",
        picture.events.len(),
        picture.pairs.len(),
        picture.codes.len(),
        found.0,
        found.1,
        found.2,
        median(0),
        median(1),
        median(2),
        median(3),
        (resident() - before) / 1e6
    );
}

/// Seconds of processor time that this thread has had: what others do on the machine is not in it.
fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock writes the struct that it is given, and nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that this process ever had, in bytes.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) * 1e3
}

/// Ten million attempts over thirty days by half a million users on 5,000 known codes and 200,000 of nobody; two in three fail.
fn ten_million() -> (Picture, Facts) {
    let mut state = 1u64;
    let mut below = move |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(state >> 11) * u128::from(n)) >> 53) as u64
    };
    let code = |n: u64| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        CodeHash::Digest(bytes)
    };
    let until = 30 * 1440 * MINUTE;
    let attempts: Vec<Attempt> = (0..10_000_000)
        .map(|_| {
            let known = below(2) == 0;
            let n = if known { below(5_000) } else { 5_000 + below(200_000) };
            let outcome = match (known, below(10)) {
                (false, _) => Outcome::Invalid,
                (true, 0) => Outcome::NotApplicable,
                (true, 1 | 2) => Outcome::Expired,
                (true, _) => Outcome::Accepted,
            };
            Attempt {
                code: code(n),
                user: Some(below(500_000) as i64),
                outcome,
                at: below(until as u64) as i64,
            }
        })
        .collect();
    let picture = Picture::of(0, until, attempts);
    let known = (0..5_000)
        .filter_map(|n| {
            Some(Known {
                campaign: n as i64 + 1,
                code: picture.find(&code(n))?,
                status: Status::Active,
                pause: None,
                valid_from: None,
                valid_until: None,
                max_total_uses: None,
                used_total: None,
                audience: n % 10 == 0,
                scope_known: true,
                pauses: Vec::new(),
                pauses_recorded: n % 2 == 0,
                earlier: None,
            })
        })
        .collect();
    (picture, Facts { known, ..Facts::default() })
}
