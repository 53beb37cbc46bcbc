//! Every free-text argument, of every function that has one, is refused by the same rule and in the same words.

use promo_guard_tests::{promoctl, refused, server, table};

/// A call of each, with the text in the place of `$`. What it is about need not exist: the text is read first.
const CALLS: &[(&str, &str, &str)] = &[
    ("acknowledge_escalation", "note", "('bake_failed', 1, $)"),
    ("announce", "note", "(1, now(), now() + interval '1 hour', $)"),
    ("announce_batch", "note", "('x', now(), now() + interval '1 hour', $)"),
    ("checkpoint", "note", "(1, now() + interval '1 hour', $)"),
    ("close_incident", "note", "(1, $)"),
    ("fix_campaign", "reason", r#"(1, '{"max_total_uses": 90}', $)"#),
    ("open_incident", "title", "($, 'x')"),
    ("open_incident", "trigger", "('x', $)"),
    ("pause", "reason", "(1, $)"),
    ("pause_batch", "reason", "('x', $)"),
    ("rotate", "reason", "('{1}', ARRAY[repeat('b', 64)], '{A}', $)"),
    ("set_policy", "reason", "('guard_min_users', '3', $)"),
    ("unpause", "reason", "(1, $)"),
    ("withdraw_announcement", "reason", "(1, $)"),
];

/// Names of arguments that are no free text: they name or identify something.
const NAMES: &[&str] = &[
    "campaign_name",
    "code_hash",
    "fingerprint",
    "key",
    "name",
    "on_regression",
    "product_code",
    "reference",
    "rule",
    "value",
];

/// What is refused, as an SQL expression, and the message.
fn refusals(name: &str) -> Vec<(&'static str, String)> {
    let longest = if ["title", "trigger"].contains(&name) { 200 } else { 2_000 };
    let (needed, long, character) = (
        format!("a {name} is needed"),
        format!("{name} is longer than {longest} characters"),
        format!("{name} has a character that is not allowed"),
    );
    vec![
        ("''", needed.clone()),
        ("E' \\t\\n'", needed.clone()),
        (r"U&'\00a0\200b\feff'", needed.clone()),
        (r"U&'\2060\3164\00ad\2800'", needed.clone()),
        ("repeat('x', 2001)", long.clone()),
        ("repeat('x', 10000000)", long),
        (r"E'a\nb'", character.clone()),
        (r"E'a\u001b[31mb'", character.clone()),
        (r"E'a\u009bb'", character.clone()),
        (r"U&'pay \202Etpecxe\202C nothing'", character.clone()),
        (r"U&'a\2066b'", character.clone()),
        (r"U&'a\2028b'", character),
    ]
}

#[test]
fn every_free_text_of_every_function_is_bounded_visible_and_in_one_line() {
    let (mut db, _) = server().bound_database();
    let log = "SELECT count(*) FROM promo_guard.action_log";
    let before = table(&mut db, log);
    for (function, name, arguments) in CALLS {
        for (text, message) in refusals(name) {
            let call = format!("SELECT promo_guard.{function}{}", arguments.replace('$', text));
            let met = refused(&mut db, &call);
            assert_eq!(
                (met.code.as_str(), met.message.as_str()),
                ("22023", message.as_str()),
                "{call}: {met:?}"
            );
            assert!(!met.detail.is_empty() && met.hint.contains(name), "{call}: {met:?}");
        }
    }
    assert_eq!(table(&mut db, log), before);
    // what is just right is taken
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'P', 'One', 'PREMIUM_GRANT', 'ALL', 'ACTIVE', now(), now() + interval '1 day');
         SELECT promo_guard.pause(1, repeat('ü', 2000)); SELECT promo_guard.open_incident(repeat('漏', 200), 'x');
         SELECT promo_guard.close_incident(1, U&'\\+01F469\\200D\\+01F692 \\0633\\0628\\0628\\200F')",
    )
    .unwrap();
}

#[test]
fn no_argument_is_forgotten() {
    let (mut db, _) = server().database();
    let mut found = table(
        &mut db,
        &format!(
            "SELECT p.proname, a.name FROM pg_proc AS p,
                    unnest(p.proargnames[:p.pronargs], p.proargtypes::oid[]) AS a (name, type)
             WHERE p.pronamespace = 'promo_guard'::regnamespace AND a.type = 'text'::regtype AND NOT a.name = ANY ('{{{}}}')",
            NAMES.join(",")
        ),
    );
    found.sort();
    // The parts of our own aggregates take no text from people.
    found.retain(|row| !row[0].starts_with("settle_sketch") && !row[0].starts_with("tally"));
    let known: Vec<_> =
        CALLS.iter().map(|(function, name, _)| vec![(*function).to_owned(), (*name).to_owned()]).collect();
    assert_eq!(found, known);
}

#[test]
fn promoctl_says_the_same() {
    let (_db, name) = server().bound_database();
    for (arguments, message) in [
        (["pause", "1", "--reason", "\u{a0}\u{200b}\u{feff}"], "a reason is needed"),
        (["unpause", "1", "--reason", "\u{a0}\u{200b}\u{feff}"], "a reason is needed"),
        (["pause", "1", "--reason", "a\u{202e}b"], "reason has a character that is not allowed"),
        (["unpause", "1", "--reason", "a\u{202e}b"], "reason has a character that is not allowed"),
    ] {
        let out = promoctl(server(), &name).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(!out.status.success() && said.contains(message), "{arguments:?}: {said}");
    }
}
