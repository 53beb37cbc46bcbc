//! The failures on codes that no campaign has: misprints, guessing, and the typos that happen every day (trap 4).
//!
//! What tells them apart is what the same users did next. Who mistypes looks closer and goes on to a campaign's code within
//! minutes; who guesses goes on to the next guess, and a success now and then does not exonerate them. Guessers are linked
//! as SynchroTrap (CCS 2014) links accounts: by the same action at about the same time, here the same guess, or guessing in
//! the same tempo at once. A popular code links no users (trap 15), and attempts without a user belong to no group (trap 14).

use super::bits::Bits;
use super::picture::{Picture, User};
use super::pulse::PULSE;
use super::settings::Settings;
use crate::attempt::Outcome;
use std::ops::Range;

/// Typos that are unrelated.
pub(super) const BACKGROUND: u32 = 0;

/// What the typos of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Style {
    /// All sent the same code, and no campaign's after it.
    OneCode,
    /// Each user many codes; codes a minute and user.
    Tempo(f64),
    /// Many users, each about one.
    Breadth {
        /// Users a minute who normally try an unknown code and give up.
        usual: f64,
    },
}

/// One user's failed pair on an unknown code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slip {
    /// A place in [`Picture::pairs`].
    pub pair: u32,
    /// Whose it is.
    pub user: User,
    /// The first failure.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// Failures, up to what the number holds.
    pub tries: u8,
    /// What was answered, where that is all that happened to the pair.
    pub alone: Option<Outcome>,
}

/// A typo as its user's next step, in one number, since there are many and they are sorted: when it first failed, whether it failed
/// more than once, and its place in [`Unknown::slips`], of which there are fewer than 2^31.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step(u64);

impl Step {
    const AGAIN: u64 = 1 << 31;

    fn of(slip: &Slip, place: usize) -> Self {
        let again = if slip.last > slip.first { Self::AGAIN } else { 0 };
        Self(u64::from(slip.first) << 32 | again | place as u64)
    }

    /// A place in [`Unknown::slips`].
    pub const fn slip(self) -> usize {
        (self.0 & (Self::AGAIN - 1)) as usize
    }

    /// The first failure.
    pub const fn first(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The last one.
    pub fn last(self, slips: &[Slip]) -> u32 {
        if self.0 & Self::AGAIN == 0 { self.first() } else { slips[self.slip()].last }
    }
}

/// A wrong spelling that many tried.
#[derive(Debug, Clone)]
pub(super) struct Misprint {
    /// The campaign meant, as a place in [`Facts::known`](super::Facts::known).
    pub meant: u32,
    /// Those who went on to the code meant.
    pub turned: u32,
}

/// The unknown codes' side of a picture.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    /// Each failed pair of a user on an unknown code, in the picture's order.
    pub slips: Vec<Slip>,
    /// The codes that have any, in order, each with where its typos end.
    pub codes: Vec<(u32, u32)>,
    /// The typos of each user one after the other, each user's in order of code: few have enough of them for their order in time to matter,
    /// and who needs it puts them in that order.
    pub steps: Vec<Step>,
    /// Where the steps of each user of the picture begin; one more than there are users.
    pub starts: Vec<u32>,
    /// The wrong spellings that many tried.
    pub misprints: Vec<Misprint>,
    /// The groups that guess, or send one code.
    pub groups: Vec<Style>,
    /// For each typo whose code the user went on to: a place in [`Facts::known`](super::Facts::known), or [`NOWHERE`].
    pub led_to: Vec<u32>,
    /// Of the typos those whose users succeeded soon after.
    pub recovered: Bits,
    /// What each typo is: [`BACKGROUND`], then the misprints, then the groups, each by its place and those before it.
    pub parts: Vec<u32>,
}

impl Unknown {
    /// Whether a typo led a user to a campaign, by its place in [`Facts::known`](super::Facts::known).
    pub fn led(&self, user: User, campaign: u32) -> bool {
        let range = self.starts.get(user.place()..user.place() + 2);
        let steps = range.map_or(&[][..], |range| &self.steps[range[0] as usize..range[1] as usize]);
        steps.iter().any(|step| self.led_to[step.slip()] == campaign)
    }

    /// The number of a misprint among the parts.
    pub const fn misprint(place: usize) -> u32 {
        BACKGROUND + 1 + place as u32
    }

    /// The number of a group among the parts. All misprints must be there.
    pub const fn group(&self, place: usize) -> u32 {
        Self::misprint(self.misprints.len() + place)
    }

    /// The typos of each code, one code after the other.
    pub fn by_code(&self) -> impl Iterator<Item = (u32, Range<usize>)> + '_ {
        let starts = std::iter::once(0).chain(self.codes.iter().map(|(_, end)| *end as usize));
        self.codes.iter().zip(starts).map(|((code, end), start)| (*code, start..*end as usize))
    }
}

/// No place.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The typos, by code and by user.
pub(super) fn gather(
    picture: &Picture,
    campaign_of: &[u32],
    settings: &Settings,
    pulse: &mut dyn FnMut(),
) -> Unknown {
    let unknown =
        || (0u32..).zip(picture.by_code()).filter(|(code, _)| campaign_of[*code as usize] == NOWHERE);
    let mut slips = Vec::with_capacity(unknown().map(|(_, pairs)| pairs.len()).sum());
    let mut codes = Vec::new();
    let mut starts = vec![0u32; picture.users.len() + 1];
    for (code, range) in unknown() {
        for i in range {
            if i.is_multiple_of(PULSE) {
                pulse();
            }
            let pair = &picture.pairs[i];
            let Some(user) = pair.user else { continue };
            let events = picture.events_of(pair);
            let mut failed = events.iter().filter(|e| settings.failures.contains(e.outcome));
            let Some(first) = failed.next() else { continue };
            let (mut last, mut tries) = (first.at, 1u8);
            for event in failed {
                last = event.at;
                tries = tries.saturating_add(1);
            }
            starts[user.place() + 1] += 1;
            let alone = (events.len() == 1).then_some(first.outcome);
            slips.push(Slip { pair: i as u32, user, first: first.at, last, tries, alone });
        }
        if codes.last().map_or(0, |(_, end)| *end) < slips.len() as u32 {
            codes.push((code, slips.len() as u32));
        }
    }
    for user in 1..starts.len() {
        starts[user] += starts[user - 1];
    }
    let mut next = starts.clone();
    let mut steps = vec![Step::default(); slips.len()];
    for (slip, s) in slips.iter().enumerate() {
        if slip.is_multiple_of(PULSE) {
            pulse();
        }
        let next = &mut next[s.user.place()];
        steps[*next as usize] = Step::of(s, slip);
        *next += 1;
    }
    let parts = vec![BACKGROUND; slips.len()];
    Unknown { slips, codes, steps, starts, parts, ..Unknown::default() }
}
