//! Section 2 on simulated shops, whose truth is known.

use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, Verdict, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{server, table};

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC

#[test]
fn each_kind_of_incident_gets_its_verdict() {
    let (mut wrong, mut judged, mut undecided) = (Vec::new(), 0, 0);
    for (place, kinds) in IncidentKind::ALL.chunks(3).enumerate() {
        let dead = kinds.contains(&IncidentKind::IngestionGap);
        let mut config = Config::small(40 + place as u64, END);
        for kind in kinds.iter().filter(|kind| !dead || **kind == IncidentKind::IngestionGap) {
            config = config.with(Incident::new(*kind, Intensity::Medium, 70));
        }
        let data = generate(&config);
        let (mut db, _) = server().empty_database();
        load(&mut db, &data, &LoadOptions::default()).unwrap();
        db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()").unwrap();
        let as_of = format!("to_timestamp({})", END.0 / 1_000_000);
        let rows = table(
            &mut db,
            &format!(
                "SELECT campaign_id, verdict, confidence, action, array_to_string(reasons, E'\\n'), status FROM promo_guard.classify(as_of => {as_of})"
            ),
        );
        for row in &rows {
            let campaign = data.campaigns.iter().position(|c| c.id.0.to_string() == row[0]).unwrap();
            let idx = promo_guard_generator::CampaignIdx(campaign as u32);
            let truth = data.truth.verdict(idx);
            let kinds: Vec<_> =
                data.truth.incidents.iter().filter(|i| i.campaigns.contains(&idx)).map(|i| i.kind).collect();
            judged += 1;
            // A leak and a promotion can leave the same rows: then both are named, and nothing is let go.
            let open = row[1] == "INCONCLUSIVE" && row[4].starts_with("Cannot tell");
            undecided += u32::from(open && truth.to_string() != row[1]);
            if truth.to_string() != row[1] && !(open && truth == Verdict::AbuseLikely) {
                wrong.push(format!("{kinds:?} {truth}: {row:?}"));
            }
        }
        let paused = table(
            &mut db,
            &format!(
                "SELECT campaign_id, verdict FROM promo_guard.paused_campaigns(as_of => {as_of}) ORDER BY 1"
            ),
        );
        let again = table(
            &mut db,
            &format!(
                "SELECT campaign_id, verdict FROM promo_guard.classify(as_of => {as_of}) WHERE status = 'PAUSED' ORDER BY 1"
            ),
        );
        assert_eq!(paused, again, "one campaign, one verdict, whoever is asked");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 50 && undecided <= 4, "{undecided} of {judged}");
}
