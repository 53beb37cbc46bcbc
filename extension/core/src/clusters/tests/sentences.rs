//! Every sentence for a cluster, with sample values: tests/catalogue/clusters.txt.

use super::scene::{MINUTE, campaign};
use crate::attempt::Outcome;
use crate::catalogue::Catalogue;
use crate::clusters::explain::{About, explain};
use crate::clusters::fault::Fault;
use crate::clusters::known::Finding;
use crate::clusters::unknown::{Misprint, Style};
use crate::clusters::{Abuse, Cluster, Kind, Picture, Ruling};
use crate::triage::{Cause, Pause, Source};

fn cluster(kind: Kind, attempts: u64, users: u64, accepted: u64) -> Cluster {
    Cluster {
        id: "c17".to_owned(),
        kind,
        campaign: Some(17),
        attempts,
        users,
        codes: 1,
        results: [0; 6],
        accepted,
        first_seen: 0,
        last_seen: MINUTE,
        peak_per_minute: 160,
        active: true,
        recovered_users: 31,
        needs_action: false,
        score: 1.0,
        explanation: String::new(),
        series: Vec::new(),
    }
}

fn paused(source: Source) -> Pause {
    Pause {
        at: Some(MINUTE),
        not_before: None,
        not_after: Some(2 * MINUTE),
        source,
        cause: Cause::Nothing,
        actor: None,
        guard_since: None,
        history_attached: None,
    }
}

#[test]
fn the_catalogue_has_every_sentence_for_a_cluster() {
    let picture = Picture { tick: 1, uncounted: 12_000, ..Picture::default() };
    let all_seen = Picture { tick: 1, ..Picture::default() };
    let known = campaign(17);
    let (none, surge) = (Finding::default(), Finding { surge: Some(25.2), ..Finding::default() });
    let mut page = Catalogue::default();

    page.heading("BACKGROUND");
    let background = Cluster { codes: 31, campaign: None, ..cluster(Kind::Background, 4_211, 38, 0) };
    page.add("all counted", explain(&all_seen, &background, &About::Nothing));
    page.add("a sample", explain(&picture, &background, &About::Nothing));

    page.heading("LEAKED_CODE");
    for (case, accepted, finding) in [("accepted", 1_149, &surge), ("none accepted", 0, &none)] {
        let about = About::Campaign { known: &known, finding };
        page.add(case, explain(&picture, &cluster(Kind::LeakedCode, 1_756, 578, accepted), &about));
    }

    page.heading("ABUSED_CODE");
    for (case, attempts, users, finding) in [("a surge", 1_756, 178, &surge), ("one user", 46, 1, &none)] {
        let about = About::Campaign { known: &known, finding };
        page.add(case, explain(&picture, &cluster(Kind::AbusedCode, attempts, users, 0), &about));
    }

    page.heading("SURGE");
    for (case, retried, per_hour, abuse, fault) in [
        ("retried, the verdict is open", true, Some(0.0), Abuse::Possible, false),
        ("within minutes, no abuse", false, Some(1.0), Abuse::Excluded, false),
        ("rejected, a fault", false, None, Abuse::Excluded, true),
        ("rejected, abuse", false, None, Abuse::Found, false),
    ] {
        let ruling = Some(Ruling { abuse, fault });
        let finding = Finding { surge: per_hour, retried, ruling, ..Finding::default() };
        let about = About::Campaign { known: &known, finding: &finding };
        page.add(case, explain(&picture, &cluster(Kind::Surge, 1_155, 135, 0), &about));
    }

    page.heading("CONFIG_FAILURE");
    for (fault, scope_known) in [
        (Some(Fault::Validity), true),
        (Some(Fault::Limit), true),
        (Some(Fault::Audience), true),
        (Some(Fault::Scope), true),
        (Some(Fault::Scope), false),
        (None, true),
    ] {
        let mut known = campaign(17);
        (known.max_total_uses, known.scope_known) = (Some(1_500), scope_known);
        let finding = Finding { fault, ..Finding::default() };
        let about = About::Campaign { known: &known, finding: &finding };
        let scope = if scope_known { "known" } else { "unknown" };
        let case =
            format!("{}, scope {scope}", format!("{:?}", fault.unwrap_or(Fault::Unknown)).to_lowercase());
        page.add(&case, explain(&picture, &cluster(Kind::ConfigFailure, 392, 151, 0), &about));
    }

    page.heading("PAUSE_ECHO");
    let mut echo = cluster(Kind::PauseEcho, 1_310, 310, 0);
    for (case, pause, paused_from, limited) in [
        ("paused, recorded", Some(paused(Source::History)), None, 0),
        ("paused, an upper bound", Some(paused(Source::Estimated)), None, 41),
        ("paused at an unknown time", Some(Pause { at: None, ..paused(Source::Estimated) }), None, 0),
        ("was paused", None, Some(MINUTE as u32), 0),
        ("was paused before the window", None, Some(0), 0),
    ] {
        echo.results[Outcome::RateLimited as usize] = limited;
        let known = crate::clusters::Known { pause, ..campaign(17) };
        let finding = Finding { paused_from, ..Finding::default() };
        page.add(case, explain(&picture, &echo, &About::Campaign { known: &known, finding: &finding }));
    }

    page.heading("RETRY_STORM");
    for (case, attempts, users) in [("one client", 240, 1), ("two clients", 2, 2)] {
        let about = About::Campaign { known: &known, finding: &none };
        page.add(case, explain(&picture, &cluster(Kind::RetryStorm, attempts, users, 0), &about));
    }

    page.heading("MISTYPED_CODE");
    let mistyped = cluster(Kind::MistypedCode, 34, 33, 0);
    let misprint = Misprint { meant: 0, turned: 33 };
    page.add("the campaign is known", explain(&picture, &mistyped, &About::Misprint(&misprint)));
    let nameless = Cluster { campaign: None, recovered_users: 1, ..mistyped };
    page.add("the campaign is not known", explain(&picture, &nameless, &About::Misprint(&misprint)));

    page.heading("ENUMERATION");
    let guesses = Cluster { codes: 967, campaign: None, ..cluster(Kind::Enumeration, 967, 3, 0) };
    page.add("few users, many codes", explain(&picture, &guesses, &About::Guess(Style::Tempo(13.4))));
    let spread = Cluster { codes: 310, campaign: None, ..cluster(Kind::Enumeration, 322, 309, 0) };
    page.add(
        "many users, one code each",
        explain(&picture, &spread, &About::Guess(Style::Breadth { usual: 0.8 })),
    );

    page.heading("UNKNOWN_CODE");
    let unknown = Cluster { campaign: None, ..cluster(Kind::UnknownCode, 1_200, 900, 0) };
    page.add("one code, many users", explain(&picture, &unknown, &About::Guess(Style::OneCode)));
    page.compare("clusters.txt");
}
