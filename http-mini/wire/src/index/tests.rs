//! Tables of listings.

use std::time::{Duration, UNIX_EPOCH};

use super::*;

fn base() -> Url {
    Url::parse("http://files.example:8080/pub/a%20b/").unwrap()
}

fn names(entries: Vec<IndexEntry>) -> Vec<String> {
    let show = |entry: IndexEntry| {
        let mark = match entry.kind {
            IndexKind::Directory => "/",
            IndexKind::Link => "@",
            IndexKind::File => "",
            IndexKind::Other => "?",
        };
        format!("{}{mark}", entry.name.escape_ascii())
    };
    entries.into_iter().map(show).collect()
}

#[test]
fn only_links_directly_below_the_page_count() {
    for (href, expected, why) in [
        ("a.txt", Some("a.txt"), "a file"),
        ("sub/", Some("sub/"), "a directory"),
        ("./a.txt", Some("a.txt"), "the same"),
        ("x%20y.txt", Some("x y.txt"), "percent-encoded"),
        ("x y.txt", Some("x y.txt"), "not encoded, as it should be"),
        ("a&amp;b.txt", Some("a&b.txt"), "encoded for HTML"),
        ("%FF", Some("\\xff"), "not UTF-8"),
        ("a%5Cb", Some("a\\\\b"), "a backslash is a letter"),
        ("/pub/a%20b/c.txt", Some("c.txt"), "an absolute path"),
        ("http://files.example:8080/pub/a%20b/c.txt", Some("c.txt"), "a URL"),
        ("a.txt#part", Some("a.txt"), "a fragment"),
        (".hidden", Some(".hidden"), "a name"),
        ("...", Some("..."), "a name"),
        ("../", None, "up"),
        ("..", None, "up"),
        ("%2e%2e/", None, "up, encoded"),
        ("..%2Fx", None, "a slash, encoded"),
        ("%2e%2e%2fx", None, "up, encoded"),
        ("..\\x", None, "up: browsers take \\ for /"),
        ("a%00b", None, "NUL"),
        (".", None, "the page"),
        ("./", None, "the page"),
        ("", None, "the page"),
        ("#top", None, "the page"),
        ("?C=M;O=A", None, "the page, sorted"),
        ("a.txt?x", None, "a query"),
        (&"x".repeat(TARGET_LIMIT + 1), None, "longer than a target"),
        ("sub/a.txt", None, "two segments"),
        ("sub//", None, "two segments"),
        ("/", None, "the root"),
        ("/pub/other/a.txt", None, "another directory"),
        ("//evil.example/pub/a%20b/c.txt", None, "another server"),
        ("https://files.example:8080/pub/a%20b/c.txt", None, "another scheme"),
        ("http://files.example/pub/a%20b/c.txt", None, "another port"),
        ("javascript:alert(1)", None, "no place"),
        ("mailto:a@b", None, "no place"),
    ] {
        let page = links(format!("<a href=\"{href}\">x</a>").as_bytes(), &base());
        let found = names(page.unwrap().entries);
        assert_eq!(found.first().map(String::as_str), expected, "{href}: {why}");
    }
}

#[test]
fn the_pages_of_known_servers_are_read() {
    for (page, expected, why) in [
        (
            "<html>\n<head><title>Index of /</title></head>\n<body>\n<h1>Index of /</h1><hr><pre>\
             <a href=\"../\">../</a>\n<a href=\"sub/\">sub/</a>    24-Nov-2026 02:16    -\n\
             <a href=\"x%20y%2525%26%3C.txt\">x y%25&amp;&lt;.txt</a>  24-Nov-2026 02:16  3\n</pre>",
            vec!["sub/", "x y%25&<.txt"],
            "nginx",
        ),
        (
            "<table><tr><th><a href=\"?C=N;O=D\">Name</a></th><th><a href=\"?C=M;O=A\">Last modified</a></th></tr>\
             <tr><td><a href=\"/pub/\">Parent Directory</a></td></tr>\
             <tr><td><a href=\"a.txt\">a.txt</a></td></tr></table>",
            vec!["a.txt"],
            "Apache",
        ),
        (
            "<tr class=\"d\"><td class=\"n\"><a href=\"../\">..</a>/</td></tr>\
             <tr class=\"d\"><td class=\"n\"><a href=\"sub/\">sub</a>/</td></tr>",
            vec!["sub/"],
            "lighttpd",
        ),
        (
            "<li><a href=\"https://caddyserver.com\">Caddy</a><a href=\"./sub/\"><svg></svg></a>\
             <a href=\"./sub/\">sub</a> <a href='./a.txt'>a.txt</a> <a href=\"./?layout=grid\">Grid</a>",
            vec!["a.txt", "sub/"],
            "Caddy; the same link twice, single quotes",
        ),
        ("<ul>\n<li><a href=\"a%20b/\">a b/</a></li>\n</ul>", vec!["a b/"], "Python"),
        ("<A HREF=a.txt>a</A>", vec!["a.txt"], "HTML has no case, and needs no quotes"),
        (
            "<!-- <a href=\"x\"> --><script>'<a href=\"y\">'</script><b href=\"z\"><area href=\"u\"><a name=\"w\">",
            vec![],
            "no links",
        ),
        ("", vec![], "nothing"),
    ] {
        let found = names(links(page.as_bytes(), &base()).unwrap().entries);
        assert_eq!(found, expected, "{why}");
    }
}

#[test]
fn a_listing_is_known_by_its_title() {
    for (page, expected, why) in [
        ("<head><title>Index of /pub/</title></head>", true, "nginx, Apache, lighttpd"),
        ("<TITLE>\n Directory listing for /</TITLE>", true, "Python"),
        ("<title>Directory Listing For [/]</title>", true, "Tomcat"),
        ("<title>Index &amp; more</title>", false, "another title"),
        ("<title>The index of all</title>", false, "the words within another title"),
        ("<title></title>Index of /", false, "the words elsewhere"),
        ("<title>Back soon</title><h1>Index of /</h1><a href=\"../\">up</a>", false, "a page with a way up"),
        ("<script>'<title>Index of</title>'</script><!-- <title>Index of</title> -->", false, "no title"),
        ("", false, "nothing"),
    ] {
        assert_eq!(links(page.as_bytes(), &base()).unwrap().is_listing, expected, "{page}: {why}");
    }
}

#[test]
fn unreadable_entries_are_counted() {
    let long = "x".repeat(TARGET_LIMIT + 1);
    for (listing, unread, is_truncated, why) in [
        (r#"[{"name":"a"}]"#, 0, false, "all of it"),
        (r#"[{"name":"a/b"},{"name":""},{"name":"a\u0000"}]"#, 3, false, "no names"),
        (r#"[{"name":"a","href":"../x"},{"name":"b","href":"//evil.example/x"}]"#, 2, false, "not below"),
        (&format!("[{{\"name\":\"{long}\"}}]"), 1, false, "longer than a target"),
        (r#"{"entries":[],"truncated":true}"#, 0, true, "stated by the server"),
        (r#"{"truncated":false,"entries":[]}"#, 0, false, "complete according to the server"),
    ] {
        let found = json(listing.as_bytes(), &base(), UNIX_EPOCH).unwrap();
        assert_eq!((found.unread, found.is_truncated), (unread, is_truncated), "{why}");
    }
    for (page, unread, has_end, why) in [
        ("<a href=\"a\"></html>", 0, true, "all of it"),
        ("<a href=\"a\">", 0, false, "no end"),
        ("<a href=\"../\"><a href=\"?C=M\"><a href=\"/x/\"></HTML>", 0, true, "links elsewhere"),
        ("<a href=\"a%2Fb\"><a href=\"a%00b\"></html>", 2, true, "no names"),
        (&format!("<a href=\"{long}\"></html>"), 1, true, "longer than a target"),
    ] {
        let found = links(page.as_bytes(), &base()).unwrap();
        assert_eq!((found.unread, found.has_end), (unread, has_end), "{why}");
    }
    let page = links(&b"<a href=\"a\xff\">"[..], &base()).unwrap();
    assert_eq!(page.unread, 1, "not UTF-8");
}

#[test]
fn json_listings_have_size_and_time() {
    use IndexKind::{Directory, File, Link, Other};
    let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
    for (listing, expected, why) in [
        (
            r#"{"path":"/","entries":[{"name":"a b","type":"file","size":5,"modified":"2026-11-23T18:51:00Z","href":"a%20b"},
               {"name":"s","type":"dir","size":0,"modified":"2026-11-23T18:51:00Z","href":"s/"}]}"#,
            vec![("a b", File, Some(5), at(1_795_459_860)), ("s", Directory, Some(0), at(1_795_459_860))],
            "this project",
        ),
        (
            r#"[{"name":"s","type":"directory","mtime":"Mon, 23 Nov 2026 18:51:00 GMT"},
               {"name":"x%25&<","type":"file","mtime":"Mon, 23 Nov 2026 18:51:00 GMT","size":3}]"#,
            vec![("s", Directory, None, at(1_795_459_860)), ("x%25&<", File, Some(3), at(1_795_459_860))],
            "nginx",
        ),
        (
            r#"[{"name":"s/","size":4096,"url":"./s/","mod_time":"2026-11-23T18:51:00Z","mode":2147484141,"is_dir":true,"is_symlink":false}]"#,
            vec![("s", Directory, Some(4096), at(1_795_459_860))],
            "Caddy",
        ),
        (
            r#"[{"name":"l/","url":"./l/","mod_time":null,"is_dir":true,"is_symlink":true},{"name":"f","is_dir":false,"is_symlink":true}]"#,
            vec![("f", File, None, None), ("l", Link, None, None)],
            "Caddy: links, of which those to files are files",
        ),
        (r#"{"entries":[{"name":"l","type":"dir","link":true}]}"#, vec![("l", Link, None, None)], "ours"),
        (r#"[{"name":"a","type":"other"}]"#, vec![("a", Other, None, None)], "a device"),
        (
            r#"[{"name":"a","size":null,"modified":"soon"}]"#,
            vec![("a", File, None, None)],
            "no other members",
        ),
        (r#"[{"name":"../"},{"name":"."}]"#, vec![], "the directory itself and the one above"),
    ] {
        let found = json(listing.as_bytes(), &base(), UNIX_EPOCH).unwrap();
        assert_eq!((found.unread, found.is_truncated), (0, false), "{why}");
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(name, kind, size, modified)| IndexEntry { name: name.into(), kind, size, modified })
            .collect();
        assert_eq!(found.entries, expected, "{why}");
    }
    for listing in [
        "",
        "{}",
        "[1]",
        "<html>",
        r#"{"entries":{}}"#,
        "[] []",
        r#"{"entries":[[]]}"#,
        r#"{"entries":[{"name":"a"}"#,
        r#"[{"name":"a","size":-1}]"#,
        r#"{"entries":[],"truncated":1}"#,
    ] {
        assert_eq!(json(listing.as_bytes(), &base(), UNIX_EPOCH), Err(NoIndex::Malformed), "{listing}");
    }
}

#[test]
fn entries_and_references_have_a_limit() {
    let rows = |names: &mut dyn Iterator<Item = usize>| {
        let rows: Vec<_> = names.map(|name| format!("{{\"name\":\"{name}\"}}")).collect();
        json(format!("[{}]", rows.join(",")).as_bytes(), &base(), UNIX_EPOCH).map(|found| found.entries.len())
    };
    assert_eq!(rows(&mut (0..ENTRIES_LIMIT)), Ok(ENTRIES_LIMIT));
    assert_eq!(rows(&mut (0..=ENTRIES_LIMIT)), Err(NoIndex::TooMany));
    assert_eq!(rows(&mut (0..=REFERENCES_LIMIT).map(|_| 7)), Err(NoIndex::TooMany), "of the same name");
    let link = "<a href=\"../\">up</a>";
    let page = links(link.repeat(REFERENCES_LIMIT + 1).as_bytes(), &base());
    assert_eq!(page, Err(NoIndex::TooMany), "that lead elsewhere");
}
