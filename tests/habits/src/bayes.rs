//! Naive Bayes over the measures, each cut in three, for comparison: it adds up what moves together.

use crate::fit::Case;
use promo_guard_core::classify::{FEATURES, Measures};

/// Log-odds of each third of each measure.
#[derive(Debug, Clone)]
pub struct Bayes {
    prior: f64,
    each: Vec<[f64; 3]>,
}

fn third(x: f64) -> usize {
    match x {
        x if x < 0.1 => 0,
        x if x < 0.5 => 1,
        _ => 2,
    }
}

impl Bayes {
    /// Counted over cases, with three cases' worth of shrinkage.
    pub fn of(cases: &[Case]) -> Self {
        let counts = cases.iter().filter(|c| c.counts);
        let mut n = [1.0, 1.0];
        let mut each = vec![[[1.0; 3]; 2]; FEATURES.len()];
        for case in counts {
            let y = usize::from(case.truth.kind.is_abuse());
            n[y] += 1.0;
            for (i, x) in case.measures.iter().enumerate() {
                each[i][y][third(*x)] += 1.0;
            }
        }
        let odds = |counts: &[[f64; 3]; 2]| {
            std::array::from_fn(|i| ((counts[1][i] / (n[1] + 2.0)) / (counts[0][i] / (n[0] + 2.0_f64))).ln())
        };
        Self { prior: (n[1] / n[0]).ln(), each: each.iter().map(odds).collect() }
    }

    /// The chance of abuse.
    pub fn chance(&self, measures: &Measures) -> f64 {
        let odds: f64 =
            self.prior + self.each.iter().zip(measures).map(|(odds, x)| odds[third(*x)]).sum::<f64>();
        1.0 / (1.0 + (-odds).exp())
    }
}
