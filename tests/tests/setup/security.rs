//! Nothing that the application's owner plants runs with more rights than the application's owner has.

use postgres::Client;
use promo_guard_tests::{server, table};

/// Code of the application's owner behind everything that our functions may touch: triggers, a function in a view, a cast,
/// an operator, a policy. Each notes who it ran as.
const TRAPS: &str = "
    CREATE TABLE public.ran_as (what text, who name);
    GRANT INSERT ON public.ran_as TO PUBLIC;
    CREATE FUNCTION public.spring(what text) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN
               BEGIN INSERT INTO public.ran_as VALUES (what, current_user);
               EXCEPTION WHEN OTHERS THEN RAISE LOG 'ran % as %', what, current_user; END;
               RETURN true;
           END $$;
    CREATE FUNCTION public.trigger_trap() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.spring(TG_OP || ' trigger'); RETURN NEW; END $$;
    CREATE TRIGGER trap_before BEFORE UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION public.trigger_trap();
    CREATE TRIGGER trap_after AFTER UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION public.trigger_trap();
    CREATE FUNCTION public.pg_like_equal(name, text) RETURNS boolean LANGUAGE sql AS $$ SELECT public.spring('operator') $$;
    CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.pg_like_equal);
";

fn plant(name: &str) -> (Client, Client) {
    let mut shop = server().connect_as("shop", name);
    shop.batch_execute(TRAPS).unwrap();
    // an enum whose cast to text is the application's own function
    shop.batch_execute(
        "CREATE TYPE public.mood AS ENUM ('ACTIVE', 'PAUSED', 'EXPIRED', 'DEPLETED');
         CREATE FUNCTION public.mood_text(public.mood) RETURNS text LANGUAGE plpgsql AS
             $$ BEGIN PERFORM public.spring('cast'); RETURN format('%s', $1); END $$;
         CREATE CAST (public.mood AS text) WITH FUNCTION public.mood_text(public.mood) AS ASSIGNMENT;
         ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_status_check;
         ALTER TABLE promo_codes ALTER status TYPE public.mood USING status::text::public.mood;
         ALTER TABLE promo_attempts RENAME TO real_attempts;
         CREATE TABLE promo_attempts (LIKE real_attempts INCLUDING DEFAULTS);
         ALTER TABLE promo_attempts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY trap ON promo_attempts USING (public.spring('policy'));
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'PAUSED', now(), now() + interval '1 day');
         INSERT INTO promo_attempts SELECT g, g, repeat('1', 64), 'EXPIRED', 'API', now() FROM generate_series(1, 5) AS g;",
    )
    .unwrap();
    (server().connect(name), shop)
}

#[test]
fn planted_code_never_runs_with_more_rights_than_its_owner_whichever_function_fires_it() {
    let (_, name) = server().database();
    let (mut db, mut shop) = plant(&name);
    db.batch_execute("SET search_path = public, pg_catalog; SELECT promo_guard.bind(); SELECT promo_guard.attach_history()").unwrap();
    db.batch_execute(
        "DROP VIEW promo_guard.attempts;
         CREATE VIEW promo_guard.attempts AS
             SELECT id, user_id, normalized_code_hash AS code_hash, result, source, attempted_at, metadata
             FROM public.promo_attempts WHERE public.spring('view');
         SELECT promo_guard.bind();",
    )
    .unwrap();

    // every function that a user can call, with the superuser's own hostile search_path
    let functions = table(
        &mut db,
        "SELECT p.oid::regprocedure::text, p.proname FROM pg_proc AS p
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.prorettype <> 'trigger'::regtype AND NOT p.proname LIKE 'tally%' AND NOT p.proname LIKE 'settle_sketch%' ORDER BY 1",
    );
    for row in functions {
        let call = match row[1].as_str() {
            "action_hash" => "action_hash(l) FROM promo_guard.action_log AS l".to_owned(),
            "set_policy" => "set_policy('guard_min_users', '3', 'test')".to_owned(),
            "grant_reader" | "grant_operator" | "revoke_access" => format!("{}('shop')", row[1]),
            "probe_redeem" => "probe_redeem(repeat('1', 64), 1)".to_owned(),
            "probe_progress" => "probe_progress(repeat('1', 64), 1, now())".to_owned(),
            "pause" | "unpause" => format!("{}(1, 'test')", row[1]),
            "campaign_batch" => "campaign_batch('One')".to_owned(),
            "pause_batch" => "pause_batch('One', 'test')".to_owned(),
            "announce" | "announce_batch" | "withdraw_announcement" => continue, // below
            "key_number" => "key_number('One')".to_owned(),
            "find_campaigns" => "find_campaigns('One')".to_owned(),
            "fix_campaign" | "rotate" => continue, // of a paused campaign, below
            "bake_series" => continue,             // there is no bake
            "paused_together" => continue,         // it is ACTIVE
            "check_unpause" | "plan_unpause" => format!("{}(1)", row[1]),
            "open_incident" | "checkpoint" | "close_incident" => continue, // in this order, below
            "acknowledge_escalation" => continue,                          // below
            "unbind" => continue,                                          // last, below
            other => format!("{other}()"),
        };
        db.batch_execute(&format!("SELECT promo_guard.{call}")).unwrap_or_else(|e| panic!("{call}: {e:?}"));
    }
    db.batch_execute(
        "SELECT promo_guard.checkpoint(promo_guard.open_incident('t', 't'), now() + interval '1 h', 'n');
         SELECT promo_guard.close_incident(id, 'n') FROM promo_guard.incident",
    )
    .unwrap();
    db.batch_execute(
        "SELECT promo_guard.announce(1, now(), now() + interval '1 h', 'test'); SELECT promo_guard.withdraw_announcement(1, 'test');
         SELECT promo_guard.announce_batch('One', now(), now() + interval '1 h', 'test')",
    )
    .unwrap();
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap(); // detached again above
    // the application's own update fires its triggers and our history's
    shop.batch_execute("UPDATE promo_codes SET status = 'ACTIVE'").unwrap();
    assert_eq!(
        table(&mut db, "SELECT to_status, actor FROM promo_guard.status_history WHERE kind = 'change'"),
        [["ACTIVE", "shop"]]
    );
    db.batch_execute("SELECT promo_guard.acknowledge_escalation('unpaused_outside_guard', 1, 'seen')")
        .unwrap();
    shop.batch_execute("UPDATE promo_codes SET status = 'PAUSED'").unwrap();
    db.batch_execute(
        "SELECT promo_guard.fix_campaign(1, '{\"max_uses_per_user\": 1}', 'test');
         SELECT promo_guard.rotate('{1}', ARRAY[repeat('e', 64)], '{N}', 'test')",
    )
    .unwrap();
    db.batch_execute("SELECT promo_guard.unbind()").unwrap();

    let ran = table(&mut db, "SELECT DISTINCT who, what FROM public.ran_as ORDER BY 1, 2");
    assert!(ran.iter().all(|r| r[0] == "shop"), "{ran:?}");
    for what in ["UPDATE trigger", "view", "cast"] {
        assert!(ran.iter().any(|r| r[1] == what), "the trap \"{what}\" was not even touched: {ran:?}");
    }
    let escaped = server().log().lines().filter(|l| l.contains("ran ") && l.contains(" as postgres")).count();
    assert_eq!(escaped, 0);
}

#[test]
fn definer_functions_have_a_safe_search_path_and_nothing_is_open_to_public() {
    let (mut db, _) = server().database();
    let bad = table(
        &mut db,
        "SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace
           AND (p.prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
                OR has_function_privilege('public', p.oid, 'EXECUTE'))",
    );
    assert!(bad.is_empty(), "{bad:?}");
    let open = table(
        &mut db,
        "SELECT has_schema_privilege('public', 'promo_guard', 'USAGE'), has_schema_privilege('public', 'promo_guard', 'CREATE')",
    );
    assert_eq!(open, [["f", "f"]]);
}

#[test]
fn what_runs_as_the_owner_can_leave_nothing_behind_that_runs_later_with_other_rights() {
    let (_, name) = server().bound_database();
    let mut shop = server().connect_as("shop", &name);
    shop.batch_execute(
        "CREATE FUNCTION public.leave_behind() RETURNS boolean LANGUAGE plpgsql AS
             $$ BEGIN CREATE TEMP TABLE trap (x integer); RETURN true; END $$;",
    )
    .unwrap();
    let mut db = server().connect(&name);
    let definition =
        table(&mut db, "SELECT rtrim(pg_get_viewdef('promo_guard.campaigns'), ';')")[0][0].clone();
    db.batch_execute(&format!(
        "CREATE OR REPLACE VIEW promo_guard.campaigns AS {definition} WHERE public.leave_behind()"
    ))
    .unwrap();
    shop.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'PAUSED', now(), now() + interval '1 day')",
    )
    .unwrap();
    let met = promo_guard_tests::refused(&mut db, "SELECT promo_guard.blast_radius()");
    assert_eq!(met.code, "42501", "{met:?}");
    assert!(met.message.contains("security-restricted operation"), "{met:?}");
    assert_eq!(table(&mut db, "SELECT current_user"), [["postgres"]], "the session has its own rights back");
}
