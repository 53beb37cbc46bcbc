//! What follows an accepted code: reservation, purchase, payment, credit, refund, revocation, and the ledger.
//!
//! The course of each purchase is drawn at once, and the rows are written as they stand at the end of the data.

use crate::catalogue::{self, Product};
use crate::model::{
    CampaignIdx, LedgerEntry, LedgerEntryKind, Micros, PromoType, Purchase, PurchaseStatus, Redemption,
    RedemptionStatus, Snapshot, Stars,
};
use crate::queue::{Act, Actor};
use crate::rng::{DAY, MINUTE, SECOND};
use crate::sim::Sim;
use crate::users::UserIdx;

/// How long a reservation holds, in microseconds.
pub(crate) const RESERVATION: i64 = 15 * MINUTE;

/// The course a purchase takes; a stage that is never reached is `None`.
#[derive(Debug, Clone, Copy)]
struct Course {
    created: i64,
    invoice: Option<i64>,
    precheckout: Option<i64>,
    paid: Option<i64>,
    credited: Option<i64>,
    refunded: Option<i64>,
    failed: Option<i64>,
}

impl Course {
    /// The status at a moment.
    fn status(&self, now: i64) -> PurchaseStatus {
        let reached = |stage: Option<i64>| stage.is_some_and(|at| at <= now);
        if reached(self.refunded) {
            PurchaseStatus::Refunded
        } else if reached(self.failed) {
            PurchaseStatus::Failed
        } else if reached(self.credited) {
            PurchaseStatus::Credited
        } else if reached(self.paid) {
            PurchaseStatus::PaidUncredited
        } else if reached(self.precheckout) {
            PurchaseStatus::PrecheckoutOk
        } else if reached(self.invoice) {
            PurchaseStatus::InvoiceSent
        } else {
            PurchaseStatus::Created
        }
    }
}

impl Sim<'_> {
    /// A code was taken: the redemption, and whatever comes of it.
    pub(crate) fn accept(&mut self, at: i64, user: UserIdx, campaign: CampaignIdx, actor: Actor) {
        self.users.claim(user, campaign);
        self.live(campaign).claims += 1;
        if self.campaigns[campaign.0 as usize].promo_type == PromoType::PremiumGrant {
            self.grant(at, user, campaign);
        } else {
            self.reserve(at, user, campaign, actor);
        }
    }

    fn grant(&mut self, at: i64, user: UserIdx, campaign: CampaignIdx) {
        let applied = at + self.rng.between(SECOND / 5, 3 * SECOND);
        let done = applied < self.end;
        let days = self.campaigns[campaign.0 as usize].grant_premium_days.unwrap_or(0);
        let redemption = Redemption {
            id: self.rng.uuid(),
            campaign,
            user: self.users.id(user),
            status: if done { RedemptionStatus::Applied } else { RedemptionStatus::Validated },
            reserved_until: None,
            applied_purchase_id: None,
            snapshot: Some(Snapshot::Grant(days)),
            created_at: Micros(at),
            applied_at: done.then_some(Micros(applied)),
            updated_at: Micros(if done { applied } else { at }),
        };
        self.redemptions.push(redemption);
        self.queue.push(applied, Act::Applied(campaign));
    }

    fn reserve(&mut self, at: i64, user: UserIdx, campaign: CampaignIdx, actor: Actor) {
        let row = &self.campaigns[campaign.0 as usize];
        let discount = row.discount().expect("a campaign that is no grant has a discount");
        let reserved = at + self.rng.between(SECOND / 20, SECOND);
        let until = reserved + RESERVATION;
        // A job a minute ends what has lapsed.
        let lapse = self.next_run(until, MINUTE);
        // Applications that grew over the years have a few redemptions from before the snapshot.
        let bare = !self.live[campaign.0 as usize].repriced && self.rng.chance(0.01);
        let mut redemption = Redemption {
            id: self.rng.uuid(),
            campaign,
            user: self.users.id(user),
            status: RedemptionStatus::Validated,
            reserved_until: None,
            applied_purchase_id: None,
            snapshot: (!bare).then_some(Snapshot::Discount(discount)),
            created_at: Micros(at),
            applied_at: None,
            updated_at: Micros(at),
        };
        if reserved >= self.end {
            self.redemptions.push(redemption);
            return;
        }
        redemption.reserved_until = Some(Micros(until));
        let product = catalogue::product_for(row, &mut self.rng);
        let willing = self.rng.chance(if actor == Actor::Leaker { 0.85 } else { 0.74 });
        let step = |status, at: i64, redemption: &mut Redemption| {
            redemption.status = status;
            redemption.updated_at = Micros(at);
        };
        step(RedemptionStatus::Reserved, reserved, &mut redemption);

        let Some(product) = product.filter(|_| willing || self.rng.chance(0.6)) else {
            // Nothing chosen: the reservation lapses, or once in a while an admin takes it back first.
            let revoked = reserved + self.rng.between(MINUTE, 10 * MINUTE);
            if self.rng.chance(0.02) && revoked < self.end {
                step(RedemptionStatus::Revoked, revoked, &mut redemption);
            } else if lapse < self.end {
                step(RedemptionStatus::Expired, lapse, &mut redemption);
                self.queue.push(lapse, Act::Lapse(user, campaign));
            }
            self.redemptions.push(redemption);
            return;
        };

        let course = if willing {
            self.bought(reserved, discount.on(product.base) == product.base)
        } else {
            let mut course = self.abandoned(reserved);
            course.failed = Some(lapse);
            course
        };
        let id = self.write_purchase(user, product, discount.on(product.base), Some(campaign), &course);
        redemption.applied_purchase_id = Some(id);
        match course.credited {
            Some(credited) => {
                self.users.buys(user);
                self.queue.push(credited, Act::Applied(campaign));
                if credited < self.end {
                    step(RedemptionStatus::Applied, credited, &mut redemption);
                    redemption.applied_at = Some(Micros(credited));
                }
                // A job every five minutes takes back what was paid back.
                if let Some(revoked) = course.refunded.map(|at| self.next_run(at, 5 * MINUTE))
                    && revoked < self.end
                {
                    step(RedemptionStatus::Revoked, revoked, &mut redemption);
                }
            }
            None if lapse < self.end => {
                step(RedemptionStatus::Expired, lapse, &mut redemption);
                self.queue.push(lapse, Act::Lapse(user, campaign));
            }
            None => {}
        }
        self.redemptions.push(redemption);
    }

    /// A purchase without a promo.
    pub(crate) fn plain_purchase(&mut self, at: i64, user: UserIdx) {
        let product = *self.rng.pick(catalogue::PRODUCTS);
        let course = if self.rng.chance(0.9) {
            self.users.buys(user);
            self.bought(at, false)
        } else {
            let mut course = self.abandoned(at);
            course.failed = Some(self.next_run(at + RESERVATION, MINUTE));
            course
        };
        self.write_purchase(user, product, Stars(0), None, &course);
    }

    /// The first run of a periodic job at or after a moment.
    fn next_run(&self, at: i64, period: i64) -> i64 {
        self.begin + (at - self.begin + period - 1).div_euclid(period) * period
    }

    /// The course of a purchase that is paid and credited; nothing to pay means no invoice and no refund.
    fn bought(&mut self, created: i64, free: bool) -> Course {
        let rng = &mut self.rng;
        if free {
            let paid = created + rng.between(SECOND / 2, 3 * SECOND);
            let credited = paid + rng.between(SECOND / 5, 5 * SECOND);
            return Course {
                created,
                invoice: None,
                precheckout: None,
                paid: Some(paid),
                credited: Some(credited),
                refunded: None,
                failed: None,
            };
        }
        let invoice = created + rng.between(SECOND / 2, 2 * SECOND);
        let precheckout = invoice + rng.delay(4 * SECOND, 8 * MINUTE);
        let paid = precheckout + rng.between(SECOND / 2, 4 * SECOND);
        let slow = rng.chance(0.005);
        let credited =
            paid + if slow { rng.between(MINUTE, 4 * MINUTE) } else { rng.delay(SECOND / 3, 40 * SECOND) };
        let refunded = rng.chance(0.02).then(|| credited + rng.delay(2 * MINUTE, 3 * DAY));
        Course {
            created,
            invoice: Some(invoice),
            precheckout: Some(precheckout),
            paid: Some(paid),
            credited: Some(credited),
            refunded,
            failed: None,
        }
    }

    /// The course of a purchase that is begun and left.
    fn abandoned(&mut self, created: i64) -> Course {
        let rng = &mut self.rng;
        let invoice = rng.chance(0.8).then(|| created + rng.between(SECOND / 2, 2 * SECOND));
        let precheckout =
            invoice.filter(|_| rng.chance(0.1)).map(|at| at + rng.delay(4 * SECOND, 8 * MINUTE));
        Course { created, invoice, precheckout, paid: None, credited: None, refunded: None, failed: None }
    }

    fn write_purchase(
        &mut self,
        user: UserIdx,
        product: Product,
        discount: Stars,
        promo: Option<CampaignIdx>,
        course: &Course,
    ) -> uuid::Uuid {
        let now = self.end - 1;
        let reached = |stage: Option<i64>| stage.filter(|&at| at <= now).map(Micros);
        let purchase = Purchase {
            id: self.rng.uuid(),
            user: self.users.id(user),
            product_code: product.code,
            base: product.base,
            discount,
            stars: Stars(product.base.0 - discount.0),
            status: course.status(now),
            applied_promo: promo,
            created_at: Micros(course.created),
            paid_at: reached(course.paid),
            credited_at: reached(course.credited),
            refunded_at: reached(course.refunded),
        };
        let mut book = |entry, at: Option<Micros>| {
            if let Some(created_at) = at.filter(|_| purchase.stars.0 > 0) {
                self.ledger.push(LedgerEntry {
                    purchase_id: purchase.id,
                    entry,
                    amount: purchase.stars,
                    created_at,
                });
            }
        };
        book(LedgerEntryKind::Credit, purchase.credited_at);
        book(LedgerEntryKind::Debit, purchase.refunded_at);
        let id = purchase.id;
        self.purchases.push(purchase);
        id
    }
}
