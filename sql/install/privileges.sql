-- Last of all: nothing of ours is open to PUBLIC. Roles get what they need from grant_reader() and
-- grant_operator(), the owner of the application's tables from bind().
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA promo_guard FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA promo_guard FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA promo_guard FROM PUBLIC;
