//! Settlement against the generator: a simulated shop whose every discount is accounted for, and the same with one rule broken a
//! thousand times at random, among what only looks broken. Unlike the rest this asks a database: the rules are SQL.

use crate::load::{LoadOptions, load};
use crate::table;
use postgres::Client;
use promo_guard_generator::{
    Config, Dataset, Micros, Planted, Rule, add_pending_look_alikes, generate, plant,
};
use std::collections::BTreeMap;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
/// Redemptions of the healthy shop, about.
pub const REDEMPTIONS: usize = 20_000;
/// Plants of each rule.
pub const PLANTS: usize = 1_000;
/// Look-alikes of each kind of what is pending.
pub const LOOK_ALIKES: usize = 50;

/// What is reported, each with how often: rule, redemption, purchase, campaign, user.
pub type Reported = BTreeMap<Vec<String>, usize>;

/// The healthy shop.
pub fn healthy() -> Dataset {
    generate(&Config::settlement(11, END, REDEMPTIONS))
}

/// One rule broken, and what was said of it.
pub struct Broken {
    /// How often it was broken.
    pub planted: usize,
    /// What ought to be reported.
    pub expected: Reported,
    /// What is.
    pub found: Reported,
    /// `settlement_summary`: rule, violations, pending, skipped.
    pub summary: Vec<Vec<String>>,
}

impl Broken {
    /// Breaks the rule of this place in [`Rule::ALL`] in a copy of a shop, in a schema of its own that is gone afterwards.
    pub fn of(db: &mut Client, healthy: &Dataset, place: usize) -> Self {
        let rule = Rule::ALL[place];
        let mut data = healthy.clone();
        add_pending_look_alikes(&mut data, LOOK_ALIKES, place as u64);
        let planted = plant(&mut data, rule, PLANTS, 100 + place as u64);
        let schema = format!("broken_{place}");
        bind(db, &data, &schema);
        let mut expected = Reported::new();
        for one in &planted {
            *expected.entry(report(&data, one)).or_default() += 1;
        }
        let found = reported(db);
        let summary = table(
            db,
            &format!(
                "SELECT rule, violations, pending, skipped FROM promo_guard.settlement_summary({})",
                as_of()
            ),
        );
        db.batch_execute(&format!("SELECT promo_guard.unbind(); DROP SCHEMA {schema} CASCADE"))
            .expect("the schema is gone");
        Self { planted: planted.len(), expected, found, summary }
    }

    /// Plants that are not reported.
    pub fn missed(&self) -> Vec<&Vec<String>> {
        self.expected.keys().filter(|one| !self.found.contains_key(*one)).collect()
    }

    /// What is reported and was not planted, or more than once.
    pub fn false_alarms(&self) -> Vec<&Vec<String>> {
        let wrong = |(one, times): &(&Vec<String>, &usize)| !self.expected.contains_key(*one) || **times > 1;
        self.found.iter().filter(wrong).map(|(one, _)| one).collect()
    }
}

/// A schema of its own for these data, bound in place of the one before.
pub fn bind(db: &mut Client, data: &Dataset, schema: &str) {
    load(db, data, &LoadOptions { indexes: true, ..LoadOptions::into_schema(schema) }.without_foreign_keys())
        .expect("the shop is bound");
    db.batch_execute(&format!(
        "SET search_path = {schema}; CREATE EXTENSION IF NOT EXISTS promo_guard;
         SELECT promo_guard.bind('{schema}.promo_codes', '{schema}.promo_attempts', '{schema}.promo_redemptions', '{schema}.purchases',
                                 ledger => '{schema}.ledger')"
    ))
    .expect("the shop is bound");
}

fn as_of() -> String {
    format!("lookback => '60 days', as_of => to_timestamp({})", END.0 / 1_000_000)
}

/// What `settlement_violations` says of what is bound.
pub fn reported(db: &mut Client) -> Reported {
    let rows = table(
        db,
        &format!(
            "SELECT rule, redemption_id, purchase_id, campaign_id, user_id FROM promo_guard.settlement_violations({})",
            as_of()
        ),
    );
    let mut found = Reported::new();
    for row in rows {
        *found.entry(row).or_default() += 1;
    }
    found
}

/// A plant as it should be reported. The ledger knows of purchases only.
fn report(data: &Dataset, planted: &Planted) -> Vec<String> {
    let text = |value: Option<String>| value.unwrap_or_else(|| "∅".to_owned());
    let redemption = planted.redemption.filter(|_| planted.rule != Rule::CreditedNotInLedger);
    vec![
        planted.rule.to_string(),
        text(redemption.map(|id| id.to_string())),
        text(planted.purchase.map(|id| id.to_string())),
        text(planted.campaign.map(|c| data.campaign(c).id.0.to_string())),
        text(planted.user.map(|u| u.get().to_string())),
    ]
}
