//! The statements that find out which rows are doubtful, so that the rules need look at those alone.

use super::arithmetic::Arithmetic;
use super::needs::Lacking;
use super::section::without_notes;
use super::sketch::{Doubt, SLOT_MASK, USE_MASK};

/// Which rows the rules look at.
#[derive(Debug, Clone, Copy)]
pub enum Look<'a> {
    /// All of the window.
    Everything,
    /// Those of the window that have to do with campaign `$5`.
    OfCampaign,
    /// Those that a screening found doubtful.
    Doubtful(&'a Tokens, &'a Doubt),
}

/// How redemptions and purchases are hashed in this application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    id: IdHash,
    users: bool,
}

/// A hash of ids that are equal for PostgreSQL if and only if they are equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdHash {
    Uuid,
    Integer,
    Text,
}

impl IdHash {
    /// For a type as PostgreSQL names it; `None` where it is not known to be safe (`citext` compares other bytes as equal,
    /// `char(n)` passes over blanks).
    fn of(sql_type: &str) -> Option<Self> {
        Some(match sql_type {
            "uuid" => Self::Uuid,
            "smallint" | "integer" | "bigint" => Self::Integer,
            "text" | "character varying" => Self::Text,
            _ => return None,
        })
    }

    fn sql(self, column: &str) -> String {
        match self {
            Self::Uuid => format!("uuid_hash_extended({column}, $11)"),
            Self::Integer => format!("hashint8extended({column}::bigint, $11)"),
            Self::Text => format!("hashtextextended({column}::text COLLATE \"C\", $11)"),
        }
    }
}

/// `WITH`, and the redemptions and purchases of the window.
pub(super) fn window() -> String {
    let terms = include_str!("../../../../sql/query/settle/base/terms.sql").trim_end();
    format!("WITH {},\n{terms}", include_str!("../../../../sql/query/settle/base/window.sql").trim_end())
}

/// The hash of a user's use of a campaign.
fn use_hash(how: &Arithmetic) -> String {
    format!("hashint8extended(({})::bigint, hashint8extended(r.promo_code_id::bigint, $11))", how.user("r"))
}

impl Tokens {
    /// For purchases' ids of these types (as they stand in redemptions and in purchases). `None` where tokens would not pay:
    /// ids that cannot be hashed, or no column that says of a purchase alone what its discount must be.
    pub fn new(redemptions: &str, purchases: &str, lacking: &Lacking) -> Option<Self> {
        let (id, other) = (IdHash::of(redemptions)?, IdHash::of(purchases)?);
        let needed = [
            "redemptions.promo_code_id",
            "purchases.applied_promo_code_id",
            "purchases.base_stars_amount",
            "purchases.stars_amount",
        ];
        if id != other || needed.iter().any(|column| lacking.lacks(column)) {
            return None;
        }
        // where one side knows no users there is nothing to compare
        let users = !["redemptions.user_id", "purchases.user_id"].iter().any(|column| lacking.lacks(column));
        Some(Self { id, users })
    }

    /// What both sides must agree on: the purchase, the campaign, the user, and whether it was taken back.
    fn token(self, row: &str, id: &str, campaign: &str, taken_back: &str, how: &Arithmetic) -> String {
        let id = self.id.sql(&format!("{row}.{id}"));
        let campaign = format!("hashint8extended({row}.{campaign}::bigint, {id})");
        let token = if self.users {
            format!("hashint8extended(({})::bigint, {campaign})", how.user(row))
        } else {
            campaign
        };
        format!("CASE WHEN {row}.status = '{taken_back}' THEN ~{token} ELSE {token} END")
    }

    fn state(self, how: &Arithmetic) -> String {
        without_notes(include_str!("../../../../sql/query/settle/screen/state.sql"))
            .replace(
                ":redemption_token",
                &self.token("r", "applied_purchase_id", "promo_code_id", "REVOKED", how),
            )
            .replace(":purchase_token", &self.token("p", "id", "applied_promo_code_id", "REFUNDED", how))
            .replace(":discount", &how.discount("p.base_stars_amount", "c.discount_type", "c.discount_value"))
    }

    /// The sketch of redemptions.
    pub fn redemptions(self, how: &Arithmetic) -> String {
        let sql = include_str!("../../../../sql/query/settle/screen/redemptions.sql");
        how.fill(&format!("{},\n{}\n{}", window(), self.state(how), sql.replace(":use", &use_hash(how))))
    }

    /// The sketch of purchases.
    pub fn purchases(self, how: &Arithmetic) -> String {
        let sql = include_str!("../../../../sql/query/settle/screen/purchases.sql");
        how.fill(&format!("{},\n{}\n{sql}", window(), self.state(how)))
    }
}

impl Look<'_> {
    /// The relations `doubtful_redemption` and `doubtful_purchase`.
    pub(super) fn sql(self, how: &Arithmetic) -> String {
        match self {
            Self::Everything => include_str!("../../../../sql/query/settle/base/everything.sql").to_owned(),
            Self::OfCampaign => include_str!("../../../../sql/query/settle/base/of_campaign.sql").to_owned(),
            Self::Doubtful(tokens, doubt) => {
                let sql = include_str!("../../../../sql/query/settle/screen/doubtful.sql")
                    .replace(":slots", &SLOT_MASK.to_string())
                    .replace(":any_redemption", if doubt.redemptions.any() { "true" } else { "false" })
                    .replace(":any_purchase", if doubt.purchases.any() { "true" } else { "false" })
                    .replace(":is_redemption", if doubt.redemptions.few() { "= 1" } else { "<> 0" })
                    .replace(":is_purchase", if doubt.purchases.few() { "= 1" } else { "<> 0" });
                format!("{},\n{sql}", tokens.state(how))
            }
        }
    }
}

/// `campaign_use` with its hashes in place.
pub(super) fn campaign_use(sql: &str, how: &Arithmetic) -> String {
    sql.replace(":user_of_r", &how.user("r"))
        .replace(":uses", &USE_MASK.to_string())
        .replace(":use", &use_hash(how))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(columns: &[&str]) -> Lacking {
        columns.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn only_ids_that_hash_as_they_compare_are_hashed() {
        let all = lacking(&[]);
        assert!(Tokens::new("uuid", "uuid", &all).is_some());
        assert!(Tokens::new("integer", "bigint", &all).is_some());
        assert!(Tokens::new("text", "character varying", &all).is_some());
        for (a, b) in [("uuid", "text"), ("character(36)", "character(36)"), ("citext", "citext")] {
            assert_eq!(Tokens::new(a, b, &all), None, "{a} {b}");
        }
        assert_eq!(Tokens::new("uuid", "uuid", &lacking(&["purchases.stars_amount"])), None);
        let strangers = Tokens::new("uuid", "uuid", &lacking(&["purchases.user_id"])).unwrap();
        assert!(!strangers.purchases(&Arithmetic::default()).contains("user_id"));
    }

    #[test]
    fn no_placeholder_is_left() {
        let tokens = Tokens::new("uuid", "uuid", &lacking(&[])).unwrap();
        let doubt = Doubt::between(&Default::default(), &Default::default());
        let how = Arithmetic { nobody: vec![0], ..Arithmetic::default() };
        let look = how.fill(&Look::Doubtful(&tokens, &doubt).sql(&how));
        for sql in [tokens.redemptions(&how), tokens.purchases(&how), look] {
            let code: String =
                sql.lines().map(|l| l.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
            assert!(!code.replace("::", "").contains(':'), "{code}");
        }
    }
}
