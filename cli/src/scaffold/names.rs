//! Names of tables and columns as words of the trade.

/// Words that names of shops are made of, in the singular. `couponredemption` is cut into them.
const VOCABULARY: &[&str] = &[
    "account",
    "action",
    "adjustment",
    "amount",
    "application",
    "applied",
    "attempt",
    "audit",
    "benefit",
    "booking",
    "budget",
    "campaign",
    "cart",
    "category",
    "channel",
    "checkout",
    "claim",
    "code",
    "condition",
    "coupon",
    "course",
    "customer",
    "date",
    "discount",
    "eligibility",
    "event",
    "generation",
    "gift",
    "group",
    "history",
    "invoice",
    "item",
    "ledger",
    "limit",
    "line",
    "listing",
    "log",
    "lookup",
    "member",
    "method",
    "number",
    "offer",
    "order",
    "payment",
    "price",
    "product",
    "promo",
    "promotion",
    "purchase",
    "redemption",
    "refund",
    "rule",
    "sale",
    "salesrule",
    "shipping",
    "shop",
    "subscription",
    "tax",
    "transaction",
    "translation",
    "try",
    "usage",
    "use",
    "user",
    "validation",
    "value",
    "version",
    "voucher",
];

/// The words of a name, lower-case and in the singular: `order_promotions_promotion`, `ordersPromotions`, `couponredemption`.
pub fn words(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let new = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if new {
            parts.push(String::new());
        }
        if c.is_alphanumeric() {
            let last = parts.len() - 1;
            parts[last].extend(c.to_lowercase());
        }
        before = c;
    }
    parts.retain(|part| !part.is_empty());
    parts.iter().flat_map(|part| cut(part)).collect()
}

/// A run of letters as words of the vocabulary, where it is made of several; else as it is.
fn cut(part: &str) -> Vec<String> {
    fn rest(part: &str) -> Option<Vec<String>> {
        if part.is_empty() {
            return Some(Vec::new());
        }
        // The longest first: a promotion is no promo.
        let ends = part.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
        for end in ends {
            let word = singular(&part[..end]);
            if VOCABULARY.contains(&word.as_str())
                && let Some(mut found) = rest(&part[end..])
            {
                found.insert(0, word);
                return Some(found);
            }
        }
        None
    }
    rest(part).unwrap_or_else(|| vec![singular(part)])
}

/// `orders` as `order`, `tries` as `try`; a word that is no plural stays.
fn singular(word: &str) -> String {
    if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// Whether a word means the promotion of a shop.
pub fn is_promotion(word: &str) -> bool {
    matches!(word, "promo" | "promotion" | "coupon" | "voucher" | "discount" | "salesrule" | "promocode")
}

/// How well words match a phrase: as they are, with the words of their table before them, or with others before them.
pub fn match_of(column: &[String], table: &[String], phrase: &str) -> Option<Match> {
    let wanted: Vec<String> = phrase.split('_').map(singular).collect();
    if column == wanted {
        return Some(Match::Exact);
    }
    let before = column.strip_suffix(wanted.as_slice())?;
    let of_table = before.iter().all(|word| table.contains(word));
    Some(if of_table { Match::OfTable } else { Match::End })
}

/// A match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    Exact,
    OfTable,
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        for (name, shown) in [
            ("ecommerce_couponredemption", "ecommerce coupon redemption"),
            ("order_promotions_promotion", "order promotion promotion"),
            ("discount_vouchercode", "discount voucher code"),
            ("couponCode", "coupon code"),
            ("perCustomerUsageLimit", "per customer usage limit"),
            ("wc_order_coupon_lookup", "wc order coupon lookup"),
            ("salesrule_coupon_usage", "salesrule coupon usage"),
            ("promo_tries", "promo try"),
            ("coupon_uses", "coupon use"),
            ("status", "status"),
            ("Odd name\u{1f600}", "odd name"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), shown, "{name}");
        }
    }

    #[test]
    fn a_column_matches_a_phrase_with_the_words_of_its_table_before_it() {
        let of = |column: &str, table: &str, phrase| match_of(&words(column), &words(table), phrase);
        assert_eq!(of("ends_at", "promotion", "ends_at"), Some(Match::Exact));
        assert_eq!(of("coupon_code", "ecommerce_coupon", "code"), Some(Match::OfTable));
        assert_eq!(of("zip_code", "ecommerce_coupon", "code"), Some(Match::End));
        assert_eq!(of("code_hash", "coupons", "code"), None);
    }
}
