//! The campaigns of the first screen: one line for each, and one for a whole batch.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::words::{brief, capital, count, number, verdict};
use crate::last_page::Numbered;
use crate::output::text::{grouped, visible};
use crate::output::time::Timestamp;

/// A campaign or a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The campaign's id; of a batch that of its worst code.
    pub id: i64,
    /// The name as it may be shown.
    pub name: String,
    /// Codes: more than one is a batch.
    pub codes: i64,
    /// Campaigns in it that are paused or need action.
    pub campaigns: i64,
    /// Those of them that need action.
    pub need_action: i64,
    /// ACTIVE or PAUSED; of a batch with both how many are paused.
    pub status: String,
    /// Since when, as far as it is known.
    pub since: String,
    /// The verdict with its certainty.
    pub verdict: String,
    /// Users with failed attempts.
    pub users: i64,
    /// What to do, a few words without a full stop.
    pub action: String,
    /// The command for it, by id.
    pub command: Option<String>,
    /// Damage goes on.
    pub urgent: bool,
    /// It was unpaused and needs no action.
    pub recovered: bool,
}

impl Line {
    /// What the number of this line means.
    pub fn numbered(&self) -> Numbered {
        Numbered { id: self.id, name: self.name.clone(), codes: self.codes }
    }

    /// `PAUSED 39 min`
    pub fn state(&self) -> String {
        if self.since.is_empty() { self.status.clone() } else { format!("{} {}", self.status, self.since) }
    }
}

/// The lines of a page, in the server's order: worst first. Campaigns that are neither paused nor need action are left out. Those that
/// were unpaused within the window come last.
pub fn of(document: &Json, as_of: Timestamp) -> Vec<Line> {
    let list = |key: &str| document[key].as_array().map_or(&[][..], Vec::as_slice);
    let batches: HashMap<&str, &Json> =
        list("batches").iter().filter_map(|batch| Some((batch["campaign_name"].as_str()?, batch))).collect();
    let unpaused: HashMap<&str, &Json> =
        list("unpaused").iter().filter_map(|one| Some((one["campaign_id"].as_str()?, one))).collect();
    let events: HashMap<&str, &Json> =
        list("mass_pauses").iter().filter_map(|one| Some((one["campaign_id"].as_str()?, one))).collect();
    let mut folded = HashSet::new();
    let mut named = HashSet::new();
    let mut told = HashSet::new();
    let mut lines = Vec::new();
    for campaign in list("campaigns") {
        let id = campaign["campaign_id"].as_str().unwrap_or_default();
        let again = unpaused.get(id);
        let paused = !campaign["paused_at_source"].is_null();
        let needs_action = campaign["needs_action"] == true;
        let batch = campaign["campaign_name"].as_str().and_then(|name| batches.get(name));
        if !(paused || needs_action)
            || batch.is_some_and(|_| !named.insert(campaign["campaign_name"].as_str()))
        {
            continue;
        }
        if again.is_some() {
            told.insert(id);
        }
        let of_campaign = line(campaign, batch.copied(), again.copied(), as_of);
        match campaign["paused_with"].as_str().and_then(|with| events.get_key_value(with)) {
            Some((with, event)) => {
                if folded.insert(*with) {
                    lines.push(mass_pause_line(event, of_campaign));
                }
            }
            None => lines.push(of_campaign),
        }
    }
    let rest = list("unpaused")
        .iter()
        .filter(|one| one["campaign_id"].as_str().is_some_and(|id| !told.contains(id)));
    for one in rest {
        let judged = list("campaigns").iter().find(|c| c["campaign_id"] == one["campaign_id"]);
        lines.push(unpaused_line(one, judged, as_of));
    }
    lines
}

fn line(campaign: &Json, batch: Option<&Json>, unpaused: Option<&Json>, as_of: Timestamp) -> Line {
    let text = |key: &str| campaign[key].as_str().map(visible).unwrap_or_default();
    let paused = !campaign["paused_at_source"].is_null();
    let urgent = campaign["needs_action"] == true && !paused;
    let estimated = campaign["paused_at_source"] == "estimated";
    let since = match unpaused {
        Some(one) => age(&one["unpaused_at"], as_of),
        None => age(&campaign["paused_at"], as_of),
    };
    let since = since.map_or(String::new(), |age| if estimated { format!("{age}+") } else { age });
    let codes = batch.map_or(1, |batch| count(batch, "codes"));
    let paused_codes = batch.map_or(i64::from(paused), |batch| count(batch, "paused"));
    let mixed = 0 < paused_codes && paused_codes < codes;
    let mut action = capital(&text("short_action"));
    let accepted = count(batch.unwrap_or(campaign), "accepted");
    if let Some(one) = unpaused {
        action = format!("{}. {action}", unpaused_words(one, as_of));
    } else if urgent && accepted > 0 {
        action = format!("{} so far. {action}", number(accepted, "use", "uses"));
    }
    Line {
        id: text("campaign_id").parse().unwrap_or_default(),
        name: text("campaign_name"),
        codes,
        campaigns: batch.map_or(1, |batch| count(batch, "paused").max(count(batch, "need_action"))),
        need_action: batch.map_or(1, |batch| count(batch, "need_action")),
        status: if mixed { format!("PAUSED {paused_codes} of {codes}") } else { text("status") },
        since: if mixed { String::new() } else { since },
        verdict: verdict(campaign["verdict"].as_str().unwrap_or_default(), campaign["confidence"].as_f64()),
        users: count(batch.unwrap_or(campaign), "users"),
        action,
        command: batch
            .and_then(|batch| batch["next_command"].as_str())
            .or_else(|| campaign["next_command"].as_str())
            .map(visible),
        urgent,
        recovered: false,
    }
}

/// Many campaigns that one actor paused at once, in the line of one of them.
fn mass_pause_line(event: &Json, of_campaign: Line) -> Line {
    let campaigns = count(event, "campaigns");
    let by = event["paused_by"].as_str().map(visible).unwrap_or_default();
    Line {
        name: format!("{} and {} more", of_campaign.name, grouped(campaigns - 1)),
        campaigns,
        need_action: campaigns,
        verdict: "mass pause".to_owned(),
        action: format!("All paused by {by} within one minute. To undo a mistake"),
        command: event["next_command"].as_str().map(visible),
        ..of_campaign
    }
}

/// A campaign that was unpaused and needs no action otherwise.
fn unpaused_line(one: &Json, judged: Option<&Json>, as_of: Timestamp) -> Line {
    let id = one["campaign_id"].as_str().unwrap_or_default();
    let judged = judged.unwrap_or(&Json::Null);
    Line {
        id: id.parse().unwrap_or_default(),
        name: one["campaign_name"].as_str().map(visible).unwrap_or_default(),
        codes: 1,
        campaigns: 0,
        need_action: 0,
        status: "ACTIVE".to_owned(),
        since: age(&one["unpaused_at"], as_of).unwrap_or_default(),
        verdict: judged["verdict"]
            .as_str()
            .map_or_else(|| "no failures".to_owned(), |label| verdict(label, judged["confidence"].as_f64())),
        users: count(judged, "users"),
        action: unpaused_words(one, as_of),
        command: one["bake_state"].as_str().map(|state| match state {
            "RUNNING" => format!("promoctl watch {}", visible(id)),
            _ => format!("promoctl show {}", visible(id)),
        }),
        urgent: false,
        recovered: true,
    }
}

/// `Unpaused 12 min ago, bake 3 of 15 min`
fn unpaused_words(one: &Json, as_of: Timestamp) -> String {
    let ago = age(&one["unpaused_at"], as_of).map_or(String::new(), |age| format!(" {age} ago"));
    let time = |key: &str| one[key].as_str().and_then(Timestamp::of_json);
    let bake = match (one["bake_state"].as_str(), time("bake_since"), time("bake_until")) {
        (Some("RUNNING"), Some(since), Some(until)) => {
            let minutes = |length: Option<TimeDelta>| length.map_or(0, |length| length.num_minutes().max(0));
            let whole = minutes(since.until(until));
            format!(", bake {} of {whole} min", minutes(since.until(as_of)).min(whole))
        }
        (Some(state), ..) => format!(", bake {}", visible(&state.to_lowercase())),
        (None, ..) => ", not through promo_guard".to_owned(),
    };
    format!("Unpaused{ago}{bake}")
}

/// How long ago, None where the time is not known.
fn age(time: &Json, as_of: Timestamp) -> Option<String> {
    let at = time.as_str().and_then(Timestamp::of_json)?;
    at.until(as_of).map(brief)
}
