//! Readers see clusters, operators who is in them; and a standby or a read-only transaction is no obstacle.

use super::shop::shop;
use promo_guard_tests::{refused, server, table};

#[test]
fn a_reader_sees_clusters_and_not_who_is_in_them() {
    let (mut db, name) = shop();
    db.batch_execute(
        "CREATE ROLE cluster_reader LOGIN; CREATE ROLE cluster_operator LOGIN;
         SELECT promo_guard.grant_reader('cluster_reader'); SELECT promo_guard.grant_operator('cluster_operator');
         SELECT try(code(9), 'INVALID', 5, 9, now() - interval '5 min')",
    )
    .unwrap();
    let mut reader = server().connect_as("cluster_reader", &name);
    let mut operator = server().connect_as("cluster_operator", &name);
    for client in [&mut reader, &mut operator] {
        assert_eq!(table(client, "SELECT attempts FROM promo_guard.failure_clusters()"), [["5"]]);
        assert_eq!(table(client, "SELECT count(*) FROM promo_guard.baseline()"), [["5"]]);
    }
    let members = "SELECT user_id FROM promo_guard.failure_cluster_members() ORDER BY 1";
    assert_eq!(refused(&mut reader, members).code, "42501");
    assert_eq!(table(&mut operator, members).len(), 5);
    // no hash, and no user, gets out by way of a reader's columns: an unknown code's id has its first digits alone
    let row = table(&mut reader, "SELECT c::text FROM promo_guard.failure_clusters() AS c")[0][0].clone();
    let hash = table(&mut db, "SELECT code(9)")[0][0].clone();
    assert!(!row.contains(&hash[..16]), "{row}");
    db.batch_execute(
        "SELECT promo_guard.revoke_access('cluster_reader'); SELECT promo_guard.revoke_access('cluster_operator');
         DROP ROLE cluster_reader; DROP ROLE cluster_operator",
    )
    .unwrap();
}
