//! Logins, proxies and the environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::http::{field, response};
use crate::harness::{Certificates, Server, TerminalUser, Tree, WorkDir, binary};

/// `ada:secret` in RFC 7617's form.
const ADA: &str = "Basic YWRhOnNlY3JldA==";

#[test]
fn logins_come_from_url_netrc_and_terminal() {
    let served = Tree::of(&[("f", "hello\n")]);
    let server = Server::http(&served, &["--quiet", "--user", "ada:secret", "--user", "o'b:p%w"]);
    let url = format!("{}f", server.url("http"));
    let with = |login: &str| url.replace("http://", &format!("http://{login}@"));
    let workdir = WorkDir::new();
    let netrc = workdir.secret_file("netrc", "machine 127.0.0.1 login ada password secret\n");
    let wrong = workdir.secret_file("wrong", "machine 127.0.0.1 login ada password nonsense\n");
    let exposed = workdir.file("exposed", "machine 127.0.0.1 login ada password secret\n");
    for (url, options, file, code, why) in [
        (&url, &[][..], None, 4, "no login"),
        (&with("ada:secret"), &[], None, 0, "in the URL"),
        (&with("o%27b:p%25w"), &[], None, 0, "in the URL, escaped"),
        (&with("ada:wrong"), &[], None, 4, "a wrong one"),
        (&url, &[], Some(&netrc), 0, "of the file"),
        (&url, &["--login", "ada"], Some(&netrc), 0, "of the file, for this user"),
        (&with("ada"), &[], Some(&netrc), 0, "of the file, for the user in the URL"),
        (&url, &[], Some(&wrong), 4, "a wrong one of the file"),
        (&url, &[], Some(&exposed), 2, "of a file that others may read"),
        (&url, &["--login", "eve"], Some(&netrc), 2, "no terminal for a prompt"),
    ] {
        let mut command = workdir.command("http-mini", &[&["get", url, "-o", "-"], options].concat());
        if let Some(file) = file {
            command.env("NETRC", file);
        }
        let got = workdir.run(&mut command);
        assert_eq!(got.code, Some(code), "{why}: {}", got.err);
        assert!(!got.err.contains("secret") && !got.err.contains("nonsense"), "{why}: {}", got.err);
    }
}

/// The file is not used if others can read it, and an error names the file if its login fails.
#[test]
fn netrc_must_be_private_and_is_named_when_its_login_fails() {
    let served = Tree::of(&[("f", "hello\n")]);
    let server = Server::both(&served, &["--quiet", "--user", "ada:secret"]);
    let workdir = WorkDir::new();
    for (password, mode, code, says, why) in [
        ("secret", 0o600, 0, "", "private"),
        ("wrong", 0o600, 4, "the login is from '", "the login is wrong"),
        ("secret", 0o640, 2, "chmod 600 ", "the group can read it"),
        ("secret", 0o602, 2, "chmod 600 ", "others can write it"),
    ] {
        let netrc = workdir.file("netrc", format!("machine 127.0.0.1 login ada password {password}\n"));
        fs::set_permissions(&netrc, fs::Permissions::from_mode(mode)).unwrap();
        for (program, arguments) in [
            ("http-mini", &["get", &format!("{}f", server.url("http")), "-o", "-"][..]),
            ("ftp-mini", &["cat", &format!("{}f", server.url("ftp"))]),
        ] {
            let got = workdir.run(workdir.command(program, arguments).env("NETRC", &netrc));
            assert_eq!(got.code, Some(code), "{program}: {why}: {}", got.err);
            if code != 0 {
                assert!(got.err.contains(&format!("{says}{}", netrc.display())), "{why}: {}", got.err);
                assert_eq!(got.err.lines().count(), 1, "{why}: {}", got.err);
            }
            assert!(!got.err.contains("secret"), "{why}: {}", got.err);
        }
    }
    let command = format!("NETRC=netrc {} get {}f -o -", binary("http-mini").display(), server.url("http"));
    let mut ada = TerminalUser::start(&format!("cd {}; {command}", workdir.join("").display()));
    let screen = ada.wait_for("Password of ada at 127.0.0.1: ");
    assert!(screen.contains("chmod 600 netrc"), "the reason for the question: {screen}");
    ada.types("secret\r");
    ada.wait_for("hello");
}

/// The password is typed without echo; once for each server, and also if standard input is a file.
#[test]
fn a_password_is_read_from_the_terminal_without_echo() {
    let served = Tree::of(&[("f", "hello\n"), ("g", "again\n")]);
    let server = Server::http(&served, &["--quiet", "--writable", "--user", "ada:secret"]);
    let (workdir, url) = (WorkDir::new(), server.url("http"));
    workdir.secret_file("netrc", "machine 127.0.0.1 login ada\n");
    for (command, why) in [
        (format!("MINI get {url}f -o - --login ada"), "a file"),
        (format!("MINI get {url}f {url}g --login ada"), "two files"),
        (format!("NETRC=netrc MINI get {url}f -o -"), "the file has no password"),
        (format!("echo piped | MINI put - {url}piped --login ada 2>log"), "a pipe"),
    ] {
        let command = command.replace("MINI", binary("http-mini").to_str().unwrap());
        let mut ada =
            TerminalUser::start(&format!("cd {}; {command}; echo code $?", workdir.join("").display()));
        let mut screen = ada.wait_for("Password of ada at 127.0.0.1: ");
        ada.types("secret\r");
        screen += &ada.wait_for("code 0");
        assert!(!screen.contains("secret"), "{why}: {screen}");
        assert_eq!(screen.matches("Password").count(), 1, "{why}: {screen}");
    }
    assert_eq!(fs::read(workdir.join("g")).unwrap(), b"again\n");
    assert_eq!(fs::read(served.join("piped")).unwrap(), b"piped\n");
}

#[test]
fn verbose_output_masks_passwords() {
    let served = Tree::of(&[("f", "hello\n")]);
    let server = Server::http(&served, &["--quiet", "--user", "ada:secret"]);
    let url = format!("{}f", server.url("http").replace("http://", "http://ada:secret@"));
    let workdir = WorkDir::new();
    let got = workdir.http(&["get", &url, "-o", "-", "-v", "-H", "Cookie: hidden", "-H", "X-Seen: seen"]);
    for word in ["GET /f HTTP/1.1", "HTTP/1.1 200", "X-Seen: seen"] {
        assert!(got.err.contains(word), "no {word:?} in {}", got.err);
    }
    for word in ["secret", "YWRhOnNlY3JldA", "hidden"] {
        assert!(!got.err.contains(word), "{word:?} in {}", got.err);
    }
}

/// RFC 9110 section 11.6.2: there is one field, and the user's own value overrides a login.
#[test]
fn an_authorization_field_of_the_user_overrides_a_login() {
    let server = ScriptedServer::http(|caller, _| caller.send(response("200 OK", "", "content\n")));
    let workdir = WorkDir::new();
    workdir.file("token", "Authorization: Bearer t0ken\n\nX-Y: z\n");
    workdir.file("nonsense", "Authorization\n");
    let (url, with_login) = (server.url("http", "f"), server.url("http", "f").replace("//", "//ada:secret@"));
    for (url, field, expected) in [
        (&url, "Authorization: Bearer t0ken", "Bearer t0ken"),
        (&with_login, "authorization: Bearer t0ken", "Bearer t0ken"),
        (&with_login, "@token", "Bearer t0ken"),
        (&with_login, "X-Y: z", ADA),
    ] {
        for arguments in [&["get", url, "-o", "-"][..], &["request", "GET", url]] {
            workdir.http(&[arguments, &["-H", field]].concat()).success();
            let head = server.received().pop().unwrap();
            let said: Vec<_> =
                head.lines().filter(|line| line.to_lowercase().starts_with("authorization:")).collect();
            let [said] = said[..] else { panic!("{url} {field}: {head}") };
            assert!(said.ends_with(expected), "{url} {field}: {head}");
        }
    }
    assert!(server.received().iter().any(|head| field(head, "x-y") == Some("z")), "all lines of the file");
    for file in ["@nonsense", "@none"] {
        assert_eq!(workdir.http(&["get", &url, "-H", file]).code, Some(2), "{file}");
    }
}

/// This applies to invalid URLs too: a typing error must not put a password into a log.
#[test]
fn no_error_shows_a_password() {
    let workdir = WorkDir::new();
    workdir.file("f", "");
    for url in [
        "http://ada:secret@[::1/",
        "http://ada:secret@127.0.0.1:99999/",
        "ada:secret@127.0.0.1/f",
        "http://ada:se/secret@h/",
    ] {
        for arguments in [
            &["get", url][..],
            &["get", url, "--json"],
            &["put", "f", url],
            &["mirror", url, "copy"],
            &["request", "GET", url],
        ] {
            let got = workdir.http(arguments);
            got.fails(2, &[]);
            let reported = format!("{}{}", got.err, got.out.escape_ascii());
            assert!(!reported.contains("secret"), "{arguments:?}: {reported}");
        }
    }
}

#[test]
fn proxies_come_from_the_environment() {
    let proxy = ScriptedServer::http(|caller, request| {
        caller.send(response("200 OK", "", format!("{} {}\n", request.method, request.target)))
    });
    let workdir = WorkDir::new();
    let at = format!("http://{}", proxy.address());
    let with_login = format!("http://ada:secret@{}", proxy.address());
    for (variables, url, expected, why) in [
        (&[("http_proxy", &at)][..], "http://a.invalid/f", Some("GET http://a.invalid/f"), "RFC 9112 3.2.2"),
        (&[("http_proxy", &at)], "http://a.invalid:81/f?q", Some("GET http://a.invalid:81/f?q"), ""),
        (&[("all_proxy", &at)], "http://a.invalid/f", Some("GET http://a.invalid/f"), "for all"),
        (&[("http_proxy", &at), ("no_proxy", &"a.invalid".into())], "http://a.invalid/f", None, "not here"),
        (&[("http_proxy", &at), ("no_proxy", &"*".into())], "http://a.invalid/f", None, "nowhere"),
        (&[("http_proxy", &at), ("no_proxy", &".invalid".into())], "http://a.invalid/f", None, "not below"),
        (&[("https_proxy", &at)], "http://a.invalid/f", None, "it is for the other one"),
        (&[("http_proxy", &with_login)], "http://a.invalid/f", Some("GET http://a.invalid/f"), "a login"),
    ] {
        let before = proxy.received().len();
        let mut command = workdir.command("http-mini", &["get", url, "-o", "-", "--retries", "0"]);
        for (name, value) in variables {
            command.env(name, value);
        }
        let got = workdir.run(&mut command);
        match expected {
            Some(line) => assert_eq!(got.text(), format!("{line}\n"), "{why}"),
            None => {
                got.fails(5, &["a.invalid"]);
                assert_eq!(proxy.received().len(), before, "{why}: the proxy is used");
            }
        }
    }
    let last = proxy.received().pop().unwrap();
    assert_eq!(field(&last, "proxy-authorization"), Some(ADA), "{last}");
    assert!(field(&last, "host").is_some_and(|host| host == "a.invalid"), "{last}");
}

/// CONNECT (RFC 9110 section 9.3.6): only the server can read the tunnelled bytes.
#[test]
fn tls_is_tunnelled_through_a_proxy() {
    let served = Tree::of(&[("f", "hello\n")]);
    let certificates = Certificates::new();
    let [certificate, key] = certificates.options("server");
    let server = Server::http(&served, &["--quiet", "--user", "ada:secret", &certificate, &key]);
    let address = server.address("https");
    let proxy = ScriptedServer::http(move |caller, request| {
        assert_eq!(request.method, "CONNECT");
        caller.tunnel(request.target.parse().unwrap_or(address))
    });
    let workdir = WorkDir::new();
    let url = format!("{}f", server.url("https").replace("https://", "https://ada:secret@"));
    let trust = certificates.path("server.pem");
    let arguments = ["get", &url, "-o", "-", "--cacert", trust.to_str().unwrap()];
    let mut command = workdir.command("http-mini", &arguments);
    command.env("https_proxy", format!("http://eve:other@{}", proxy.address()));
    assert_eq!(workdir.run(&mut command).text(), "hello\n");
    let received = proxy.received().concat();
    assert!(received.starts_with(&format!("CONNECT {address} HTTP/1.1")), "{received}");
    assert!(received.contains("Proxy-Authorization: Basic ZXZlOm90aGVy"), "{received}");
    assert!(!received.contains("YWRhOnNlY3JldA"), "the server's password is none of the proxy's");

    let mut command = workdir.command("http-mini", &[&arguments[..], &["-H", "X-Api-Key: hidden"]].concat());
    command.env("https_proxy", format!("http://{}", proxy.address()));
    workdir.run(&mut command).success();
    assert!(!proxy.received().concat().contains("hidden"), "nor is any field for the server");

    let refusing = ScriptedServer::http(|caller, _| {
        caller.send(response("407 Proxy Authentication Required", "Proxy-Authenticate: Basic\r\n", ""))
    });
    let mut command = workdir.command("http-mini", &arguments);
    command.env("https_proxy", format!("http://{}", refusing.address()));
    workdir.run(&mut command).fails(4, &["proxy"]);
}
