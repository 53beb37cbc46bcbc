//! The four checks that cannot be overridden: unpausing would be wrong, or have no effect.

use super::super::{Check, Facts, Finding};
use crate::campaign::PAUSED;
use crate::moment::{length, utc};
use crate::words::{grouped, number};
use serde_json::json;

pub(super) fn is_paused(facts: &Facts) -> Finding {
    let status = facts.campaign.status.as_deref();
    let evidence = json!({ "status": status });
    match status {
        Some(PAUSED) => Finding::passed(Check::IsPaused, "It is PAUSED.", evidence),
        Some("ACTIVE") => {
            Finding::failed(Check::IsPaused, "It is ACTIVE: there is nothing to unpause.", evidence)
        }
        Some(other) => Finding::failed(
            Check::IsPaused,
            format!("It is {other}, not PAUSED. It is over, and an unpause would not change that."),
            evidence,
        ),
        None => {
            Finding::failed(Check::IsPaused, "Its status is null. Ask the application's owner.", evidence)
        }
    }
}

pub(super) fn not_rotated(facts: &Facts) -> Finding {
    match &facts.rotated_into {
        Err(lacking) => Finding::unknown(Check::NotRotated, lacking),
        Ok(None) => {
            Finding::passed(Check::NotRotated, "It was not rotated.", json!({ "new_campaign_id": null }))
        }
        Ok(Some(new)) => Finding::failed(
            Check::NotRotated,
            format!(
                "rotate() replaced its code, so it stays paused. Unpause its successor, campaign {new}, instead."
            ),
            json!({ "new_campaign_id": new.to_string() }),
        ),
    }
}

pub(super) fn validity_window(facts: &Facts) -> Finding {
    let (c, now) = (&facts.campaign, facts.now);
    let evidence = json!({ "valid_from": c.valid_from.map(utc), "valid_until": c.valid_until.map(utc), "now": utc(now) });
    let (Some(from), Some(until)) = (c.valid_from, c.valid_until) else {
        return Finding::unknown(Check::ValidityWindow, "valid_from or valid_until is null. Set it.");
    };
    let failed = |detail: String| Finding::failed(Check::ValidityWindow, detail, evidence.clone());
    if from >= until {
        return failed(format!(
            "It is never valid: valid_from {} is not before valid_until {}. Fix one of them.",
            utc(from),
            utc(until)
        ));
    }
    if now >= until {
        return failed(format!(
            "It ended at {}, {} ago. If that is a mistake, fix valid_until. Otherwise leave it paused.",
            utc(until),
            length(now.saturating_sub(until))
        ));
    }
    if now < from {
        return failed(format!(
            "It starts at {}, in {}. Wait, or fix valid_from.",
            utc(from),
            length(from.saturating_sub(now))
        ))
        .until(Some(from));
    }
    let left = if until == i64::MAX {
        "without end".to_owned()
    } else {
        format!("for another {}", length(until - now))
    };
    Finding::passed(Check::ValidityWindow, format!("It is valid {left}."), evidence)
}

pub(super) fn uses_left(facts: &Facts) -> Finding {
    let c = &facts.campaign;
    let Some(limit) = c.max_total_uses else {
        return Finding::passed(
            Check::UsesLeft,
            "It has no limit of uses.",
            json!({ "max_total_uses": null }),
        );
    };
    let (open, counted) = match (&facts.open_reservations, &facts.uses) {
        (Ok(open), Ok(counted)) => (*open, *counted),
        (Err(lacking), _) | (_, Err(lacking)) => return Finding::unknown(Check::UsesLeft, lacking),
    };
    let total = match c.used_total {
        Some(total) => total,
        None if !facts.has_counter => counted,
        None => {
            return Finding::unknown(
                Check::UsesLeft,
                "used_total is null, and the campaign has a limit of uses.",
            );
        }
    };
    // A counter that lags behind hides uses.
    let used = total.max(counted);
    let left = limit.saturating_sub(used).saturating_sub(open);
    let evidence = json!({ "max_total_uses": limit, "used_total": total, "redemptions_counted": counted, "open_reservations": open, "left": left });
    let behind =
        if counted > total { format!("; used_total says {}", grouped(total)) } else { String::new() };
    let sum = format!("limit {}, used {}, reserved {}{behind}", grouped(limit), grouped(used), grouped(open));
    if left > 0 {
        return Finding::passed(
            Check::UsesLeft,
            format!("{} left ({sum}).", number(left, "use is", "uses are")),
            evidence,
        );
    }
    Finding::failed(
        Check::UsesLeft,
        format!(
            "No uses are left ({sum}). {}If the limit is a mistake, raise max_total_uses.",
            if open > 0 { "Reservations expire within minutes. " } else { "" }
        ),
        evidence,
    )
}
