//! A campaign's status.

/// `promo_codes.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its code is accepted.
    Active,
    /// Its code is answered with EXPIRED.
    Paused,
    /// Its limit was reached.
    Depleted,
    /// Its time is over.
    Expired,
    /// A word that is none of these.
    Other,
}

impl Status {
    /// Reads the application's word.
    pub fn read(word: &str) -> Self {
        match word {
            "ACTIVE" => Self::Active,
            "PAUSED" => Self::Paused,
            "DEPLETED" => Self::Depleted,
            "EXPIRED" => Self::Expired,
            _ => Self::Other,
        }
    }
}
