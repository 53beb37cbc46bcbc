//! Whether users keep retrying a code although it rejects them.
//!
//! Visits are what is counted, tries close together being one (trap 5): a customer of a paused code comes back once or twice
//! and gives up, so that their number falls off fast with the number of visits; those who keep retrying stand out of that tail.

use super::settings::Settings;
use super::trace::Traces;

/// The number of visits from which on a user is one of those who keep retrying the code; `None` where no user does.
pub(super) fn visits(traces: &Traces, settings: &Settings) -> Option<u32> {
    let many = settings.abuse_visits.max(2);
    if traces.visits < many {
        return None;
    }
    let traces = &traces.list;
    let came = |least: u32| traces.iter().filter(move |t| t.user && !t.storm && t.visits >= least);
    let (core, regular) = (came(many).count(), came(many.div_ceil(2)).count());
    if core < settings.abuse_users as usize || (core as f64) < settings.abuse_share * regular as f64 {
        return None;
    }
    // Who had codes accepted long before is a customer: where they are many, a popular code has impatient customers.
    let regulars = came(many).filter(|t| t.regular()).count();
    let new_users = came(many).filter(|t| t.seen == Some(false)).count();
    if (new_users as f64) < settings.strangers * (new_users + regulars) as f64 {
        return None;
    }
    // Of rejected customers a share tries once more, of these the same share again, and so on. A number of visits
    // that is twice as common as that is made by attackers mostly.
    let count =
        |visits: u32| traces.iter().filter(|t| t.user && !t.storm && t.visits == visits).count() as f64;
    let mut honest = count(1);
    let mut from = many;
    let expected: Vec<f64> = (1..many)
        .map(|_| {
            let now = honest;
            honest *= settings.returns;
            now
        })
        .collect();
    while from > 2 && count(from - 1) > 2.0 * expected[from as usize - 2] {
        from -= 1;
    }
    Some(from)
}
