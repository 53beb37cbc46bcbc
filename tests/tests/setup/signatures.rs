//! The SQL declarations, written by hand, and the Rust functions behind them agree: names, order and types of arguments and
//! of result columns, and that a null is met by an Option wherever one can come.

use promo_guard_tests::{repo, server};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::{fs, iter};
use syn::{FnArg, GenericArgument, Item, Pat, PathArguments, ReturnType, Type};

/// A function as one side has it. Types are SQL's, as `format_type` prints them.
#[derive(Debug, PartialEq, Eq)]
struct Signature {
    arguments: Vec<(String, String)>,
    /// Columns of a set, or one value without a name.
    result: Vec<(String, String)>,
}

/// What a Rust function says besides.
struct Rust {
    signature: Signature,
    /// Arguments that are no Option.
    demanded: Vec<String>,
    place: String,
}

/// SQL's name for a Rust type, and whether it can be null. An alias of a type wants a line here.
fn sql_type(rust: &Type) -> (String, bool) {
    let Type::Path(path) = rust else {
        if let Type::Reference(reference) = rust {
            return sql_type(&reference.elem);
        }
        if let Type::Slice(slice) = rust {
            // bytes are the only slice there is
            assert_eq!(sql_type(&slice.elem).0, "u8");
            return ("bytea".to_owned(), false);
        }
        if let Type::Macro(composite) = rust
            && composite.mac.path.segments.last().unwrap().ident == "composite_type"
        {
            // composite_type!('static, "schema.name")
            let words = composite.mac.tokens.to_string();
            return (words.split('"').nth(1).unwrap_or_default().to_owned(), false);
        }
        return (format!("{} has no line in sql_type()", quoted(rust)), false);
    };
    let last = path.path.segments.last().unwrap();
    let inner = || match &last.arguments {
        PathArguments::AngleBracketed(list) => list.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        }),
        _ => None,
    };
    let name = match last.ident.to_string().as_str() {
        "Option" => return (sql_type(inner().unwrap()).0, true),
        "Vec" | "Array" | "VariadicArray" => {
            let element = sql_type(inner().unwrap());
            if element.0 == "u8" {
                return ("bytea".to_owned(), false);
            }
            return (format!("{}[]", element.0), false);
        }
        "str" | "String" => "text",
        "Texts" => "text[]",
        "u8" => "u8",
        "i64" => "bigint",
        "i32" => "integer",
        "f64" => "double precision",
        "bool" => "boolean",
        "Interval" => "interval",
        "TimestampWithTimeZone" | "Time" | "Timestamp" => "timestamp with time zone",
        // fix_campaign takes jsonb apart in PostgreSQL, whose numbers know no limit.
        "JsonB" | "Json" | "Stored" | "AnyElement" => "jsonb",
        "Internal" => "internal",
        "Oid" => "oid",
        "PgRelation" => "regclass",
        _ => return (format!("{} has no line in sql_type()", quoted(rust)), false),
    };
    (name.to_owned(), false)
}

fn quoted(rust: &Type) -> String {
    match rust {
        Type::Path(path) => {
            path.path.segments.iter().map(|s| s.ident.to_string()).collect::<Vec<_>>().join("::")
        }
        other => format!("{:?}", std::mem::discriminant(other)),
    }
}

/// What a function returns: through `Answer<…>`, `Result<…>` and iterators to the columns of `name!(column, type)`.
fn result(rust: &Type) -> Vec<(String, String)> {
    match rust {
        Type::Tuple(tuple) if tuple.elems.is_empty() => vec![(String::new(), "void".to_owned())],
        Type::Tuple(tuple) => tuple
            .elems
            .iter()
            .map(|column| {
                let Type::Macro(name) = column else { panic!("a column without name!()") };
                let parse = |input: syn::parse::ParseStream<'_>| {
                    let name = input.call(syn::ext::IdentExt::parse_any)?;
                    input.parse::<syn::Token![,]>()?;
                    Ok((name, input.parse::<Type>()?))
                };
                let (name, rust): (syn::Ident, Type) = name.mac.parse_body_with(parse).unwrap();
                (name.to_string().trim_start_matches("r#").to_owned(), sql_type(&rust).0)
            })
            .collect(),
        Type::Path(path) => {
            let last = path.path.segments.last().unwrap();
            match (last.ident.to_string().as_str(), &last.arguments) {
                (
                    "Answer" | "Result" | "TableIterator" | "SetOfIterator" | "Table",
                    PathArguments::AngleBracketed(list),
                ) => {
                    let first = list.args.iter().find_map(|argument| match argument {
                        GenericArgument::Type(inner) => Some(inner),
                        _ => None,
                    });
                    let first = first.unwrap();
                    // cargo-pgrx stops at an iterator in a type of another name; make check-pgrx takes long to say so.
                    let iterator = matches!(first, Type::Path(path) if path.path.segments.last().unwrap().ident == "TableIterator");
                    assert!(
                        !(iterator && last.ident == "Answer"),
                        "a set is returned as failure::returned::Result"
                    );
                    result(first)
                }
                _ => vec![(String::new(), sql_type(rust).0)],
            }
        }
        other => vec![(String::new(), sql_type(other).0)],
    }
}

fn sources(dir: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(dir)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path) } else { vec![path] }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Every `#[pg_extern]` of the extension.
fn in_rust() -> BTreeMap<String, Rust> {
    let mut all = BTreeMap::new();
    for path in sources(&repo().join("extension/src")) {
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let inside = file.items.iter().flat_map(|item| match item {
            Item::Mod(module) => module.content.as_ref().map_or(&[][..], |(_, items)| items).iter().collect(),
            _ => Vec::new(),
        });
        for item in file.items.iter().chain(inside) {
            let Item::Fn(function) = item else { continue };
            if !function
                .attrs
                .iter()
                .any(|attribute| attribute.path().segments.last().unwrap().ident == "pg_extern")
            {
                continue;
            }
            let mut demanded = Vec::new();
            let mut arguments = Vec::new();
            for argument in &function.sig.inputs {
                let FnArg::Typed(argument) = argument else { panic!("self") };
                let Pat::Ident(name) = &*argument.pat else { continue };
                if matches!(&*argument.ty, Type::Path(path) if path.path.segments.last().unwrap().ident == "FunctionCallInfo")
                {
                    continue;
                }
                let name = name.ident.to_string().trim_start_matches("r#").trim_start_matches('_').to_owned();
                let (sql, nullable) = sql_type(&argument.ty);
                if !nullable {
                    demanded.push(name.clone());
                }
                arguments.push((name, sql));
            }
            let result = match &function.sig.output {
                ReturnType::Default => vec![(String::new(), "void".to_owned())],
                ReturnType::Type(_, rust) => result(rust),
            };
            all.insert(
                format!("{}_wrapper", function.sig.ident),
                Rust {
                    signature: Signature { arguments, result },
                    demanded,
                    place: path.strip_prefix(repo()).unwrap().display().to_string(),
                },
            );
        }
    }
    all
}

#[test]
fn every_declaration_has_its_rust_function_of_the_same_shape_and_the_other_way_round() {
    let (mut db, _) = server().database();
    let rust = in_rust();
    assert!(rust.len() > 15, "only {} functions found", rust.len());
    let rows = db
        .query(
            "SELECT p.proname::text, p.prosrc, p.proisstrict, coalesce(p.proargnames, '{}')::text[],
                    coalesce(p.proargmodes::text[], '{}'),
                    ARRAY(SELECT format_type(t, NULL) FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, n) ORDER BY n),
                    format_type(p.prorettype, NULL)
             FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
             WHERE p.pronamespace = 'promo_guard'::regnamespace AND l.lanname = 'c' ORDER BY 1",
            &[],
        )
        .unwrap();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in rows {
        let (name, symbol, strict): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
        let (names, modes, types): (Vec<String>, Vec<String>, Vec<String>) =
            (row.get(3), row.get(4), row.get(5));
        if !symbol.ends_with("_wrapper") {
            continue; // written against the server's own calling convention, without a signature to compare
        }
        let Some(rust) = rust.get(&symbol) else {
            wrong.push(format!("{name}: no #[pg_extern] function for {symbol}"));
            continue;
        };
        used.insert(symbol.clone());
        let modes = modes.into_iter().chain(iter::repeat("i".to_owned()));
        let all: Vec<_> =
            names.into_iter().chain(iter::repeat(String::new())).zip(types).zip(modes).collect();
        let of = |wanted: &str| -> Vec<(String, String)> {
            all.iter().filter(|(_, mode)| mode == wanted).map(|(one, _)| one.clone()).collect()
        };
        let (arguments, mut result) = (of("i"), of("t"));
        if result.is_empty() {
            result = vec![(String::new(), row.get(6))];
        }
        // What Rust knows by number or as text only: an object's id, an id of another type, the aggregate's unnamed arguments.
        let same = |sql: &[(String, String)], rust: &[(String, String)]| {
            sql.len() == rust.len()
                && sql.iter().zip(rust).all(|(sql, rust)| {
                    let named = sql.0.is_empty() || rust.0.is_empty() || sql.0 == rust.0;
                    let alike = sql.1 == rust.1 || (rust.1 == "oid" && sql.1.starts_with("reg"));
                    named && alike
                })
        };
        if !same(&arguments, &rust.signature.arguments) || !same(&result, &rust.signature.result) {
            let sql = Signature { arguments, result };
            wrong.push(format!("{name} ({}):\n  SQL  {sql:?}\n  Rust {:?}", rust.place, rust.signature));
        }
        let demanded: Vec<_> = rust.demanded.iter().filter(|_| !strict).collect();
        if !demanded.is_empty() && !rust.signature.arguments.iter().any(|(_, sql)| sql == "internal") {
            wrong.push(format!("{name} is not STRICT, and {demanded:?} cannot be null in {}", rust.place));
        }
    }
    for symbol in rust.keys().filter(|symbol| !used.contains(*symbol)) {
        wrong.push(format!("{symbol} ({}) has no CREATE FUNCTION", rust[symbol].place));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_shows_what_sql_calls_and_nothing_else_of_ours() {
    let (mut db, _) = server().database();
    let library = Command::new(server().programs().join("pg_config")).arg("--pkglibdir").output().unwrap();
    let library = Path::new(String::from_utf8(library.stdout).unwrap().trim()).join("promo_guard.so");
    let out = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
    assert!(out.status.success(), "nm {}: {}", library.display(), String::from_utf8_lossy(&out.stderr));
    let shown: BTreeSet<String> = String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().last()?.strip_prefix("pg_finfo_").map(str::to_owned))
        .collect();
    let called: BTreeSet<String> = db
        .query(
            "SELECT DISTINCT p.prosrc FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace
               AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(shown, called);
}
