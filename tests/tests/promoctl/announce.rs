//! promoctl announce, and pause of a batch.

use super::rotate::{batch, run};
use promo_guard_tests::{promoctl, server, table};

#[test]
fn a_promotion_is_announced_listed_and_withdrawn() {
    let (mut db, name) = batch(server(), 2);
    let call = |arguments: &[&str]| run(promoctl(server(), &name).arg("announce").args(arguments));
    let time = ["--from", "2026-03-01 09:00", "--until", "2026-03-01 11:00+00"];
    let (code, out, err) = call(&[]);
    assert_eq!((code, out.as_str()), (0, "No promotion is announced.\n"), "{err}");
    let (code, out, err) = call(&[&["1001"], &time[..], &["--note", "TV spot"]].concat());
    assert!(
        code == 0 && out.starts_with("Announced a promotion of campaign 1001 (announcement 1)."),
        "{out}{err}"
    );
    let (code, out, err) = call(&[&["--batch", "Leaked"], &time[..], &["--note", "mailing"]].concat());
    assert!(
        code == 0 && out.starts_with("Announced a promotion of all codes of \"Leaked\" (announcement 2)."),
        "{out}{err}"
    );
    let (code, out, err) = call(&["--withdraw", "2", "--reason", "not sent"]);
    assert!(code == 0 && out.starts_with("Withdrew announcement 2 (action "), "{out}{err}");
    let rows = "SELECT id, campaign_id, campaign_name, starts_at = '2026-03-01 09:00Z', note, withdrawal_reason FROM promo_guard.announcements ORDER BY 1";
    let expected =
        [["1", "1001", "∅", "t", "TV spot", "∅"], ["2", "∅", "Leaked", "t", "mailing", "not sent"]];
    assert_eq!(table(&mut db, rows), expected);
    let (_, out, err) = call(&[]);
    assert!(err.is_empty(), "{err}");
    assert!(
        out.contains("campaign 1001") && out.contains("2026-03-01 09:00:00Z") && out.contains("TV spot"),
        "{out}"
    );
    assert!(out.contains("withdrawn by postgres:") && out.lines().all(|l| l.chars().count() <= 80), "{out}");
    let (_, out, _) = run(promoctl(server(), &name).args(["announce", "--output", "json"]));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(out.contains("\"id\": \"1\"") || out.contains("\"id\":\"1\""), "ids are strings: {json}");

    // What is lacking is said before a server is asked; what is wrong is the server's to say.
    for arguments in [
        &["1001"][..],
        &["1001", "--from", "2026-03-01", "--until", "2026-03-02"],
        &[&time[..], &["--note", "x"]].concat(),
        &[&["1001", "--batch", "Leaked"], &time[..], &["--note", "x"]].concat(),
        &["--withdraw", "1"],
    ] {
        assert_eq!(call(arguments).0, 2, "{arguments:?}");
    }
    let (code, _, err) = call(&[&["1001"], &time[..], &["--note", "…"]].concat());
    assert!(code == 3 && err.contains("a note is needed"), "{err}");
}

#[test]
fn a_batch_is_paused_by_its_name() {
    let (mut db, name) = batch(server(), 5);
    db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE' WHERE id > 1002").unwrap();
    let call =
        |batch: &str| run(promoctl(server(), &name).args(["pause", "--batch", batch, "--reason", "leaked"]));
    let (code, out, err) = call("Leaked");
    assert_eq!(
        (code, out.as_str()),
        (0, "Paused 3 codes of \"Leaked\"; 2 more were paused already.\n"),
        "{err}"
    );
    assert_eq!(call("Leaked").1, "All 5 codes of \"Leaked\" were paused already.\n");
    assert_eq!(table(&mut db, "SELECT status, count(*) FROM promo_codes GROUP BY 1"), [["PAUSED", "5"]]);
    let (code, _, err) = call("leaked");
    assert!(code == 3 && err.contains("no campaign with that name"), "{err}");
    let both = run(promoctl(server(), &name).args(["pause", "1001", "--batch", "Leaked", "--reason", "x"]));
    assert_eq!((both.0, run(promoctl(server(), &name).args(["pause", "--reason", "x"])).0), (2, 2));
    let one = run(promoctl(server(), &name).args(["pause", "1001", "--reason", "x"]));
    assert!(one.0 == 0 && one.1.starts_with("Already paused: campaign 1001 (action "), "{one:?}");
}
