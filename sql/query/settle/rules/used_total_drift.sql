-- A campaign's used_total is the number of its redemptions that count (policy used_total_counts): those ever applied,
-- revoked ones included, or those applied now. All of the campaign's history is counted, whatever the window.
--@ needs
campaigns.used_total
redemptions.promo_code_id
redemptions.applied_at
--@ checked
x.whole
--@ broken
x.used_total IS DISTINCT FROM x.counted
--@ expected
x.counted::text
--@ actual
x.used_total::text
--@ detail
format('used_total is %s, %s redemptions count.', coalesce(x.used_total::text, 'null'), x.counted)
