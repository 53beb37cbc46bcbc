-- Last of all: nothing of ours is open to PUBLIC. Roles get what they need from grant_reader() and grant_operator().
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA promo_guard FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA promo_guard FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA promo_guard FROM PUBLIC;

-- But for the parts of settlement's own statements, which run as the owner of the application's tables. They reckon with what
-- they are given, and see nothing else.
GRANT EXECUTE ON FUNCTION promo_guard.settle_sketch(integer, bigint, bigint, bigint, boolean, boolean),
    promo_guard.settle_sketch_add(internal, integer, bigint, bigint, bigint, boolean, boolean),
    promo_guard.settle_sketch_combine(internal, internal), promo_guard.settle_sketch_bytes(internal),
    promo_guard.settle_sketch_read(bytea, internal) TO PUBLIC;
