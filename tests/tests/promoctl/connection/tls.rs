//! Encryption: a server with certificates made for the test, psql and promoctl side by side.

use super::both::{Both, Input, psql};
use super::certificates::{Pair, Says, give};
use promo_guard_tests::Server;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

struct World {
    server: Server,
    port: String,
    dir: PathBuf,
    authority: Pair,
}

/// None where this PostgreSQL was built without TLS: there is nothing to compare then.
fn world() -> Option<&'static World> {
    static WORLD: OnceLock<Option<World>> = OnceLock::new();
    WORLD.get_or_init(make).as_ref()
}

fn make() -> Option<World> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let settings =
        ["listen_addresses=127.0.0.1", "log_connections=on", &format!("port={port}")].map(str::to_owned);
    let server = Server::start(&settings.each_ref().map(String::as_str));
    let built = Command::new(server.programs().join("pg_config")).arg("--configure").output().unwrap();
    let built = String::from_utf8_lossy(&built.stdout).into_owned();
    if !built.contains("openssl") {
        eprintln!("not tried: this PostgreSQL was built without TLS");
        return None;
    }
    let dir = server.beside("home");
    let authority =
        Pair::new(&Says { common: "the test's authority", authority: true, ..Says::default() }, None);
    authority.write(&dir, "authority", None);
    let other = Pair::new(&Says { common: "another authority", authority: true, ..Says::default() }, None);
    other.write(&dir, "other", None);
    let world = World { server, port, dir, authority };
    let says = Says { common: "server", names: &["db.example", "*.pool.example"], ..Says::default() };
    world.serve(&Pair::new(&says, Some(&world.authority)));
    world.admit("hostssl all all 127.0.0.1/32 trust\n");
    let mut db = world.server.connect("postgres");
    db.batch_execute(
        "CREATE ROLE scram LOGIN PASSWORD 'secret'; CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN",
    )
    .unwrap();
    world.set("ssl", "on");
    Some(world)
}

impl World {
    /// The server's certificate and rules are the tests' common property: one at a time.
    fn turn(&self) -> MutexGuard<'_, ()> {
        static TURN: Mutex<()> = Mutex::new(());
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self, name: &str) -> PathBuf {
        Path::new(&self.server.host()).join("data").join(name)
    }

    fn reload(&self) {
        let loaded = "SELECT pg_conf_load_time()";
        let mut db = self.server.connect("postgres");
        let before = promo_guard_tests::table(&mut db, loaded);
        db.batch_execute("SELECT pg_reload_conf()").unwrap();
        let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while promo_guard_tests::table(&mut self.server.connect("postgres"), loaded) == before {
            assert!(std::time::Instant::now() < until, "the server never read its settings again");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    fn set(&self, name: &str, value: &str) {
        self.server
            .connect("postgres")
            .batch_execute(&format!("ALTER SYSTEM SET {name} = '{value}'"))
            .unwrap();
        self.reload();
    }

    /// Who may come in over TCP, and how.
    fn admit(&self, rules: &str) {
        fs::write(self.data("pg_hba.conf"), format!("local all all trust\n{rules}")).unwrap();
        self.reload();
    }

    /// The server shows this certificate from now on.
    fn serve(&self, pair: &Pair) {
        let (crt, key) = pair.write(&self.data("."), "server", None);
        for file in [&crt, &key] {
            give(file, &self.data("PG_VERSION"));
        }
        self.reload();
    }

    fn both(&self) -> Both<'_> {
        Both { psql: psql(&self.server), servers: vec![&self.server], home: self.dir.clone() }
    }

    fn file(&self, name: &str) -> String {
        self.dir.join(name).display().to_string()
    }

    /// A conninfo for `host`, which is this machine whatever its name.
    fn to(&self, host: &str, more: &str) -> Input {
        let host = if host.is_empty() { String::new() } else { format!("host={host} ") };
        let info =
            format!("{host}hostaddr=127.0.0.1 port={} user=postgres dbname=postgres {more}", self.port);
        Input::arguments(&["-w", "-d", &info])
    }
}

const GOOD: &str = "db.example";

#[test]
#[ignore = "slow"]
fn every_mode_against_rules_that_demand_or_forbid_it() {
    let Some(world) = world() else { return };
    let _turn = world.turn();
    let both = world.both();
    for rules in [
        "hostssl all all 127.0.0.1/32 trust\n",
        "hostnossl all all 127.0.0.1/32 trust\n",
        "host all all 127.0.0.1/32 trust\n",
        "host all all 127.0.0.1/32 reject\n",
        "hostssl all all 127.0.0.1/32 reject\nhostnossl all all 127.0.0.1/32 trust\n",
        "hostssl all all 127.0.0.1/32 trust\nhostnossl all all 127.0.0.1/32 reject\n",
    ] {
        world.admit(rules);
        for mode in ["disable", "allow", "prefer", "require"] {
            both.agree(&world.to("localhost", &format!("sslmode={mode}")));
        }
    }
    world.admit("host all all 127.0.0.1/32 trust\n");
    let used = both.agree(&world.to("localhost", "")).servers;
    assert!(used[0].contains("SSL enabled"), "TLS is tried unasked: {used:?}");
    world.set("ssl", "off");
    for mode in ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] {
        let root = world.file("authority.crt");
        both.agree(&world.to("localhost", &format!("sslmode={mode} sslrootcert={root}")));
    }
    world.set("ssl", "on");
}

#[test]
#[ignore = "slow"]
fn who_the_server_must_prove_to_be() {
    let Some(world) = world() else { return };
    let _turn = world.turn();
    let both = world.both();
    world.admit("host all all 127.0.0.1/32 trust\n");
    let fine = |pair: &Pair, host: &str, more: &str, connects: bool| {
        world.serve(pair);
        let input = world.to(host, more);
        let (theirs, ours) = (both.psql(&input), both.promoctl(&input));
        assert_eq!(ours.servers, theirs.servers, "promoctl (left) and psql (right) on {input:?}");
        assert_eq!(ours.told.is_empty(), connects, "{input:?}: {ours:?}; psql: {theirs:?}");
        assert_eq!(ours.told.len(), theirs.told.len(), "{input:?}: {ours:?}; psql: {theirs:?}");
        // psql says "certificate verify failed"; we say that, and why
        for (ours, theirs) in ours.told.iter().zip(&theirs.told) {
            assert!(ours.starts_with(theirs), "{input:?}: {ours:?}; psql: {theirs:?}");
        }
    };
    let signed = |says: &Says<'_>| Pair::new(says, Some(&world.authority));
    let root = format!("sslrootcert={}", world.file("authority.crt"));
    let ca = format!("sslmode=verify-ca {root}");
    let full = format!("sslmode=verify-full {root}");

    let named = signed(&Says { common: "ignored", names: &[GOOD, "*.pool.example"], ..Says::default() });
    for (host, connects) in [
        (GOOD, true),
        ("DB.Example", true),
        ("one.pool.example", true),
        ("one.two.pool.example", false),
        ("pool.example", false),
        ("ignored", false),
        ("127.0.0.1", false),
        ("", false),
    ] {
        fine(&named, host, &full, connects);
    }
    for host in ["elsewhere", "127.0.0.1", ""] {
        fine(&named, host, &ca, true);
    }
    let address = signed(&Says { common: GOOD, addresses: &["127.0.0.1", "::1"], ..Says::default() });
    fine(&address, "127.0.0.1", &full, true);
    fine(&address, "127.0.0.2", &full, false);
    // a common name counts where no name of the kind asked for is there
    fine(&address, GOOD, &full, true);
    // as the manual makes it: version 1, the name in the subject alone
    let manual = signed(&Says { common: GOOD, version_1: true, ..Says::default() });
    fine(&manual, GOOD, &full, true);
    fine(&manual, "elsewhere", &full, false);
    let by_address = signed(&Says { common: "127.0.0.1", version_1: true, ..Says::default() });
    fine(&by_address, "127.0.0.1", &full, true);

    // whom to trust
    let other = format!("sslrootcert={}", world.file("other.crt"));
    for mode in ["allow", "disable"] {
        fine(&named, GOOD, &format!("sslmode={mode} {other}"), true);
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        // a file of roots is used by require too, where it is there
        fine(&named, GOOD, &format!("sslmode={mode} {other}"), false);
    }
    fine(&named, GOOD, &format!("sslmode=prefer {other}"), true); // in the clear, as psql
    let absent = format!("sslrootcert={}", world.file("absent.crt"));
    fine(&named, GOOD, &format!("sslmode=require {absent}"), true);
    let expired = signed(&Says { common: GOOD, expired: true, ..Says::default() });
    fine(&expired, GOOD, &ca, false);
    fine(&expired, GOOD, &format!("sslmode=require {absent}"), true);
    // a certificate that is its own authority, of either version
    for version_1 in [false, true] {
        let own = Pair::new(&Says { common: GOOD, version_1, ..Says::default() }, None);
        own.write(&world.dir, "own", None);
        let root = format!("sslrootcert={}", world.file("own.crt"));
        fine(&own, GOOD, &format!("sslmode=verify-full {root}"), true);
        fine(&own, GOOD, &full, false);
    }
    // by a chain: the middle one is sent by the server
    let middle = signed(&Says { common: "middle", authority: true, ..Says::default() });
    let leaf = Pair::new(&Says { names: &[GOOD], common: "leaf", ..Says::default() }, Some(&middle));
    fine(&leaf, GOOD, &full, false);
    let mut chain = leaf.certificate.to_pem().unwrap();
    chain.extend(middle.certificate.to_pem().unwrap());
    fs::write(world.data("server.crt"), chain).unwrap();
    world.reload();
    assert!(both.agree(&world.to(GOOD, &full)).told.is_empty());

    // no file, no good file, the usual file
    world.serve(&named);
    fs::write(world.dir.join("nonsense.crt"), "nonsense").unwrap();
    for more in [
        format!("sslmode=verify-full {absent}"),
        format!("sslmode=verify-ca sslrootcert={}", world.file("nonsense.crt")),
    ] {
        both.agree_but_for_the_words(&world.to(GOOD, &more), "root certificate file");
    }
    let usual = world.server.beside("home/.postgresql");
    fs::copy(world.dir.join("authority.crt"), usual.join("root.crt")).unwrap();
    assert!(both.agree(&world.to(GOOD, "sslmode=verify-full")).told.is_empty());
    fs::copy(world.dir.join("other.crt"), usual.join("root.crt")).unwrap();
    fine(&named, GOOD, "sslmode=verify-full", false);
    fs::remove_dir_all(&usual).unwrap();

    // the machine's authorities do not know this one; psql of 15 has no such word
    let system = both.promoctl(&world.to(GOOD, "sslrootcert=system"));
    assert!(system.told[0].contains("certificate verify failed"), "{system:?}");
    for (more, says) in
        [("sslmode=verify-full", "TLSv1.3"), ("sslmode=require ssl_max_protocol_version=TLSv1.2", "TLSv1.2")]
    {
        let used = both.agree(&world.to(GOOD, &format!("{more} {root}"))).servers;
        assert!(used[0].contains(says), "{used:?}");
    }
}

#[test]
#[ignore = "slow"]
fn our_own_certificate() {
    let Some(world) = world() else { return };
    let _turn = world.turn();
    let both = world.both();
    fs::copy(world.dir.join("authority.crt"), world.data("root.crt")).unwrap();
    give(&world.data("root.crt"), &world.data("PG_VERSION"));
    world.set("ssl_ca_file", "root.crt");
    world.admit("hostssl all all 127.0.0.1/32 cert\n");
    let ann = Pair::new(&Says { common: "ann", ..Says::default() }, Some(&world.authority));
    ann.write(&world.dir, "ann", None);
    ann.write(&world.dir, "ann-locked", Some("open sesame"));
    Pair::new(&Says { common: "ann", ..Says::default() }, None).write(&world.dir, "forged", None);
    Pair::new(&Says { common: "bob", ..Says::default() }, Some(&world.authority))
        .write(&world.dir, "bob", None);
    let input = |user: &str, certificate: &str, key: &str, more: &str| {
        let files = format!("sslcert={} sslkey={}", world.file(certificate), world.file(key));
        let mut input = world.to("localhost", &format!("sslmode=require {files} {more}"));
        let last = input.arguments.len() - 1;
        input.arguments[last] = input.arguments[last].replace("user=postgres", &format!("user={user}"));
        input
    };
    assert!(both.agree(&input("ann", "ann.crt", "ann.key", "")).told.is_empty());
    assert!(
        both.agree(&input("ann", "ann.crt", "ann-locked.key", "sslpassword='open sesame'")).told.is_empty()
    );
    assert!(!both.agree(&input("bob", "ann.crt", "ann.key", "")).told.is_empty(), "another's certificate");
    assert!(!both.agree(&input("ann", "absent.crt", "absent.key", "")).told.is_empty(), "none");
    assert!(!both.agree(&input("ann", "ann.crt", "absent.key", "")).told.is_empty(), "no key");
    for (certificate, key, more, words) in [
        ("forged.crt", "forged.key", "", ""),
        ("ann.crt", "bob.key", "", "certificate does not match private key file"),
        ("ann.crt", "ann-locked.key", "sslpassword=wrong", "could not load private key file"),
        ("authority.key", "ann.key", "", "could not read certificate file"),
    ] {
        both.agree_but_for_the_words(&input("ann", certificate, key, more), words);
    }
    fs::copy(world.dir.join("ann.key"), world.dir.join("open.key")).unwrap();
    fs::set_permissions(world.dir.join("open.key"), fs::Permissions::from_mode(0o644)).unwrap();
    both.agree_but_for_the_words(&input("ann", "ann.crt", "open.key", ""), "has group or world access");
    let hidden = both.promoctl(&input("ann", "ann.crt", "ann.key", "sslcertmode=disable"));
    assert!(hidden.told[0].contains("requires a valid client certificate"), "{hidden:?}");
    // in their usual places
    let usual = world.server.beside("home/.postgresql");
    fs::copy(world.dir.join("ann.crt"), usual.join("postgresql.crt")).unwrap();
    fs::copy(world.dir.join("ann.key"), usual.join("postgresql.key")).unwrap();
    fs::set_permissions(usual.join("postgresql.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut plain = world.to("localhost", "sslmode=require");
    plain.arguments[2] = plain.arguments[2].replace("user=postgres", "user=ann");
    assert!(both.agree(&plain).told.is_empty());
    fs::remove_dir_all(&usual).unwrap();
    world.set("ssl_ca_file", "");
}

#[test]
#[ignore = "slow"]
fn passwords_bound_to_the_encryption() {
    let Some(world) = world() else { return };
    let _turn = world.turn();
    let both = world.both();
    world.admit("host all scram 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n");
    let input = |user: &str, more: &str, password: &str| {
        let mut input = world.to("localhost", more).variable("PGPASSWORD", password);
        input.arguments[2] = input.arguments[2].replace("user=postgres", &format!("user={user}"));
        input
    };
    for binding in ["disable", "prefer", "require"] {
        let more = format!("sslmode=require channel_binding={binding}");
        assert!(both.agree(&input("scram", &more, "secret")).told.is_empty(), "{binding}");
        assert!(!both.agree(&input("scram", &more, "wrong")).told.is_empty(), "{binding}");
    }
    // in the clear there is nothing to bind to, and a server that asks for no password proves nothing
    both.agree_but_for_the_words(
        &input("scram", "sslmode=disable channel_binding=require", "secret"),
        "channel binding",
    );
    both.agree_but_for_the_words(
        &input("ann", "sslmode=require channel_binding=require", "any"),
        "channel binding",
    );
    // a wrong password under prefer is told twice, once each way, as psql does
    assert_eq!(both.agree(&input("scram", "sslmode=prefer", "wrong")).told.len(), 2);
}
