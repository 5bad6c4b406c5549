//! Links inside the tree: their targets, and their entries in listings.

use super::*;

/// Directories `a/b/c`, `d` and `e`, with files and links.
fn linked() -> tempfile::TempDir {
    let outer = tempfile::tempdir().unwrap();
    let tree = outer.path().join("tree");
    for directory in ["a/b/c", "d", "e", ".hidden"] {
        fs::create_dir_all(tree.join(directory)).unwrap();
    }
    for file in ["a/b/c/file", "d/file", "e/file", ".hidden/file"] {
        fs::write(tree.join(file), file).unwrap();
    }
    symlink(&tree, outer.path().join("alias")).unwrap();
    let tree = tree.as_path();
    for (target, link) in [
        (Path::new("../d"), "a/to_d"),
        (Path::new("../../d/file"), "a/b/to_file"),
        (Path::new("."), "d/self"),
        (Path::new(".."), "a/b/above"),
        (Path::new("../.."), "a/b/root"),
        (Path::new("to_d/../e"), "a/to_e"),
        (Path::new("../e"), "d/to_e"),
        (Path::new("../d"), "e/to_d"),
        (Path::new("../.hidden"), "a/secret"),
        (Path::new("to_d/file"), "a/chain"),
        (&tree.join("d"), "a/absolute"),
        (&outer.path().join("alias/d"), "a/by_alias"),
        (Path::new("/etc"), "a/etc"),
        (outer.path(), "a/beside"),
        (&tree.join("../tree/d"), "a/out_and_in"),
    ] {
        symlink(target, tree.join(link)).unwrap();
    }
    outer
}

#[test]
fn a_link_within_the_root_is_followed() {
    let outer = linked();
    // Served by a path that has a link in it: both paths are the root's.
    let root = root(&outer.path().join("alias"), false);
    on_test_runtime(async {
        let tree = root.tree();
        for (text, expected, why) in [
            ("a/to_d/file", "d/file", "relative"),
            ("a/b/to_file", "d/file", "to a file"),
            ("a/chain", "d/file", "through another link"),
            ("a/absolute/file", "d/file", "absolute, by the path without links"),
            ("a/by_alias/file", "d/file", "absolute, by the path as given"),
            ("a/to_e/file", "e/file", "`..` after a link is that of its target"),
            ("a/secret/file", ".hidden/file", "to a hidden name, by the operator's choice"),
            ("d/self/file", "NotFound", "to itself"),
            ("a/b/above/b/c/file", "NotFound", "to the directory above"),
            ("a/b/root/d/file", "NotFound", "to the root"),
            ("a/etc/passwd", "NotFound", "outside"),
            ("a/beside/tree/d/file", "NotFound", "outside, where there is a way back"),
            ("a/out_and_in/file", "NotFound", "out and in again"),
            ("d/to_e/to_d/to_e/to_d/file", "d/file", "four links to directories"),
            ("d/to_e/to_d/to_e/to_d/to_e/file", "NotFound", "five"),
        ] {
            assert_eq!(open(&tree, text).await, expected, "{text}: {why}");
        }
    });
}

#[test]
fn links_confine_to_a_home_as_to_the_root() {
    let outer = linked();
    let root = root(&outer.path().join("tree"), false);
    symlink(outer.path().join("tree/a/b"), outer.path().join("tree/a/in_home")).unwrap();
    symlink("a", outer.path().join("tree/home")).unwrap();
    on_test_runtime(async {
        let tree = root.tree();
        for home in [path("a"), path("home")] {
            for (text, expected, why) in [
                ("b/c/file", "a/b/c/file", "no link"),
                ("in_home/c/file", "a/b/c/file", "absolute, inside the home"),
                ("to_d/file", "NotFound", "relative, out of the home"),
                ("absolute/file", "NotFound", "absolute, out of the home"),
                ("b/above/b/c/file", "NotFound", "to the home itself"),
            ] {
                assert_eq!(open_at(&tree, &path(text).below(&home)).await, expected, "{text}: {why}");
            }
        }
    });
}

#[test]
fn a_listing_shows_where_links_to_directories_lead() {
    let outer = linked();
    let root = root(&outer.path().join("tree"), false);
    on_test_runtime(async {
        let tree = root.tree();
        for (directory, expected) in [
            ("a", "absolute -> ../d, b, chain, secret -> secret, to_d -> ../d, to_e -> ../e"),
            ("a/b", "c, to_file"),
            ("d", "file, to_e -> ../e"),
            ("d/to_e", "file, to_d -> ../d"),
        ] {
            let mut names = Vec::new();
            for entry in tree.list(&path(directory), None).await.unwrap().collect().await.unwrap().iter() {
                let arrow = entry.target.iter().map(|target| [b" -> ", &target[..]].concat());
                let name = std::iter::once(entry.name.to_vec()).chain(arrow).collect::<Vec<_>>().concat();
                names.push(String::from_utf8(name).unwrap());
            }
            names.sort();
            assert_eq!(names.join(", "), expected, "{directory}");
        }
        for (text, expected) in [("a/to_d", true), ("a/b/to_file", true), ("a/b", false), ("", false)] {
            assert_eq!(tree.is_link(&path(text)).await.unwrap(), expected, "{text}");
        }
    });
}
