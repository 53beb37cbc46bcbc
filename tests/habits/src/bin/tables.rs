//! Verdicts on the campaigns of an application's own tables, as CSV files with headers in the reference schema's names:
//! `HABITS_TABLES=directory tables`. The moment is a minute after the last attempt.

use promo_guard_core::classify::{self, weights::Model};
use promo_guard_core::policy::Policy;
use promo_guard_habits::rows::{
    Answer, Attempt, Campaign, Held, Purchase, Reason, Redemption, Shop, Source, Status,
};
use promo_guard_habits::truth::Verdict;
use promo_guard_habits::view::View;
use promo_guard_habits::{former, gather};
use std::collections::HashMap;
use std::path::Path;

fn main() {
    let Ok(directory) = std::env::var("HABITS_TABLES") else {
        eprintln!("HABITS_TABLES must name a directory with promo_codes.csv and the other tables");
        std::process::exit(2);
    };
    match read(Path::new(&directory)) {
        Ok(shop) => tell(&shop),
        Err(error) => {
            eprintln!("{directory}: {error}");
            std::process::exit(2);
        }
    }
}

fn tell(shop: &Shop) {
    let view = View::of(shop);
    let (policy, model) = (Policy::default(), Model::default());
    for (place, campaign) in shop.campaigns.iter().enumerate() {
        let (facts, usual) = gather::gather(&view, place, &policy);
        let found = classify::assess(&facts, &usual, &model);
        let (before, _) = former::verdict(&view, place, &policy);
        let fine = found.verdict == classify::Verdict::Healthy && before == Verdict::Healthy;
        if fine && campaign.status != Status::Paused {
            continue;
        }
        let (verdict, confidence) = (found.verdict.name(), found.confidence);
        println!("{} {:?}: {verdict} {confidence:.2} (0.2.0: {before:?})", campaign.name, campaign.status);
        let measures = classify::FEATURES.iter().zip(found.measures).filter(|(_, m)| *m > 0.01);
        let text: Vec<String> = measures.map(|(name, m)| format!("{name} {m:.2}")).collect();
        println!("    chance of abuse {:.2}: {}", found.abuse, text.join(", "));
        for sentence in classify::sentences(&found, &facts, &usual) {
            println!("    {sentence}");
        }
    }
}

type Row = HashMap<String, String>;

fn read(directory: &Path) -> Result<Shop, String> {
    let table = |name: &str| -> Result<Vec<Row>, String> {
        let text =
            std::fs::read_to_string(directory.join(format!("{name}.csv"))).map_err(|e| e.to_string())?;
        Ok(rows(&text))
    };
    let (codes, attempts) = (table("promo_codes")?, table("promo_attempts")?);
    let (redemptions, purchases) = (table("promo_redemptions")?, table("purchases")?);
    let campaigns: Vec<Campaign> =
        codes.iter().map(campaign).collect::<Option<_>>().ok_or("a row of promo_codes cannot be read")?;
    let place: HashMap<i64, usize> = campaigns.iter().enumerate().map(|(i, c)| (c.id, i)).collect();
    let mut attempts: Vec<Attempt> = attempts
        .iter()
        .map(attempt)
        .collect::<Option<_>>()
        .ok_or("a row of promo_attempts cannot be read")?;
    attempts.sort_by_key(|a| a.at);
    let mut redemptions: Vec<Redemption> =
        redemptions.iter().filter_map(|row| redemption(row, &place)).collect();
    redemptions.sort_by_key(|r| r.created_at);
    let mut purchases: Vec<Purchase> = purchases.iter().filter_map(|row| purchase(row, &place)).collect();
    purchases.sort_by_key(|p| p.created_at);
    let last = attempts.last().ok_or("no attempts")?.at;
    Ok(Shop {
        seed: 0,
        end: last - last.rem_euclid(60_000_000) + 60_000_000,
        begin: attempts[0].at,
        campaigns,
        attempts,
        redemptions,
        purchases,
        changes: Vec::new(),
        history: false,
        actions: Vec::new(),
        truth: Vec::new(),
    })
}

/// A value; `None` where it is missing or null.
fn get<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

fn number(row: &Row, name: &str) -> Option<i64> {
    get(row, name)?.parse().ok()
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// The few names of scopes and products live as long as the program.
fn name(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// `2026-11-18 11:41:00.5+00`, in microseconds since 2000-01-01.
fn moment(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let seconds = part(11, 13)? * 3_600 + part(14, 16)? * 60 + part(17, 19)?;
    let rest = text.get(19..)?.split('+').next()?;
    let fraction: f64 = if rest.is_empty() { 0.0 } else { format!("0{rest}").parse().ok()? };
    // Days of the civil calendar, counted from March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 730_425;
    Some((days * 86_400 + seconds) * 1_000_000 + (fraction * 1e6) as i64)
}

fn at(row: &Row, name: &str) -> Option<i64> {
    moment(get(row, name)?)
}

fn campaign(row: &Row) -> Option<Campaign> {
    Some(Campaign {
        id: number(row, "id")?,
        name: get(row, "campaign_name")?.to_owned(),
        code: hash(get(row, "code_hash")?),
        scope: name(get(row, "target_scope")?),
        status: match get(row, "status")? {
            "ACTIVE" => Status::Active,
            "PAUSED" => Status::Paused,
            "DEPLETED" => Status::Depleted,
            _ => Status::Expired,
        },
        valid_from: at(row, "valid_from")?,
        valid_until: at(row, "valid_until")?,
        max_total_uses: number(row, "max_total_uses"),
        used_total: number(row, "used_total")?,
        max_uses_per_user: number(row, "max_uses_per_user")?,
        new_users_only: get(row, "new_users_only") == Some("t"),
        first_purchase_only: get(row, "first_purchase_only") == Some("t"),
        created_at: at(row, "created_at")?,
        updated_at: at(row, "updated_at")?,
    })
}

fn attempt(row: &Row) -> Option<Attempt> {
    let noted = get(row, "metadata").unwrap_or_default();
    let reasons = [
        ("ALREADY_USED", Reason::AlreadyUsed),
        ("DEPLETED", Reason::Depleted),
        ("NEW_USERS_ONLY", Reason::NewUsersOnly),
        ("FIRST_PURCHASE_ONLY", Reason::FirstPurchaseOnly),
    ];
    Some(Attempt {
        at: at(row, "attempted_at")?,
        user: number(row, "user_id")?,
        code: hash(get(row, "normalized_code_hash")?),
        answer: match get(row, "result")? {
            "ACCEPTED" => Answer::Accepted,
            "INVALID" => Answer::Invalid,
            "EXPIRED" => Answer::Expired,
            "RATE_LIMITED" => Answer::RateLimited,
            _ => Answer::NotApplicable,
        },
        source: match get(row, "source")? {
            "API" => Source::Api,
            "BUTTON" => Source::Button,
            _ => Source::Command,
        },
        reason: reasons.into_iter().find(|(word, _)| noted.contains(word)).map(|(_, reason)| reason),
        client: None,
    })
}

fn redemption(row: &Row, place: &HashMap<i64, usize>) -> Option<Redemption> {
    Some(Redemption {
        campaign: *place.get(&number(row, "promo_code_id")?)?,
        user: number(row, "user_id")?,
        status: match get(row, "status")? {
            "APPLIED" => Held::Applied,
            "REVOKED" => Held::Revoked,
            "EXPIRED" | "REJECTED" => Held::Lapsed,
            _ => Held::Reserved,
        },
        created_at: at(row, "created_at")?,
        applied_at: at(row, "applied_at"),
    })
}

fn purchase(row: &Row, place: &HashMap<i64, usize>) -> Option<Purchase> {
    if !matches!(get(row, "status")?, "CREDITED" | "REFUNDED" | "PAID_UNCREDITED") {
        return None;
    }
    Some(Purchase {
        user: number(row, "user_id")?,
        campaign: number(row, "applied_promo_code_id").and_then(|id| place.get(&id).copied()),
        product: name(get(row, "product_code")?),
        created_at: at(row, "created_at")?,
        refunded_at: at(row, "refunded_at"),
    })
}

/// The rows of a CSV file by the names of its header.
fn rows(text: &str) -> Vec<Row> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let (mut line, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                line.push(std::mem::take(&mut field));
                lines.push(std::mem::take(&mut line));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    let mut lines = lines.into_iter();
    let Some(header) = lines.next() else { return Vec::new() };
    lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
}
