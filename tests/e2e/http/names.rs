//! Names with special characters in URLs, HTML or field lines. Every link in every form of a listing leads to
//! the named file.

use std::collections::BTreeSet;

use crate::harness::{Server, Tree, for_each_engine, shown, tree};

/// A file for each awkward name; its content is the name.
fn served() -> (Tree, BTreeSet<Vec<u8>>) {
    let served = Tree::new();
    let mut names: BTreeSet<Vec<u8>> = tree::AWKWARD.iter().map(|name| name.as_bytes().to_vec()).collect();
    names.extend([
        b"not UTF-8 \xff\xfe".to_vec(),
        b"latin \xe9t\xe9".to_vec(),
        b"line\nend".to_vec(),
        b"return\rand tab\t".to_vec(),
        b"back\\slash".to_vec(),
        b"\x1b[31mred".to_vec(),
        b"javascript:alert(1)".to_vec(),
        "right\u{202e}to left".into(),
        vec![b'x'; 255],
    ]);
    names.iter().for_each(|name| drop(served.file(name, name)));
    (served, names)
}

#[test]
fn links_lead_to_the_named_files() {
    let (tree, names) = served();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let listing = server.get("/?format=json").json();
        let entries = listing["entries"].as_array().unwrap();
        let from_json: Vec<_> =
            entries.iter().map(|entry| entry["href"].as_str().unwrap().to_owned()).collect();
        let page = server.get("/").text();
        let from_page = links(&page);
        for (links, form) in [(from_json, "JSON"), (from_page, "the page")] {
            let mut wire = server.connect();
            let fetched: BTreeSet<Vec<u8>> = links
                .iter()
                .map(|link| {
                    let target = link.strip_prefix('.').unwrap_or_else(|| panic!("{link}: not relative"));
                    let answer = wire.exchange("GET", target, "");
                    assert_eq!(answer.status, 200, "{link} in {form}");
                    answer.body
                })
                .collect();
            let missing: Vec<_> = names.difference(&fetched).map(|name| shown(name)).collect();
            assert!(fetched == names, "{form}: no link leads to {missing:?}");
        }
    });
}

/// The links of a page to entries, with HTML character references decoded.
fn links(page: &str) -> Vec<String> {
    let hrefs = page.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let plain = |href: &str| href.replace("&amp;", "&").replace("&quot;", "\"").replace("&#39;", "'");
    hrefs.map(plain).filter(|href| href.len() > 2).collect()
}

#[test]
fn names_are_escaped_in_pages() {
    let tree = Tree::of(&[("<script>alert(1)", ""), ("\" onclick=\"x", ""), ("<img src=x>/f", "")]);
    let server = Server::http(&tree, &["--quiet"]);
    for target in [
        "/",
        "/%3Cimg%20src=x%3E/",
        "/%3Cscript%3Ealert(1)%3C/script%3E/missing",
        "/missing?%3Cscript%3E",
        "/missing%22%20onclick=%22x",
        "/%3Cimg%20src=x%3E",
    ] {
        let answer = server.get_with(target, "Accept: text/html\r\n");
        let page = answer.text();
        assert_eq!(page.matches("<script").count(), 1, "{target}: only its own: {page}");
        assert!(!page.contains("<img"), "{target}: {page}");
        assert!(!page.contains("\" onclick"), "{target}: {page}");
        let policy = answer.field("content-security-policy").unwrap_or_else(|| panic!("{target}: no policy"));
        assert!(policy.contains("default-src 'none'"), "{target}: {policy}");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"), "{target}");
    }
}

/// RFC 9112 section 11.1: a name cannot add a field to a response.
#[test]
fn names_cannot_inject_fields() {
    let tree = Tree::new();
    tree.file(b"d\r\nX-Injected: yes/f", "");
    let server = Server::http(&tree, &["--quiet"]);
    for target in
        ["/d%0D%0AX-Injected:%20yes", "/missing%0D%0AX-Injected:%20yes", "/d%0D%0AX-Injected:%20yes/f"]
    {
        let answer = server.get(target);
        assert_eq!(answer.field("x-injected"), None, "{target}: {}", answer.head);
    }
}

/// Direction marks would make a name look like another.
#[test]
fn direction_marks_are_not_shown_in_names() {
    let tree = Tree::of(&[("photo\u{202e}gpj.exe", "")]);
    let server = Server::http(&tree, &["--quiet"]);
    assert!(!server.get("/").text().contains('\u{202e}'));
    assert_eq!(server.get("/photo%E2%80%AEgpj.exe").status, 200, "the file is still there");
}
