//! Every function says the same about the same campaign at the same moment. AGREEMENT_INCIDENTS says over how many incidents.

use chrono::Utc;
use postgres::Client;
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, Status, generate};
use promo_guard_habits::habits::Region;
use promo_guard_habits::rows::{Answer, Shop};
use promo_guard_habits::story::{self, Choice};
use promo_guard_habits::truth::Kind;
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{habits, promoctl, server, table};
use serde_json::Value;
use std::collections::BTreeMap;
use std::env;

/// What is said of campaigns: by id and by what it is, each saying by the function that said it.
type Sayings = BTreeMap<(String, &'static str), BTreeMap<String, Vec<String>>>;

struct Heard(Sayings, Vec<String>);

impl Heard {
    fn say(&mut self, campaign: &str, what: &'static str, who: &str, saying: impl ToString) {
        let of = self.0.entry((campaign.to_owned(), what)).or_default();
        of.entry(saying.to_string()).or_default().push(who.to_owned());
    }

    /// Sayings that differ.
    fn disagreements(&self) -> Vec<String> {
        let differ = self.0.iter().filter(|(_, sayings)| sayings.len() > 1);
        let differ = differ.map(|((campaign, what), sayings)| format!("{what} of {campaign}: {sayings:?}"));
        differ.chain(self.1.iter().cloned()).collect()
    }
}

fn rows(db: &mut Client, sql: &str, mut each: impl FnMut(&[String])) {
    for row in table(db, sql) {
        each(&row);
    }
}

/// Listens to every function about the campaigns of one database, in one snapshot. The time is a second before now, so that what reads
/// the clock sees no other minute.
fn listen(db: &mut Client, name: &str) -> Heard {
    let mut heard = Heard(Sayings::new(), Vec::new());
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TimeZone = 'UTC'").unwrap();
    let as_of = table(db, "SELECT now()").swap_remove(0).swap_remove(0);
    let at = format!("'{as_of}'::timestamptz");
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);

    let page: Value = db.query_one(&format!("SELECT promo_guard.triage(as_of => {at})"), &[]).unwrap().get(0);
    let cli =
        promoctl(server(), name).args(["triage", "--as-of", &as_of, "--output", "json"]).output().unwrap();
    assert!(cli.status.success(), "{}", String::from_utf8_lossy(&cli.stderr));
    let cli: Value = serde_json::from_slice(&cli.stdout).unwrap();
    for (who, page) in [("triage", &page), ("promoctl triage", &cli)] {
        for campaign in page["campaigns"].as_array().unwrap() {
            let id = text(&campaign["campaign_id"]);
            heard.say(&id, "verdict", who, text(&campaign["verdict"]));
            heard.say(&id, "failed attempts", who, text(&campaign["failed_attempts"]));
            if campaign["paused_at_source"].is_null() {
                continue;
            }
            let at: String = text(&campaign["paused_at"]).replace("+00:00", "Z");
            heard.say(&id, "paused_at", who, second(&at));
            heard.say(&id, "source", who, text(&campaign["paused_at_source"]));
            heard.say(&id, "actor", who, text(&campaign["paused_by"]));
        }
    }
    let seconds = "to_char(paused_at, 'YYYY-MM-DD HH24:MI:SS')";
    rows(
        db,
        &format!(
            "SELECT campaign_id, {seconds}, paused_at_source, coalesce(paused_by, 'null'), failed_attempts, verdict
             FROM promo_guard.paused_campaigns(as_of => {at}, max_rows => NULL)"
        ),
        |row| {
            for (what, saying) in ["paused_at", "source", "actor", "failed attempts", "verdict"].iter().zip(&row[1..]) {
                heard.say(&row[0], what, "paused_campaigns", saying);
            }
        },
    );
    rows(db, &format!("SELECT campaign_id, verdict FROM promo_guard.classify(as_of => {at})"), |row| {
        heard.say(&row[0], "verdict", "classify", &row[1]);
    });
    let paused: Vec<String> =
        table(db, "SELECT id FROM promo_codes WHERE status = 'PAUSED'").into_iter().flatten().collect();
    for id in &paused {
        rows(db, &format!("SELECT verdict, {seconds} FROM promo_guard.plan_unpause({id})"), |row| {
            heard.say(id, "verdict", "plan_unpause", &row[0]);
            heard.say(id, "paused_at", "plan_unpause", &row[1]);
        });
        rows(
            db,
            &format!(
                "SELECT evidence ->> 'paused_at', evidence ->> 'paused_at_source' FROM promo_guard.check_unpause({id})
                 WHERE name = 'history_explains_pause'"
            ),
            |row| {
                heard.say(id, "paused_at", "check_unpause", second(&row[0]));
                heard.say(id, "source", "check_unpause", &row[1]);
            },
        );
    }
    rows(
        db,
        &format!(
            "SELECT campaign_id, sum(attempts) FROM promo_guard.failed_attempts(as_of => {at}, max_rows => NULL)
             WHERE campaign_id IS NOT NULL GROUP BY 1"
        ),
        |row| heard.say(&row[0], "failed attempts", "failed_attempts", &row[1]),
    );
    let mut clusters = Vec::new();
    // A cluster's numbers are those of its sentence; since when a campaign is paused is what the others say.
    rows(
        db,
        &format!(
            "SELECT coalesce(campaign_id, 0), kind, attempts, users, explanation FROM promo_guard.failure_clusters(as_of => {at}, max_rows => NULL)"
        ),
        |row| {
            if let Some((_, since)) = row[4].split_once("is paused (since ") {
                heard.say(&row[0], "paused_at", "failure_clusters", second(since));
            }
            clusters.push((row[0].clone(), row[1].clone(), row[4].clone()));
            let sentence = row[4].replace(',', "");
            let told = |n: &str| match n {
                "1" => sentence.contains("once") || sentence.contains('1'),
                "2" => sentence.contains("twice") || sentence.contains('2'),
                n => sentence.contains(n),
            };
            if row[1] == "PAUSE_ECHO" || row[1] == "CONFIG_FAILURE" || row[1] == "MISTYPED_CODE" {
                assert!(told(&row[2]) && told(&row[3]), "{row:?}");
            }
        },
    );
    for cluster in page["clusters"].as_array().unwrap() {
        let says = |field: &str| text(&cluster[field]);
        clusters.push((says("campaign_id"), says("kind"), says("explanation")));
    }
    heard.1 = contradictions(&clusters, &heard.0);
    let report: Value =
        db.query_one(&format!("SELECT promo_guard.incident_report(as_of => {at})"), &[]).unwrap().get(0);
    for campaign in report["affected"]["campaigns"].as_array().unwrap() {
        let id = text(&campaign["campaign_id"]);
        heard.say(&id, "verdict", "incident_report", text(&campaign["verdict"]));
        heard.say(&id, "failed attempts", "incident_report", text(&campaign["failed_attempts"]));
        if !campaign["paused_at"].is_null() {
            heard.say(&id, "paused_at", "incident_report", second(&text(&campaign["paused_at"])));
            heard.say(&id, "source", "incident_report", text(&campaign["paused_at_source"]));
        }
    }
    // Several pauses that count as one begin with the first of them.
    rows(
        db,
        &format!(
            "SELECT campaign_id, to_char(since, 'YYYY-MM-DD HH24:MI:SS') FROM promo_guard.escalations({at})
             WHERE rule = 'high_value_paused' AND detail NOT LIKE '%pauses, counted as one%'"
        ),
        |row| heard.say(&row[0], "paused_at", "escalations", &row[1]),
    );
    for (what, of) in [("attempts", "attempts"), ("failed attempts", "failed_attempts")] {
        heard.say("the window", what, "triage", text(&page["headline"][of]));
        rows(db, &format!("SELECT sum({of}) FROM promo_guard.blast_radius(as_of => {at})"), |row| {
            heard.say("the window", what, "blast_radius", &row[0]);
        });
    }
    rows(
        db,
        "SELECT sum(value)::bigint FROM promo_guard.metrics WHERE name = 'promo_guard_campaigns' AND labels ->> 'status' = 'PAUSED'",
        |row| {
            heard.say("the shop", "paused", "metrics", &row[0]);
            heard.say("the shop", "paused", "triage", text(&page["headline"]["paused"]));
        },
    );
    db.batch_execute("ROLLBACK").unwrap();
    heard
}

/// A cluster's campaign, kind and sentence.
type Cluster = (String, String, String);

/// A cluster accuses where the verdict does, and nowhere else; nor does it name a fault that the verdict does not.
fn contradictions(clusters: &[Cluster], sayings: &Sayings) -> Vec<String> {
    let mut found = Vec::new();
    for (id, kind, says) in clusters {
        for verdict in sayings.get(&(id.clone(), "verdict")).into_iter().flat_map(BTreeMap::keys) {
            let agrees = match kind.as_str() {
                "ABUSED_CODE" | "LEAKED_CODE" => verdict == "ABUSE_LIKELY",
                "CONFIG_FAILURE" => matches!(verdict.as_str(), "CONFIG_REGRESSION" | "ABUSE_LIKELY"),
                "SURGE" if says.contains("finds no abuse") || says.contains("and no abuse") => {
                    verdict != "ABUSE_LIKELY"
                }
                "SURGE" if says.contains("The verdict is open") => verdict == "INCONCLUSIVE",
                "SURGE" => says.contains("finds abuse") && verdict == "ABUSE_LIKELY",
                _ => true,
            };
            if !agrees {
                found.push(format!("the verdict on {id} is {verdict}, and its cluster {kind}: {says}"));
            }
        }
    }
    found
}

/// `2026-03-01T12:00:05.123+00:00` or `2026-03-01 12:00:05Z at the latest` to `2026-03-01 12:00:05`.
fn second(at: &str) -> String {
    at.chars().take(19).collect::<String>().replace('T', " ")
}

/// A shop with six incidents of six kinds, the next six for the next shop; some campaigns were edited after their pause (trap 2).
fn shop(n: u32) -> Config {
    let mut config = Config::small(700 + u64::from(n), Micros(Utc::now().timestamp_micros()));
    (config.days, config.attempts_per_day) = (2, 1_500);
    config.incidents = (0..INCIDENTS)
        .map(|i| {
            let nth = n * INCIDENTS + i;
            let kind = IncidentKind::ALL[nth as usize % IncidentKind::ALL.len()];
            let intensity = [Intensity::Medium, Intensity::High, Intensity::Low][nth as usize / 18 % 3];
            let began = 25 + nth * 37 % 150;
            let incident = Incident::new(kind, intensity, began);
            if nth.is_multiple_of(4) { incident.edited_after(began / 2) } else { incident }
        })
        .collect();
    config
}

/// Incidents of one shop.
const INCIDENTS: u32 = 6;

fn incidents() -> u32 {
    env::var("AGREEMENT_INCIDENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(18)
}

/// Whether a code rejects many in the last half hour: of an incident that is over only the echo of its pause is left.
fn rejects_many_now(shop: &Shop) -> bool {
    let mut rejected: BTreeMap<u64, u32> = BTreeMap::new();
    for attempt in shop.attempts.iter().rev().take_while(|a| a.at > shop.end - 30 * 60_000_000) {
        *rejected.entry(attempt.code).or_default() += u32::from(attempt.answer == Answer::NotApplicable);
    }
    rejected.values().any(|n| *n > 60)
}

/// Shops of any habits with harmless and other crowds: what a promotion looks like in one is a leak in another, and clusters must leave
/// open what the verdict leaves open.
#[test]
fn every_function_says_the_same_in_a_shop_of_any_habits() {
    let (mut surges, mut accused, mut differ) = (0, 0, Vec::new());
    let crowds = [
        Kind::TvSpot,
        Kind::LaunchDay,
        Kind::SchoolClass,
        Kind::Influencer,
        Kind::LeakedToPeople,
        Kind::Hammered,
    ];
    let choice = Choice::of(Region::All).only(&crowds);
    let shops = (9_700_000..).map(|seed| (seed, story::shop(seed, &choice)));
    for (seed, made) in
        shops.filter(|(_, made)| rejects_many_now(made)).take(incidents().div_ceil(3) as usize)
    {
        let (mut db, name) = server().empty_database();
        habits::load(&mut db, &made);
        let told = listen(&mut db, &name).disagreements();
        differ.extend(told.into_iter().map(|told| format!("shop {seed}: {told}")));
        for kind in table(&mut db, "SELECT kind FROM promo_guard.failure_clusters()").concat() {
            surges += u32::from(kind == "SURGE");
            accused += u32::from(kind == "ABUSED_CODE" || kind == "LEAKED_CODE");
        }
        drop(db);
        server().connect("postgres").batch_execute(&format!("DROP DATABASE {name}")).unwrap();
    }
    println!("{surges} surges, {accused} accused, {} disagreements", differ.len());
    assert!(surges + accused > 0, "no crowd among them");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn every_function_says_the_same_of_the_same_campaign() {
    let incidents = incidents();
    let (mut paused, mut differ) = (0, Vec::new());
    for n in 0..incidents.div_ceil(INCIDENTS) {
        let data = generate(&shop(n));
        let (mut db, name) = server().empty_database();
        load(&mut db, &data, &LoadOptions::default().without_foreign_keys()).unwrap();
        db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind(ledger => 'ledger')")
            .unwrap();
        if n % 3 == 2 {
            // What is paused by now was paused before the history was attached.
            db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
        }
        paused += data.campaigns.iter().filter(|c| c.status == Status::Paused).count();
        let told = listen(&mut db, &name).disagreements();
        differ.extend(told.into_iter().map(|told| format!("shop {n}: {told}")));
        drop(db);
        server().connect("postgres").batch_execute(&format!("DROP DATABASE {name}")).unwrap();
    }
    println!("{incidents} incidents, {paused} paused campaigns, {} disagreements", differ.len());
    assert!(paused > 5, "{paused}");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
