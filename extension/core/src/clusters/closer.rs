//! What is worth asking about, once a window has been seen.

use super::facts::{Facts, Known, Slot};
use super::guess::{self, Wave};
use super::known::{self, Asked, Judge};
use super::misprint;
use super::picture::{Picture, User};
use super::settings::Settings;
use super::turns;
use super::unknown::{self, Unknown};
use super::unloaded;

/// What the attempts say by themselves: looked at once, for the questions and for the answer.
#[derive(Debug)]
pub struct Draft {
    pub(super) campaign_of: Vec<u32>,
    pub(super) unknown: Unknown,
    /// What [`closest`] found, for what comes after it.
    pub(super) waves: Option<Waves>,
    /// What it asked at first.
    asked: Vec<Asked>,
}

/// The waves where no code is known to be old, and the slots of earlier days that they were found with.
#[derive(Debug)]
pub(super) struct Waves {
    pub slots: Vec<Slot>,
    pub found: Vec<Wave>,
}

/// For each code the place of its campaign among the known ones, else `u32::MAX`.
fn campaigns(picture: &Picture, known: &[Known]) -> Vec<u32> {
    let mut campaign_of = vec![u32::MAX; picture.codes.len()];
    for (i, known) in known.iter().enumerate() {
        if let Some(place) = campaign_of.get_mut(known.code as usize) {
            *place = i as u32;
        }
    }
    campaign_of
}

/// Looks at all of them, but for what many users who gave up may mean: [`guess::many_users`] does, once it is known which codes
/// were seen before. `campaign_of` gives for each code the place of its campaign, or [`unknown::NOWHERE`].
fn look(
    picture: &Picture,
    campaign_of: &[u32],
    known: &[Known],
    settings: &Settings,
    pulse: &mut dyn FnMut(),
) -> Unknown {
    let mut unknown = unknown::gather(picture, campaign_of, settings, pulse);
    pulse();
    turns::find(picture, campaign_of, known, settings, &mut unknown, pulse);
    pulse();
    misprint::find(picture, settings, &mut unknown);
    pulse();
    guess::few_users(picture, settings, &mut unknown);
    unloaded::find(picture, settings, &mut unknown);
    unknown
}

impl Draft {
    /// Of a picture and the campaigns whose codes are in it. `pulse` is called now and then: the place for a caller to give up.
    pub fn of(picture: &Picture, known: &[Known], settings: &Settings, pulse: &mut dyn FnMut()) -> Self {
        let campaign_of = campaigns(picture, known);
        let unknown = look(picture, &campaign_of, known, settings, pulse);
        Self { campaign_of, unknown, waves: None, asked: Vec::new() }
    }
}

/// What the grouping would like to know besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Closer {
    /// Known codes whose [earlier rate](super::Earlier) and [last half hour](super::Facts::before) matter, as places, most
    /// users first.
    pub codes: Vec<u32>,
    /// Whether the same [slot](super::Slot) of earlier days matters.
    pub slots: bool,
}

/// No more codes than this are worth a look at their past.
const MOST: usize = 32;

/// Names what is worth asking about: few codes, so that asking is cheap.
pub fn closer(draft: &Draft, picture: &Picture, settings: &Settings) -> Closer {
    let campaign_of = &draft.campaign_of;
    // Whether a pair failed is as likely as not: all events are looked at without a branch.
    let failed = |pair: &super::Pair| {
        let events = picture.events_of(pair).iter();
        events.fold(false, |failed, e| failed | settings.failures.contains(e.outcome))
    };
    let least = settings.surge_users.min(settings.config_users) as usize;
    let mut codes: Vec<(usize, u32)> = Vec::new();
    for (code, range) in (0..).zip(picture.by_code()) {
        if campaign_of[code as usize] == u32::MAX || range.len() < least {
            continue;
        }
        let users: usize =
            picture.pairs[range].iter().map(|p| usize::from(p.user.is_some() & failed(p))).sum();
        if users >= least {
            codes.push((users, code));
        }
    }
    codes.sort_unstable_by_key(|(users, code)| (std::cmp::Reverse(*users), *code));
    codes.truncate(MOST);
    Closer {
        codes: codes.into_iter().map(|(_, code)| code).collect(),
        slots: draft.unknown.slips.len() >= settings.guessing_users as usize,
    }
}

/// What the grouping would like to know once it has the answers to [`closer`]: mostly nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Closest {
    /// Users of whom it matters whether they were [seen](super::Seen) before, in order.
    pub users: Vec<i64>,
    /// Unknown codes, as places, of which it does, in order.
    pub codes: Vec<u32>,
}

/// No more users and codes than this are worth a look at their past.
const MOST_SEEN: usize = 5_000;

/// So many users of each code are asked about first.
const SOME: usize = 4;

/// Names the users of surges, who may be customers or new users, and the codes of waves, which may be old or guessed: first some
/// users of each code, then, with those answers among the facts, the others where it still matters. `pulse` is called now and then.
pub fn closest(
    draft: &mut Draft,
    picture: &Picture,
    facts: &Facts,
    settings: &Settings,
    pulse: &mut dyn FnMut(),
) -> Closest {
    let first = facts.seen.is_none();
    // A handful of answers settles it only where they are clear.
    let cautious = Settings { strangers: settings.strangers / 2.0, ..settings.clone() };
    // Those whom typos led here are looked up too: to exclude them costs more than the lookup.
    let seen = known::seen(picture, facts);
    let is_settled = |place| draft.asked.iter().any(|asked| asked.place == place && asked.is_settled(&seen));
    let with_a_past = (0..)
        .zip(&facts.known)
        .filter(|(_, k)| k.earlier.is_some() && (k.code as usize) < picture.codes.len())
        .filter(|(place, _)| !is_settled(*place));
    let mut judge = Judge::new(picture, facts, &cautious, None, &seen);
    let asked: Vec<Asked> = with_a_past
        .map(|(place, known)| judge.ask(picture.pairs_of(known.code), place, first.then_some(SOME), pulse))
        .collect();
    let mut users: Vec<User> = asked.iter().flat_map(|asked| asked.users.iter().copied()).collect();
    if first {
        draft.asked = asked;
    }
    users.sort_unstable();
    users.dedup();
    users.truncate(MOST_SEEN);
    let mut codes = Vec::new();
    if first {
        let found = guess::waves(picture, settings, &facts.slots, &[], &draft.unknown);
        codes = guess::doubtful(picture, &found, &draft.unknown);
        draft.waves = Some(Waves { slots: facts.slots.clone(), found });
        codes.truncate(MOST_SEEN);
    }
    Closest { users: users.into_iter().map(|user| picture.users[user.place()]).collect(), codes }
}
