//! The ledger, by purchase: keeps it right while purchases are changed.

use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::model::{LedgerEntry, LedgerEntryKind, Purchase, PurchaseStatus, Stars};

/// Where each purchase's credit is.
#[derive(Debug)]
pub(super) struct LedgerIndex(FxHashMap<Uuid, usize>);

impl LedgerIndex {
    pub(super) fn new(ledger: &[LedgerEntry]) -> Self {
        let credits = ledger.iter().enumerate().filter(|(_, entry)| entry.entry == LedgerEntryKind::Credit);
        Self(credits.map(|(place, entry)| (entry.purchase_id, place)).collect())
    }

    /// The amount credited.
    pub(super) fn credit(&self, ledger: &[LedgerEntry], purchase: Uuid) -> Option<Stars> {
        self.0.get(&purchase).map(|&place| ledger[place].amount)
    }

    /// Makes the credit what the purchase asks for: its stars once credited, none where there is nothing to pay.
    pub(super) fn set_credit(&mut self, ledger: &mut Vec<LedgerEntry>, purchase: &Purchase) {
        let due = purchase.credited_at.filter(|_| purchase.stars.0 > 0);
        match (due, self.0.get(&purchase.id)) {
            (Some(_), Some(&place)) => ledger[place].amount = purchase.stars,
            (Some(created_at), None) => {
                self.0.insert(purchase.id, ledger.len());
                ledger.push(LedgerEntry {
                    purchase_id: purchase.id,
                    entry: LedgerEntryKind::Credit,
                    amount: purchase.stars,
                    created_at,
                });
            }
            (None, Some(_)) => self.remove_credit(ledger, purchase.id),
            (None, None) => {}
        }
    }

    /// Books what was paid back.
    pub(super) fn add_debit(&mut self, ledger: &mut Vec<LedgerEntry>, purchase: &Purchase) {
        debug_assert_eq!(purchase.status, PurchaseStatus::Refunded);
        if let Some(created_at) = purchase.refunded_at.filter(|_| purchase.stars.0 > 0) {
            ledger.push(LedgerEntry {
                purchase_id: purchase.id,
                entry: LedgerEntryKind::Debit,
                amount: purchase.stars,
                created_at,
            });
        }
    }

    /// Strikes a credit out.
    pub(super) fn remove_credit(&mut self, ledger: &mut Vec<LedgerEntry>, purchase: Uuid) {
        if let Some(place) = self.0.remove(&purchase) {
            ledger.swap_remove(place);
            if let Some(moved) = ledger.get(place).filter(|entry| entry.entry == LedgerEntryKind::Credit) {
                self.0.insert(moved.purchase_id, place);
            }
        }
    }
}
