//! How many users were affected: a range, because attackers and customers cannot be separated with certainty.

/// Users of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Users {
    /// With at least one failed attempt.
    pub failing: i64,
    /// Of them accepted soon after a failure.
    pub recovered: i64,
    /// Of them in clusters that look like attacks.
    pub suspected: i64,
    /// Of them recovered, or suspected, or both.
    pub recovered_or_suspected: i64,
}

/// An estimate of the users hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impact {
    /// If every suspect is an attacker.
    pub low: i64,
    /// If none is.
    pub high: i64,
}

/// How the range is found, for those who read it.
pub const METHOD: &str = "Upper end: users with a failed attempt who were not accepted within policy recovery_within after \
    it. Lower end: the same without users in clusters that look like attacks (ABUSED_CODE, LEAKED_CODE, ENUMERATION). Users \
    without a recorded attempt, and attempts without a user, are in neither.";

impl Users {
    /// The range.
    pub fn impact(self) -> Impact {
        let high = self.failing.saturating_sub(self.recovered).max(0);
        let low = self.failing.saturating_sub(self.recovered_or_suspected).clamp(0, high);
        Impact { low, high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_suspect_who_recovered_is_taken_off_once() {
        let users = Users { failing: 100, recovered: 20, suspected: 30, recovered_or_suspected: 45 };
        assert_eq!(users.impact(), Impact { low: 55, high: 80 });
    }

    proptest! {
        #[test]
        fn a_range_is_a_range(failing in any::<i64>(), recovered in any::<i64>(), both in any::<i64>()) {
            let users = Users { failing, recovered, suspected: 0, recovered_or_suspected: both };
            let Impact { low, high } = users.impact();
            prop_assert!(0 <= low && low <= high);
        }
    }
}
