//! Figures: how they are taken, shown and kept.

use postgres::Client;
use promo_guard_tests::{repo, table};
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

/// Runs of which the median is taken.
pub const RUNS: usize = 5;

/// A figure: what is measured, against what, and how good it must be.
pub struct Figure {
    pub what: &'static str,
    pub against: &'static str,
    pub ours: f64,
    pub theirs: f64,
    pub must: Option<f64>,
    pub aim: Option<f64>,
}

/// The median seconds of each statement, taken in turns so that a busy moment of the machine touches all of them.
pub fn medians<const N: usize>(db: &mut Client, statements: [&str; N]) -> [f64; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..RUNS {
        for (sql, times) in statements.iter().zip(&mut times) {
            let began = Instant::now();
            table(db, sql);
            times.push(began.elapsed().as_secs_f64());
        }
    }
    times.map(median)
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

pub fn show(figures: &[Figure]) {
    let limit = |limit: Option<f64>| limit.map_or("printed".to_owned(), |l| format!("<= {l}"));
    println!(
        "{:28} {:36} {:>8} {:>8} {:>7} {:>8} {:>8}",
        "figure", "against", "ours", "theirs", "ratio", "must", "aim"
    );
    for f in figures {
        let ratio = f.ours / f.theirs;
        let verdict = match f.must {
            Some(must) if ratio > must => "  missed",
            _ => "",
        };
        println!(
            "{:28} {:36} {:>6.0}ms {:>6.0}ms {:>7.2} {:>8} {:>8}{verdict}",
            f.what,
            f.against,
            f.ours * 1e3,
            f.theirs * 1e3,
            ratio,
            limit(f.must),
            limit(f.aim)
        );
    }
}

/// The same as JSON, for whoever compares releases.
pub fn write(name: &str, figures: &[Figure]) {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| repo().join("target"), PathBuf::from).join("bench");
    let rows: Vec<_> = figures
        .iter()
        .map(|f| {
            json!({
                "figure": f.what, "against": f.against, "seconds": f.ours, "against_seconds": f.theirs,
                "ratio": f.ours / f.theirs, "must": f.must, "aim": f.aim
            })
        })
        .collect();
    let path = target.join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(&rows).expect("JSON");
    fs::create_dir_all(&target).and_then(|()| fs::write(&path, text)).expect("target/bench");
    println!("{}", path.display());
}
