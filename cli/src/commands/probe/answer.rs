//! The answer to a code, as a sentence that one can act on.

use crate::output::text::{counted, grouped, visible};
use crate::output::{Rows, Value};
use crate::session::Call;

use crate::args::ProbeArguments;

/// The question to the server.
pub fn call(hash: &str, arguments: &ProbeArguments) -> Call {
    Call::new("probe_redeem")
        .with("code_hash", hash)
        .with_any("user_id", arguments.user)
        .with_any("product_code", arguments.product.as_deref())
}

/// What the application would answer.
pub struct Answer {
    /// The one row, for the formats that programs read.
    pub rows: Rows,
}

impl Answer {
    fn get(&self, name: &str) -> &Value {
        self.rows.first().get(name)
    }

    /// The code would be taken.
    pub fn accepted(&self) -> bool {
        self.get("result").text() == Some("ACCEPTED")
    }

    /// The campaign whose code it is.
    pub fn campaign(&self) -> Option<i64> {
        self.get("campaign_id").int()
    }

    /// `ACCEPTED`, `EXPIRED (PAUSED)`.
    pub fn word(&self) -> String {
        let result = self.get("result").text().map_or_else(|| "no answer".to_owned(), visible);
        match self.get("reason").text() {
            Some(reason) => format!("{result} ({})", visible(reason)),
            None => result,
        }
    }

    /// What it means and what to do about it. `asked` says what it was asked for.
    pub fn sentence(&self, asked: &ProbeArguments) -> String {
        let of = self.campaign().map_or(String::new(), |id| format!(" of campaign {id}"));
        if self.accepted() {
            let open = match (asked.user, &asked.product) {
                (None, None) => " The user and the product were not checked: add --user and --product.",
                (None, Some(_)) => " The user was not checked: add --user.",
                (Some(_), None) => " The product was not checked: add --product.",
                (Some(_), Some(_)) => "",
            };
            return format!("The code{of} would be accepted now, for {}.{open}", self.discount());
        }
        match self.get("result").text() {
            Some("INVALID") => {
                "No campaign has this code. If it is spelled correctly, the pepper may be wrong: probe a code that is \
                 known to work."
                    .to_owned()
            }
            _ => format!("The code{of} would be rejected. {}", self.advice()),
        }
    }

    /// What it gives.
    fn discount(&self) -> String {
        let value = self.get("discount_value").int();
        match (self.get("discount_type").text(), value) {
            (Some("FREE"), _) => "a purchase that costs nothing".to_owned(),
            (Some("PERCENT"), Some(value)) => format!("{} % off", grouped(value)),
            (Some("FIXED"), Some(value)) => format!("{} off", counted(value, "star")),
            (Some(other), Some(value)) => format!("{} {}", visible(other), grouped(value)),
            (Some(other), None) => visible(other),
            (None, _) => "a grant without a discount".to_owned(),
        }
    }

    /// What the reason means, and what to do. A reason of a later version is shown as it is.
    fn advice(&self) -> String {
        let id = self.campaign().map_or_else(|| "ID".to_owned(), |id| id.to_string());
        match self.get("reason").text() {
            Some("PAUSED") => {
                format!("Its campaign is paused. See why before you unpause it: promoctl show {id}")
            }
            Some("NOT_STARTED") => {
                "Its validity has not started. Compare valid_from with what was planned.".to_owned()
            }
            Some("ENDED") => "Its validity has ended. Compare valid_until with what was planned.".to_owned(),
            Some("DEPLETED") => {
                "Its uses are used up. Compare max_total_uses with what was planned.".to_owned()
            }
            Some("ALREADY_USED") => {
                "This user has reached max_uses_per_user. Probe with another test user.".to_owned()
            }
            Some("NEW_USERS_ONLY") => {
                "It is for new users only, and this user is not new. Probe with a new user, or check the flag."
                    .to_owned()
            }
            Some("FIRST_PURCHASE_ONLY") => {
                "It is for first purchases only, and this user has bought before. Probe with another user, or check \
                 the flag."
                    .to_owned()
            }
            Some("PRODUCT_NOT_COVERED") => {
                "It does not cover this product. Compare applicable_products with what was planned.".to_owned()
            }
            Some(other) => format!("The reason: {}.", visible(other)),
            None => "No reason is known.".to_owned(),
        }
    }
}
