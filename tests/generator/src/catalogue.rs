//! What is sold, and the campaigns that make it cheaper.

use rustc_hash::FxHashSet;

use crate::code::{CodeBook, normalise};
use crate::config::Config;
use crate::model::{
    Campaign, CampaignId, CampaignIdx, DiscountType, HashIdx, Micros, PromoType, Stars, Status,
};
use crate::rng::{DAY, HOUR, MINUTE, Rng};

/// Something on sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// `purchases.product_code`.
    pub code: &'static str,
    /// The family, matched against `target_scope`.
    pub scope: &'static str,
    /// The price in stars.
    pub base: Stars,
}

/// Everything on sale. The stickers are so cheap that a small percentage lawfully rounds to no discount.
pub const PRODUCTS: &[Product] = &[
    Product { code: "premium_1m", scope: "PREMIUM", base: Stars(350) },
    Product { code: "premium_3m", scope: "PREMIUM", base: Stars(899) },
    Product { code: "premium_12m", scope: "PREMIUM", base: Stars(2_990) },
    Product { code: "stars_100", scope: "STARS", base: Stars(100) },
    Product { code: "stars_1000", scope: "STARS", base: Stars(999) },
    Product { code: "sticker_one", scope: "STICKERS", base: Stars(3) },
    Product { code: "sticker_set", scope: "STICKERS", base: Stars(45) },
    Product { code: "boost_week", scope: "BOOST", base: Stars(249) },
    Product { code: "boost_month", scope: "BOOST", base: Stars(777) },
];

/// The scope that every product is in.
pub const ANY_SCOPE: &str = "ANY";

const OCCASIONS: &[&str] = &[
    "Winter",
    "Spring",
    "Summer",
    "Autumn",
    "New Year",
    "Anniversary",
    "Stream Night",
    "Back to School",
    "Black Friday",
    "Creator Week",
    "Holiday",
    "Game Jam",
    "Referral",
    "Welcome",
    "Come Back",
    "Partner",
    "Podcast",
    "Student",
    "Meetup",
    "Newsletter",
    "Weekend",
    "Midnight",
    "Launch Day",
    "Community",
];

/// Added to a name that is taken already.
const PLACES: &[&str] = &[
    "Berlin", "Lisbon", "Oslo", "Kyoto", "Lima", "Cairo", "Austin", "Leeds", "Turin", "Porto", "Ghent",
    "Malmo", "Quito", "Perth", "Osaka", "Tunis",
];

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Makes the campaigns: popular ones first in the list, batches in between.
pub(crate) fn campaigns(config: &Config, rng: &mut Rng, book: &mut CodeBook) -> Vec<Campaign> {
    let mut list = Vec::with_capacity(config.campaigns);
    let mut ids = FxHashSet::default();
    let mut names = FxHashSet::default();
    while list.len() < config.campaigns {
        let room = config.campaigns - list.len();
        let codes = match rng.below(20) {
            0..=13 => 1,
            14..=18 => 2 + rng.below(5),
            _ => 2 + rng.below((config.campaigns / 10).max(2)),
        }
        .min(room);
        let mut template = campaign(config, rng);
        while !names.insert(template.campaign_name.clone()) {
            template.campaign_name = format!("{} {}", template.campaign_name, rng.pick(PLACES));
        }
        let stem = stem_of(&template.campaign_name);
        for _ in 0..codes {
            let idx = CampaignIdx(list.len() as u32);
            let plain = fresh_code(rng, book, &stem);
            let code = book.intern(&plain);
            book.assign(code, idx);
            let id = loop {
                let id = (rng.word() >> 1) as i64;
                if id > 0 && ids.insert(id) {
                    break CampaignId(id);
                }
            };
            list.push(Campaign {
                id,
                code,
                code_prefix: normalise(&plain).chars().take(4).collect(),
                ..template.clone()
            });
        }
    }
    list
}

/// The readable beginning of a campaign's codes.
fn stem_of(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).take(6).collect::<String>().to_uppercase()
}

/// A readable code that nobody has tried yet.
pub(crate) fn fresh_code(rng: &mut Rng, book: &CodeBook, stem: &str) -> String {
    loop {
        let tail: String = (0..6).map(|_| char::from(*rng.pick(LETTERS))).collect();
        let plain = format!("{stem}-{}-{}", &tail[..3], &tail[3..]);
        if !book.knows(&plain) {
            return plain;
        }
    }
}

/// A slip of the finger in a code: one letter wrong, or two letters swapped.
pub(crate) fn slip(rng: &mut Rng, book: &mut CodeBook, code: HashIdx) -> HashIdx {
    loop {
        let mut letters: Vec<u8> = normalise(book.plain(code)).into_bytes();
        let place = rng.below(letters.len() - 1);
        if rng.chance(0.4) {
            letters.swap(place, place + 1);
        } else {
            letters[place] = *rng.pick(LETTERS);
        }
        let wrong = book.intern(&String::from_utf8_lossy(&letters));
        if book.campaign(wrong).is_none() {
            return wrong;
        }
    }
}

fn campaign(config: &Config, rng: &mut Rng) -> Campaign {
    let end = config.end.0;
    let begin = config.begin().0;
    let grant = rng.chance(0.15);
    let (kind, value) = match rng.below(20) {
        0..=13 => (DiscountType::Percent, *rng.pick(&[5, 10, 15, 20, 25, 30, 50])),
        14..=18 => (DiscountType::Fixed, *rng.pick(&[25, 50, 100, 150, 300])),
        _ => (DiscountType::Free, 0),
    };
    let scope = *rng.pick(&[ANY_SCOPE, "PREMIUM", "PREMIUM", "STARS", "STICKERS", "BOOST"]);
    let occasion = *rng.pick(OCCASIONS);
    let year = 2024 + rng.below(3);
    let family = match scope {
        "PREMIUM" => "Premium",
        "STARS" => "Stars",
        "STICKERS" => "Stickers",
        "BOOST" => "Boost",
        _ => "Promo",
    };
    let campaign_name = match (grant, kind) {
        (true, _) => format!("{occasion} Gift {year}"),
        (false, DiscountType::Percent) if rng.chance(0.5) => format!("{occasion} -{value}%"),
        (false, DiscountType::Fixed) => format!("{occasion} {value} Stars Off"),
        (false, DiscountType::Free) => format!("{occasion} {family} Freebie"),
        (false, DiscountType::Percent) => format!("{occasion} {family} {year}"),
    };

    // Three in twenty ended before, or end during, the history; the others run beyond its end.
    let created = begin - rng.between(DAY, 60 * DAY);
    let from = created + rng.between(0, 12 * HOUR);
    let until = match rng.below(20) {
        0 | 1 => begin - rng.between(10 * MINUTE, 20 * HOUR),
        2 => begin + rng.between(0, end - begin - 2 * HOUR),
        _ => end + rng.between(2 * DAY, 90 * DAY),
    };
    let over = until < begin;
    let percent = (!grant && kind == DiscountType::Percent).then_some(value);
    // One in eight is of an older make: no type, the percentage in its old column only.
    let old_make = percent.is_some() && rng.chance(0.125);
    Campaign {
        id: CampaignId(0),
        code: HashIdx(0),
        code_prefix: String::new(),
        campaign_name,
        promo_type: if grant { PromoType::PremiumGrant } else { PromoType::Discount },
        grant_premium_days: grant.then(|| *rng.pick(&[3, 7, 14, 30])),
        discount_type: (!grant && !old_make).then_some(kind),
        discount_value: (!grant && !old_make).then_some(value),
        discount_percent: percent,
        applicable_products: (!grant && scope != ANY_SCOPE && rng.chance(0.3)).then(|| {
            PRODUCTS.iter().filter(|product| product.scope == scope).map(|product| product.code).collect()
        }),
        target_scope: scope.to_owned(),
        status: if over { Status::Expired } else { Status::Active },
        valid_from: Micros(from.min(until - HOUR)),
        valid_until: Micros(until),
        max_total_uses: rng.chance(0.3).then(|| *rng.pick(&[50, 100, 250, 500, 1_000, 5_000, 20_000])),
        used_total: 0,
        max_uses_per_user: if rng.chance(0.1) { 3 } else { 1 },
        new_users_only: rng.chance(0.06),
        first_purchase_only: !grant && rng.chance(0.06),
        created_at: Micros(created.min(until - 2 * HOUR)),
        updated_at: Micros(if over {
            until + rng.between(1, 10) * MINUTE
        } else {
            created.min(until - 2 * HOUR)
        }),
    }
}

/// Whether some product is in this scope.
pub(crate) fn scope_exists(scope: &str) -> bool {
    scope == ANY_SCOPE || PRODUCTS.iter().any(|product| product.scope == scope)
}

/// A product that a campaign makes cheaper; none where its scope is of no product.
pub(crate) fn product_for(campaign: &Campaign, rng: &mut Rng) -> Option<Product> {
    let fits = |product: &&Product| {
        (campaign.target_scope == ANY_SCOPE || campaign.target_scope == product.scope)
            && campaign.applicable_products.as_ref().is_none_or(|list| list.contains(&product.code))
    };
    let fitting = PRODUCTS.iter().filter(fits).count();
    PRODUCTS.iter().filter(fits).nth(rng.below(fitting)).copied()
}
