//! Which table serves as which entity.

use promo_guard_core::binding::Entity;

use super::facts::{Field, Table};
use super::names::{Match, is_promotion, match_of, words};
use super::synonyms;

/// A table that may serve, and why.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub table: &'a Table,
    /// From 0 to 1.
    pub confidence: f64,
    pub why: String,
}

/// The tables chosen.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    pub campaigns: Option<Candidate<'a>>,
    pub attempts: Option<Candidate<'a>>,
    pub redemptions: Option<Candidate<'a>>,
    pub purchases: Option<Candidate<'a>>,
    pub users: Option<Candidate<'a>>,
}

impl<'a> Chosen<'a> {
    pub fn of(&self, entity: Entity) -> Option<&Candidate<'a>> {
        match entity {
            Entity::Campaigns => self.campaigns.as_ref(),
            Entity::Attempts => self.attempts.as_ref(),
            Entity::Redemptions => self.redemptions.as_ref(),
            Entity::Purchases => self.purchases.as_ref(),
            Entity::Ledger => None,
        }
    }
}

/// Below this a table is not proposed.
const ENOUGH: f64 = 0.4;

/// Chooses a table for each entity; `given` are those that the person named.
pub fn choose<'a>(all: &'a [Table], given: impl Fn(Entity) -> Option<&'a Table>) -> Chosen<'a> {
    let named = |entity| {
        given(entity).map(|table| Candidate { table, confidence: 1.0, why: "you named it".to_owned() })
    };
    let campaigns = named(Entity::Campaigns).or_else(|| best(all, campaigns));
    let purchases = named(Entity::Purchases).or_else(|| best(all, |table| purchases(all, table)));
    let attempts = named(Entity::Attempts).or_else(|| best(all, attempts));
    let [codes, orders, tries] = [&campaigns, &purchases, &attempts].map(|c| c.as_ref().map(|c| c.table));
    let redemptions = named(Entity::Redemptions).or_else(|| {
        let taken = |table: &Table| {
            [codes, orders, tries].into_iter().flatten().any(|other| std::ptr::eq(other, table))
        };
        best(all, |table| if taken(table) { None } else { redemptions(table, codes, orders) })
            .or_else(|| orders.and_then(|table| own_redemption(table, codes)))
    });
    let users = best(all, |table| users(all, table));
    Chosen { campaigns, attempts, redemptions, purchases, users }
}

fn best<'a>(all: &'a [Table], judge: impl Fn(&'a Table) -> Option<(f64, String)>) -> Option<Candidate<'a>> {
    let judged = all.iter().filter_map(|table| {
        let (confidence, why) = judge(table)?;
        (confidence >= ENOUGH).then_some(Candidate { table, confidence: confidence.min(0.97), why })
    });
    // Of equals the one with more rows, then the first by name: the same answer each time.
    judged.min_by(|a, b| {
        b.confidence
            .total_cmp(&a.confidence)
            .then(b.table.rows.cmp(&a.table.rows))
            .then(a.table.shown().cmp(&b.table.shown()))
    })
}

/// The column that a canonical one is most likely called, with how well its name fits.
pub fn named<'a>(table: &'a Table, names: &str, fits: impl Fn(&Field) -> bool) -> Option<(&'a Field, f64)> {
    let of_table = words(&table.name);
    let mut found: Option<(&Field, f64)> = None;
    for field in table.fields.iter().filter(|field| fits(field)) {
        let mut column = words(&field.name);
        // total_cents, amountMinor: the unit is no part of the name.
        if column.len() > 1 && column.last().is_some_and(|word| matches!(word.as_str(), "cent" | "minor")) {
            column.pop();
        }
        for (place, name) in names.split_whitespace().enumerate() {
            let Some(how) = match_of(&column, &of_table, name) else { continue };
            let whole = match how {
                Match::Exact => 0.95,
                Match::OfTable => 0.92,
                Match::End => 0.62,
            };
            let score = whole - (place as f64 * 0.015).min(0.2);
            if found.is_none_or(|(_, best)| score > best) {
                found = Some((field, score));
            }
        }
    }
    found
}

/// The column with the code of a campaign: its hash, or the code in plain.
pub fn code(table: &Table) -> Option<(&Field, f64, bool)> {
    let text = |field: &Field| field.is_text() || field.sql_type.base == "bytea";
    // A name that only ends so, such as secret_hash, is that of a code where no two rows share it.
    let hash = named(table, synonyms::of(Entity::Campaigns, "code_hash"), text)
        .filter(|(field, score)| *score > 0.65 || (field.unique && !field.key));
    if let Some((field, score)) = hash {
        return Some((field, score, false));
    }
    let plain = named(table, synonyms::PLAIN_CODE, text).filter(|(_, score)| *score > 0.65);
    // A table of codes may call the code its value.
    let value = || {
        let of_codes = words(&table.name).last().is_some_and(|word| word == "code");
        table.field("value").filter(|field| of_codes && text(field)).map(|field| (field, 0.85))
    };
    plain.or_else(value).map(|(field, score)| (field, score, true))
}

fn head(table: &Table) -> (Vec<String>, String) {
    let all = words(&table.name);
    let last = all.last().cloned().unwrap_or_default();
    (all, last)
}

fn campaigns(table: &Table) -> Option<(f64, String)> {
    let (all, last) = head(table);
    let (field, score, _) = code(table)?;
    // A table of orders or of uses may repeat the code.
    let repeats = [
        "order",
        "redemption",
        "usage",
        "use",
        "attempt",
        "try",
        "log",
        "history",
        "item",
        "line",
        "cart",
        "checkout",
        "adjustment",
    ];
    if all.iter().any(|word| repeats.contains(&word.as_str())) {
        return None;
    }
    let named: f64 = match (all.iter().any(|w| is_promotion(w)), last.as_str()) {
        (true, "code" | "coupon" | "voucher" | "promocode") => 0.95,
        (true, last) if is_promotion(last) => 0.85,
        (true, _) => 0.5,
        (false, "code" | "offer" | "campaign") if terms(table) > 1 => 0.45,
        (false, _) => return None,
    };
    let unique = if field.unique { 0.02 } else { -0.03 };
    Some((named.min(score) + unique, format!("its name, and the code in {}", field.name)))
}

/// How many columns look like terms of a promotion.
fn terms(table: &Table) -> usize {
    let of = |name: &&str| {
        let fits = |field: &Field| field.is_time() || field.is_integer() || field.is_decimal();
        named(table, synonyms::of(Entity::Campaigns, name), fits).is_some_and(|(_, score)| score > 0.65)
    };
    ["valid_until", "max_total_uses", "used_total", "discount_value", "discount_percent"]
        .iter()
        .filter(|n| of(n))
        .count()
}

fn attempts(table: &Table) -> Option<(f64, String)> {
    let (all, last) = head(table);
    let is_try = ["attempt", "try", "audit", "validation", "check"].contains(&last.as_str());
    let about = all.iter().any(|w| is_promotion(w) || w == "code");
    let (result, _) = named(table, synonyms::of(Entity::Attempts, "result"), |f| {
        f.is_text() || f.sql_type.is_enum || f.is_boolean()
    })?;
    let (hash, ..) = code(table)?;
    named(table, synonyms::of(Entity::Attempts, "attempted_at"), Field::is_time)?;
    let score = match (is_try, about, last == "log") {
        (true, true, _) => 0.95,
        (false, true, true) => 0.8,
        (true, false, _) => 0.5,
        _ => return None,
    };
    Some((score, format!("its name, the code in {} and the result in {}", hash.name, result.name)))
}

/// The column of a table that names a campaign, by foreign key or by name.
pub fn campaign_of<'a>(table: &'a Table, codes: Option<&Table>) -> Option<(&'a Field, f64)> {
    let link = codes.and_then(|codes| table.link_to(codes)).and_then(|link| table.field(&link.column));
    let names = synonyms::of(Entity::Redemptions, "promo_code_id");
    link.map(|field| (field, 0.97))
        .or_else(|| named(table, names, |f| !f.is_time() && !f.is_boolean() && !f.is_decimal()))
}

/// The column of a table that names a purchase.
pub fn purchase_of<'a>(table: &'a Table, orders: Option<&Table>) -> Option<(&'a Field, f64)> {
    let link = orders.and_then(|orders| table.link_to(orders)).and_then(|link| table.field(&link.column));
    let names = synonyms::of(Entity::Redemptions, "applied_purchase_id");
    link.map(|field| (field, 0.97))
        .or_else(|| named(table, names, |f| !f.is_time() && !f.is_boolean() && !f.is_decimal()))
}

fn redemptions(table: &Table, codes: Option<&Table>, orders: Option<&Table>) -> Option<(f64, String)> {
    let (all, last) = head(table);
    let is_use = ["redemption", "usage", "use", "claim", "application"].contains(&last.as_str());
    let about = all.iter().any(|w| is_promotion(w));
    let campaign = campaign_of(table, codes);
    let purchase = purchase_of(table, orders);
    // A version of the terms stands between a redemption and its campaign in some shops.
    let named = match (is_use, about) {
        (true, true) => 0.9,
        (true, false) => 0.55,
        // A link between purchases and campaigns: order_promotions_promotion.
        (false, true)
            if all.iter().any(|w| ["order", "checkout", "cart", "purchase"].contains(&w.as_str()))
                && table.fields.len() < 12 =>
        {
            0.7
        }
        _ => return None,
    };
    let (score, why) = match (campaign, purchase) {
        (Some((c, _)), Some((p, _))) => (named + 0.05, format!("it has {} and {}", c.name, p.name)),
        (None, Some((p, _))) if is_use => (named - 0.1, format!("its name, and {}", p.name)),
        (Some((c, _)), None) if is_use => (named - 0.15, format!("its name, and {}", c.name)),
        _ => return None,
    };
    Some((score, why))
}

/// Orders that name their code are redemptions too.
fn own_redemption<'a>(table: &'a Table, codes: Option<&Table>) -> Option<Candidate<'a>> {
    let by_code =
        || named(table, synonyms::PLAIN_CODE, Field::is_text).filter(|(field, _)| field.name != "code");
    let (field, score) = campaign_of(table, codes).or_else(by_code).filter(|(_, score)| *score > 0.65)?;
    let confidence = (score - 0.25).max(0.5);
    Some(Candidate {
        table,
        confidence,
        why: format!("no table of redemptions; a purchase names its code in {}", field.name),
    })
}

fn purchases(all: &[Table], table: &Table) -> Option<(f64, String)> {
    let (_, last) = head(table);
    let named_: f64 = match last.as_str() {
        "order" | "purchase" => 0.9,
        "checkout" | "sale" => 0.75,
        "invoice" | "booking" => 0.6,
        "payment" | "transaction" | "cart" => 0.42,
        _ => return None,
    };
    let amounts: Vec<&Field> = ["base_stars_amount", "discount_stars_amount", "stars_amount"]
        .iter()
        .filter_map(|name| {
            named(table, synonyms::of(Entity::Purchases, name), |f| f.is_integer() || f.is_decimal())
        })
        .filter(|(_, score)| *score > 0.65)
        .map(|(field, _)| field)
        .collect();
    named(table, synonyms::of(Entity::Purchases, "created_at"), Field::is_time)?;
    let referred = all.iter().filter(|other| other.link_to(table).is_some()).count();
    let score = named_ - if amounts.is_empty() { 0.3 } else { 0.0 } + (referred.min(5) as f64) * 0.01;
    let shown: Vec<&str> = amounts.iter().map(|field| field.name.as_str()).collect();
    let why = if shown.is_empty() {
        "its name; it has no amount".to_owned()
    } else {
        format!("its name, and amounts in {}", shown.join(", "))
    };
    Some((score, why))
}

fn users(all: &[Table], table: &Table) -> Option<(f64, String)> {
    let (_, last) = head(table);
    let named: f64 = match last.as_str() {
        "user" | "customer" => 0.85,
        "account" | "member" => 0.65,
        "person" | "buyer" | "profile" => 0.5,
        _ => return None,
    };
    let key = table.key()?;
    let referred = all.iter().filter(|other| other.link_to(table).is_some()).count();
    Some((
        named + (referred.min(10) as f64) * 0.01,
        format!("its name; {referred} foreign keys refer to its {}", key.name),
    ))
}
