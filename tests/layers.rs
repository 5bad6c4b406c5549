//! What each part of the source must not name (ARCHITECTURE.md, Invariants), where no crate boundary keeps it.
//! The sources are parsed, so a path counts however it is written: `use crate::{server}`, `super::server`, or
//! `crate::server::Http` in the middle of a line. clippy.toml denies single types and functions.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends with a panic, and reads the sources"
)]

use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// A part of the source, and the modules and crates that it must not name.
const LAYERS: &[(&str, &[&str])] = &[
    ("syntax", OUTSIDE),
    ("http_wire", OUTSIDE),
    ("ftp_wire", OUTSIDE),
    ("common::net", &["common::files", "common::users", "common::client", "common::command"]),
    ("common::files", &["common::users", "common::client", "common::command"]),
    ("common::files::tree", &["common::files::upload", "common::files::download"]),
    ("common::files::upload", &["common::files::download"]),
    ("common::users", &["common::client", "common::command"]),
    ("common::client", &["common::command"]),
    ("http_mini::content", &["http_mini::server", "http_mini::client", "http_mini::command"]),
    ("http_mini::server", &["http_mini::client", "http_mini::command"]),
    ("http_mini::client", &["http_mini::server", "http_mini::command"]),
    ("ftp_mini::server", &["ftp_mini::client", "ftp_mini::command"]),
    ("ftp_mini::client", &["ftp_mini::server", "ftp_mini::command"]),
];

/// Bytes come in and values go out; no socket, file, thread or clock.
const OUTSIDE: &[&str] =
    &["std::env", "std::fs", "std::net", "std::os", "std::process", "std::thread", "common", "tokio"];

/// The crates, and where their sources are.
const CRATES: &[(&str, &str)] = &[
    ("common", "common/src"),
    ("ftp_mini", "ftp-mini/src"),
    ("ftp_wire", "ftp-mini/wire/src"),
    ("http_mini", "http-mini/src"),
    ("http_wire", "http-mini/wire/src"),
    ("syntax", "common/syntax/src"),
];

#[test]
fn no_part_names_what_it_must_not_know() {
    for (part, unknown) in LAYERS {
        let paths = paths_of(part);
        assert!(!paths.is_empty(), "{part}: {paths:?}");
        for (source, path) in paths {
            let named = unknown.iter().find(|unknown| is_within(&path, unknown));
            assert_eq!(named, None, "{}: {part} must not know it", source.display());
        }
    }
}

/// Whether a path is that of a module, or of something in it.
fn is_within(path: &[String], module: &str) -> bool {
    let module: Vec<_> = module.split("::").collect();
    path.len() >= module.len() && path.iter().zip(module).all(|(one, other)| one == other)
}

/// Every path that the files of a module name, from the crate on, with the file that names it.
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
        // Tests may know more.
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }
}

/// The sources in a folder and below, without those of tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.file_stem().is_some_and(|name| name != "tests"));
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
