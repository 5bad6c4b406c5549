//! The modules and crates that each part of the source must not name or depend on (ARCHITECTURE.md,
//! Invariants), where no crate boundary enforces it. The sources are parsed, so a path counts in every
//! notation: `use crate::{server}`, `super::server`, or `crate::server::Http` in the middle of a line.
//! clippy.toml denies single types and functions. Each visible type has a name of its own.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends with a panic, and reads the sources"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use syn::visit::{self, Visit};

/// A part of the source, and the modules and crates that it must not name.
const LAYERS: &[(&str, &[&str])] = &[
    ("syntax", OUTSIDE),
    ("http_wire", OUTSIDE),
    ("ftp_wire", OUTSIDE),
    ("common::net", &["common::files", "common::users", "common::client", "common::command", "anyhow"]),
    ("common::metrics", &["common::files", "common::users", "common::client", "common::command", "anyhow"]),
    ("common::files", &["common::users", "common::client", "common::command", "anyhow", "clap"]),
    ("common::files::tree", &["common::files::upload", "common::files::download"]),
    ("common::files::upload", &["common::files::download"]),
    ("common::users", &["common::client", "common::command", "anyhow", "clap"]),
    ("common::client", &["common::command", "anyhow", "clap", "indicatif"]),
    ("mini_metrics", &["http_mini", "ftp_mini"]),
    ("http_mini::content", &["http_mini::server", "http_mini::client", "http_mini::command"]),
    ("http_mini::server", &["http_mini::client", "http_mini::command", "anyhow"]),
    ("http_mini::client", &["http_mini::server", "http_mini::command", "anyhow", "clap"]),
    ("ftp_mini::server", &["ftp_mini::client", "ftp_mini::command", "anyhow"]),
    ("ftp_mini::client", &["ftp_mini::server", "ftp_mini::command", "anyhow", "clap"]),
];

/// The wire layers convert bytes to values: no socket, file, thread or clock.
const OUTSIDE: &[&str] =
    &["std::env", "std::fs", "std::net", "std::os", "std::process", "std::thread", "common", "tokio"];

/// The crates and their source folders.
const CRATES: &[(&str, &str)] = &[
    ("common", "common/src"),
    ("ftp_mini", "ftp-mini/src"),
    ("ftp_wire", "ftp-mini/wire/src"),
    ("http_mini", "http-mini/src"),
    ("http_wire", "http-mini/wire/src"),
    ("mini", "mini/src"),
    ("mini_metrics", "common/metrics/src"),
    ("syntax", "common/syntax/src"),
];

#[test]
fn no_folder_uses_a_layer_above_it() {
    for (part, unknown) in LAYERS {
        let paths = paths_of(part);
        assert!(!paths.is_empty(), "{part}: {paths:?}");
        for (source, path) in paths {
            let named = unknown.iter().find(|unknown| is_within(&path, unknown));
            assert_eq!(named, None, "{}: {part} must not know it", source.display());
        }
    }
}

/// Whether a path names a module or one of its items.
fn is_within(path: &[String], module: &str) -> bool {
    let module: Vec<_> = module.split("::").collect();
    path.len() >= module.len() && path.iter().zip(module).all(|(one, other)| one == other)
}

/// Every path that the files of a module name, as an absolute path, with the file that names it.
fn paths_of(module: &str) -> Vec<(PathBuf, Vec<String>)> {
    let (krate, part) = module.split_once("::").unwrap_or((module, ""));
    let (_, source) = CRATES.iter().find(|(name, _)| *name == krate).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(source);
    let folder = source.join(part.replace("::", "/"));
    let single = folder.with_extension("rs");
    let files = sources(&folder).into_iter().chain(Some(single).filter(|file| file.exists()));
    let mut found = Vec::new();
    for file in files {
        let place = file.strip_prefix(&source).unwrap().with_extension("");
        let names = place.iter().map(|name| name.to_str().unwrap().to_owned());
        let names = names.filter(|name| name != "mod");
        let module = [krate.to_owned()].into_iter().chain(names).collect();
        let mut paths = Paths { module, found: Vec::new() };
        let text = fs::read_to_string(&file).unwrap();
        paths.visit_file(
            &syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())),
        );
        found.extend(paths.found.into_iter().map(|path| (file.clone(), path)));
    }
    found
}

/// Collects the paths of a file, resolved from its module.
struct Paths {
    module: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Paths {
    fn add(&mut self, path: &[String]) {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let base = match path.first().map(String::as_str) {
            Some("crate") => self.module.get(..1),
            Some("self") => Some(&*self.module),
            Some("super") => self.module.get(..self.module.len() - supers),
            _ => None,
        };
        let rest = path.get(base.map_or(0, |_| supers.max(1))..).unwrap_or_default();
        self.found.push([base.unwrap_or_default(), rest].concat());
    }

    fn add_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(before, tree)),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.add(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.add(before),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        // Tests may name more.
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }
}

/// The sources in a folder and below, except those of tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.file_stem().is_some_and(|name| name != "tests"));
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Crates whose types one source file may use together.
const USED_TOGETHER: &[&[&str]] = &[
    &["syntax", "common", "mini_metrics", "http_wire", "http_mini"],
    &["syntax", "common", "mini_metrics", "ftp_wire", "ftp_mini"],
    &["mini"],
];

/// Names that are declared more than once.
const SHARED_NAMES: &[&str] = &[
    // `http_wire::rule::Violation` is an alias of `syntax::violation::Violation` for the rules of HTTP.
    "Violation",
];

#[test]
fn each_visible_type_has_a_name_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for crates in USED_TOGETHER {
        let mut owners = BTreeMap::new();
        let folders = CRATES.iter().filter(|(name, _)| crates.contains(name));
        for file in folders.flat_map(|(_, folder)| sources(&root.join(folder))) {
            for name in visible_types(&file).into_iter().filter(|name| !SHARED_NAMES.contains(&&**name)) {
                if let Some(other) = owners.insert(name.clone(), file.clone()) {
                    panic!("{name} is declared in {} and in {}", other.display(), file.display());
                }
            }
        }
        assert!(owners.len() > 50, "{crates:?}: {}", owners.len());
    }
}

/// The types and traits of a file that other modules may name.
fn visible_types(file: &Path) -> Vec<String> {
    let source = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap();
    let declared = source.items.into_iter().filter_map(|item| match item {
        syn::Item::Struct(item) => Some((item.ident, item.vis)),
        syn::Item::Enum(item) => Some((item.ident, item.vis)),
        syn::Item::Trait(item) => Some((item.ident, item.vis)),
        syn::Item::Type(item) => Some((item.ident, item.vis)),
        _ => None,
    });
    let visible = declared.filter(|(_, visibility)| !matches!(visibility, syn::Visibility::Inherited));
    visible.map(|(name, _)| name.to_string()).collect()
}

/// Crates as a library's user builds them, and the crates that they must not depend on, directly or
/// indirectly. `_sys` is any crate that links C.
const TREES: &[(&str, &[&str])] = &[
    ("syntax", &["libc", "rustix", "tokio", "_sys"]),
    ("http-wire", &["common", "libc", "rustix", "tokio", "mio", "cc", "_sys"]),
    ("ftp-wire", &["common", "libc", "rustix", "tokio", "mio", "cc", "_sys"]),
    ("http-mini", &["clap", "anyhow", "indicatif", "qrcode", "if_addrs"]),
    ("ftp-mini", &["clap", "anyhow", "indicatif", "qrcode", "if_addrs", "rustyline"]),
];

#[test]
fn libraries_depend_on_no_more_than_they_say() {
    for (name, unwanted) in TREES {
        let tree =
            ["tree", "--offline", "--locked", "--prefix", "none", "--edges", "normal", "--format", "{lib}"];
        let cargo = Command::new(env!("CARGO"))
            .args(tree)
            .args(["--no-default-features", "--package", name])
            .output();
        let output = cargo.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let crates = String::from_utf8(output.stdout).unwrap();
        for dependency in crates.lines().skip(1).map(|line| line.trim_end_matches(" (*)")) {
            let is_unwanted = |unwanted: &&str| match *unwanted {
                "_sys" => dependency.ends_with("_sys"),
                unwanted => dependency == unwanted,
            };
            assert!(!unwanted.iter().any(is_unwanted), "{name} depends on {dependency}");
        }
    }
}

/// The files that ARCHITECTURE.md names exist, and no walkthrough returns to an earlier one.
#[test]
fn the_architecture_names_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let (mut files, mut walkthroughs, mut questions) = (0, 0, 0);
    for section in text.split("\n## ").flat_map(|chapter| chapter.split("\n### ")) {
        let title = section.lines().next().unwrap_or_default();
        let spans = section.split('`').skip(1).step_by(2);
        let named: Vec<_> = spans.filter(|span| span.contains('/') && span.ends_with(".rs")).collect();
        for name in &named {
            assert!(root.join(name).exists(), "{title}: there is no {name}");
        }
        files += named.len();
        questions += section.lines().filter(|line| line.starts_with("| Where ")).count();
        if section.lines().any(|line| line.starts_with("1. ")) {
            walkthroughs += 1;
            let mut once = named.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), named.len(), "{title}: {named:?}");
        }
    }
    assert!(files > 60 && walkthroughs >= 6 && questions >= 20, "{files}, {walkthroughs}, {questions}");
}

/// `docs/limits.md` names the definition and the test of each limit; each constant of the files of limits is in it.
#[test]
fn limits_are_documented_as_they_are_defined() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/limits.md")).unwrap();
    let (mut rows, mut defined) = (0, Vec::new());
    for row in text.lines().filter(|line| line.contains("; `") && line.starts_with("| ")) {
        let [(_, constant), _] = existing_items(row)[..] else { panic!("{row}") };
        rows += 1;
        defined.push(constant);
    }
    let source = fs::read_to_string(root.join("common/src/net/limits.rs")).unwrap();
    let constants =
        source.lines().take_while(|line| *line != "mod tests {").filter_map(|line| line.split_once("const "));
    for (_, constant) in constants.filter(|(_, constant)| constant.starts_with(char::is_uppercase)) {
        let name = constant.split(':').next().unwrap();
        assert!(defined.iter().any(|known| known.starts_with(name)), "docs/limits.md lacks {name}");
    }
    assert!(rows > 30, "{rows}");
}

/// `docs/threat-model.md` names tests for each promise.
#[test]
fn promises_have_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let mut rows = 0;
    for row in text.lines().filter(|line| line.starts_with("| ") && line.contains(".rs`: `fn ")) {
        assert!(!existing_items(row).is_empty(), "{row}");
        rows += 1;
    }
    assert!(rows > 40, "{rows}");
}

/// The files and the items in them that the last cell of a row names, as in "`a.rs`: `fn b`; `c.rs`: `fn d`". All exist.
fn existing_items(row: &str) -> Vec<(&str, &str)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let spans: Vec<_> = row.rsplit(" | ").next().unwrap().split('`').skip(1).step_by(2).collect();
    let (pairs, rest) = spans.as_chunks();
    assert!(rest.is_empty(), "{row}");
    for [file, item] in pairs {
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(source.contains(item), "{file} has no {item}");
    }
    pairs.iter().map(|[file, item]| (*file, *item)).collect()
}
