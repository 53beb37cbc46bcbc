//! Distributions that the comparison of bursts needs.

use statrs::distribution::{Beta, ContinuousCDF};
use statrs::function::gamma::ln_gamma;

/// The mean of shares, and how much they differ beyond chance, as a beta distribution: the beta-binomial of Gelman et al.,
/// chapter 5, by its moments, shrunk towards even shares by one burst's worth (empirical Bayes).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Parameters.
    pub alpha: f64,
    /// ... of the beta distribution.
    pub beta: f64,
    /// How many shares it rests on.
    pub of: usize,
}

impl Spread {
    /// Of these shares, each with how many were looked at.
    pub fn of(shares: &[(f64, f64)]) -> Self {
        let k = shares.len() as f64;
        let mean = (shares.iter().map(|(hits, of)| hits / of.max(1.0)).sum::<f64>() + 0.5) / (k + 1.0);
        // What one share differs from the mean, less what chance alone gives, is the spread between bursts. One burst's
        // worth of a wide spread is added, so that few bursts never look alike by accident.
        let wide = mean * (1.0 - mean) / 3.0;
        let seen: f64 = shares
            .iter()
            .map(|(hits, of)| {
                let of = of.max(1.0);
                ((hits / of - mean).powi(2) - mean * (1.0 - mean) / of).max(0.0)
            })
            .sum();
        let variance = ((seen + 2.0 * wide) / (k + 2.0)).max(mean * (1.0 - mean) / 60.0);
        let strength = (mean * (1.0 - mean) / variance - 1.0).clamp(0.8, 60.0);
        Self { alpha: mean * strength, beta: (1.0 - mean) * strength, of: shares.len() }
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// The chance of a share at least this large.
    pub fn above(&self, share: f64) -> f64 {
        let share = share.clamp(0.001, 0.999);
        Beta::new(self.alpha, self.beta).map_or(0.5, |beta| 1.0 - beta.cdf(share)).clamp(1e-6, 1.0)
    }

    /// The range in which nine of ten bursts lie.
    pub fn range(&self) -> (f64, f64) {
        Beta::new(self.alpha, self.beta)
            .map_or((0.0, 1.0), |beta| (beta.inverse_cdf(0.05), beta.inverse_cdf(0.95)))
    }
}

/// The chance of at most `hits` of `of`, where the share differs between campaigns as a beta distribution says.
pub fn beta_binomial_below(hits: u64, of: u64, alpha: f64, beta: f64) -> f64 {
    let n = of as f64;
    let total = ln_beta(alpha, beta);
    let sum: f64 = (0..=hits.min(of))
        .map(|k| {
            let k = k as f64;
            let ways = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
            (ways + ln_beta(k + alpha, n - k + beta) - total).exp()
        })
        .sum();
    sum.clamp(1e-9, 1.0)
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// 0 at `from`, 1 at `to`.
pub fn ramp(x: f64, from: f64, to: f64) -> f64 {
    ((x - from) / (to - from)).clamp(0.0, 1.0)
}

/// Log-odds to a probability.
pub fn chance(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_equal_bursts_give_a_narrow_range_and_few_a_wide_one() {
        let many = Spread::of(&[(50.0, 100.0); 12]);
        let few = Spread::of(&[(50.0, 100.0); 1]);
        assert!(many.above(0.9) < 0.01 && few.above(0.9) > 0.02);
        assert!(Spread::of(&[]).above(0.9) > 0.09, "without bursts nothing is unusual");
        let mixed = Spread::of(&[(20.0, 100.0), (80.0, 100.0), (50.0, 100.0), (65.0, 100.0)]);
        assert!(mixed.above(0.9) > 2.0 * many.above(0.9).max(0.01), "a shop whose promotions differ");
    }

    #[test]
    fn the_beta_binomial_sums_to_one_and_allows_for_spread() {
        assert!((beta_binomial_below(30, 30, 3.0, 4.0) - 1.0).abs() < 1e-6);
        let (alike, different) =
            (beta_binomial_below(2, 30, 50.0, 50.0), beta_binomial_below(2, 30, 2.0, 2.0));
        assert!(alike < 1e-3 && different > 0.02, "{alike} {different}");
    }
}
