//! Attempts in partitions on two other servers, by postgres_fdw: the same answers, and few statements sent.

use super::calls::Subjects;
use super::shop::shop;
use postgres::Client;
use promo_guard_tests::{Server, server, table};

/// Where the parts of attempts end, in days from the beginning of today, and the last one has no end. One part for each server.
const ENDS: [&str; 1] = ["-3"];

/// Takes the attempts of a shop to the other servers: parts by time, in turns.
fn move_away(db: &mut Client, others: &[Server]) {
    db.batch_execute(
        "CREATE EXTENSION postgres_fdw;
         ALTER TABLE promo_attempts RENAME TO at_home;
         CREATE TABLE promo_attempts (LIKE at_home INCLUDING DEFAULTS) PARTITION BY RANGE (attempted_at)",
    )
    .unwrap();
    for (n, other) in others.iter().enumerate() {
        db.batch_execute(&format!(
            "CREATE SERVER other_{n} FOREIGN DATA WRAPPER postgres_fdw
             OPTIONS (host '{}', port '{}', dbname 'postgres', fetch_size '100000');
             CREATE USER MAPPING FOR PUBLIC SERVER other_{n} OPTIONS (user 'postgres')",
            other.host(),
            other.port()
        ))
        .unwrap();
    }
    let at = |days: &str| format!("(date_trunc('day', now(), 'UTC') + interval '24 hours' * {days})");
    let mut from = "MINVALUE".to_owned();
    for (n, end) in ENDS.iter().map(|days| at(days)).chain(["MAXVALUE".to_owned()]).enumerate() {
        let other = n % others.len();
        let mut there = others[other].connect("postgres");
        there
            .batch_execute(&format!(
                "CREATE TABLE part_{n} (id bigint, user_id bigint, normalized_code_hash character(64), result varchar(24), source varchar(16),
                                        attempted_at timestamptz, metadata jsonb);
                 CREATE INDEX ON part_{n} (normalized_code_hash, attempted_at);
                 CREATE INDEX ON part_{n} (user_id, attempted_at);
                 CREATE INDEX ON part_{n} (attempted_at)"
            ))
            .unwrap();
        db.batch_execute(&format!(
            "CREATE FOREIGN TABLE part_{n} PARTITION OF promo_attempts FOR VALUES FROM ({from}) TO ({end}) SERVER other_{other}"
        ))
        .unwrap();
        from = end;
    }
    db.batch_execute(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT id, user_id, normalized_code_hash, result, source, attempted_at, metadata FROM at_home;
         DROP TABLE at_home CASCADE; ANALYZE",
    )
    .unwrap();
    // Nothing is left of the view that was dropped with its table.
    db.batch_execute("SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
}

/// The queries that the other servers were sent, and all their statements: opening, fetching and closing each is a statement too.
fn sent(others: &[Server]) -> (usize, usize) {
    let logs: Vec<String> = others.iter().map(Server::log).collect();
    let lines = || logs.iter().flat_map(|log| log.lines());
    let statement = |line: &&str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
    let query = |line: &&str| statement(line) && line.contains(": DECLARE c");
    (lines().filter(query).count(), lines().filter(statement).count())
}

/// Of the answer of a call: the first row that differs.
fn difference(ours: &[Vec<String>], theirs: &[Vec<String>]) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let pairs = ours.iter().zip(theirs).find(|(a, b)| a != b);
    Some(format!("{} rows and {}; {pairs:?}", ours.len(), theirs.len()))
}

#[test]
fn attempts_on_two_other_servers_give_the_same_answers_with_few_statements() {
    let here = server();
    let available = "SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw'";
    if table(&mut here.connect("postgres"), available).is_empty() {
        eprintln!("This server has no postgres_fdw: nothing was tried.");
        return;
    }
    let plain = shop(here);
    let away = format!("{plain}_away");
    here.connect("postgres").batch_execute(&format!("CREATE DATABASE {away} TEMPLATE {plain}")).unwrap();
    let others: Vec<Server> = (0..2).map(|_| Server::start(&["log_statement=all"])).collect();
    let (mut plain, mut away) = (here.connect(&plain), here.connect(&away));
    move_away(&mut away, &others);
    let subjects = Subjects::of(&mut plain);
    let (mut differ, mut counts) = (Vec::new(), Vec::new());
    let expected: Vec<_> = subjects.comparable().map(|(_, sql)| table(&mut plain, &sql)).collect();
    for indexed in [false, true] {
        if indexed {
            away.batch_execute(
                "CREATE INDEX ON promo_attempts (normalized_code_hash, attempted_at);
                 CREATE INDEX ON promo_attempts (user_id, attempted_at);
                 CREATE INDEX ON promo_attempts (attempted_at)",
            )
            .unwrap();
        }
        for ((name, sql), ours) in subjects.comparable().zip(&expected) {
            let before = sent(&others);
            let theirs = table(&mut away, &sql);
            let after = sent(&others);
            // What doctor has to say of indexes and tables is of the layout.
            if name != "doctor"
                && let Some(difference) = difference(ours, &theirs)
            {
                differ.push(format!("{name}, indexed {indexed}: {difference}"));
            }
            counts.push((name, after.0 - before.0, after.1 - before.1));
        }
    }
    for (name, queries, statements) in &counts {
        println!("{name}: {queries} queries, {statements} statements");
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    let of_triage = counts.iter().filter(|(name, ..)| *name == "triage").map(|(_, queries, _)| *queries);
    assert!(
        of_triage.clone().all(|queries| (1..=40).contains(&queries)),
        "{:?}",
        of_triage.collect::<Vec<_>>()
    );
}
