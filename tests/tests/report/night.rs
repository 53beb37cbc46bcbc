//! A simulated night with an incident declared in it, at times that never change.

use postgres::Client;
use promo_guard_generator::{Config, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::server;

/// 2026-03-02 02:00 UTC.
const END: Micros = Micros(1_772_416_800_000_000);
/// The same as SQL reads it.
pub const AS_OF: &str = "2026-03-02 02:00:00Z";
/// A campaign's name that is anything but a name.
pub const HOSTILE: &str = "<script>alert(1)</script> | *x* \u{1b}[31m";

/// The night: the demo's data, bound with its ledger; an incident that began at 00:23, was declared at 01:20 and had a checkpoint
/// at 01:40; one campaign paused by hand in it. The campaign with the most failures has a hostile name.
pub fn night() -> (Client, String) {
    let (mut db, name) = server().empty_database();
    load(&mut db, &generate(&Config::demo(1, END)), &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute(
        "CREATE EXTENSION promo_guard; SET TimeZone = 'UTC'; SELECT promo_guard.bind(ledger => 'ledger'); SELECT promo_guard.attach_history()",
    )
    .unwrap();
    db.execute(
        "UPDATE promo_codes SET campaign_name = $1 WHERE id = (
             SELECT campaign_id FROM promo_guard.failed_attempts('30 min', $2::text::timestamptz, 1))",
        &[&HOSTILE, &AS_OF],
    )
    .unwrap();
    db.batch_execute(
        // attached the day before, by 0.1.0, which recorded no baseline: what was found after the night is not from before it
        "DELETE FROM promo_guard.status_history WHERE kind = 'baseline';
         UPDATE promo_guard.action_log SET at = '2026-03-01 09:00Z';
         SELECT promo_guard.open_incident('Spring codes fail', 'promo_campaign_auto_paused', '2026-03-02 00:23Z');
         SELECT promo_guard.checkpoint(1, now() + interval '1 hour', 'Guard paused five campaigns; classifying them.');
         SELECT promo_guard.pause((SELECT min(id) FROM promo_codes WHERE status = 'ACTIVE'), 'same batch, to be safe');
         UPDATE promo_guard.incident SET declared_at = '2026-03-02 01:20Z', detected_at = '2026-03-02 00:26Z';
         UPDATE promo_guard.status_history SET at = '2026-03-02 01:32Z';
         UPDATE promo_codes SET updated_at = '2026-03-02 01:32Z' WHERE updated_at > '2026-03-03Z';
         UPDATE promo_guard.action_log
         SET at = CASE action WHEN 'open_incident' THEN '2026-03-02 01:20Z'::timestamptz WHEN 'checkpoint' THEN '2026-03-02 01:40Z'
                              WHEN 'pause' THEN '2026-03-02 01:32Z' ELSE at END,
             after = CASE action WHEN 'open_incident' THEN after || '{\"started_at_source\": \"data\", \"detected_at_source\": \"evidence\"}'
                                 WHEN 'checkpoint' THEN after || '{\"next_checkpoint_at\": \"2026-03-02T02:10:00+00:00\"}' ELSE after END;",
    )
    .unwrap();
    (db, name)
}
