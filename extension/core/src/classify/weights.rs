//! The fitted weights, the limits of a verdict, and how reliable verdicts were: written by `make fit`, which anyone can rerun.

mod fitted;

use super::conclusion::{Conclusion, Ground, Limits};
use super::crowd::{FEATURES, Measures};

/// Log-odds of abuse for each measure at its full value.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Before anything is measured.
    pub intercept: f64,
    /// Of each measure, in the order of [`FEATURES`]; none is negative.
    pub each: Measures,
}

impl Weights {
    /// The log-odds of abuse.
    pub fn odds(&self, measures: &Measures) -> f64 {
        self.intercept + self.each.iter().zip(measures).map(|(w, m)| w * m).sum::<f64>()
    }
}

/// How often verdicts were right in shops that were not used for fitting: by ground, and where that is the fitted chance, by
/// the chance. Each row holds up to its chance of abuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability(pub Vec<(Ground, f64, f64)>);

impl Reliability {
    /// The confidence of a conclusion.
    pub fn of(&self, found: &Conclusion) -> f64 {
        let rows = self.0.iter().filter(|(ground, ..)| *ground == found.ground);
        let row = rows.clone().find(|(_, most, _)| found.abuse <= *most);
        row.or(rows.max_by(|a, b| a.1.total_cmp(&b.1))).map_or(0.5, |(.., right)| *right)
    }
}

/// All that a fit decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Weights.
    pub weights: Weights,
    /// Where a verdict is given.
    pub limits: Limits,
    /// How reliable it is.
    pub reliability: Reliability,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            weights: Weights {
                intercept: fitted::INTERCEPT.0,
                each: fitted::WEIGHTS.map(|(weight, _)| weight),
            },
            limits: fitted::LIMITS,
            reliability: Reliability(fitted::RELIABILITY.to_vec()),
        }
    }
}

/// The standard errors of the fitted weights, in the order of [`FEATURES`].
pub fn standard_errors() -> [f64; FEATURES.len()] {
    fitted::WEIGHTS.map(|(_, error)| error)
}
