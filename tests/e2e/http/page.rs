//! The requests of the page: search, viewer, actions, login by a cookie, and the files that pages load.

use std::fs;
use std::time::{Duration, SystemTime};

use super::writing::ask;
use crate::harness::{Response, Server, Tree, for_each_engine};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const PAGE: &str = "Accept: text/html\r\n";

fn post(server: &Server, target: &str, fields: &str, content: &str) -> Response {
    ask(&mut server.connect(), "POST", target, &format!("{FORM}{PAGE}{fields}"), content)
}

#[test]
fn names_are_searched_below_a_directory() {
    let tree = Tree::of(&[("Photos/Summer/Beach.jpg", ""), ("beach.txt", ""), (".beach", ""), ("other", "")]);
    tree.symlink("link", "Photos");
    let server = Server::http(&tree, &["--quiet"]);
    let found = |target: &str| {
        let listing = server.get(target).json();
        let names = listing["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), listing.get("truncated").is_some())
    };
    for (target, expected, why) in [
        (
            "/?format=json&q=BEACH",
            &["beach.txt", "Photos/Summer/Beach.jpg"][..],
            "without letter case, no hidden names",
        ),
        ("/Photos/?format=json&q=beach", &["Summer/Beach.jpg"], "below the directory only"),
        ("/?format=json&q=summer", &["Photos/Summer"], "directories as well; links are not followed"),
        ("/?format=json&q=nothing", &[], "no result"),
        ("/?format=json&q=", &["link", "Photos", "beach.txt", "other"], "an empty text is no search"),
    ] {
        assert_eq!(
            found(target),
            (expected.iter().map(ToString::to_string).collect(), false),
            "{target}: {why}"
        );
    }
    (0..1_100).for_each(|number| drop(tree.file(format!("many/file {number}"), "")));
    let (names, is_truncated) = found("/?format=json&q=file");
    assert_eq!((names.len(), is_truncated), (1_000, true));
    assert_eq!(server.get("/?format=json&q=BEACH").json()["entries"][1]["href"], "./Photos/Summer/Beach.jpg");
}

#[test]
fn actions_are_forms() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a b.txt", "a"), ("taken", "t"), ("full/x", "")]);
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        for (target, fields, content, status, why) in [
            ("/?new-folder", "", "name=new+one", 303, "made"),
            ("/?new-folder", "", "name=new+one", 405, "exists"),
            ("/?new-folder", "", "name=a%2Fb", 400, "a slash"),
            ("/?new-folder", "", "name=.hidden", 403, "a hidden name"),
            ("/?new-folder", "", "", 400, "no name"),
            ("/new%20one/?new-folder", "", "name=sub", 303, "below"),
            ("/?rename", "", "name=a%2520b.txt&to=taken", 409, "nothing is replaced"),
            ("/?rename", "", "name=a%2520b.txt&to=c.txt", 303, "renamed"),
            ("/?rename", "", "name=missing&to=d", 404, "there is none"),
            ("/?rename", "", "name=c.txt&to=taken&overwrite=1", 303, "replaced"),
            ("/?delete", "", "name=full", 409, "not empty"),
            ("/?delete", "", "name=full&depth=infinity", 303, "with everything in it"),
            ("/?delete", "", "name=..%2Ftaken", 400, "another directory"),
            ("/?delete", "Origin: http://evil.example\r\n", "name=taken", 403, "another site"),
            ("/?delete", "Sec-Fetch-Site: cross-site\r\n", "name=taken", 403, "another site"),
            ("/?delete", "Sec-Fetch-Site: same-origin\r\n", "name=taken", 303, "deleted"),
        ] {
            let answer = post(&server, target, fields, content);
            assert_eq!(answer.status, status, "{target} {content}: {why}");
        }
        assert!(
            tree.join("new one/sub").is_dir() && !tree.join("taken").exists() && !tree.join("c.txt").exists()
        );
        let too_large = post(&server, "/?delete", "", &"x".repeat(20_000));
        assert_eq!(too_large.status, 413);
        let other =
            ask(&mut server.connect(), "POST", "/?delete", "Content-Type: text/plain\r\n", "name=full");
        assert_eq!(other.status, 415);
    });
    let tree = Tree::of(&[("a", "")]);
    let server = Server::http(&tree, &["--quiet"]);
    assert_eq!(post(&server, "/?delete", "", "name=a").status, 405, "read-only");
}

/// On pages and in plain text, which the upload queue shows. The log is in English.
#[test]
fn refusals_are_in_the_language_of_the_client() {
    let tree = Tree::of(&[("a", ""), ("full/x", "")]);
    let server = Server::http(&tree, &["--writable", "--on-conflict", "refuse"]);
    for (method, target, content, english, indonesian) in [
        ("GET", "/missing", "", "was not found", "tidak ditemukan"),
        ("PUT", "/a", "x", "exists already; choose another name", "sudah ada; pilih nama lain"),
        ("DELETE", "/full/", "", "is a directory that is not empty", "adalah direktori yang tidak kosong"),
        ("GET", "/a%00", "", "the path has a NUL byte", "berisi bait NUL"),
        (
            "POST",
            "/?move",
            "name=a&name=b&to=full",
            "was changed only in part (1 entry): '/b' was not found",
            "hanya diubah sebagian (1 entri): '/b' tidak ditemukan",
        ),
    ] {
        for accept in ["", PAGE] {
            for (language, expected) in [("en", english), ("id, en;q=0.5", indonesian)] {
                if target == "/?move" {
                    tree.file("a", "");
                    let _ = fs::remove_file(tree.join("full/a"));
                }
                let fields = format!("{FORM}{accept}Accept-Language: {language}\r\n");
                let answer = ask(&mut server.connect(), method, target, &fields, content).text();
                let answer = answer.replace("&#39;", "'");
                assert!(answer.contains(expected), "{method} {target} in {language}: {answer}");
            }
        }
        assert_eq!(server.log_lines(english, 4).len(), 4, "{english} is logged");
    }
}

#[test]
fn a_browser_logs_in_by_a_cookie() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "")]);
        let options =
            ["--engine", engine, "--quiet", "--writable", "--user", "ada:secret", "--anonymous", "read"];
        let server = Server::http(&tree, &options);
        let answer = post(&server, "/sub/?login", "", "user=ada&password=secret");
        assert_eq!((answer.status, answer.field("location")), (303, Some("./")));
        let set = answer.field("set-cookie").unwrap().to_owned();
        let (pair, attributes) = set.split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
        let cookie = format!("Cookie: {pair}\r\n");
        let put = |cookie: &str| ask(&mut server.connect(), "PUT", "/new", cookie, "x").status;
        assert_eq!(put(&cookie), 201, "logged in");
        let other = if pair.ends_with('0') { '1' } else { '0' };
        let forged = format!("Cookie: {}{other}\r\n", &pair[..pair.len() - 1]);
        for (cookie, why) in
            [("", "no cookie"), (&*forged, "a forged one"), ("Cookie: mini=\r\n", "an empty one")]
        {
            assert_eq!(put(cookie), 401, "{why}");
        }
        let page = server.get_with("/", &format!("{PAGE}{cookie}"));
        assert!(page.text().contains("Log out") && page.text().contains("ada"));
        assert_eq!(page.field("cache-control"), Some("no-store"));
        let varies: Vec<_> =
            page.fields().filter(|(name, _)| name == "vary").map(|(_, value)| value).collect();
        assert_eq!(varies, ["Accept, Accept-Encoding, Accept-Language", "Cookie"]);
        let out = post(&server, "/?logout", &cookie, "");
        assert!(out.field("set-cookie").unwrap().starts_with("mini=; Path=/; Max-Age=0;"));
    });
}

#[test]
fn a_login_that_fails_is_a_page() {
    let tree = Tree::of(&[("a", "")]);
    let server = Server::http(&tree, &["--quiet", "--user", "ada:secret"]);
    let page = server.get_with("/", PAGE);
    assert_eq!(page.status, 401);
    assert!(page.field("www-authenticate").unwrap().starts_with("Cookie "), "no dialog of the browser");
    assert!(page.text().contains("action=\"?login\""));
    assert!(server.get("/").field("www-authenticate").unwrap().starts_with("Basic "), "for other clients");
    for (fields, content, status, why) in [
        ("", "user=ada&password=wrong", 401, "a wrong password"),
        ("", "user=&password=", 401, "empty"),
        ("Origin: http://evil.example\r\n", "user=ada&password=secret", 403, "another site"),
        ("", "user=ada&password=secret", 303, "the right one"),
    ] {
        assert_eq!(post(&server, "/?login", fields, content).status, status, "{why}");
    }
    let open = Server::http(&tree, &["--quiet"]);
    assert_eq!(post(&open, "/?login", "", "user=ada&password=secret").status, 404, "without users");
}

/// Twenty wrong passwords of one address for one name, as for Basic.
#[test]
fn failures_of_the_login_page_are_counted() {
    let tree = Tree::new();
    let server = Server::http(&tree, &["--quiet", "--user", "ada:secret"]);
    std::thread::scope(|scope| {
        (0..20).for_each(|_| drop(scope.spawn(|| post(&server, "/?login", "", "user=ada&password=wrong"))));
    });
    let answer = post(&server, "/?login", "", "user=ada&password=secret");
    assert_eq!(answer.status, 429);
    assert!(answer.field("retry-after").is_some() && answer.text().contains("Too many attempts"));
}

#[test]
fn modification_times_are_kept() {
    let tree = Tree::new();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let modified = |name: &str| fs::metadata(tree.join(name)).unwrap().modified().unwrap();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    for (name, value, expected, why) in [
        ("a", "1000000000", Some(at(1_000_000_000)), "seconds"),
        ("b", "1000000000.75", Some(at(1_000_000_000)), "a fraction"),
        ("c", "99999999999", None, "in the future"),
        ("d", "18446744073709551615", None, "beyond the calendar"),
        ("e", "yesterday", None, "malformed"),
        ("f", "-5", None, "before 1970"),
    ] {
        let answer =
            ask(&mut server.connect(), "PUT", &format!("/{name}"), &format!("X-OC-Mtime: {value}\r\n"), "x");
        assert_eq!(answer.status, 201, "{value}");
        match expected {
            Some(expected) => assert_eq!(modified(name), expected, "{value}: {why}"),
            None => assert!(modified(name).elapsed().unwrap() < Duration::from_secs(60), "{value}: {why}"),
        }
    }
    let part = |name: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; {name}\r\n\r\n{content}\r\n")
    };
    let form = [
        part("name=\"mtime\"", "1000000000"),
        part("name=\"files\"; filename=\"g\"", "x"),
        part("name=\"files\"; filename=\"h\"", "x"),
        "--b--\r\n".into(),
    ]
    .concat();
    let answer =
        ask(&mut server.connect(), "POST", "/", "Content-Type: multipart/form-data; boundary=b\r\n", &form);
    assert_eq!(answer.status, 201);
    assert_eq!(modified("g"), at(1_000_000_000), "the next file");
    assert!(modified("h").elapsed().unwrap() < Duration::from_secs(60), "and no other");
}

#[test]
fn pages_load_only_their_own_files() {
    let tree = Tree::of(&[("d/a.txt", "<script>")]);
    let server = Server::http(&tree, &["--quiet", "--user", "ada:secret"]);
    let page = server.get_with("/d/missing", PAGE);
    let policy = page.field("content-security-policy").unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    let text = page.text();
    let references: Vec<&str> = text.split(['"']).filter(|part| part.contains("?asset=")).collect();
    assert_eq!(references.len(), 3, "{text}");
    for reference in references {
        let path = reference.strip_prefix("../").unwrap();
        let asset = server.get(&format!("/{path}"));
        assert_eq!(asset.status, 200, "{reference}: without a login");
        assert_eq!(asset.field("cache-control"), Some("public, max-age=31536000, immutable"));
        let old = server.get(&format!("/{}0", &path[..path.len() - 1]));
        assert_eq!(old.field("cache-control"), Some("no-cache"), "another version");
    }
    assert_eq!(server.get("/?asset=unknown-0").status, 401, "no file of the pages");
}

#[test]
fn the_viewer_needs_the_permission_to_read() {
    let tree = Tree::of(&[("a.txt", "<b>text")]);
    let server = Server::http(&tree, &["--quiet"]);
    let page = server.get("/a.txt?view");
    assert_eq!(page.field("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("&lt;b&gt;text"));
    assert_eq!(server.get("/a.txt?other").text(), "<b>text", "the file itself");
    assert_eq!(server.get("/missing?view").status, 404);
    let dropped = Server::http(&tree, &["--quiet", "--writable", "--anonymous", "drop"]);
    assert_eq!(dropped.get("/a.txt?view").status, 403);
    assert_eq!(dropped.get("/?q=a").status, 200, "the page of a drop box");
    assert!(!dropped.get("/?q=a").text().contains("a.txt"));
    assert!(!dropped.get("/?item=a.txt").text().contains("a.txt"));
}
