-- Discounts due against discounts given, a line each; the sum lets opposite errors cancel, so absolute differences are added up
-- beside it (trap 11). A redemption counts when it was applied, a discount without one when its purchase was credited.
account AS (
    SELECT coalesce(CASE WHEN s.applied THEN x.applied_at END, x.credited_at, x.paid_at, x.ordered_at, x.redeemed_at)::timestamptz
               AS at,
           s.applied,
           s.applied AND s.credited AND abs(s.given - s.due) <= :tolerance AS settled,
           s.applied AND CASE WHEN s.credited THEN s.given < s.due - :tolerance
                              ELSE x.redemption_status = 'APPLIED' AND (x.applied_at > $3) IS NOT TRUE END AS missing,
           CASE WHEN s.applied THEN s.credited AND s.given > s.due + :tolerance
                ELSE s.given > 0 AND coalesce(x.purchase_status = 'CREDITED', false)
                     AND (x.redemption_id IS NOT NULL AND x.credited_at > $3) IS NOT TRUE END AS surplus,
           s.given, s.due, s.credited, x.currency
    FROM pair AS x
    CROSS JOIN LATERAL (
        SELECT coalesce((x.redemption_status = 'APPLIED' OR x.applied_at IS NOT NULL)
                            AND coalesce(x.promo_type <> 'PREMIUM_GRANT', x.validation_snapshot ? 'discount_type',
                                     x.applied_purchase_id IS NOT NULL), false) AS applied,
               coalesce(x.purchase_status IN ('CREDITED', 'REFUNDED'), false) AS credited,
               :given::numeric AS given,
               :due::numeric AS due
    ) AS s
),
drift AS (
    SELECT least(date_bin($6::bigint * interval '1 microsecond', a.at, $1),
                 $1 + ($7::bigint - 1) * ($6::bigint * interval '1 microsecond')) AS start, a.currency,
           count(*) FILTER (WHERE a.applied) AS applied,
           count(*) FILTER (WHERE a.settled) AS settled,
           count(*) FILTER (WHERE a.missing) AS missing,
           count(*) FILTER (WHERE a.surplus) AS surplus,
           coalesce(sum(d.stars), 0) AS stars,
           coalesce(sum(abs(d.stars)), 0) AS abs_stars
    FROM account AS a
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT (a.missing OR a.surplus) THEN 0
                    WHEN NOT a.applied THEN a.given
                    WHEN a.credited THEN a.given - a.due
                    ELSE -a.due END AS stars
    ) AS d
    WHERE a.at >= $1 AND a.at <= $2
    GROUP BY 1, 2
),
paid AS (
    SELECT least(date_bin($6::bigint * interval '1 microsecond', coalesce(p.paid_at, p.credited_at)::timestamptz, $1),
                 $1 + ($7::bigint - 1) * ($6::bigint * interval '1 microsecond')) AS start, :currency AS currency,
           count(*) AS purchases
    FROM purchase AS p
    WHERE p.in_window AND coalesce(p.paid_at, p.credited_at) >= $1 AND coalesce(p.paid_at, p.credited_at) <= $2
    GROUP BY 1, 2
)
SELECT b.start, coalesce(d.applied, 0), coalesce(d.settled, 0), coalesce(d.missing, 0), coalesce(d.surplus, 0),
       -- beyond what a bigint holds, its nearest end
       greatest(least(coalesce(d.stars, 0), 9223372036854775807), -9223372036854775808)::bigint,
       least(coalesce(d.abs_stars, 0), 9223372036854775807)::bigint,
       coalesce(p.purchases, 0), k.credits,
       CASE WHEN k.drift IS NOT NULL
            THEN greatest(least(k.drift, 9223372036854775807), -9223372036854775808)::bigint END,
       b.currency
FROM bucket AS b
JOIN booked AS k ON k.start = b.start AND k.currency IS NOT DISTINCT FROM b.currency
LEFT JOIN drift AS d ON d.start = b.start AND d.currency IS NOT DISTINCT FROM b.currency
LEFT JOIN paid AS p ON p.start = b.start AND p.currency IS NOT DISTINCT FROM b.currency
WHERE :shown
ORDER BY b.start, b.currency COLLATE "C" NULLS FIRST
