//! Layouts of other shops by their public names, in short: `name:type`, `!` a key, `*` unique, `?` nullable, `>table.column` a foreign key,
//! `=a|b` values.

use promo_guard_core::binding::{Entity, SqlType};

use super::*;

fn layout(text: &str) -> Vec<Table> {
    text.trim().lines().map(|line| table(line.trim())).collect()
}

fn table(line: &str) -> Table {
    let (name, fields) = line.split_once(": ").unwrap();
    let mut links = Vec::new();
    let fields = fields.split_whitespace().map(|word| field(word, &mut links)).collect();
    Table {
        schema: "public".to_owned(),
        name: name.to_owned(),
        rows: 1_000,
        partitioned: false,
        fields,
        links,
    }
}

fn field(word: &str, links: &mut Vec<Link>) -> Field {
    let (word, words) = word.split_once('=').unwrap_or((word, ""));
    let (word, to) = word.split_once('>').unwrap_or((word, ""));
    let (name, sql_type) = word.split_once(':').unwrap();
    let base = sql_type.trim_end_matches(['!', '*', '?']).to_owned();
    if let Some((table, column)) = to.split_once('.') {
        let link = Link {
            column: name.to_owned(),
            table: ("public".to_owned(), table.to_owned()),
            to: column.to_owned(),
        };
        links.push(link);
    }
    Field {
        name: name.to_owned(),
        sql_type: SqlType { name: base.clone(), base, is_enum: false },
        nullable: sql_type.ends_with('?'),
        key: sql_type.ends_with('!'),
        unique: sql_type.ends_with(['!', '*']),
        words: words.split('|').filter(|w| !w.is_empty()).map(str::to_owned).collect(),
    }
}

/// Each entity's table, and of each column what it comes from.
fn proposed(tables: &[Table]) -> (Vec<(Entity, &str)>, impl Fn(Entity, &str) -> String) {
    let proposal = propose(tables, |_| None);
    let chosen = proposal.entities.iter().map(|m| (m.entity, m.table.name.as_str())).collect();
    let of = move |entity, column: &str| {
        let found = proposal.entities.iter().find(|m| m.entity == entity).and_then(|m| m.get(column));
        found.map_or("-".to_owned(), |found| found.shown.clone())
    };
    (chosen, of)
}

use Entity::{Attempts, Campaigns, Purchases, Redemptions};

/// The reference schema is found by its own names, and nothing has to be said of a column.
#[test]
fn the_reference_schema_needs_no_mapping() {
    let tables = layout(
        "promo_codes: id:int8! code_hash:bpchar* code_prefix:varchar campaign_name:varchar promo_type:varchar discount_type:varchar? discount_value:int4? discount_percent:int4? target_scope:varchar status:varchar=ACTIVE|PAUSED valid_from:timestamptz valid_until:timestamptz max_total_uses:int4? used_total:int4 max_uses_per_user:int4? new_users_only:bool first_purchase_only:bool created_at:timestamptz updated_at:timestamptz
         promo_attempts: id:int8! user_id:int8? normalized_code_hash:bpchar result:varchar=ACCEPTED|INVALID source:varchar attempted_at:timestamptz metadata:jsonb
         promo_redemptions: id:uuid! promo_code_id:int8>promo_codes.id user_id:int8 status:varchar=APPLIED reserved_until:timestamptz? applied_purchase_id:uuid? validation_snapshot:jsonb created_at:timestamptz applied_at:timestamptz? updated_at:timestamptz
         purchases: id:uuid! user_id:int8 product_code:varchar base_stars_amount:int4 discount_stars_amount:int4 stars_amount:int4 status:varchar=CREDITED applied_promo_code_id:int8? created_at:timestamptz paid_at:timestamptz? credited_at:timestamptz? refunded_at:timestamptz?",
    );
    let proposal = propose(&tables, |_| None);
    assert!(proposal.entities.iter().all(|m| !m.by_view), "{proposal:?}");
    let statements = statements(&proposal);
    let call = &statements[1];
    for table in ["promo_codes", "promo_attempts", "promo_redemptions", "purchases"] {
        assert!(call.contains(&format!("{table} => 'public.{table}'")), "{call}");
    }
    assert!(!call.contains("columns =>"), "{call}");
}

#[test]
fn saleor_has_a_voucher_with_codes_and_orders_that_name_the_code() {
    let tables = layout(
        "discount_voucher: id:int4! type:varchar name:varchar? usage_limit:int4? start_date:timestamptz end_date:timestamptz? apply_once_per_customer:bool discount_value_type:varchar=fixed|percentage
         discount_voucherchannellisting: id:int4! voucher_id:int4>discount_voucher.id channel_id:int4 discount_value:numeric currency:varchar
         discount_vouchercode: id:uuid! code:varchar* used:int4 is_active:bool created_at:timestamptz voucher_id:int4>discount_voucher.id
         discount_vouchercustomer: id:int4! customer_email:varchar voucher_code_id:uuid>discount_vouchercode.id
         discount_voucher_products: id:int4! voucher_id:int4>discount_voucher.id product_id:int4
         order_order: id:uuid! number:int4* created_at:timestamptz updated_at:timestamptz status:varchar=fulfilled|canceled|unfulfilled charge_status:varchar user_id:int4?>account_user.id voucher_code:varchar? currency:varchar undiscounted_total_gross_amount:numeric total_gross_amount:numeric
         order_orderline: id:uuid! order_id:uuid>order_order.id quantity:int4 unit_price_gross_amount:numeric voucher_code:varchar?
         order_orderdiscount: id:uuid! order_id:uuid>order_order.id voucher_code:varchar? amount_value:numeric
         account_user: id:int4! email:varchar* date_joined:timestamptz
         payment_payment: id:int4! order_id:uuid>order_order.id captured_amount:numeric charge_status:varchar created_at:timestamptz",
    );
    let (chosen, of) = proposed(&tables);
    assert_eq!(
        chosen,
        [(Campaigns, "discount_vouchercode"), (Redemptions, "order_order"), (Purchases, "order_order")]
    );
    for (column, from) in [
        ("code_hash", "sha256 of code"),
        ("campaign_name", "discount_voucher.name"),
        ("status", "is_active (true = ACTIVE, false = PAUSED)"),
        ("max_total_uses", "discount_voucher.usage_limit"),
        ("used_total", "used"),
        ("valid_until", "discount_voucher.end_date, null = infinity"),
        ("discount_value", "discount_voucherchannellisting.discount_value"),
        ("max_uses_per_user", "discount_voucher.1 where apply_once_per_customer"),
    ] {
        assert_eq!(of(Campaigns, column), from, "{column}");
    }
    assert_eq!(of(Purchases, "applied_promo_code_id"), "by the code in voucher_code");
    assert_eq!(of(Purchases, "base_stars_amount"), "undiscounted_total_gross_amount in hundredths");
    assert_eq!(of(Purchases, "user_id"), "user_id");
    let proposal = propose(&tables, |_| None);
    assert!(proposal.entities.iter().all(|m| m.by_view), "{proposal:?}");
    let text = statements(&proposal).join("\n");
    for part in [
        "promo_guard.key_number(t.id::text) AS id",
        "t.id::text AS key",
        "CREATE UNIQUE INDEX CONCURRENTLY ON public.discount_vouchercode ((('x' || encode(substr(sha256(",
        "LEFT JOIN public.discount_voucher AS p1 ON p1.id = t.voucher_id",
        "LEFT JOIN public.discount_vouchercode AS c ON c.code = t.voucher_code",
        "promo_guard.key_number(c.id::text) AS applied_promo_code_id",
        "\"status\": {\"column\":\"is_active\",\"writes\":{\"ACTIVE\":true,\"PAUSED\":false}}",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn solidus_calls_the_code_its_value_and_names_it_in_a_link_table() {
    let tables = layout(
        "spree_promotions: id:int4! description:varchar? expires_at:timestamp? starts_at:timestamp? name:varchar type:varchar? usage_limit:int4? per_code_usage_limit:int4? created_at:timestamp updated_at:timestamp
         spree_promotion_codes: id:int4! promotion_id:int4>spree_promotions.id value:varchar* created_at:timestamp updated_at:timestamp
         spree_promotion_rules: id:int4! promotion_id:int4>spree_promotions.id type:varchar
         spree_orders: id:int4! number:varchar* item_total:numeric total:numeric state:varchar=cart|complete|canceled user_id:int4?>spree_users.id completed_at:timestamp? promo_total:numeric? currency:varchar created_at:timestamp updated_at:timestamp
         spree_orders_promotions: id:int4! order_id:int4>spree_orders.id promotion_id:int4>spree_promotions.id promotion_code_id:int4?>spree_promotion_codes.id created_at:timestamp
         spree_line_items: id:int4! order_id:int4>spree_orders.id price:numeric promo_total:numeric
         spree_users: id:int4! email:varchar*",
    );
    let (chosen, of) = proposed(&tables);
    assert_eq!(
        chosen,
        [
            (Campaigns, "spree_promotion_codes"),
            (Redemptions, "spree_orders_promotions"),
            (Purchases, "spree_orders")
        ]
    );
    assert_eq!(of(Campaigns, "code_hash"), "sha256 of value");
    assert_eq!(of(Campaigns, "campaign_name"), "spree_promotions.name");
    assert_eq!(of(Campaigns, "valid_until"), "spree_promotions.expires_at, null = infinity");
    assert_eq!(of(Campaigns, "status"), "-", "there is no switch");
    assert_eq!(of(Redemptions, "promo_code_id"), "promotion_code_id");
    assert_eq!(of(Redemptions, "user_id"), "spree_orders.user_id");
    assert_eq!(of(Redemptions, "status"), "spree_orders.state of the purchase");
    assert_eq!(of(Purchases, "base_stars_amount"), "item_total in hundredths");
    let proposal = propose(&tables, |_| None);
    let required: Vec<&str> = proposal
        .missing()
        .iter()
        .filter_map(|(_, column)| column.filter(|column| column.required).map(|column| column.name))
        .collect();
    assert_eq!(required, ["status"]);
    assert!(
        statements(&proposal)
            .join("\n")
            .contains("NULL::text AS status /* REQUIRED and not found: write it */")
    );
}

#[test]
fn magento_has_a_rule_with_coupons_and_a_small_integer_for_a_switch() {
    let tables = layout(
        "salesrule: rule_id:int4! name:varchar? description:text? from_date:date? to_date:date? uses_per_customer:int4 is_active:int2 simple_action:varchar=by_percent|cart_fixed discount_amount:numeric times_used:int4
         salesrule_coupon: coupon_id:int4! rule_id:int4>salesrule.rule_id code:varchar?* usage_limit:int4? usage_per_customer:int4? times_used:int4 expiration_date:timestamp? created_at:timestamp?
         salesrule_coupon_usage: coupon_id:int4>salesrule_coupon.coupon_id customer_id:int4>customer_entity.entity_id times_used:int4
         salesrule_customer_group: rule_id:int4>salesrule.rule_id customer_group_id:int4
         customer_entity: entity_id:int4! email:varchar
         sales_order: entity_id:int4! state:varchar=processing|complete|canceled|closed status:varchar coupon_code:varchar? customer_id:int4? base_discount_amount:numeric? base_subtotal:numeric? subtotal:numeric? grand_total:numeric? discount_amount:numeric? created_at:timestamp updated_at:timestamp order_currency_code:varchar?
         sales_order_item: item_id:int4! order_id:int4>sales_order.entity_id discount_amount:numeric",
    );
    let (chosen, of) = proposed(&tables);
    assert_eq!(chosen[0], (Campaigns, "salesrule_coupon"));
    assert!(chosen.contains(&(Purchases, "sales_order")), "{chosen:?}");
    assert_eq!(of(Campaigns, "campaign_name"), "salesrule.name");
    assert_eq!(of(Campaigns, "status"), "salesrule.is_active (1 = ACTIVE, 0 = PAUSED)");
    assert_eq!(of(Campaigns, "used_total"), "times_used");
    assert_eq!(of(Campaigns, "valid_until"), "expiration_date, null = infinity");
    assert_eq!(of(Campaigns, "valid_from"), "salesrule.from_date, null = -infinity");
    assert_eq!(of(Purchases, "applied_promo_code_id"), "by the code in coupon_code");
    assert_eq!(of(Purchases, "base_stars_amount"), "subtotal in hundredths");
    assert_eq!(of(Purchases, "discount_stars_amount"), "discount_amount in hundredths, null = 0");
    assert_eq!(of(Purchases, "currency"), "order_currency_code");
}

#[test]
fn woocommerce_keeps_its_coupons_among_its_posts_so_none_are_proposed() {
    let tables = layout(
        "wp_posts: id:int8! post_author:int8 post_date:timestamp post_title:text post_status:varchar=publish|draft post_type:varchar
         wp_postmeta: meta_id:int8! post_id:int8 meta_key:varchar meta_value:text
         wp_wc_orders: id:int8! status:varchar=wc-completed|wc-refunded currency:varchar total_amount:numeric customer_id:int8 date_created_gmt:timestamp date_updated_gmt:timestamp
         wp_wc_order_coupon_lookup: order_id:int8 coupon_id:int8 date_created:timestamp discount_amount:numeric
         wp_users: id:int8! user_login:varchar",
    );
    let (chosen, of) = proposed(&tables);
    assert_eq!(chosen, [(Redemptions, "wp_wc_order_coupon_lookup"), (Purchases, "wp_wc_orders")]);
    assert_eq!(of(Redemptions, "promo_code_id"), "coupon_id");
    assert_eq!(of(Redemptions, "applied_purchase_id"), "order_id");
    assert_eq!(of(Purchases, "created_at"), "date_created_gmt");
    let proposal = propose(&tables, |_| None);
    let missing: Vec<Entity> = proposal
        .missing()
        .into_iter()
        .filter(|(_, column)| column.is_none())
        .map(|(entity, _)| entity)
        .collect();
    assert_eq!(missing, [Campaigns, Attempts]);
}

/// Names that mean something else are left alone.
#[test]
fn tables_of_no_shop_give_nothing() {
    let tables = layout(
        "countries: code:varchar! name:text
         zip_codes: id:int4! zip_code:text city:text
         sales_orders_log: id:int8! message:text at:timestamptz
         qr_code_scans: id:int8! code:text result:text scanned_at:timestamptz
         discounts_history: id:int4! code:text at:timestamptz",
    );
    assert_eq!(proposed(&tables).0, []);
    assert_eq!(proposed(&[]).0, []);
}

#[test]
fn amounts_may_be_named_by_their_unit() {
    let tables = layout(
        "Discount: id:text! codeHash:text* label:text kind:text=percentage|fixed_amount amountCents:int4? percent:int4? state:text=live|off
         DiscountUse: id:text! discountId:text>Discount.id orderId:text>Order.id userId:text? state:text=applied|reverted createdAt:timestamptz
         Order: id:text! userId:text? subtotalCents:int4 discount_cents:int4 totalMinor:int4 status:text=paid createdAt:timestamptz",
    );
    let (chosen, of) = proposed(&tables);
    assert_eq!(chosen, [(Campaigns, "Discount"), (Redemptions, "DiscountUse"), (Purchases, "Order")]);
    for (column, from) in [
        ("base_stars_amount", "subtotalCents"),
        ("discount_stars_amount", "discount_cents"),
        ("stars_amount", "totalMinor"),
    ] {
        assert_eq!(of(Purchases, column), from, "{column}");
    }
    assert_eq!(of(Campaigns, "discount_value"), "amountCents");
    assert_eq!(of(Redemptions, "status"), "state (applied = APPLIED, reverted = REVOKED)");
    let proposal = propose(&tables, |_| None);
    assert!(proposal.entities.iter().all(|m| !m.by_view), "{proposal:?}");
}

/// A hash of a name of the shop's own, where no two rows share it, and a use whose only time is that of the claim.
#[test]
fn a_unique_hash_is_that_of_the_code() {
    let tables = layout(
        "vouchers: id:uuid! secret_hash:text* title:text enabled:bool percent_off:int4? amount_off:numeric? starts_on:date? ends_on:date? cap:int4? claimed:int4
         voucher_claims: id:uuid! voucher_id:uuid>vouchers.id member_id:uuid? sale_id:uuid? claimed_at:timestamptz
         sales: id:uuid! member_id:uuid? subtotal:numeric discount:numeric total:numeric currency:bpchar state:text=completed created_at:timestamptz",
    );
    let (chosen, of) = proposed(&tables);
    assert_eq!(chosen, [(Campaigns, "vouchers"), (Redemptions, "voucher_claims"), (Purchases, "sales")]);
    assert_eq!(of(Campaigns, "code_hash"), "secret_hash");
    assert_eq!(of(Campaigns, "status"), "enabled (true = ACTIVE, false = PAUSED)");
    assert_eq!(of(Redemptions, "created_at"), "claimed_at");
    for (column, from) in [
        ("valid_until", "ends_on, null = infinity"),
        ("max_total_uses", "cap"),
        ("used_total", "claimed"),
        ("discount_value", "amount_off in hundredths"),
        ("discount_percent", "percent_off"),
    ] {
        assert_eq!(of(Campaigns, column), from, "{column}");
    }
    let shared = layout("vouchers: id:uuid! secret_hash:text title:text enabled:bool");
    assert_eq!(proposed(&shared).0, []);
}

#[test]
fn names_are_quoted_and_the_person_has_the_last_word() {
    let tables = layout(
        "Promo.Codes: Id:int8! couponCode:text* Name:text enabled:bool startsAt:timestamptz? endsAt:timestamptz? usageLimit:int4? updatedAt:timestamptz
         Odd: Id:int8! couponCode:text* Name:text enabled:bool",
    );
    let text = statements(&propose(&tables, |_| None)).join("\n");
    assert!(text.contains("promo_codes => 'public.\"Promo.Codes\"'"), "{text}");
    assert!(text.contains("coalesce(t.\\\\\"endsAt\\\\\", ''infinity'')"), "{text}");
    let named = named_table(&tables, "public.\"Odd\"").or_else(|| named_table(&tables, "Odd"));
    let proposal = propose(&tables, |entity| named.filter(|_| entity == Campaigns));
    assert_eq!(proposal.mapped(Campaigns).unwrap().table.name, "Odd");
}

/// A comment of ours never ends early because of a name of theirs.
#[test]
fn what_is_found_is_the_same_each_time_and_confidences_are_shares() {
    let tables = layout(
        "coupons: id:int8! code:text* name:text status:text=active|paused|weird starts:date? ends:date? max_uses:numeric? updated:timestamp
         orders: id:int8! coupon:int8>coupons.id total:int4 subtotal:int4 state:text=paid created_at:timestamptz",
    );
    let (a, b) = (propose(&tables, |_| None), propose(&tables, |_| None));
    assert_eq!(statements(&a), statements(&b));
    for found in a.entities.iter().flat_map(|m| &m.found) {
        assert!((0.0..=1.0).contains(&found.confidence), "{found:?}");
    }
    let status = a.mapped(Campaigns).unwrap().get("status").unwrap();
    assert_eq!(status.unknown, ["weird"]);
    assert_eq!(
        a.mapped(Campaigns).unwrap().get("valid_until").unwrap().sql,
        "coalesce(t.ends::timestamp AT TIME ZONE 'UTC', 'infinity')"
    );
}
