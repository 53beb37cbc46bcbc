//! The terms of a campaign, to find a change during its bake.

use promo_guard_core::campaign::Campaign;
use serde_json::{Value, json};

/// What a bake is about: as long as these stand, it watches the campaign that was unpaused.
pub fn of(campaign: &Campaign) -> Value {
    json!({
        "valid_from": campaign.valid_from,
        "valid_until": campaign.valid_until,
        "target_scope": campaign.target_scope,
        "max_total_uses": campaign.max_total_uses,
        "max_uses_per_user": campaign.max_uses_per_user,
        "new_users_only": campaign.new_users_only,
        "first_purchase_only": campaign.first_purchase_only,
        "discount_type": campaign.discount_type,
        "discount_value": campaign.discount_value,
        "discount_percent": campaign.discount_percent,
    })
}

/// The names of those that differ.
pub fn changed(before: &Value, now: &Value) -> Vec<String> {
    let now = now.as_object().into_iter().flatten();
    now.filter(|(name, value)| before.get(name.as_str()) != Some(value))
        .map(|(name, _)| name.clone())
        .collect()
}
