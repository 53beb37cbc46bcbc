//! What is worth asking about, once a window has been seen.

use super::facts::Known;
use super::picture::Picture;
use super::settings::Settings;

/// What the grouping would like to know besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Closer {
    /// Known codes whose [earlier rate](super::Earlier) matters, as places, most users first.
    pub codes: Vec<u32>,
    /// Whether the same [slot](super::Slot) of earlier days matters.
    pub slots: bool,
}

/// No more codes than this are worth a look at their past.
const MOST: usize = 200;

/// Names what is worth asking about: few codes, so that asking is cheap.
pub fn closer(picture: &Picture, known: &[Known], settings: &Settings) -> Closer {
    let failed =
        |pair: &super::Pair| picture.events_of(pair).iter().any(|e| settings.failures.contains(e.outcome));
    let mut codes: Vec<(usize, u32)> = Vec::new();
    let mut is_known = vec![false; picture.codes.len()];
    for campaign in known {
        let Some(slot) = is_known.get_mut(campaign.code as usize) else { continue };
        *slot = true;
        let users = picture.pairs[picture.pairs_of(campaign.code)].iter().filter(|p| failed(p)).count();
        if users >= settings.surge_users.min(settings.config_users) as usize {
            codes.push((users, campaign.code));
        }
    }
    codes.sort_unstable_by_key(|(users, code)| (std::cmp::Reverse(*users), *code));
    codes.truncate(MOST);
    let guesses =
        picture.pairs.iter().filter(|p| !is_known[p.code as usize] && p.user.is_some() && failed(p)).count();
    Closer {
        codes: codes.into_iter().map(|(_, code)| code).collect(),
        slots: guesses >= settings.guessing_users as usize,
    }
}
