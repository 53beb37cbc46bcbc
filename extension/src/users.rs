//! Ids that stand for no particular user (policy `nobody_user_ids`): an attempt of theirs is one without a user.

use promo_guard_core::policy::Policy;

/// A statement whose `a.user_id::bigint` is null for those ids. Nearly always there are none, and the statement is as it was: the attempts
/// of a window are millions.
pub fn without_nobody(sql: &str, policy: &Policy) -> String {
    let nobody = policy.nobody_user_ids();
    if nobody.is_empty() {
        return sql.to_owned();
    }
    let ids: Vec<String> = nobody.iter().map(i64::to_string).collect();
    let user = format!(
        "CASE WHEN a.user_id::bigint = ANY ('{{{}}}'::bigint[]) THEN NULL::bigint ELSE a.user_id::bigint END",
        ids.join(",")
    );
    sql.replace("a.user_id::bigint", &user)
}
