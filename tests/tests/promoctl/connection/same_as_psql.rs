//! Flags, connection strings, service files, variables, passfiles and several hosts: psql and promoctl side by side.

use super::both::{Both, Input, psql};
use promo_guard_tests::Server;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

struct World {
    primary: Server,
    standby: Server,
    port: u16,
    standby_port: u16,
    dir: PathBuf,
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A primary and its standby on loopback and sockets, passwords asked over TCP, and who came in the log.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (port, standby_port) = (free_port(), free_port());
        let common = ["listen_addresses=127.0.0.1", "log_connections=on"];
        let primary = Server::start(&[&common[..], &[&format!("port={port}")]].concat());
        let mut db = primary.connect("postgres");
        for statement in [
            "CREATE DATABASE shop",
            r#"CREATE DATABASE "odd ='\ db""#,
            "CREATE ROLE os_user LOGIN",
            "CREATE ROLE locked LOGIN",
            "CREATE ROLE unset LOGIN",
            r#"CREATE ROLE "o'n:e\l" LOGIN PASSWORD 'p:a\s@s/w%'"#,
            "CREATE ROLE scram LOGIN PASSWORD 'secret'",
            "CREATE ROLE clear LOGIN PASSWORD 'secret'",
            "SET password_encryption = 'md5'",
            "CREATE ROLE old LOGIN PASSWORD 'secret'",
        ] {
            db.batch_execute(statement).unwrap();
        }
        let dir = primary.beside("home");
        let hba = "local all locked reject\nlocal all all trust\nlocal replication all trust\n\
             host all clear 127.0.0.1/32 password\nhost all old 127.0.0.1/32 md5\n\
             host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(Path::new(&primary.host()).join("data/pg_hba.conf"), hba).unwrap();
        db.batch_execute("SELECT pg_reload_conf()").unwrap();
        let standby = primary.standby_with(&[&common[..], &[&format!("port={standby_port}")]].concat());
        World { primary, standby, port, standby_port, dir }
    })
}

impl World {
    fn both(&self) -> Both<'_> {
        Both {
            psql: psql(&self.primary),
            servers: vec![&self.primary, &self.standby],
            home: self.dir.clone(),
        }
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.dir.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    }
}

fn percent(path: &str) -> String {
    path.replace('/', "%2F")
}

/// The whole log's words for who came in where.
fn came_in(server: usize, user: &str, database: &str) -> String {
    format!("{server}: user={user} database={database} application_name=?")
}

#[test]
fn flags_strings_and_variables() {
    let world = world();
    let both = world.both();
    let (socket, port) = (world.primary.host(), world.port.to_string());
    let p = port.as_str();
    let s = percent(&socket);
    let at_home = |arguments: &[&str]| {
        Input::arguments(arguments)
            .variable("PGHOST", &socket)
            .variable("PGPORT", p)
            .variable("PGUSER", "postgres")
            .variable("PGDATABASE", "shop")
    };
    let shop = came_in(0, "postgres", "shop");
    for (input, expected) in [
        (at_home(&[]), shop.clone()),
        (at_home(&["-U", "os_user"]), came_in(0, "os_user", "shop")),
        (at_home(&["-d", "postgres"]), came_in(0, "postgres", "postgres")),
        (at_home(&["-h", "127.0.0.1"]), shop.clone()),
        (at_home(&["-h", "localhost"]), shop.clone()),
        (at_home(&["-h", ""]).variable("PGHOST", &socket), shop.clone()),
        (at_home(&["-d", ""]), shop.clone()),
        (
            at_home(&["-d", &format!("host=127.0.0.1 port={p} dbname=postgres")]),
            came_in(0, "postgres", "postgres"),
        ),
        (at_home(&["-U", "os_user", "-d", "user=postgres dbname=shop"]), shop.clone()),
        (at_home(&["-h", "/nowhere", "-d", &format!("host='{socket}' dbname=shop")]), shop.clone()),
        (at_home(&["-d", r"dbname='odd =\'\\ db'"]), came_in(0, "postgres", r"odd ='\ db")),
        (at_home(&["-d", &format!("  host = {socket}   port={p}\tdbname=shop ")]), shop.clone()),
        (at_home(&["-d", "dbname=nope dbname=shop"]), shop.clone()),
        (at_home(&["-d", &format!("postgresql://postgres@127.0.0.1:{p}/shop")]), shop.clone()),
        (at_home(&["-d", "postgres://"]), shop.clone()),
        (at_home(&["-d", &format!("postgres://{s}:{p}/shop")]), shop.clone()),
        (at_home(&["-d", &format!("postgresql:///shop?host={s}&port={p}")]), shop.clone()),
        (at_home(&["-d", "postgresql://os_user@"]), came_in(0, "os_user", "shop")),
        (at_home(&["-d", "postgresql://os_user@/postgres"]), came_in(0, "os_user", "postgres")),
        (at_home(&["-d", "postgresql:///odd%20%3D%27%5C%20db"]), came_in(0, "postgres", r"odd ='\ db")),
        (at_home(&["-d", &format!("postgresql://%70ostgres@%31%32%37.0.0.1:{p}/sh%6Fp")]), shop.clone()),
        (at_home(&["-d", "postgresql:///shop?application_name=mine&user=os_user"]), "".into()),
        (at_home(&["-d", "postgresql:///shop?sslmode=disable"]), shop.clone()),
        (at_home(&[]).variable("PGHOSTADDR", "127.0.0.1").variable("PGHOST", "no.such.host"), shop.clone()),
        (at_home(&[]).variable("PGSSLMODE", "require"), shop.clone()),
        (at_home(&[]).variable("PGREQUIRESSL", "1"), shop.clone()),
        (at_home(&[]).variable("PGOPTIONS", "-c work_mem=1MB"), shop.clone()),
        (
            at_home(&["-d", "connect_timeout=5 keepalives=1 keepalives_idle=9 tcp_user_timeout=1000"]),
            shop.clone(),
        ),
        // the database is called as the user
        (Input::arguments(&["-h", &socket, "-p", p, "-U", "postgres"]), came_in(0, "postgres", "postgres")),
    ] {
        let outcome = both.agree(&input);
        assert!(outcome.told.is_empty(), "{input:?}: {outcome:?}");
        if !expected.is_empty() {
            assert_eq!(outcome.servers, [expected], "{input:?}");
        }
    }
}

#[test]
fn what_cannot_be() {
    let world = world();
    let both = world.both();
    let (socket, port) = (world.primary.host(), world.port.to_string());
    let p = port.as_str();
    let at_home = |arguments: &[&str]| {
        Input::arguments(arguments)
            .variable("PGHOST", &socket)
            .variable("PGPORT", p)
            .variable("PGUSER", "postgres")
    };
    for input in [
        at_home(&["-d", "absent"]),
        // an empty value hides the environment's, and then counts as not given
        at_home(&["-d", "host='' dbname=shop port=1"]),
        at_home(&["-U", "nobody_here", "-d", "shop"]),
        at_home(&["-U", "locked", "-d", "shop"]),
        at_home(&["-h", "/nowhere/at/all"]),
        at_home(&["-h", "127.0.0.1", "-p", "1"]),
        at_home(&["-h", "/nowhere", "-p", "65536"]),
        at_home(&["-p", "0"]),
        at_home(&["-p", "many"]),
        at_home(&["-h", "a,b,c", "-p", "1,2"]),
        at_home(&["-d", "colour=red"]),
        at_home(&["-d", "dbname='open"]),
        at_home(&["-d", "dbname=shop stray"]),
        at_home(&["-d", "sslmode=perhaps"]),
        at_home(&["-d", "channel_binding=perhaps"]),
        at_home(&["-d", "target_session_attrs=best"]),
        at_home(&["-d", "ssl_min_protocol_version=TLSv9"]),
        at_home(&["-d", "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2"]),
        at_home(&["-d", "hostaddr=127.0.0.1,127.0.0.1 host=a"]),
        at_home(&["-d", "postgresql:///shop?port"]),
        at_home(&["-d", "service=absent"]),
        at_home(&[]).variable("PGSERVICE", "absent"),
        at_home(&[]).variable("PGSERVICE", "x").variable("PGSERVICEFILE", "/nowhere"),
    ] {
        let outcome = both.agree(&input);
        assert!(!outcome.told.is_empty(), "{input:?}: connected");
    }
    for (input, words) in [
        // what psql repeats of these may hold a password
        (at_home(&["-d", "postgresql://u:secret%zz@/shop"]), "invalid percent-encoded token"),
        (at_home(&["-d", "postgresql://h/%00"]), "invalid percent-encoded token"),
        (at_home(&["-d", "postgresql:///shop?password=a=b"]), "extra key/value separator"),
        (at_home(&["-d", "postgresql://[::1/shop"]), "matching \"]\" in IPv6 host address"),
        (at_home(&["-d", "postgresql://[::1]x/shop"]), "(expected \":\" or \"/\")"),
        (at_home(&["-d", "postgresql:///shop?colour=red"]), "invalid connection option \"colour\""),
        (at_home(&["-h", "no.such.host.invalid"]), "could not translate host name \"no.such.host.invalid\""),
        (at_home(&["-d", "postgresql://[]/shop"]), "IPv6 host address may not be empty"),
        // psql finds out once it is on its way
        (
            at_home(&["-d", "connect_timeout=soon"]),
            "invalid integer value \"soon\" for connection option \"connect_timeout\"",
        ),
        (at_home(&["-d", "hostaddr=nonsense"]), "could not parse network address \"nonsense\""),
    ] {
        both.agree_but_for_the_words(&input, words);
    }
}

#[test]
fn service_files() {
    let world = world();
    let both = world.both();
    let (socket, p) = (world.primary.host(), world.port);
    let services = world.write(
        "services",
        &format!(
            "# ours\n\n[other]\nhost=/nowhere\n[shop]\nhost={socket}\nport={p}\nuser=postgres\ndbname=shop\ndbname=absent\n\
             # not ours\n[late]junk\n  host={socket}\nport={p}\nuser=os_user\ndbname=postgres   \n[shop]\nuser=no\n\
             [blank]\nhost = {socket}\n[nested]\nservice=shop\n[bare]\nhost\n[wrong]\ncolour=red\n"
        ),
        0o644,
    );
    let with = |arguments: &[&str]| Input::arguments(arguments).variable("PGSERVICEFILE", &services);
    let shop = came_in(0, "postgres", "shop");
    for (input, expected) in [
        (with(&[]).variable("PGSERVICE", "shop"), shop.clone()),
        (with(&["-d", "service=shop"]), shop.clone()),
        (with(&["-d", "postgresql://?service=shop"]), shop.clone()),
        (with(&["-d", "service=shop user=os_user"]), came_in(0, "os_user", "shop")),
        (with(&["-U", "os_user"]).variable("PGSERVICE", "shop"), came_in(0, "os_user", "shop")),
        (with(&[]).variable("PGSERVICE", "shop").variable("PGUSER", "os_user"), shop.clone()),
        (with(&[]).variable("PGSERVICE", "late"), came_in(0, "os_user", "postgres")),
    ] {
        let outcome = both.agree(&input);
        assert_eq!(outcome.servers, [expected], "{input:?}: {outcome:?}");
    }
    for wrong in ["blank", "nested", "bare", "wrong", "sho", ""] {
        both.agree(
            &with(&["-h", &socket, "-U", "nobody_here"])
                .variable("PGPORT", &p.to_string())
                .variable("PGSERVICE", wrong),
        );
    }
    // the user's own file, then the machine's
    let system = world.primary.beside("home/system");
    let group =
        |name: &str, user: &str| format!("[{name}]\nhost={socket}\nport={p}\nuser={user}\ndbname=shop\n");
    fs::write(system.join("pg_service.conf"), group("mine", "postgres") + &group("theirs", "postgres"))
        .unwrap();
    world.write(".pg_service.conf", &group("mine", "os_user"), 0o644);
    for (service, user) in [("mine", "os_user"), ("theirs", "postgres")] {
        let input = Input::default()
            .variable("PGSERVICE", service)
            .variable("PGSYSCONFDIR", &system.display().to_string());
        assert_eq!(both.agree(&input).servers, [came_in(0, user, "shop")]);
    }
    fs::remove_file(world.dir.join(".pg_service.conf")).unwrap();
}

#[test]
fn passwords() {
    let world = world();
    let both = world.both();
    let p = world.port.to_string();
    let tcp = |user: &str| Input::arguments(&["-h", "127.0.0.1", "-p", &p, "-d", "shop", "-w", "-U", user]);
    let odd = r"o'n:e\l";
    for user in ["scram", "old", "clear"] {
        assert_eq!(
            both.agree(&tcp(user).variable("PGPASSWORD", "secret")).servers,
            [came_in(0, user, "shop")]
        );
        assert!(!both.agree(&tcp(user).variable("PGPASSWORD", "wrong")).told.is_empty());
        both.agree_but_for_the_words(&tcp(user), "none was supplied");
        both.agree_but_for_the_words(&tcp(user).variable("PGPASSWORD", ""), "none was supplied");
    }
    both.agree(&tcp("unset").variable("PGPASSWORD", "any"));
    both.agree(&tcp(odd).variable("PGPASSWORD", r"p:a\s@s/w%"));
    let uri = format!("postgresql://o%27n%3Ae%5Cl:p%3Aa%5Cs%40s%2Fw%25@127.0.0.1:{p}/shop");
    assert!(both.agree(&Input::arguments(&["-w", "-d", &uri])).told.is_empty());
    let conninfo = format!(r"host=127.0.0.1 port={p} dbname=shop user='o\'n:e\\l' password='p:a\\s@s/w%'");
    assert!(both.agree(&Input::arguments(&["-w", "-d", &conninfo])).told.is_empty());

    let escaped = r"p\:a\\s@s/w%";
    for (number, (lines, found)) in [
        (format!(r"127.0.0.1:{p}:shop:o'n\:e\\l:{escaped}"), true),
        (format!("*:*:*:*:{escaped}"), true),
        (format!("# *:*:*:*:no\n\nother:*:*:*:no\n*:1:*:*:no\n*:*:*:*:{escaped}\r\n*:*:*:*:later"), true),
        (format!("*:*:sho*:*:no\n127.0.0.*:*:*:*:no\n*:*:*:*:{escaped}:ignored"), true),
        (format!("*:*:*:o'n:e\\l:{escaped}"), false),
        (format!("localhost:*:*:*:{escaped}"), false),
        (format!("*:*:*:*:{escaped} "), false),
        ("*:*:*".to_owned(), false),
        ("*:*:*:*:".to_owned(), false),
        (String::new(), false),
    ]
    .into_iter()
    .enumerate()
    {
        let file = world.write(&format!("pass{number}"), &(lines.clone() + "\n"), 0o600);
        let input = tcp(odd).variable("PGPASSFILE", &file);
        let (theirs, ours) = (both.psql(&input), both.promoctl(&input));
        assert_eq!(ours.servers, theirs.servers, "{lines}");
        assert_eq!(
            (ours.told.is_empty(), theirs.told.is_empty()),
            (found, found),
            "{lines}: {ours:?} {theirs:?}"
        );
    }
    // as ~/.pgpass, by the name that was typed, readable by others, a directory, not there
    let home = world.write(".pgpass", "localhost:*:*:scram:secret\n", 0o600);
    let named = Input::arguments(&["-h", "localhost", "-p", &p, "-d", "shop", "-w", "-U", "scram"]);
    assert!(both.agree(&named).told.is_empty());
    fs::set_permissions(&home, fs::Permissions::from_mode(0o640)).unwrap();
    both.agree_but_for_the_words(&named, "none was supplied");
    fs::remove_file(Path::new(&home)).unwrap();
    for absent in ["/nowhere", "/"] {
        both.agree_but_for_the_words(&tcp("scram").variable("PGPASSFILE", absent), "none was supplied");
    }
}

#[test]
fn several_hosts() {
    let world = world();
    let both = world.both();
    let (a, b) = (world.port.to_string(), world.standby_port.to_string());
    let primary = came_in(0, "postgres", "shop");
    let standby = came_in(1, "postgres", "shop");
    let list = |hosts: &str, ports: &str, wanted: &str| {
        Input::arguments(&["-h", hosts, "-p", ports, "-U", "postgres", "-d", "shop"])
            .variable("PGTARGETSESSIONATTRS", wanted)
    };
    let pair = |ports: [&str; 2], wanted: &str| list("127.0.0.1,localhost", &ports.join(","), wanted);
    for (input, expected) in [
        (pair([&a, &b], "any"), vec![&primary]),
        (pair(["1", &b], "any"), vec![&standby]),
        (pair([&b, &a], "read-write"), vec![&primary, &standby]),
        (pair([&b, &a], "primary"), vec![&primary, &standby]),
        (pair([&a, &b], "read-only"), vec![&primary, &standby]),
        (pair([&a, &b], "standby"), vec![&primary, &standby]),
        (pair([&a, &b], "prefer-standby"), vec![&primary, &standby]),
        (pair([&a, "1"], "prefer-standby"), vec![&primary]),
        (list("/nowhere,127.0.0.1", &a, "any"), vec![&primary]),
    ] {
        let outcome = both.agree(&input);
        assert!(outcome.told.is_empty(), "{input:?} {outcome:?}");
        let mut servers = outcome.servers.clone();
        servers.dedup();
        assert_eq!(servers.iter().collect::<Vec<_>>(), expected, "{input:?}");
    }
    for (ports, wanted) in
        [([&b, &b], "read-write"), ([&a, &a], "standby"), ([&a, &a], "read-only"), ([&b, &b], "primary")]
    {
        let outcome = both.agree(&pair([ports[0], ports[1]], wanted));
        assert_eq!(outcome.told.len(), 2, "each host's reason is told: {outcome:?}");
    }
    assert_eq!(both.agree(&pair(["1", "2"], "any")).told.len(), 2);
    // a server that turns us away ends the search, in both
    let mut input = pair([&a, &b], "any");
    input.arguments.extend(["-U".to_owned(), "nobody_here".to_owned()]);
    let uri = format!("postgresql://postgres@127.0.0.1:1,localhost:{a}/shop?target_session_attrs=primary");
    assert_eq!(both.agree(&Input::arguments(&["-d", &uri])).servers, [primary]);
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_left_after_connect_timeout() {
    let world = world();
    let both = world.both();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let input = Input::arguments(&["-h", "127.0.0.1", "-p", &port, "-U", "postgres"])
        .variable("PGCONNECT_TIMEOUT", "2");
    let outcome = both.agree(&input);
    assert!(outcome.told[0].ends_with("timeout expired"), "{outcome:?}");
}
