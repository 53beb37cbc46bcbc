//! Breaks healthy rows, one rule at a time, and says where.

use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::Rule;
use super::ledger::LedgerIndex;
use crate::catalogue::PRODUCTS;
use crate::model::{
    CampaignIdx, Dataset, Discount, Micros, PromoType, Purchase, PurchaseStatus, Redemption,
    RedemptionStatus, Snapshot, Stars, Status, UserId,
};
use crate::rng::{MINUTE, Rng, SECOND};

/// A planted defect: the rule and the rows that should be reported for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted {
    /// The rule broken.
    pub rule: Rule,
    /// The redemption reported; none for rules about purchases or campaigns.
    pub redemption: Option<Uuid>,
    /// The purchase reported; for a dangling one the id that leads nowhere.
    pub purchase: Option<Uuid>,
    /// The campaign; none for purchases without a promo.
    pub campaign: Option<CampaignIdx>,
    /// The user; none for campaign-level rules, unless one user broke the limit.
    pub user: Option<UserId>,
    /// Other rules that the same rows break unavoidably. No rule needs it so far.
    pub also: &'static [Rule],
}

/// Older than any grace of the default policy that a redemption is given: 6 minutes, in microseconds.
const PAST_SETTLE_GRACE: i64 = 6 * MINUTE;
/// Older than any grace of the default policy that a payment is given: 31 minutes, in microseconds.
const PAST_PAYMENT_GRACE: i64 = 31 * MINUTE;

/// Plants `count` violations of one rule anywhere in the history. See [`plant_since`].
pub fn plant(data: &mut Dataset, rule: Rule, count: usize, seed: u64) -> Vec<Planted> {
    let begin = data.begin;
    plant_since(data, rule, count, seed, begin)
}

/// Plants `count` violations of one rule on rows of `since` and later, past every grace period of the default
/// policy, and returns them in the order planted; fewer where the data have fewer healthy rows (or, for the rules
/// about campaigns, fewer campaigns) to break. No other rule comes to be broken, unless the record says so.
///
/// A dangling purchase cannot be loaded with foreign keys in place.
pub fn plant_since(data: &mut Dataset, rule: Rule, count: usize, seed: u64, since: Micros) -> Vec<Planted> {
    let mut rng = Rng::new(seed, 10_000 + rule as u64);
    let mut planter = Planter::new(data, since);
    let mut planted = Vec::with_capacity(count);
    match rule {
        Rule::UsedTotalDrift | Rule::OverRedeemed => {
            for (turn, campaign) in planter.campaigns(&mut rng).into_iter().enumerate() {
                if planted.len() == count {
                    break;
                }
                planted.extend(planter.break_campaign(rule, campaign, turn, &mut rng));
            }
        }
        Rule::ReservationOverdue
        | Rule::PaidNotCredited
        | Rule::PrecheckoutStuck
        | Rule::DiscountWithoutRedemption => {
            for turn in 0..count {
                planted.extend(planter.add_broken(rule, turn, &mut rng));
            }
        }
        _ => {
            let mut pairs = planter.pairs();
            while planted.len() < count && !pairs.is_empty() {
                let pair = pairs.swap_remove(rng.below(pairs.len()));
                planted.extend(planter.break_pair(rule, pair, &mut rng));
            }
        }
    }
    planted
}

/// A healthy settled redemption and its purchase, by place.
#[derive(Debug, Clone, Copy)]
struct Pair {
    redemption: usize,
    purchase: usize,
}

pub(super) struct Planter<'d> {
    pub(super) data: &'d mut Dataset,
    pub(super) ledger: LedgerIndex,
    pub(super) since: Micros,
    pub(super) purchases: FxHashMap<Uuid, usize>,
}

impl<'d> Planter<'d> {
    fn new(data: &'d mut Dataset, since: Micros) -> Self {
        let purchases = data.purchases.iter().enumerate().map(|(i, p)| (p.id, i)).collect();
        let ledger = LedgerIndex::new(&data.ledger);
        Self { data, ledger, since, purchases }
    }

    fn settled_by(&self) -> i64 {
        self.data.end.0 - PAST_SETTLE_GRACE
    }

    /// Healthy pairs only: what an earlier plant broke is left alone.
    fn pairs(&self) -> Vec<Pair> {
        let healthy = |(place, redemption): (usize, &Redemption)| {
            let purchase = *self.purchases.get(&redemption.applied_purchase_id?)?;
            let bought = &self.data.purchases[purchase];
            let applied = redemption.applied_at?;
            let due = self.due(redemption)?.on(bought.base);
            let credit = self.ledger.credit(&self.data.ledger, bought.id);
            (redemption.status == RedemptionStatus::Applied
                && bought.status == PurchaseStatus::Credited
                && applied >= self.since
                && applied.0 <= self.settled_by()
                && bought.user == redemption.user
                && bought.applied_promo == Some(redemption.campaign)
                && bought.discount == due
                && bought.stars.0 == bought.base.0 - due.0
                && credit == (bought.stars.0 > 0).then_some(bought.stars))
            .then_some(Pair { redemption: place, purchase })
        };
        self.data.redemptions.iter().enumerate().filter_map(healthy).collect()
    }

    fn due(&self, redemption: &Redemption) -> Option<Discount> {
        match redemption.snapshot {
            Some(Snapshot::Discount(discount)) => Some(discount),
            Some(Snapshot::Grant(_)) => None,
            None => self.data.campaign(redemption.campaign).discount(),
        }
    }

    /// Breaks a pair; `None` where it does not lend itself to this rule.
    fn break_pair(&mut self, rule: Rule, pair: Pair, rng: &mut Rng) -> Option<Planted> {
        let end = self.data.end.0;
        let settled_by = self.settled_by();
        let due = self.due(&self.data.redemptions[pair.redemption])?;
        let redemption = &mut self.data.redemptions[pair.redemption];
        let purchase = &mut self.data.purchases[pair.purchase];
        let applied = redemption.applied_at?.0;
        let expected = due.on(purchase.base);
        let mut reported = Planted {
            rule,
            redemption: Some(redemption.id),
            purchase: Some(purchase.id),
            campaign: Some(redemption.campaign),
            user: Some(redemption.user),
            also: &[],
        };
        match rule {
            Rule::AppliedWithoutPurchase => {
                redemption.applied_purchase_id = None;
                reported.purchase = None;
                self.make_plain(pair.purchase);
            }
            Rule::DanglingPurchase => {
                let nowhere = rng.uuid();
                redemption.applied_purchase_id = Some(nowhere);
                reported.purchase = Some(nowhere);
                self.make_plain(pair.purchase);
            }
            Rule::AppliedNotCredited => {
                purchase.status = PurchaseStatus::Failed;
                purchase.paid_at = None;
                purchase.credited_at = None;
                self.ledger.set_credit(&mut self.data.ledger, purchase);
            }
            Rule::CreditedNotApplied => {
                redemption.status = RedemptionStatus::Expired;
                redemption.applied_at = None;
                self.data.campaigns[redemption.campaign.0 as usize].used_total -= 1;
            }
            Rule::RefundedNotRevoked => {
                purchase.status = PurchaseStatus::Refunded;
                purchase.refunded_at = Some(Micros(rng.between(applied.min(settled_by), settled_by)));
                self.ledger.add_debit(&mut self.data.ledger, purchase);
            }
            Rule::RevokedNotRefunded => {
                redemption.status = RedemptionStatus::Revoked;
                redemption.updated_at = Micros(rng.between(applied.min(settled_by), settled_by));
            }
            Rule::ZeroDiscount => {
                if expected.0 == 0 {
                    return None;
                }
                price(purchase, 0);
                self.ledger.set_credit(&mut self.data.ledger, purchase);
            }
            Rule::WrongDiscount => {
                let (base, due) = (purchase.base.0, expected.0);
                let wrong = if due >= 2 && (due == base || rng.chance(0.5)) { due - 1 } else { due + 1 };
                if wrong > base {
                    return None;
                }
                price(purchase, wrong);
                self.ledger.set_credit(&mut self.data.ledger, purchase);
            }
            Rule::UserMismatch => purchase.user = stranger(rng),
            Rule::CampaignMismatch => {
                let others = self.data.campaigns.len() - 1;
                if others == 0 {
                    return None;
                }
                let step = 1 + rng.below(others) as u32;
                let other = (redemption.campaign.0 + step) % (others as u32 + 1);
                purchase.applied_promo = Some(CampaignIdx(other));
            }
            Rule::AmountIdentity => {
                purchase.stars.0 += 1 + rng.below(5) as i32;
                self.ledger.set_credit(&mut self.data.ledger, purchase);
            }
            Rule::CreditedNotInLedger => {
                if purchase.stars.0 == 0 {
                    return None;
                }
                self.ledger.remove_credit(&mut self.data.ledger, purchase.id);
            }
            Rule::DiscountWithoutRedemption
            | Rule::ReservationOverdue
            | Rule::PaidNotCredited
            | Rule::PrecheckoutStuck
            | Rule::UsedTotalDrift
            | Rule::OverRedeemed => unreachable!("{rule} breaks no pair"),
        }
        debug_assert!(applied <= end);
        Some(reported)
    }

    /// Turns a purchase into one without any promo.
    fn make_plain(&mut self, place: usize) {
        let purchase = &mut self.data.purchases[place];
        purchase.applied_promo = None;
        price(purchase, 0);
        self.ledger.set_credit(&mut self.data.ledger, purchase);
    }

    /// Adds rows that are broken from the start.
    fn add_broken(&mut self, rule: Rule, turn: usize, rng: &mut Rng) -> Option<Planted> {
        let end = self.data.end.0;
        let since = self.since.0;
        let user = stranger(rng);
        let mut reported =
            Planted { rule, redemption: None, purchase: None, campaign: None, user: Some(user), also: &[] };
        if rule == Rule::ReservationOverdue {
            let campaign = self.discount_campaign(rng)?;
            let row = self.data.campaign(campaign);
            let latest = end - PAST_SETTLE_GRACE;
            let until = rng.between((since + MINUTE).min(latest), latest);
            let reserved = until - 15 * MINUTE;
            let redemption = Redemption {
                id: rng.uuid(),
                campaign,
                user,
                status: RedemptionStatus::Reserved,
                reserved_until: Some(Micros(until)),
                applied_purchase_id: None,
                snapshot: row.discount().map(Snapshot::Discount),
                created_at: Micros(reserved - SECOND / 2),
                applied_at: None,
                updated_at: Micros(reserved),
            };
            reported.redemption = Some(redemption.id);
            reported.campaign = Some(campaign);
            self.data.redemptions.push(redemption);
            return Some(reported);
        }
        let product = rng.pick(PRODUCTS);
        let latest = end - PAST_PAYMENT_GRACE;
        let at = rng.between(since.min(latest), latest);
        let mut purchase = Purchase {
            id: rng.uuid(),
            user,
            product_code: product.code,
            base: product.base,
            discount: Stars(0),
            stars: product.base,
            status: PurchaseStatus::PrecheckoutOk,
            applied_promo: None,
            created_at: Micros(at - 40 * SECOND),
            paid_at: None,
            credited_at: None,
            refunded_at: None,
        };
        match rule {
            Rule::PrecheckoutStuck => {}
            Rule::PaidNotCredited => {
                purchase.paid_at = Some(Micros(at));
                purchase.status = if turn % 3 == 2 {
                    PurchaseStatus::FailedCreditPendingReview
                } else {
                    PurchaseStatus::PaidUncredited
                };
            }
            _ => {
                let campaign = self.discount_campaign(rng)?;
                let due = self.data.campaign(campaign).discount()?.on(product.base).0.max(1);
                purchase.applied_promo = Some(campaign);
                price(&mut purchase, due);
                purchase.status = PurchaseStatus::Credited;
                purchase.paid_at = Some(Micros(at));
                purchase.credited_at = Some(Micros(at + 2 * SECOND));
                reported.campaign = Some(campaign);
            }
        }
        reported.purchase = Some(purchase.id);
        self.ledger.set_credit(&mut self.data.ledger, &purchase);
        self.purchases.insert(purchase.id, self.data.purchases.len());
        self.data.purchases.push(purchase);
        Some(reported)
    }

    /// Any live discount campaign.
    fn discount_campaign(&self, rng: &mut Rng) -> Option<CampaignIdx> {
        let n = self.data.campaigns.len();
        let start = rng.below(n);
        (0..n).map(|i| (start + i) % n).map(|i| CampaignIdx(i as u32)).find(|&c| {
            let row = self.data.campaign(c);
            row.promo_type == PromoType::Discount && row.status == Status::Active
        })
    }
}

/// Sets a discount and what is left to pay.
fn price(purchase: &mut Purchase, discount: i32) {
    purchase.discount = Stars(discount);
    purchase.stars = Stars(purchase.base.0 - discount);
}

/// A user who appears nowhere else.
pub(super) fn stranger(rng: &mut Rng) -> UserId {
    let id = 20_000_000_000 + (rng.word() >> 20) as i64;
    UserId(std::num::NonZeroI64::new(id).expect("at least twenty thousand million"))
}
