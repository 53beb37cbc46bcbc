//! Who the users of a burst are: a sample of each campaign's, and of the shop's earlier bursts.

use super::asked::Asked;
use super::attempts;
use super::lookups::{self, UserOf};
use crate::app::App;
use crate::failure::Answer;
use promo_guard_core::classify::{Burst, Facts, User, plan};
use promo_guard_core::{Micros, Span};
use std::collections::{BTreeSet, HashMap};

/// What was looked up about users.
pub(super) struct People {
    known: HashMap<UserOf, (User, Option<bool>)>,
    bursts: HashMap<(i64, Micros), Vec<i64>>,
}

fn of_burst((campaign, from): (i64, Micros), user: i64) -> UserOf {
    (campaign, user, (from, from.saturating_add(plan::HALF_HOUR)))
}

fn of_campaign(asked: &Asked<'_>, user: i64) -> UserOf {
    (asked.row.id, user, asked.evidence)
}

/// The users of a campaign that are looked up.
fn sample(asked: &Asked<'_>, facts: &Facts) -> Vec<i64> {
    if !asked.people {
        return Vec::new();
    }
    let users: BTreeSet<i64> = facts.attempts.iter().filter_map(|tried| tried.user).collect();
    let users: Vec<i64> = users.into_iter().collect();
    let most = if asked.pause.is_some() { plan::USERS } else { plan::USERS_OF_ACTIVE };
    plan::some_of(&users, most).collect()
}

impl People {
    /// Looks up some users of each campaign, and some of each of these bursts.
    pub(super) fn look_up(
        app: &App,
        asked: &[&Asked<'_>],
        facts: &[Facts],
        bursts: &[Vec<(i64, Micros)>],
        reach: Span,
    ) -> Answer<Self> {
        let halves: BTreeSet<(i64, Micros)> = bursts.iter().flatten().copied().collect();
        let halves: Vec<(i64, Micros)> = halves.into_iter().collect();
        let accepted = attempts::accepted_users(app, &halves)?;
        let bursts: HashMap<(i64, Micros), Vec<i64>> = halves
            .into_iter()
            .zip(accepted)
            .map(|(half, users)| (half, plan::some_of(&users, plan::USERS_OF_BURST).collect()))
            .collect();
        // Until when it counts what they did after a clear answer: of a burst's users the burst too.
        let mut wanted: Vec<(UserOf, Micros)> = Vec::new();
        for (asked, facts) in asked.iter().zip(facts) {
            let users = sample(asked, facts).into_iter();
            wanted.extend(users.map(|user| (of_campaign(asked, user), asked.evidence.0)));
        }
        for (half, users) in &bursts {
            wanted.extend(users.iter().map(|user| of_burst(*half, *user)).map(|user| (user, user.2.1)));
        }
        let batch = |asked: &&Asked<'_>| Some((asked.row.id, asked.batch?.to_owned()));
        let batches = asked.iter().filter_map(batch).collect();
        Ok(Self { known: lookups::users(app, wanted, &batches, reach)?, bursts })
    }

    /// Puts them into a campaign's facts.
    pub(super) fn fill(&self, asked: &Asked<'_>, facts: &mut Facts) {
        for user in sample(asked, facts) {
            let Some((known, _)) = self.known.get(&of_campaign(asked, user)) else { continue };
            facts.users.insert(user, *known);
        }
        for tried in &mut facts.attempts {
            let known = tried.user.and_then(|user| self.known.get(&of_campaign(asked, user)));
            tried.api = known.and_then(|(_, api)| *api);
        }
    }

    /// An earlier burst.
    pub(super) fn burst(&self, half: (i64, Micros)) -> Burst {
        let mut found = Burst::default();
        for user in self.bursts.get(&half).into_iter().flatten() {
            let Some((user, api)) = self.known.get(&of_burst(half, *user)) else { continue };
            found.add(user, *api == Some(true), half.1);
        }
        found
    }
}
