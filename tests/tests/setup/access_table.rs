//! docs/ACCESS.md: what each role can do with each object of ours, as PostgreSQL answers.

use promo_guard_tests::{repo, server, table};
use std::fmt::Write as _;
use std::{env, fs};

const PATH: &str = "docs/ACCESS.md";
/// Heading and role.
const ROLES: [(&str, &str); 8] = [
    ("owner", ""),
    ("operator", "table_operator"),
    ("reader", "table_reader"),
    ("default privileges", "table_default"),
    ("any other", "table_other"),
    ("pg_read_all_data", "pg_read_all_data"),
    ("pg_write_all_data", "pg_write_all_data"),
    ("pg_monitor", "pg_monitor"),
];

const HEAD: &str = "# Who can do what

What PostgreSQL answers for each object of promo_guard, on a database that was bound. The test `access_table` in
`tests/tests/setup` makes this page and compares it. `UPDATE_ACCESS=1 cargo test -p promo-guard-tests --test setup access_table`
writes it anew.

- **owner**: the owner of the extension, and its members. Superusers can do everything.
- **operator**, **reader**: roles of `grant_operator()` and `grant_reader()`.
- **default privileges**: a role to which `ALTER DEFAULT PRIVILEGES` gave everything before CREATE EXTENSION.
- **pg_read_all_data** and **pg_write_all_data** are PostgreSQL's own: their members read, or write, every table of the database, ours
  included. Do not give them to those whom the guard guards.

`x`: execute, `r`: read, `w`: insert, update or delete. The adapter views are read as the owner of the application's tables.

";

#[test]
fn the_table_of_objects_by_role_is_what_postgresql_answers() {
    let (mut db, _) = server().empty_database();
    db.batch_execute(
        "CREATE ROLE table_operator; CREATE ROLE table_reader; CREATE ROLE table_default; CREATE ROLE table_other;
         ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO table_default; ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO table_default;
         ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO table_default; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO table_default;
         CREATE EXTENSION promo_guard;
         SELECT promo_guard.grant_operator('table_operator'); SELECT promo_guard.grant_reader('table_reader')",
    )
    .unwrap();
    db.batch_execute(include_str!("../../../sql/reference/schema.sql")).unwrap();
    db.batch_execute("SELECT promo_guard.bind()").unwrap();
    let mut page = HEAD.to_owned();
    let names = ROLES.map(|(heading, _)| heading).join(" | ");
    writeln!(page, "| object | {names} |\n| --- |{}", " :-: |".repeat(ROLES.len())).unwrap();
    let sql = "SELECT o.name, r.place,
               concat(CASE WHEN o.kind = 'f' AND has_function_privilege(r.name, o.oid, 'EXECUTE') THEN 'x' END,
                      CASE WHEN o.kind = 'S' AND has_sequence_privilege(r.name, o.oid, 'SELECT') THEN 'r' END,
                      CASE WHEN o.kind = 'S' AND has_sequence_privilege(r.name, o.oid, 'USAGE, UPDATE') THEN 'w' END,
                      CASE WHEN o.kind IN ('r', 'v') AND has_table_privilege(r.name, o.oid, 'SELECT') THEN 'r' END,
                      CASE WHEN o.kind IN ('r', 'v') AND has_table_privilege(r.name, o.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') THEN 'w' END)
        FROM (SELECT 'f' AS kind, p.oid, p.proname || '()' AS name FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace
              UNION ALL
              SELECT c.relkind::text, c.oid, CASE c.relkind WHEN 'r' THEN 'table ' WHEN 'v' THEN 'view ' ELSE 'sequence ' END || c.relname
              FROM pg_class AS c WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v', 'S')) AS o,
             (SELECT u.place, coalesce(nullif(u.name, ''), pg_get_userbyid(e.extowner)::text) AS name
              FROM unnest($$NAMES$$::text[]) WITH ORDINALITY AS u (name, place), pg_extension AS e WHERE e.extname = 'promo_guard') AS r
        ORDER BY o.name COLLATE \"C\", r.place";
    let roles = format!("{{{}}}", ROLES.map(|(_, role)| format!("\"{role}\"")).join(","));
    let rows = table(&mut db, &sql.replace("NAMES", &roles));
    for object in rows.chunks(ROLES.len()) {
        let held = object.iter().map(|row| if row[2].is_empty() { "-" } else { &row[2] }).collect::<Vec<_>>();
        writeln!(page, "| {} | {} |", object[0][0], held.join(" | ")).unwrap();
    }
    let path = repo().join(PATH);
    if env::var_os("UPDATE_ACCESS").is_some() {
        fs::write(path, page).unwrap();
        return;
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, page, "{PATH} is not what PostgreSQL answers; UPDATE_ACCESS=1 writes it anew");
    // Nobody but the owner writes, and who is in no group can do nothing.
    for row in &rows {
        let (role, held) = (ROLES[row[1].parse::<usize>().unwrap() - 1].0, &row[2]);
        match role {
            "owner" => (),
            "pg_write_all_data" => assert!(!held.contains('x'), "{row:?}"),
            "pg_read_all_data" => assert!(held.is_empty() || held == "r", "{row:?}"),
            "operator" | "reader" => assert!(!held.contains('w'), "{row:?}"),
            _ => assert!(held.is_empty(), "{role}: {row:?}"),
        }
    }
}
