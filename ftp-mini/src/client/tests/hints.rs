//! Replies that only assist a transfer: whatever they are, RETR and LIST decide.

#![expect(clippy::disallowed_methods, reason = "a test reads the file that it names")]

use common::client::{LocalFolder, Reporter, Retries, Throttle};
use common::files::TreePath;

use super::*;

type Dialogue = &'static [(&'static str, &'static str)];

const CONTENT: &[u8] = b"0123456789";

/// Downloads `a` once, and returns its content.
fn download(script: impl FnOnce(&mut Stage) + Send + 'static) -> Result<Vec<u8>, Fault> {
    let into = tempfile::tempdir().unwrap();
    let done = with(script, async |server| {
        let there: Location = "ftp://played/a".parse().unwrap();
        let folder = LocalFolder::open(into.path()).unwrap();
        let options = TransferOptions { retries: Retries(0), throttle: Throttle::default(), verify: false };
        let transfer = FileTransfer::new(&there, &options, &Reporter::default(), "a");
        let to = (&folder, &TreePath::ROOT.child(b"a"));
        let options = DownloadOptions { resume: true, replace: false };
        transfer.download(&mut Link::new(server), to, options, None).await
    });
    done.map(|_| std::fs::read(into.path().join("a")).unwrap())
}

#[test]
fn a_hint_that_is_refused_or_unreadable_ends_no_download() {
    let size_and_time: Dialogue = &[("SIZE a", "213 10"), ("MDTM a", "213 20200101000000")];
    for (features, dialogue, why) in [
        (NO_FEATURES, size_and_time, "as it should be"),
        (
            NO_FEATURES,
            &[("SIZE a", "213 6,000"), ("MDTM a", "213 20200101000000")][..],
            "a size with a comma",
        ),
        (NO_FEATURES, &[("SIZE a", "213 5 bytes"), ("MDTM a", "213 20200101000000")], "a size with a unit"),
        (NO_FEATURES, &[("SIZE a", "200 yes"), ("MDTM a", "200 yes")], "no values"),
        (NO_FEATURES, &[("SIZE a", "213 10"), ("MDTM a", "550 No such file")], "MDTM refused"),
        (NO_FEATURES, &[("SIZE a", "213 10"), ("MDTM a", "213 191200101000000")], "a year of five digits"),
        (
            NO_FEATURES,
            &[("SIZE a", "550 Not in ASCII"), ("PWD", "257 \"/\""), ("CWD a", "550 No directory")],
            "SIZE refused",
        ),
        (
            NO_FEATURES,
            &[("SIZE a", "550 No"), ("PWD", "257 /home/ada is current"), ("CWD a", "550 No directory")],
            "PWD without quotes",
        ),
        (NO_FEATURES, &[("SIZE a", "550 No"), ("PWD", "257 what?")], "PWD without a path"),
        (NO_FEATURES, &[("SIZE a", "550 No"), ("PWD", "550 No")], "PWD refused"),
        (MLST, &[("MLST a", "550 No"), ("SIZE a", "213 10"), ("MDTM a", "550 No")], "MLST refused"),
        (MLST, &[("MLST a", "550 No"), ("SIZE a", "550 No"), ("MDTM a", "550 No")], "everything refused"),
        (MLST, &[("MLST a", "250 type=file; a"), ("SIZE a", "213 10"), ("MDTM a", "550 No")], "one line"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(features);
            for (command, reply) in dialogue {
                stage.answer(command, reply);
            }
            stage.send("RETR a", CONTENT);
        };
        assert_eq!(download(script).map_err(|fault| fault.to_string()), Ok(CONTENT.to_vec()), "{why}");
    }
}

#[test]
fn pasv_follows_an_epsv_that_leads_nowhere() {
    let free = TcpListener::bind(LOCALHOST).unwrap().local_addr().unwrap().port();
    for (epsv, why) in [
        ("227 Entering Passive Mode (127,0,0,1,4,1)".to_owned(), "the reply of PASV"),
        ("229 Entering Extended Passive Mode |||50000|".into(), "no parentheses"),
        ("200 Yes".into(), "another code"),
        ("425 No".into(), "for now"),
        (format!("229 Extended (|||{free}|)"), "a port that refuses"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(NO_FEATURES);
            stage.answer("EPSV", &epsv);
            for lines in ["-rw-r--r-- 1 o g 3 Jan  1  2020 a\r\n", "-rw-r--r-- 1 o g 3 Jan  1  2020 b\r\n"] {
                let [high, low] = stage.data.local_addr().unwrap().port().to_be_bytes();
                stage.answer("PASV", &format!("227 Passive (127,0,0,1,{high},{low})"));
                stage.answer("LIST", "150 Here it comes");
                stage.data().write_all(lines.as_bytes()).unwrap();
                stage.say("226 That was it");
            }
        };
        with_session(script, async |session| {
            for name in [b"a", b"b"] {
                let (entries, unread) = session.list(b"").await.unwrap().into_parts();
                assert!(unread.is_empty() && entries[0].name == name, "{why}");
            }
        });
    }
}

#[test]
fn without_pwd_a_directory_is_listed_by_its_path_and_taken_to_be_made() {
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        stage.answer("PWD", "257 what?");
        stage.send("LIST d", b"-rw-r--r-- 1 o g 3 Jan  1  2020 a\r\n");
        stage.answer("MKD d", "550 It exists");
        stage.answer("PWD", "502 What?");
    };
    with_session(script, async |session| {
        let (entries, _) = session.list(b"d").await.unwrap().into_parts();
        assert_eq!(entries[0].name, b"a");
        session.make_directories(b"d").await.unwrap();
    });
}
