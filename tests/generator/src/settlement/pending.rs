//! What looks like a defect and is none: everything here is still within its time (trap 10).

use super::ledger::LedgerIndex;
use super::plant::stranger;
use crate::catalogue;
use crate::model::{
    CampaignIdx, Dataset, Micros, PromoType, Purchase, PurchaseStatus, Redemption, RedemptionStatus,
    Snapshot, Stars, Status,
};
use crate::rng::{MINUTE, Rng, SECOND};

/// The sorts of look-alikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A reservation within its time, or over it by less than the grace; the invoice is out.
    Reserved,
    /// At the payment provider, reserved.
    Precheckout,
    /// Paid minutes ago, not yet credited, reserved.
    Paid,
    /// Paid or at the provider for less than the payment grace, no promo.
    PlainWaiting,
    /// Credited minutes ago, the redemption not yet applied.
    CreditedJustNow,
    /// Applied minutes ago, the credit not yet written.
    AppliedJustNow,
    /// Paid back minutes ago, the revocation is due.
    RefundedJustNow,
    /// Revoked by an admin before any credit: never applied.
    RevokedReservation,
}

const SORTS: [Sort; 8] = [
    Sort::Reserved,
    Sort::Precheckout,
    Sort::Paid,
    Sort::PlainWaiting,
    Sort::CreditedJustNow,
    Sort::AppliedJustNow,
    Sort::RefundedJustNow,
    Sort::RevokedReservation,
];

/// Adds `count` pending look-alikes of each of eight sorts, by users who appear nowhere else: none breaks a rule under
/// the default policy (5 minutes of grace, 30 for payments).
pub fn add_pending_look_alikes(data: &mut Dataset, count: usize, seed: u64) {
    let mut rng = Rng::new(seed, 20_000);
    let open: Vec<CampaignIdx> = (0..data.campaigns.len() as u32)
        .map(CampaignIdx)
        .filter(|&c| {
            let row = data.campaign(c);
            row.promo_type == PromoType::Discount
                && row.status == Status::Active
                && row.max_total_uses.is_none()
                && catalogue::scope_exists(&row.target_scope)
        })
        .collect();
    if open.is_empty() {
        return;
    }
    let mut ledger = LedgerIndex::new(&data.ledger);
    for _ in 0..count {
        for sort in SORTS {
            let campaign = *rng.pick(&open);
            add(data, &mut ledger, campaign, sort, &mut rng);
        }
    }
}

fn add(data: &mut Dataset, ledger: &mut LedgerIndex, campaign: CampaignIdx, sort: Sort, rng: &mut Rng) {
    let end = data.end.0;
    let row = data.campaign(campaign);
    let (Some(discount), Some(product)) = (row.discount(), catalogue::product_for(row, rng)) else { return };
    let user = stranger(rng);
    let ago = |rng: &mut Rng, least: i64, most: i64| end - rng.between(least, most);
    let created = match sort {
        Sort::Reserved => ago(rng, MINUTE, 19 * MINUTE),
        Sort::PlainWaiting => ago(rng, 16 * MINUTE, 28 * MINUTE),
        Sort::RefundedJustNow | Sort::RevokedReservation => ago(rng, 30 * MINUTE, 50 * MINUTE),
        _ => ago(rng, 5 * MINUTE, 12 * MINUTE),
    };
    let off = discount.on(product.base).0;
    let mut purchase = Purchase {
        id: rng.uuid(),
        user,
        product_code: product.code,
        base: product.base,
        discount: Stars(off),
        stars: Stars(product.base.0 - off),
        status: PurchaseStatus::InvoiceSent,
        applied_promo: Some(campaign),
        created_at: Micros(created),
        paid_at: None,
        credited_at: None,
        refunded_at: None,
    };
    let mut redemption = Redemption {
        id: rng.uuid(),
        campaign,
        user,
        status: RedemptionStatus::Reserved,
        reserved_until: Some(Micros(created + 15 * MINUTE)),
        applied_purchase_id: Some(purchase.id),
        snapshot: Some(Snapshot::Discount(discount)),
        created_at: Micros(created - SECOND / 2),
        applied_at: None,
        updated_at: Micros(created),
    };
    let lately = ago(rng, 20 * SECOND, 4 * MINUTE);
    match sort {
        Sort::Reserved => {}
        Sort::Precheckout => purchase.status = PurchaseStatus::PrecheckoutOk,
        Sort::Paid => {
            purchase.status = PurchaseStatus::PaidUncredited;
            purchase.paid_at = Some(Micros(lately));
        }
        Sort::PlainWaiting => {
            purchase.applied_promo = None;
            purchase.discount = Stars(0);
            purchase.stars = purchase.base;
            purchase.status = PurchaseStatus::PrecheckoutOk;
            if rng.chance(0.5) {
                purchase.status = PurchaseStatus::PaidUncredited;
                purchase.paid_at = Some(Micros(created + MINUTE));
            }
        }
        Sort::CreditedJustNow => {
            purchase.status = PurchaseStatus::Credited;
            purchase.paid_at = Some(Micros(lately - 2 * SECOND));
            purchase.credited_at = Some(Micros(lately));
        }
        Sort::AppliedJustNow => {
            purchase.status = PurchaseStatus::PaidUncredited;
            purchase.paid_at = Some(Micros(lately - 2 * SECOND));
            apply(&mut redemption, lately);
        }
        Sort::RefundedJustNow => {
            purchase.status = PurchaseStatus::Refunded;
            purchase.paid_at = Some(Micros(created + MINUTE));
            purchase.credited_at = Some(Micros(created + MINUTE + SECOND));
            purchase.refunded_at = Some(Micros(lately));
            apply(&mut redemption, created + MINUTE + SECOND);
        }
        Sort::RevokedReservation => {
            purchase.status = PurchaseStatus::Failed;
            redemption.status = RedemptionStatus::Revoked;
            redemption.updated_at = Micros(created + 4 * MINUTE);
        }
    }
    if redemption.applied_at.is_some() {
        data.campaigns[campaign.0 as usize].used_total += 1;
    }
    if sort != Sort::PlainWaiting {
        data.redemptions.push(redemption);
    }
    ledger.set_credit(&mut data.ledger, &purchase);
    if sort == Sort::RefundedJustNow {
        ledger.add_debit(&mut data.ledger, &purchase);
    }
    data.purchases.push(purchase);
}

fn apply(redemption: &mut Redemption, at: i64) {
    redemption.status = RedemptionStatus::Applied;
    redemption.applied_at = Some(Micros(at));
    redemption.updated_at = Micros(at);
}
