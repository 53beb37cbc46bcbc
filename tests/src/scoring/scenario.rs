//! Which incidents are scored: all eighteen kinds and mixtures of two, at several strengths and ages, in shops of several sizes.

use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros};

/// 2026-01-01 21:30:00 UTC, in the generator's count.
pub const END: Micros = Micros(1_767_303_000_000_000);

/// A range of scenarios.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// Its name.
    pub name: &'static str,
    /// The seed of its first scenario; each next one has the next seed.
    pub first_seed: u64,
    /// How strong its incidents are.
    pub intensities: &'static [Intensity],
}

/// What thresholds were chosen by.
pub const TUNED: Range =
    Range { name: "tuned", first_seed: 100, intensities: &[Intensity::Low, Intensity::High] };

/// What was never looked at while they were: other seeds, and half of the incidents of a strength that the other range lacks.
pub const HELD_OUT: Range = Range {
    name: "held out",
    first_seed: 1_000_000,
    intensities: &[Intensity::Medium, Intensity::Low, Intensity::Medium, Intensity::High],
};

/// An incident, or two, to be scored.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What to generate.
    pub config: Config,
    /// What it is about, for tables.
    pub kind: IncidentKind,
    /// Whether a second incident mixes in.
    pub mixed: bool,
}

impl Range {
    /// The n-th scenario. Eighteen in a row are one of each kind; every third eighteen are mixtures.
    pub fn scenario(&self, n: u32) -> Scenario {
        let seed = self.first_seed + u64::from(n);
        let mut chance = Chance(seed);
        let kinds = IncidentKind::ALL;
        let kind = kinds[n as usize % kinds.len()];
        let round = n as usize / kinds.len();
        let mixed = round % 3 == 2;
        let intensity = self.intensities[chance.below(self.intensities.len())];
        // From one that has only just begun to one that began an hour before the half hour that is looked at.
        let age = 6 + chance.below(85) as u32;
        let mut config = shop(seed, &mut chance);
        config = config.with(Incident::new(kind, intensity, age));
        if mixed {
            let intensity = self.intensities[chance.below(self.intensities.len())];
            let age = 6 + chance.below(85) as u32;
            let rides = [IncidentKind::Hammered, IncidentKind::Misprint, IncidentKind::RetryStorm];
            let carries = matches!(
                kind,
                IncidentKind::WrongAudience | IncidentKind::PauseEcho | IncidentKind::LaunchSpike
            );
            let second = if carries {
                Incident::new(rides[chance.below(rides.len())], intensity, age).on_campaign_of(0)
            } else {
                Incident::new(kinds[chance.below(kinds.len())], intensity, age)
            };
            config = config.with(second);
        }
        Scenario { config, kind, mixed }
    }
}

/// The quiet little shop of most tests, a busier one, or one where many old codes go round.
fn shop(seed: u64, chance: &mut Chance) -> Config {
    let small = Config::small(seed, END);
    match chance.below(4) {
        0 | 1 => small,
        2 => Config { attempts_per_day: 12_000, users: 20_000, campaigns: 160, ..small },
        _ => Config { stray_share: 0.25, null_users_per_10k: 60, ..small },
    }
}

/// Small numbers out of a seed (splitmix64), so that scenarios never change.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(z ^ (z >> 31)) * n as u128) >> 64) as usize
    }
}
