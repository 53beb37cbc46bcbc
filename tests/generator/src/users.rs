//! The users: who they are, how long they are known, and the per-user limiter.

use std::num::NonZeroI64;

use rustc_hash::FxHashMap;

use crate::model::{CampaignIdx, UserId};
use crate::rng::{DAY, Rng, SECOND, mix};

/// A user's place in [`Users`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct UserIdx(pub u32);

/// Attempts a user may make within [`LIMITER_WINDOW`] by command or button.
const LIMITER_ATTEMPTS: usize = 5;
/// The limiter's window in seconds.
const LIMITER_WINDOW: i32 = 600;
/// How long an account counts as new, in microseconds.
const NEW_FOR: i64 = 3 * DAY;

#[derive(Debug, Clone, Copy)]
struct User {
    /// Seconds since the begin of the history; far negative for old accounts.
    joined: i32,
    bought: bool,
    /// The latest attempts let through, in seconds since the begin.
    recent: [i32; LIMITER_ATTEMPTS],
}

/// All users.
#[derive(Debug)]
pub(crate) struct Users {
    begin: i64,
    salt: u64,
    all: Vec<User>,
    /// Those who come back: customers with a past.
    regulars: Vec<UserIdx>,
    /// Uses taken or reserved, by user and campaign.
    claims: FxHashMap<(UserIdx, CampaignIdx), u8>,
}

impl Users {
    pub(crate) fn new(seed: u64, begin: i64, count: usize) -> Self {
        let mut users = Self {
            begin,
            salt: mix(seed),
            all: Vec::new(),
            regulars: Vec::new(),
            claims: FxHashMap::default(),
        };
        for _ in 0..count {
            let user = users.add(i32::MIN / 2);
            users.regulars.push(user);
        }
        users
    }

    fn add(&mut self, joined: i32) -> UserIdx {
        let idx = UserIdx(u32::try_from(self.all.len()).expect("fewer than 2^32 users"));
        self.all.push(User { joined, bought: false, recent: [i32::MIN / 2; LIMITER_ATTEMPTS] });
        idx
    }

    fn seconds(&self, at: i64) -> i32 {
        ((at - self.begin) / SECOND) as i32
    }

    /// Somebody who joins now.
    pub(crate) fn newcomer(&mut self, at: i64) -> UserIdx {
        let joined = self.seconds(at);
        self.add(joined)
    }

    /// An old account that has never done anything here: what attackers buy by the hundred.
    pub(crate) fn sleeper(&mut self) -> UserIdx {
        self.add(i32::MIN / 2)
    }

    /// From now on this one comes back.
    pub(crate) fn becomes_regular(&mut self, user: UserIdx) {
        self.regulars.push(user);
    }

    /// Any regular.
    pub(crate) fn regular(&self, rng: &mut Rng) -> UserIdx {
        *rng.pick(&self.regulars)
    }

    /// The public number: places scattered over 33 bits without collision, so that it says nothing about the role.
    pub(crate) fn id(&self, user: UserIdx) -> UserId {
        const BITS: u64 = (1 << 33) - 1;
        let scattered = (u64::from(user.0).wrapping_mul(0x9E37_79B1).wrapping_add(self.salt)) & BITS;
        UserId(NonZeroI64::new(1_000_000 + scattered as i64).expect("at least a million"))
    }

    pub(crate) fn is_new(&self, user: UserIdx, at: i64) -> bool {
        let joined = i64::from(self.all[user.0 as usize].joined);
        joined * SECOND + NEW_FOR > at - self.begin
    }

    pub(crate) fn has_bought(&self, user: UserIdx) -> bool {
        self.all[user.0 as usize].bought
    }

    pub(crate) fn buys(&mut self, user: UserIdx) {
        self.all[user.0 as usize].bought = true;
    }

    /// Whether the limiter lets an attempt through; one that is let through counts.
    pub(crate) fn admit(&mut self, user: UserIdx, at: i64) -> bool {
        let now = self.seconds(at);
        let recent = &mut self.all[user.0 as usize].recent;
        let oldest = (0..LIMITER_ATTEMPTS).min_by_key(|&i| recent[i]).expect("the limiter counts to five");
        if now - recent[oldest] < LIMITER_WINDOW {
            return false;
        }
        recent[oldest] = now;
        true
    }

    pub(crate) fn claims(&self, user: UserIdx, campaign: CampaignIdx) -> i32 {
        self.claims.get(&(user, campaign)).copied().map_or(0, i32::from)
    }

    pub(crate) fn claim(&mut self, user: UserIdx, campaign: CampaignIdx) {
        *self.claims.entry((user, campaign)).or_default() += 1;
    }

    pub(crate) fn release(&mut self, user: UserIdx, campaign: CampaignIdx) {
        if let Some(count) = self.claims.get_mut(&(user, campaign)) {
            *count = count.saturating_sub(1);
        }
    }
}
