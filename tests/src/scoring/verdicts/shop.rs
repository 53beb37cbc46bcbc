//! A generated dataset as the rows that facts are gathered from.

use super::super::facts::{History, moment};
use promo_guard_generator::{AttemptResult, ChangedBy, Dataset, Reason, RedemptionStatus, Source, Status};
use promo_guard_habits::rows;

fn status(status: Status) -> rows::Status {
    match status.as_str() {
        "ACTIVE" => rows::Status::Active,
        "PAUSED" => rows::Status::Paused,
        "DEPLETED" => rows::Status::Depleted,
        _ => rows::Status::Expired,
    }
}

fn answer(result: AttemptResult) -> rows::Answer {
    match result.as_str() {
        "ACCEPTED" => rows::Answer::Accepted,
        "INVALID" => rows::Answer::Invalid,
        "EXPIRED" => rows::Answer::Expired,
        "RATE_LIMITED" => rows::Answer::RateLimited,
        _ => rows::Answer::NotApplicable,
    }
}

fn reason(reason: Reason) -> Option<rows::Reason> {
    match reason.as_str() {
        "ALREADY_USED" => Some(rows::Reason::AlreadyUsed),
        "DEPLETED" => Some(rows::Reason::Depleted),
        "NEW_USERS_ONLY" => Some(rows::Reason::NewUsersOnly),
        "FIRST_PURCHASE_ONLY" => Some(rows::Reason::FirstPurchaseOnly),
        _ => None,
    }
}

fn source(source: Source) -> rows::Source {
    match source.as_str() {
        "API" => rows::Source::Api,
        "BUTTON" => rows::Source::Button,
        _ => rows::Source::Command,
    }
}

/// Who changed a status; everybody but the two jobs is a person.
fn actor(by: ChangedBy) -> rows::Actor {
    match by {
        ChangedBy::Guard => rows::Actor::Guard,
        ChangedBy::Lifecycle => rows::Actor::Job,
        _ => rows::Actor::Person(1),
    }
}

/// The rows of a dataset up to its end.
pub(super) fn rows(data: &Dataset, history: History) -> rows::Shop {
    let campaigns = data.campaigns.iter().map(|c| rows::Campaign {
        id: c.id.0,
        name: c.campaign_name.clone(),
        code: u64::from(c.code.0),
        scope: c.target_scope.clone().leak(),
        status: status(c.status),
        valid_from: moment(c.valid_from),
        valid_until: moment(c.valid_until),
        max_total_uses: c.max_total_uses.map(i64::from),
        used_total: i64::from(c.used_total),
        max_uses_per_user: i64::from(c.max_uses_per_user),
        new_users_only: c.new_users_only,
        first_purchase_only: c.first_purchase_only,
        created_at: moment(c.created_at),
        updated_at: moment(c.updated_at),
    });
    // A client program that sends no user is no user.
    let attempts = data.attempts.iter().filter(|a| a.at <= data.end).filter_map(|a| {
        Some(rows::Attempt {
            at: moment(a.at),
            user: a.user?.get(),
            code: u64::from(a.code.0),
            answer: answer(a.result),
            source: source(a.source),
            reason: reason(a.reason),
            client: None,
        })
    });
    let redemptions = data.redemptions.iter().map(|r| rows::Redemption {
        campaign: r.campaign.0 as usize,
        user: r.user.get(),
        status: match r.status {
            RedemptionStatus::Applied => rows::Held::Applied,
            RedemptionStatus::Revoked => rows::Held::Revoked,
            RedemptionStatus::Expired | RedemptionStatus::Rejected => rows::Held::Lapsed,
            _ => rows::Held::Reserved,
        },
        created_at: moment(r.created_at),
        applied_at: r.applied_at.map(moment),
    });
    let purchases = data.purchases.iter().map(|p| rows::Purchase {
        user: p.user.get(),
        campaign: p.applied_promo.map(|idx| idx.0 as usize),
        product: p.product_code,
        created_at: moment(p.created_at),
        refunded_at: p.refunded_at.map(moment),
    });
    let changes = data.status_changes.iter().map(|c| rows::Change {
        campaign: c.campaign.0 as usize,
        to: status(c.to),
        at: moment(c.at),
        by: actor(c.by),
    });
    let mut shop = rows::Shop {
        seed: 0,
        end: moment(data.end),
        begin: moment(data.begin),
        campaigns: campaigns.collect(),
        attempts: attempts.collect(),
        redemptions: redemptions.collect(),
        purchases: purchases.collect(),
        changes: changes.collect(),
        history: history == History::Attached,
        actions: Vec::new(),
        truth: Vec::new(),
    };
    shop.redemptions.sort_by_key(|r| r.created_at);
    shop.purchases.sort_by_key(|p| p.created_at);
    shop
}
