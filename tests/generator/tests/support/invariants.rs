//! The settlement rules of API.md, section 5, once more and on their own: straight loops over the rows, knowing
//! nothing of how the rows were made. Graces are the default policy's: 5 minutes, 30 for payments.

use std::collections::HashMap;

use promo_guard_generator::{
    CampaignIdx, Dataset, LedgerEntryKind, Micros, PromoType, Purchase, PurchaseStatus, RedemptionStatus,
    Rule, Snapshot,
};
use uuid::Uuid;

use super::MINUTE;

/// One violation: the rule and the rows it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Violation {
    pub rule: Rule,
    pub redemption: Option<Uuid>,
    pub purchase: Option<Uuid>,
    pub campaign: Option<CampaignIdx>,
}

/// Every violation in the data, sorted.
pub fn violations(data: &Dataset) -> Vec<Violation> {
    let mut found = Vec::new();
    let settle = data.end.0 - 5 * MINUTE;
    let payment = data.end.0 - 30 * MINUTE;
    let purchases: HashMap<Uuid, &Purchase> = data.purchases.iter().map(|p| (p.id, p)).collect();
    let mut pointed_at: HashMap<Uuid, usize> = HashMap::new();
    let before = |at: Option<Micros>, limit: i64| at.is_some_and(|at| at.0 < limit);

    for r in &data.redemptions {
        let mut say = |rule, purchase| {
            found.push(Violation { rule, redemption: Some(r.id), purchase, campaign: Some(r.campaign) });
        };
        let campaign = data.campaign(r.campaign);
        let applied = r.status == RedemptionStatus::Applied;
        if r.status == RedemptionStatus::Reserved && before(r.reserved_until, settle) {
            say(Rule::ReservationOverdue, r.applied_purchase_id);
        }
        let Some(id) = r.applied_purchase_id else {
            if applied && campaign.promo_type == PromoType::Discount {
                say(Rule::AppliedWithoutPurchase, None);
            }
            continue;
        };
        *pointed_at.entry(id).or_default() += 1;
        let Some(p) = purchases.get(&id) else {
            say(Rule::DanglingPurchase, Some(id));
            continue;
        };
        let credited = p.status == PurchaseStatus::Credited;
        let refunded = p.status == PurchaseStatus::Refunded;
        if applied && !credited && !refunded && before(r.applied_at, settle) {
            say(Rule::AppliedNotCredited, Some(id));
        }
        let done = matches!(r.status, RedemptionStatus::Applied | RedemptionStatus::Revoked);
        if credited && !done && before(p.credited_at, settle) {
            say(Rule::CreditedNotApplied, Some(id));
        }
        if refunded && applied && before(p.refunded_at, settle) {
            say(Rule::RefundedNotRevoked, Some(id));
        }
        if r.status == RedemptionStatus::Revoked && r.applied_at.is_some() && credited {
            say(Rule::RevokedNotRefunded, Some(id));
        }
        let discount = match r.snapshot {
            Some(Snapshot::Discount(discount)) => Some(discount),
            _ => campaign.discount(),
        };
        if let Some(discount) = discount {
            // What the user pays, rounded up, in another way than the generator's.
            let (base, value) = (f64::from(p.base.0), f64::from(discount.value));
            let pays = match discount.kind.as_str() {
                "PERCENT" => (base * (100.0 - value) / 100.0).ceil(),
                "FIXED" => (base - value).max(0.0),
                _ => 0.0,
            };
            let expected = p.base.0 - pays as i32;
            if expected > 0 && p.discount.0 == 0 {
                say(Rule::ZeroDiscount, Some(id));
            } else if p.discount.0 > 0 && p.discount.0 != expected {
                say(Rule::WrongDiscount, Some(id));
            }
        }
        if p.user != r.user {
            say(Rule::UserMismatch, Some(id));
        }
        if p.applied_promo != Some(r.campaign) {
            say(Rule::CampaignMismatch, Some(id));
        }
    }
    assert!(pointed_at.values().all(|&n| n == 1), "two redemptions point to one purchase");

    let mut credits: HashMap<Uuid, Vec<i32>> = HashMap::new();
    let mut debits: HashMap<Uuid, Vec<i32>> = HashMap::new();
    for entry in &data.ledger {
        let side = if entry.entry == LedgerEntryKind::Credit { &mut credits } else { &mut debits };
        side.entry(entry.purchase_id).or_default().push(entry.amount.0);
    }
    for p in &data.purchases {
        let mut say = |rule| {
            found.push(Violation { rule, redemption: None, purchase: Some(p.id), campaign: p.applied_promo });
        };
        let credited = p.status == PurchaseStatus::Credited;
        let promo = p.discount.0 > 0 || p.applied_promo.is_some();
        if credited && promo && !pointed_at.contains_key(&p.id) {
            say(Rule::DiscountWithoutRedemption);
        }
        let paid =
            matches!(p.status, PurchaseStatus::PaidUncredited | PurchaseStatus::FailedCreditPendingReview);
        if paid && before(p.paid_at, payment) {
            say(Rule::PaidNotCredited);
        }
        if p.status == PurchaseStatus::PrecheckoutOk && p.created_at.0 < payment {
            say(Rule::PrecheckoutStuck);
        }
        if p.base.0 - p.discount.0 != p.stars.0 {
            say(Rule::AmountIdentity);
        }
        let booked = credits.get(&p.id).cloned().unwrap_or_default();
        let due = if p.credited_at.is_some() && p.stars.0 > 0 { vec![p.stars.0] } else { vec![] };
        if booked != due {
            say(Rule::CreditedNotInLedger);
        }
        let paid_back = debits.get(&p.id).cloned().unwrap_or_default();
        let back =
            if p.status == PurchaseStatus::Refunded && p.stars.0 > 0 { vec![p.stars.0] } else { vec![] };
        assert_eq!(paid_back, back, "one debit a refunded purchase, of its amount");
    }

    let mut ever: HashMap<CampaignIdx, i32> = HashMap::new();
    let mut now: HashMap<CampaignIdx, i32> = HashMap::new();
    let mut by_user: HashMap<_, i32> = HashMap::new();
    for r in &data.redemptions {
        *ever.entry(r.campaign).or_default() += i32::from(r.applied_at.is_some());
        *now.entry(r.campaign).or_default() += i32::from(r.status == RedemptionStatus::Applied);
        *by_user.entry((r.campaign, r.user)).or_default() += i32::from(r.applied_at.is_some());
    }
    let mut too_often: Vec<CampaignIdx> = by_user
        .iter()
        .filter(|&(&(campaign, _), &uses)| uses > data.campaign(campaign).max_uses_per_user)
        .map(|(&(campaign, _), _)| campaign)
        .collect();
    too_often.sort_unstable();
    for (i, row) in data.campaigns.iter().enumerate() {
        let campaign = CampaignIdx(i as u32);
        let mut say = |rule| {
            found.push(Violation { rule, redemption: None, purchase: None, campaign: Some(campaign) });
        };
        if row.used_total != ever.get(&campaign).copied().unwrap_or(0) {
            say(Rule::UsedTotalDrift);
        }
        let applied = now.get(&campaign).copied().unwrap_or(0);
        let total = usize::from(row.max_total_uses.is_some_and(|max| applied > max));
        let users = too_often.iter().filter(|&&c| c == campaign).count();
        (0..total + users).for_each(|_| say(Rule::OverRedeemed));
    }
    found.sort_unstable();
    found
}
