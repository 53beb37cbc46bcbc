//! How good verdicts are over a range of scenarios: ours beside simpler ways to reach one, and whether `confidence` keeps its word.

use super::facts::History;
use super::scenario::Range;
use super::verdicts::{Judged, Quality, judged};
use promo_guard_core::classify::Verdict;
use promo_guard_core::policy::Policy;

/// A way to reach a verdict.
pub type Way = fn(&Judged) -> Verdict;

/// Ours first, then the simpler ones.
pub const WAYS: [(&str, Way); 4] = [
    ("ours", |j| j.ours.verdict),
    ("runbook 1.3, > 100 by 2 users", |j| j.runbook),
    ("connected components, > 100", |j| j.components),
    ("the application's own rule", |j| j.rule),
];

/// Verdicts whose confidence lies in a range, or which are of a kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kept {
    /// How many.
    pub verdicts: usize,
    /// The mean of what was said.
    pub said: f64,
    /// The share that was right.
    pub right: f64,
}

/// Every campaign of a range with an incident on it, and what was concluded.
pub struct Outcome {
    /// The scenario's number, and the campaign.
    pub rows: Vec<(u32, Judged)>,
}

impl Outcome {
    /// Judges so many scenarios.
    pub fn of(range: &Range, scenarios: u32, minutes: i64, history: History) -> Self {
        let policy = Policy::default();
        let judged =
            |n| judged(&range.scenario(n), minutes, history, &policy).into_iter().map(move |j| (n, j));
        Self { rows: (0..scenarios).flat_map(judged).collect() }
    }

    /// How good a way is.
    pub fn quality(&self, way: Way) -> Quality {
        let mut quality = Quality::default();
        self.rows.iter().for_each(|(_, j)| quality.add(j.truth, way(j)));
        quality
    }

    /// How many paused campaigns a way would have unpaused, with harm; and of how many.
    pub fn unsafe_by(&self, way: Way) -> (usize, usize) {
        let harmful: Vec<_> = self.rows.iter().filter(|(_, j)| j.unsafe_to_unpause).collect();
        let let_through = |j: &Judged| matches!(way(j), Verdict::FalsePositive | Verdict::Healthy);
        (harmful.iter().filter(|(_, j)| let_through(j)).count(), harmful.len())
    }

    /// How many verdicts we did not dare, where the truth is known.
    pub fn abstained(&self) -> usize {
        let abstained =
            |j: &Judged| j.ours.verdict == Verdict::Inconclusive && j.truth != Verdict::Inconclusive;
        self.rows.iter().filter(|(_, j)| abstained(j)).count()
    }

    /// What was said and what was right of some verdicts.
    pub fn kept(&self, some: impl Fn(&Judged) -> bool) -> Kept {
        let some: Vec<_> = self.rows.iter().map(|(_, j)| j).filter(|j| some(j)).collect();
        let n = some.len().max(1) as f64;
        Kept {
            verdicts: some.len(),
            said: some.iter().map(|j| j.ours.confidence).sum::<f64>() / n,
            right: some.iter().filter(|j| j.ours.verdict == j.truth).count() as f64 / n,
        }
    }

    /// By how much confidence is off: the mean distance of said and right over ten steps of confidence.
    pub fn calibration_error(&self) -> f64 {
        let steps = (0..10).map(|step| self.kept(|j| ((j.ours.confidence * 10.0) as usize).min(9) == step));
        steps.map(|k| k.verdicts as f64 * (k.said - k.right).abs()).sum::<f64>()
            / self.rows.len().max(1) as f64
    }

    /// What we concluded of what.
    pub fn print_confusion(&self) {
        let ours = self.quality(WAYS[0].1);
        println!(
            "{:18} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}",
            "truth \\ concluded", "ABUSE", "CONFIG", "INCONC", "FALSE_P", "HEALTHY", "F1"
        );
        for (v, verdict) in Verdict::ALL.iter().enumerate() {
            let c = ours.confusion[v];
            println!(
                "{:18} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7.3}",
                verdict.name(),
                c[0],
                c[1],
                c[2],
                c[3],
                c[4],
                ours.f1(v)
            );
        }
    }

    /// Whether confidence keeps its word, by verdict and by what was said.
    pub fn print_calibration(&self) {
        println!("{:18} {:>9} {:>6} {:>6}", "confidence", "verdicts", "said", "right");
        let line = |name: &str, kept: Kept| {
            if kept.verdicts > 0 {
                println!("{name:18} {:>9} {:>6.3} {:>6.3}", kept.verdicts, kept.said, kept.right);
            }
        };
        for verdict in Verdict::ALL {
            line(verdict.name(), self.kept(|j| j.ours.verdict == verdict));
        }
        for (low, high) in [(0.0, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)] {
            let name = format!("{low:.2} to {:.2}", f64::min(high, 1.0));
            line(&name, self.kept(|j| (low..high).contains(&j.ours.confidence)));
        }
    }
}
