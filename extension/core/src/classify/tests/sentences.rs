//! Every sentence of a verdict, with sample values: tests/catalogue/verdicts.txt.

use super::*;
use crate::catalogue::Catalogue;
use crate::classify::action::{action, action_on_batch};

const EXPLANATIONS: [Explanation; 17] = [
    Explanation::Contradiction,
    Explanation::LimitTooSmall,
    Explanation::AudienceTooNarrow,
    Explanation::Ended,
    Explanation::Attack,
    Explanation::Leak,
    Explanation::TakenOver,
    Explanation::Promotion,
    Explanation::Mailing,
    Explanation::Repeats,
    Explanation::Decision,
    Explanation::MassPause,
    Explanation::Unexplained,
    Explanation::Successor,
    Explanation::Rotated,
    Explanation::NoData,
    Explanation::Ordinary,
];

const CONTRADICTIONS: [Contradiction; 9] = [
    Contradiction::EndBeforeBegin,
    Contradiction::AcceptedAfterEnd(1_149),
    Contradiction::AcceptedBeforeBegin(9),
    Contradiction::UsedBeyondLimit(1_050, 1_000),
    Contradiction::UsersBeyondLimit(8),
    Contradiction::AudienceAgainstAccepted(25),
    Contradiction::AudienceSince(82),
    Contradiction::SoldOutsideScope(20, 21),
    Contradiction::NobodyBuys(14),
];

/// A conclusion about a campaign, without anything that a sentence would say.
fn bare(facts: &Facts) -> Conclusion {
    let found = concluded(facts, &shop(0.2));
    Conclusion {
        explanations: Vec::new(),
        crowd: Crowd::default(),
        trigger: Trigger::default(),
        contradictions: Vec::new(),
        by_guard: false,
        ground: Ground::Fitted,
        abuse_ruled_out: false,
        ..found
    }
}

fn first(found: &Conclusion, facts: &Facts, shop: &Shop) -> String {
    sentences(found, facts, shop).swap_remove(0)
}

#[test]
fn the_catalogue_has_every_sentence_of_a_verdict() {
    let (mut paused, shop) = (campaign(), shop(0.2));
    paused.records.paused_together = 1_140;
    let running =
        Facts { pause: None, row: Row { status: Status::Active, ..paused.row.clone() }, ..paused.clone() };
    let mut page = Catalogue::default();

    page.heading("Conclusions");
    for explanation in EXPLANATIONS {
        let found =
            Conclusion { explanations: vec![explanation], verdict: Verdict::Healthy, ..bare(&paused) };
        page.add(explanation.name(), first(&found, &paused, &shop));
    }
    let mut with = |case: &str, explanations: &[Explanation], facts: &Facts, by_guard: bool| {
        let verdict = if by_guard { Verdict::FalsePositive } else { Verdict::Inconclusive };
        let found = Conclusion { explanations: explanations.to_vec(), verdict, by_guard, ..bare(facts) };
        page.add(case, first(&found, facts, &shop));
    };
    let mut decided = paused.clone();
    decided.records.pause_reason = Some("stock is empty".to_owned());
    let mut announced = paused.clone();
    announced.records.announced = vec![Announcement {
        by: "ann".into(),
        note: "TV spot".into(),
        ..(PAUSED - DAY, PAUSED + DAY).into()
    }];
    use Explanation as E;
    with("decision with a reason", &[E::Decision], &decided, false);
    with("leak or promotion", &[E::Leak, E::Promotion], &paused, false);
    with("leak or promotion, announced", &[E::Leak, E::Promotion], &announced, false);
    with("accounts taken over or mailing", &[E::TakenOver, E::Mailing], &paused, false);
    with("attack or repeats", &[E::Attack, E::Repeats], &paused, false);
    with("audience too narrow or repeats", &[E::AudienceTooNarrow, E::Repeats], &paused, false);
    with("contradiction and attack", &[E::Contradiction, E::Attack], &paused, false);
    with("ordinary, paused by the guard", &[E::Ordinary], &paused, true);
    with("unexplained, paused by the guard", &[E::Unexplained], &paused, true);
    with("ended, active", &[E::Ended], &running, false);
    let mut lacking = paused.clone();
    lacking.missing = vec!["attempts.user_id".to_owned()];
    with("no data, a column is missing", &[E::NoData], &lacking, false);
    let mut unread = paused.clone();
    come_unread(&mut unread);
    with("no data, results that no rule knows", &[E::NoData], &unread, false);
    let silent = Shop { ingestion: Ingestion::Dead(22 * MINUTE), ..shop.clone() };
    let found = Conclusion { explanations: vec![E::NoData], ..bare(&paused) };
    page.add("no data, no attempts at all", first(&found, &paused, &silent));

    page.heading("Contradictions of the row");
    for contradiction in CONTRADICTIONS {
        let found = Conclusion { contradictions: vec![contradiction], ..bare(&paused) };
        page.add(&contradiction.columns().join(" and "), &sentences(&found, &paused, &shop)[1]);
    }

    page.heading("Failures that made the guard pause");
    for (place, cause) in Cause::ALL.into_iter().enumerate() {
        for (facts, when) in [(&paused, "paused"), (&running, "active")] {
            let mut found = bare(facts);
            found.trigger.causes[place] = (1_310, 310);
            page.add(&format!("{}, {when}", cause.name()), &sentences(&found, facts, &shop)[1]);
        }
    }

    page.heading("Users");
    let crowd = Crowd {
        users: 184,
        accepted: 149,
        new: (173, 184),
        dormant: (22, 184),
        together: (61, 184),
        many_codes: (12, 184),
        guessers: (3, 967),
        even: (5, 7),
        parallel: 4,
        went_on: (9, 184),
        one_client: (84, 184),
        expected: 40.2,
        bought: 31,
        ..Crowd::default()
    };
    let found = Conclusion { crowd: crowd.clone(), ..bare(&paused) };
    let mut facts = paused.clone();
    (facts.pause_induced, facts.looked_up) = (1_310, false);
    facts.missing = vec!["attempts.metadata".to_owned(), "purchases.user_id".to_owned()];
    page.add("all measures", sentences(&found, &facts, &shop)[1..].join("\n"));
    let early = Conclusion { crowd: Crowd { expected: 2.0, ..crowd }, ..bare(&paused) };
    let young = Shop { bursts: Vec::new(), ..shop.clone() };
    page.add("too early, no earlier bursts", sentences(&early, &paused, &young)[1..].join("\n"));

    page.heading("Announcements");
    for n in [1, 3, 4, 6] {
        let mut facts = announced.clone();
        facts.records.announced = vec![facts.records.announced[0].clone(); n];
        page.add(&format!("{n}"), sentences(&bare(&facts), &facts, &shop)[1..].join("\n"));
    }

    page.heading("Actions");
    for (status, facts) in [("paused", &paused), ("active", &running)] {
        for verdict in
            [Verdict::AbuseLikely, Verdict::ConfigRegression, Verdict::FalsePositive, Verdict::Healthy]
        {
            let found = Conclusion { verdict, contradictions: vec![CONTRADICTIONS[1]], ..bare(facts) };
            page.add(&format!("{}, {status}", verdict.name()), action(&found, facts, 1));
        }
        for explanation in [E::Leak, E::TakenOver, E::Attack] {
            let found =
                Conclusion { verdict: Verdict::AbuseLikely, explanations: vec![explanation], ..bare(facts) };
            page.add(
                &format!("ABUSE_LIKELY, {}, {status}, a batch", explanation.name()),
                action(&found, facts, 60),
            );
        }
        for ground in [Ground::Limit, Ground::Audience] {
            let found = Conclusion { verdict: Verdict::ConfigRegression, ground, ..bare(facts) };
            page.add(&format!("CONFIG_REGRESSION, {}, {status}", ground.name()), action(&found, facts, 1));
        }
        for explanation in EXPLANATIONS {
            let found =
                Conclusion { verdict: Verdict::Inconclusive, explanations: vec![explanation], ..bare(facts) };
            page.add(&format!("INCONCLUSIVE, {}, {status}", explanation.name()), action(&found, facts, 1));
        }
        let found = Conclusion {
            verdict: Verdict::Inconclusive,
            explanations: vec![E::Leak, E::Promotion],
            ..bare(facts)
        };
        page.add(&format!("INCONCLUSIVE, leak or promotion, {status}"), action(&found, facts, 1));
    }
    let ended = Facts { row: Row { status: Status::Expired, ..running.row.clone() }, ..running.clone() };
    for verdict in [Verdict::Healthy, Verdict::ConfigRegression] {
        let found = Conclusion { verdict, contradictions: vec![CONTRADICTIONS[1]], ..bare(&ended) };
        page.add(&format!("{}, expired", verdict.name()), action(&found, &ended, 1));
    }
    let found =
        Conclusion { verdict: Verdict::Inconclusive, explanations: vec![E::Decision], ..bare(&decided) };
    page.add("INCONCLUSIVE, decision with a reason", action(&found, &decided, 1));

    page.heading("A batch judged as one campaign");
    for (status, facts) in [("paused", &paused), ("active", &running)] {
        for (verdict, explanations) in
            [(Verdict::AbuseLikely, vec![E::Leak]), (Verdict::Inconclusive, vec![E::Leak, E::Promotion])]
        {
            let found = Conclusion { verdict, explanations, ..bare(facts) };
            let says = action_on_batch(&found, facts, "Student's code", 1_200).unwrap();
            page.add(&format!("{}, {status}", verdict.name()), says);
        }
    }
    page.compare("verdicts.txt");
}
