//! A directory as a web site: index names, clean URLs, pages for what does not exist, fields of responses, hidden names,
//! a single file.

use super::writing::ask;
use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::{Response, Server, Tree, for_each_engine};

const BROWSER: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";

/// Target and fields; the status, the start of the content, and why.
type Row<'a> = (&'a str, &'a str, u16, &'a str, &'a str);

fn check(tree: &Tree, options: &[&str], rows: &[Row<'_>]) {
    for_each_engine(|engine| {
        let server = Server::http(tree, &[&["--engine", engine, "--quiet"], options].concat());
        let mut wire = server.connect();
        for (target, fields, status, starts, why) in rows {
            let row = format!("{options:?} {target} {fields:?}: {why}");
            let get = wire.exchange("GET", target, fields);
            assert!(
                get.status == *status && get.text().starts_with(starts),
                "{row}: {} {}",
                get.status,
                get.text()
            );
            let head = wire.exchange("HEAD", target, fields);
            assert_eq!(head.status, get.status, "{row}: HEAD");
            assert_eq!(head.field("content-length"), get.field("content-length"), "{row}: HEAD");
        }
    });
}

fn site() -> Tree {
    Tree::of(&[
        ("index.html", "<p>start"),
        ("404.html", "<p>missing"),
        ("about.html", "<p>about"),
        ("notes.txt", "notes"),
        ("app/home.htm", "<p>home"),
        ("plain/a", "a"),
    ])
}

#[test]
fn index_names_clean_urls_and_the_missing_page() {
    let tree = site();
    check(
        &tree,
        &[],
        &[
            ("/", "", 200, "<p>start", "the default index"),
            ("/none", BROWSER, 404, "<p>missing", "404.html"),
            ("/plain/none/x", BROWSER, 404, "<p>missing", "below a directory as well"),
            ("/none", "", 404, "404 Not Found: /none", "a line for other clients"),
            ("/about", "", 404, "404 Not Found", "no clean URLs by default"),
            ("/app/", "Accept: application/json\r\n", 200, "{\"path\"", "no index by default"),
        ],
    );
    check(
        &tree,
        &["--clean-urls", "--index", "index.html", "--index", "home.htm"],
        &[
            ("/about", "", 200, "<p>about", "a clean URL"),
            ("/about.html", "", 200, "<p>about", "its own URL"),
            ("/about/", BROWSER, 404, "<p>missing", "no directory"),
            ("/notes", BROWSER, 404, "<p>missing", "pages only"),
            ("/plain", "", 301, "301 Moved", "a directory precedes"),
            ("/app/", "", 200, "<p>home", "the second index"),
            ("/app/home", "", 404, "404 Not Found", "no page of that name"),
        ],
    );
}

#[test]
fn a_single_page_application_answers_for_its_pages() {
    check(
        &site(),
        &["--spa"],
        &[
            ("/settings/profile", BROWSER, 200, "<p>start", "a page of the script"),
            ("/settings/profile?tab=1", BROWSER, 200, "<p>start", "with a query"),
            ("/notes.txt", BROWSER, 200, "notes", "a file precedes"),
            ("/missing.js", BROWSER, 404, "<p>missing", "a file that is missing"),
            ("/settings", "", 404, "404 Not Found", "no browser"),
        ],
    );
}

#[test]
fn directories_without_an_index_are_not_listed() {
    check(
        &site(),
        &["--no-listing"],
        &[
            ("/", "", 200, "<p>start", "an index"),
            ("/", "Accept: application/json\r\n", 200, "<p>start", "no names"),
            ("/plain/", "", 404, "404 Not Found", "no index"),
            ("/plain/?format=json", "", 404, "404 Not Found", "nor as JSON"),
            ("/plain/?q=a", "", 404, "404 Not Found", "nor by a search"),
            ("/plain/a", "", 200, "a", "its files exist"),
        ],
    );
}

#[test]
fn the_missing_page_is_an_error_without_validators() {
    let tree = site();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let answer = server.get_with("/none", BROWSER);
    assert_eq!(answer.field("content-type"), Some("text/html"));
    assert_eq!(answer.field("content-security-policy"), Some("sandbox"), "clients may have uploaded it");
    for name in ["etag", "last-modified", "accept-ranges"] {
        assert_eq!(answer.field(name), None, "{name}");
    }
}

#[test]
fn fields_are_added_or_replaced_by_path() {
    let tree = Tree::of(&[("a.txt", "a"), ("assets/app.js", "js"), ("assets/deep/x", "x")]);
    let options = [
        "--quiet",
        "--header",
        "X-Robots-Tag: noindex",
        "--header",
        "/assets/**: Cache-Control: max-age=86400",
        "--header",
        "/assets/deep/*: cache-control: no-store",
        "--header",
        "Access-Control-Allow-Origin: *",
    ];
    let server = Server::http(&tree, &options);
    let mut wire = server.connect();
    for (method, target, fields, status, caching, robots, why) in [
        ("GET", "/a.txt", "", 200, "no-cache", Some("noindex"), "no pattern matches"),
        ("GET", "/assets/app.js", "", 200, "max-age=86400", Some("noindex"), "replaced"),
        ("HEAD", "/assets/app.js", "", 200, "max-age=86400", Some("noindex"), "HEAD as GET"),
        ("GET", "/assets/deep/x", "", 200, "no-store", Some("noindex"), "the last one counts"),
        ("GET", "/assets/app.js", "Range: bytes=0-0\r\n", 206, "max-age=86400", Some("noindex"), "a part"),
        ("GET", "/assets/app.js", "If-None-Match: *\r\n", 304, "max-age=86400", Some("noindex"), "unchanged"),
        ("GET", "/assets/none", "", 404, "", None, "an error must not be cached"),
        ("GET", "/", "", 200, "no-cache", Some("noindex"), "a listing"),
    ] {
        let answer = wire.exchange(method, target, fields);
        assert_eq!(answer.status, status, "{target}: {why}");
        assert_eq!(answer.field("cache-control").unwrap_or_default(), caching, "{target}: {why}");
        assert_eq!(answer.field("x-robots-tag"), robots, "{target}: {why}");
    }
    let url = format!("{}a.txt", server.url("http"));
    let seen = run(tool("curl").args(["--silent", "--head", "--request", "OPTIONS", &url])).text();
    assert!(seen.contains("Access-Control-Allow-Origin: *"), "{seen}");
}

/// Uploaded pages are sandboxed, unless the operator trusts them.
#[test]
fn trusted_content_is_not_sandboxed() {
    let tree = Tree::of(&[("a.html", "<p>"), ("b.svg", "<svg/>")]);
    for (options, expected) in [
        (&["--quiet", "--writable"][..], Some("sandbox")),
        (&["--quiet", "--writable", "--trust-content"], None),
        (&["--quiet"], None),
    ] {
        let server = Server::http(&tree, options);
        for target in ["/a.html", "/b.svg"] {
            assert_eq!(server.get(target).field("content-security-policy"), expected, "{options:?} {target}");
        }
    }
}

#[test]
fn an_origin_can_be_trusted() {
    let tree = Tree::new();
    let options = ["--quiet", "--writable", "--trusted-origin", "https://files.example.org"];
    let server = Server::http(&tree, &options);
    let mut wire = server.connect();
    for (fields, status, why) in [
        ("Origin: https://files.example.org\r\n", 201, "given"),
        ("Origin: HTTPS://FILES.example.org\r\n", 204, "without letter case"),
        ("Origin: https://files.example.org\r\nSec-Fetch-Site: cross-site\r\n", 204, "given"),
        ("Origin: http://files.example.org\r\n", 403, "another scheme"),
        ("Origin: https://evil.example\r\n", 403, "another site"),
        ("Sec-Fetch-Site: cross-site\r\n", 403, "another site"),
        ("", 204, "no browser"),
    ] {
        assert_eq!(ask(&mut wire, "PUT", "/a", fields, "x").status, status, "{fields:?}: {why}");
    }
}

/// Over both protocols, and in any letter case.
#[test]
fn hidden_names_do_not_exist() {
    let tree = Tree::of(&[("a.txt", "a"), ("a.bak", "old"), ("Private/x", "x"), ("d/B.BAK", "old")]);
    for_each_engine(|engine| {
        let options = ["--quiet", "--writable", "--hide", "*.bak", "--hide", "private", "--engine", engine];
        let server = Server::both(&tree, &options);
        let mut wire = server.connect();
        for (method, target, content, status) in [
            ("GET", "/a.txt", "", 200),
            ("GET", "/a.bak", "", 404),
            ("GET", "/Private/", "", 404),
            ("GET", "/Private/x", "", 404),
            ("GET", "/d/B.BAK", "", 404),
            ("PUT", "/new.bak", "x", 403),
            ("DELETE", "/a.bak", "", 404),
            ("MKCOL", "/private", "", 403),
        ] {
            assert_eq!(ask(&mut wire, method, target, "", content).status, status, "{method} {target}");
        }
        let listing = wire.exchange("GET", "/", "Accept: text/plain\r\n");
        assert!(!listing.text().contains("bak") && !listing.text().contains("Private"), "{}", listing.text());
        let mut ftp = Ftp::login(&server);
        for (command, code) in [
            ("SIZE a.txt", 213),
            ("SIZE a.bak", 550),
            ("CWD Private", 550),
            ("DELE d/B.BAK", 553),
            ("MKD x.bak", 553),
        ] {
            ftp.expect(command, code);
        }
    });
}

/// The names that answer for another URL are those of the site, also for uploads by FTP.
#[test]
fn only_who_may_overwrite_creates_names_of_other_urls() {
    let scratch = Tree::new();
    let users = crate::permissions::users_file_of(
        &scratch,
        "[[user]]\nname = \"ada\"\nhash = \"{}\"\nallow = [\"list\", \"get\", \"upload\"]\n",
    );
    let tree = Tree::of(&[("about.html", "<p>"), ("src", "x")]);
    let options = ["--quiet", "--writable", "--users", &users, "--index", "home.htm", "--clean-urls"];
    let server = Server::both(&tree, &options);
    let mut wire = server.connect();
    let mut put =
        |name: &str| -> Response { ask(&mut wire, "PUT", &format!("/{name}"), super::permissions::ADA, "x") };
    let (mut ftp, _) = Ftp::connect(server.address("ftp"));
    ftp.expect("USER ada", 331);
    ftp.expect("PASS secret", 230);
    for (name, is_refused, why) in [
        ("home.htm", true, "an index"),
        ("HOME.HTM", true, "the same on a file system that ignores letter case"),
        ("404.html", true, "the missing page"),
        ("contact.html", true, "answers for /contact"),
        ("about", true, "would hide about.html"),
        ("index.htm", false, "an ordinary name"),
        ("contact", false, "there is no page of that name"),
    ] {
        assert_eq!(put(name).status, if is_refused { 403 } else { 201 }, "{name}: {why}");
        if is_refused {
            ftp.expect(format!("MKD {name}"), 553);
        }
    }
}

#[test]
fn a_single_file_is_served_alone() {
    let tree = Tree::of(&[("report.pdf", "%PDF"), ("secret", "s"), ("d/x", "x")]);
    tree.symlink("latest", "report.pdf");
    for_each_engine(|engine| {
        for name in ["report.pdf", "latest"] {
            let server = Server::both(tree.join(name), &["--quiet", "--engine", engine]);
            let mut wire = server.connect();
            for (target, status) in
                [("/report.pdf", 200), ("/", 200), ("/secret", 404), ("/d/", 404), ("/d/x", 404)]
            {
                assert_eq!(wire.exchange("GET", target, "").status, status, "{name}: {target}");
            }
            let listing = wire.exchange("GET", "/?format=json", "").json();
            assert_eq!(listing["entries"].as_array().unwrap().len(), 1, "{listing}");
            assert_eq!(ask(&mut wire, "PUT", "/report.pdf", "", "x").status, 405);
            let mut ftp = Ftp::login(&server);
            for (command, code) in [("SIZE report.pdf", 213), ("SIZE secret", 550), ("CWD d", 550)] {
                ftp.expect(command, code);
            }
        }
    });
}
