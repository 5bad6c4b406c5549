//! LIST, NLST, MLSD and STAT: RFC 959 section 4.1.3, RFC 1123 section 4.1.2.7, RFC 3659 section 7.

use std::os::unix::fs::symlink;
use std::time::SystemTime;

use super::*;

/// Three files and a directory, of different sizes and ages.
fn exhibits(setup: Setup) -> Server {
    let server = Server::with(setup);
    for (name, size, age) in [("b.txt", 10, 30), ("a.txt", 30, 20), ("-c", 20, 10)] {
        server.write(name, vec![b'x'; size]);
        let file = std::fs::File::options().append(true).open(server.path().join(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 - age)).unwrap();
    }
    server.write("pub/my notes.txt", "notes");
    server.write("pub/deep/x", "");
    server.write("empty/x", "");
    std::fs::remove_file(server.path().join("empty/x")).unwrap();
    let old = std::fs::File::open(server.path().join("pub")).unwrap();
    old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    std::fs::File::open(server.path().join("empty")).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    server
}

#[test]
fn names_are_listed_as_asked() {
    let server = exhibits(Setup::default());
    let mut client = server.log_in();
    let listings: &[(&str, &[&str], &str)] = &[
        ("NLST", &["-c", "a.txt", "b.txt", "empty", "pub"], "by name"),
        ("NLST -r", &["pub", "empty", "b.txt", "a.txt", "-c"], "reversed"),
        ("NLST -t", &["-c", "a.txt", "b.txt", "empty", "pub"], "the newest first"),
        ("NLST -tr", &["pub", "empty", "b.txt", "a.txt", "-c"], "the oldest first"),
        ("NLST -1", &["-c", "a.txt", "b.txt", "empty", "pub"], "one a line, as always"),
        ("NLST pub", &["pub/deep", "pub/my notes.txt"], "RFC 1123 section 4.1.2.7: usable as they are"),
        ("NLST /pub/", &["/pub/deep", "/pub/my notes.txt"], "from the root"),
        ("NLST .", &["-c", "a.txt", "b.txt", "empty", "pub"], "here"),
        ("NLST empty", &[], "nothing there"),
        ("NLST -d", &["."], "the current directory itself"),
        ("NLST -d pub", &["pub"], "a directory itself"),
        ("NLST -d /pub/", &["pub"], "with a slash"),
        ("NLST -d pub/deep", &["pub/deep"], "a path"),
        ("NLST -d /", &["/"], "the root"),
        ("NLST -dR *", &["-c", "a.txt", "b.txt", "empty", "pub"], "the matching names, not their entries"),
        ("NLST -d a.txt", &["a.txt"], "a file"),
        ("NLST a.txt", &["a.txt"], "a file"),
        ("NLST *.txt", &["a.txt", "b.txt"], "a pattern"),
        ("NLST pub/*.txt", &["pub/my notes.txt"], "in a directory"),
        ("NLST [ab].*", &["a.txt", "b.txt"], "a class"),
        ("NLST *.none", &[], "which matches nothing"),
        ("NLST -r *", &["pub", "empty", "b.txt", "a.txt", "-c"], "options and a pattern"),
        ("NLST ./-c", &["./-c"], "a name like an option"),
    ];
    for (command, expected, why) in listings {
        assert_eq!(client.lines(command), *expected, "{why}: {command}");
    }
    let by_size = client.lines("NLST -S *.txt");
    assert_eq!(by_size, ["a.txt", "b.txt"], "the largest first");
    for command in
        ["NLST nowhere", "LIST nowhere", "NLST nowhere/*", "NLST a.txt/*", "LIST *.x/y", "MLSD nowhere"]
    {
        assert_eq!(&client.transfer(command).1[..4], "550 ", "{command}");
    }
}

#[test]
fn list_looks_like_ls() {
    let server = exhibits(Setup::default());
    let mut client = server.log_in();
    let line = client.lines("LIST -la a.txt");
    assert_eq!(line.len(), 1);
    assert!(line[0].starts_with("-rw"), "{line:?}");
    assert!(line[0].ends_with("1 ftp      ftp            30 Sep 13  2020 a.txt"), "{line:?}");
    let names = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.split_whitespace().skip(8).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(
        names(client.lines("LIST -a")),
        [".", "..", "-c", "a.txt", "b.txt", "empty", "pub"],
        "FileZilla, gvfs"
    );
    assert_eq!(names(client.lines("LIST -A pub")), ["deep", "my notes.txt"]);
    let itself = client.lines("LIST -ld pub");
    assert!(itself.len() == 1 && itself[0].starts_with("drwx") && itself[0].ends_with(" pub"), "{itself:?}");
    symlink("pub", server.path().join("link")).unwrap();
    let link = client.lines("LIST -d link");
    assert!(link.len() == 1 && link[0].starts_with('l') && link[0].ends_with(" link -> pub"), "{link:?}");
    std::fs::remove_file(server.path().join("link")).unwrap();
    assert_eq!(names(client.lines("NLST -l pub/my notes.txt")), ["my notes.txt"], "the last name only");
    assert_eq!(client.lines("LIST"), client.lines("LIST -- /"));
    assert!(client.lines("LIST").last().unwrap().starts_with("drwx"));
}

#[test]
fn recursion_enters_no_link() {
    let server = exhibits(Setup::default());
    symlink("../../pub", server.path().join("pub/deep/above")).unwrap();
    symlink("..", server.path().join("pub/deep/up")).unwrap();
    symlink("../empty", server.path().join("pub/beside")).unwrap();
    let mut client = server.log_in();
    let expected = [
        ".:",
        "-c",
        "a.txt",
        "b.txt",
        "empty",
        "pub",
        "",
        "empty:",
        "",
        "pub:",
        "pub/beside",
        "pub/deep",
        "pub/my notes.txt",
        "",
        "pub/deep:",
        "pub/deep/x",
    ];
    assert_eq!(client.lines("NLST -R"), expected, "and no link to a directory above itself exists");
    assert_eq!(client.lines("NLST -R empty"), ["empty:"]);
    assert_eq!(client.lines("NLST -Ra empty"), ["empty:", "empty/.", "empty/.."]);
}

/// A client that takes a link for a directory of its own would delete the target's entries.
#[test]
fn a_link_to_a_directory_is_listed_as_a_link() {
    let server = exhibits(Setup::default());
    for (target, link) in [("deep", "pub/to_dir"), ("../a.txt", "pub/to_file"), ("..", "pub/above")] {
        symlink(target, server.path().join(link)).unwrap();
    }
    let mut client = server.log_in();
    let lines = client.lines("LIST pub");
    let line = |name: &str| lines.iter().find(|line| line.contains(name)).map_or("", String::as_str);
    for (name, start, end, why) in [
        ("to_dir", "lrwxrwxrwx   1 ", " to_dir -> deep", "a link to a directory"),
        ("to_file", "-rw", " 30 Sep 13  2020 to_file", "a link to a file is that file"),
        ("above", "", "", "a link to a directory above itself does not exist"),
        ("deep", "", "", "the directory itself"),
    ] {
        assert!(line(name).starts_with(start) && line(name).ends_with(end), "{lines:?}: {why}");
    }
    let types = |lines: Vec<String>| -> Vec<String> {
        let parts = lines.iter().map(|line| line.trim_start().split_once(';').unwrap());
        let mut types: Vec<_> =
            parts.map(|(kind, rest)| format!("{kind} {}", rest.split_once(' ').unwrap().1)).collect();
        types.sort();
        types
    };
    let expected =
        ["type=OS.unix=symlink to_dir", "type=dir deep", "type=file my notes.txt", "type=file to_file"];
    assert_eq!(types(client.lines("MLSD pub")), expected);
    for (command, expected, why) in [
        ("MLST pub/to_dir", "type=OS.unix=symlink;", "by name"),
        ("MLST pub/to_dir/", "type=dir;", "with a slash, the directory"),
        ("MLST pub/to_file", "type=file;", "a file"),
    ] {
        assert!(client.say(command).contains(expected), "{command}: {why}");
    }
    assert!(client.say("CWD pub/to_dir").starts_with("250"), "it can be entered");
    assert!(client.say("MLST").contains("type=dir;"), "the current directory is one");
    assert!(client.say("CWD ../above").starts_with("550"));
    assert!(client.say("DELE /pub/to_dir").starts_with("550"), "read-only");
}

/// CR and LF in the name of a directory cannot forge a line, neither above its entries nor in front of them.
#[test]
fn a_directory_forges_no_line() {
    let server = Server::start();
    server.write("a\r\nb/c\nd/e", "");
    let mut client = server.log_in();
    let expected = [".:", "a??b", "", "a??b:", "a??b/c?d", "", "a??b/c?d:", "a??b/c?d/e"];
    assert_eq!(client.lines("NLST -R"), expected);
    let headings = ["", ".:", "a??b/c?d:", "a??b:"];
    let mut lines = client.lines("LIST -R");
    lines.retain(|line| !line.contains(" ftp "));
    lines.sort();
    lines.dedup();
    assert_eq!(lines, headings);
    assert_eq!(client.lines("NLST a*"), ["a??b"], "a pattern");
}

#[test]
fn hidden_names_are_shown_as_ls_does_where_they_exist() {
    let server = exhibits(Setup { hidden: true, ..Setup::default() });
    server.write(".dot", "");
    let mut client = server.log_in();
    assert!(!client.lines("NLST").contains(&".dot".to_owned()), "not without -a");
    assert!(client.lines("NLST -A").contains(&".dot".to_owned()));
    assert_eq!(client.lines("NLST .d*"), [".dot"], "a pattern with a dot");
    assert!(!client.lines("NLST *").contains(&".dot".to_owned()), "a star does not");
    assert!(client.lines("NLST -a *").contains(&".dot".to_owned()));
    assert!(client.lines("MLSD").iter().any(|line| line.ends_with("; .dot")), "MLSD lists all");
}

#[test]
fn mlsd_follows_rfc_3659() {
    let server = exhibits(Setup::default());
    let mut client = server.log_in();
    client.converse(&[("OPTS MLST type;size;perm;", "200 ", "")]);
    let mut lines = client.lines("MLSD");
    lines.sort();
    let expected = [
        "type=dir;perm=el; empty",
        "type=dir;perm=el; pub",
        "type=file;size=10;perm=r; b.txt",
        "type=file;size=20;perm=r; -c",
        "type=file;size=30;perm=r; a.txt",
    ];
    assert_eq!(lines, expected);
    assert_eq!(&client.transfer("MLSD a.txt").1[..4], "501 ", "section 7.2: a file");
    assert_eq!(&client.transfer("MLSD *.txt").1[..4], "550 ", "no patterns");
    client.converse(&[("OPTS MLST unique;", "200 ", "")]);
    std::fs::hard_link(server.path().join("a.txt"), server.path().join("same")).unwrap();
    let unique = |line: &String| line.split(';').next().unwrap().to_owned();
    let lines = client.lines("MLSD");
    let of = |name: &str| lines.iter().find(|line| line.ends_with(&format!("; {name}"))).map(unique);
    assert_eq!(of("a.txt"), of("same"), "section 7.5.2: two names of one file");
    assert_ne!(of("a.txt"), of("b.txt"));
}

#[test]
fn stat_lists_on_the_control_connection() {
    let server = exhibits(Setup::default());
    let mut client = server.log_in();
    let status = client.say("STAT pub");
    let lines: Vec<&str> = status.lines().collect();
    assert_eq!((lines[0], lines[3], lines.len()), ("212-Status:", "212 End", 4), "{status}");
    assert!(lines[2].ends_with(" my notes.txt"), "{status}");
    assert!(client.say("STAT a.txt").starts_with("213-Status:"), "a file");
    client.converse(&[("STAT nowhere", "550 ", "")]);
    for number in 0..2_000 {
        server.write(&format!("many/{number}"), "");
    }
    client.converse(&[("STAT many", "450 ", "more than a reply should hold")]);
}

#[test]
fn many_entries_arrive_whole_and_sorted() {
    let server = Server::start();
    let mut expected: Vec<String> =
        (0..12_000).map(|number| format!("a rather long name {number}")).collect();
    expected.iter().for_each(|name| server.write(name, ""));
    expected.sort();
    let mut client = server.log_in();
    assert!(client.lines("NLST") == expected);
    assert_eq!(client.lines("LIST").len(), expected.len());
    assert_eq!(client.lines("MLSD").len(), expected.len());
}
