//! Data connections and final replies with which servers violate the protocol.

use common::client::Listing;

use super::*;

/// The entries of a complete listing.
#[track_caller]
fn known(listed: Result<Listing<RemoteEntry>, SessionError>) -> Vec<RemoteEntry> {
    let (entries, unread) = listed.unwrap().into_parts();
    assert!(unread.is_empty(), "{unread}");
    entries
}

#[test]
fn an_address_that_the_server_names_is_not_used() {
    let script = |stage: &mut Stage| {
        stage.log_in(MLST);
        stage.answer("EPSV", "500 What?");
        let [high, low] = stage.data.local_addr().unwrap().port().to_be_bytes();
        for path in ["a", "b"] {
            stage.answer("PASV", &format!("227 Passive (192,0,2,1,{high},{low})"));
            stage.answer(&format!("MLSD {path}"), "150 Here it comes");
            stage.data().write_all(b"type=file; x\r\n").unwrap();
            stage.say("226 That was it");
        }
    };
    with_session(script, async |session| {
        for path in [b"a", b"b"] {
            assert_eq!(known(session.list(path).await)[0].name, b"x", "and EPSV is sent once");
        }
    });
}

#[test]
fn a_port_of_a_service_is_not_connected_to() {
    for (epsv, pasv, expected, why) in [
        ("229 Extended (|||22|)", "", Some(22), "SSH"),
        ("500 What?", "227 Passive (127,0,0,1,0,25)", Some(25), "mail"),
        ("229 Extended", "227 Passive", None, "no port at all"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(MLST);
            stage.answer("EPSV", epsv);
            if !pasv.is_empty() {
                stage.answer("PASV", pasv);
            }
        };
        with_session(script, async |session| match (session.list(b"").await, expected) {
            (Err(SessionError::DataPort(port)), Some(expected)) => assert_eq!(port, expected, "{why}"),
            (Err(SessionError::Unexpected { .. }), None) => {}
            (listed, _) => panic!("{why}: {listed:?}"),
        });
    }
}

#[test]
fn one_final_reply_ends_a_transfer_whenever_it_comes() {
    for (before, after, why) in [
        ("150 Begin", "226 End", "in order"),
        ("150 Begin\r\n226 End", "", "before the data"),
        ("226 End", "", "before the data, without a preliminary one"),
        ("125 Begin\r\n150 Begin", "250 End", "two preliminary ones, another code"),
        ("150 Begin", "226 End\r\n226 End", "twice"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(MLST);
            stage.epsv();
            stage.answer("MLSD", before);
            let mut data = stage.data();
            std::thread::sleep(std::time::Duration::from_millis(20));
            data.write_all(b"type=file; x\r\n").unwrap();
            drop(data);
            if !after.is_empty() {
                stage.say(after);
            }
            stage.answer("DELE x", "550 No such file");
        };
        with_session(script, async |session| {
            assert_eq!(known(session.list(b"").await).len(), 1, "{why}");
            let next = session.remove_file(b"x").await;
            assert!(matches!(next, Err(SessionError::Refused { code: 550, .. })), "{why}: {next:?}");
        });
    }
}

#[test]
fn the_server_says_why_a_transfer_failed() {
    for (first, last, expected, why) in [
        ("550 No such directory", "", 550, "before it began"),
        ("150 Begin", "451 The disk is broken", 451, "during the transfer"),
        ("150 Begin\r\n426 Cut", "", 426, "before the data ended"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(MLST);
            stage.epsv();
            stage.answer("MLSD", first);
            drop(stage.data());
            if !last.is_empty() {
                stage.say(last);
            }
            stage.answer("DELE x", "250 Gone");
        };
        with_session(script, async |session| {
            match session.list(b"").await {
                Err(SessionError::Refused { code, .. }) => assert_eq!(code, expected, "{why}"),
                listed => panic!("{why}: {listed:?}"),
            }
            session.remove_file(b"x").await.unwrap();
        });
    }
}

#[test]
fn names_that_lead_elsewhere_are_no_entries() {
    let listing = "type=cdir; .\r\ntype=pdir; ..\r\ntype=file;size=1; a\r\ntype=file; ../b\r\n\
                   type=dir; /etc\r\ntype=file; ..\r\ntype=OS.unix=slink:/etc; link\r\ntype=dir; d\r\n";
    let script = |stage: &mut Stage| {
        stage.log_in(MLST);
        stage.send("MLSD a dir", listing.as_bytes());
    };
    let listing = with_session(script, async |session| session.list(b"a dir").await.unwrap());
    let (entries, unread) = listing.into_parts();
    let kinds: Vec<_> = entries.iter().map(|entry| (&entry.name[..], entry.kind)).collect();
    assert_eq!(
        kinds,
        [(&b"a"[..], EntryKind::File), (b"link", EntryKind::Link), (b"d", EntryKind::Directory)]
    );
    let expected = "the listing is incomplete: the name '../b' cannot be stored safely (and 2 more)";
    assert_eq!(unread.to_string(), expected);
}

#[test]
fn without_mlsd_a_directory_is_entered_and_left_again() {
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        stage.answer("PWD", "257 \"/home/\"\"me\"\"\" is it");
        stage.answer("CWD -a dir*", "250 Yes");
        stage.send("LIST", b"total 1\r\n-rw-r--r-- 1 o g 3 Jan  1  2020 a b\r\n");
        stage.answer("CWD /home/\"me\"", "250 Yes");
    };
    let entries = with_session(script, async |session| known(session.list(b"-a dir*").await));
    assert_eq!((&entries[0].name[..], entries[0].size), (&b"a b"[..], Some(3)));
}

#[test]
fn a_listing_has_bounds() {
    for (content, expected) in [
        (b"x".repeat(20_000), "the listing has a line of more than 16 KiB"),
        (b"type=file; x\n".repeat(200_001), "the listing has more than 200,000 entries"),
        ([&[b'x'; 16_000][..], b"\n"].concat().repeat(2_098), "the listing has more than 32 MiB"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(MLST);
            stage.epsv();
            stage.answer("MLSD", "150 Begin");
            // The client closes before it has received everything.
            let _ = stage.data().write_all(&content);
            stage.outlast();
        };
        let listed = with_session(script, async |session| session.list(b"").await.map(|_| ()));
        assert_eq!(listed.unwrap_err().to_string(), expected);
    }
}

#[test]
fn unreadable_entries_are_counted() {
    const GOOD: &str = "-rw-r--r-- 1 o g 3 Jan  1  2020 a\r\n";
    let with = |line: &str| format!("{GOOD}{line}\r\n{GOOD}");
    for (content, reply, expected, why) in [
        (GOOD.to_owned(), "226 done", "", "all of it"),
        (with(""), "226 done", "", "a blank line"),
        (with("total 4"), "226 done", "", "a sum"),
        (with("drwxr-xr-x 2 o g 4 Jan  1  2020 .."), "226 done", "", "the directory above"),
        (with("<html>"), "226 done", "the line '<html>' cannot be read", "a page"),
        (with("-rw-r--r-- 1 o g 3 Jbn  1  2020 b"), "226 done", "'-rw-r--r-- 1 o g 3 Jbn", "a month"),
        (with("-rw-r--r-- 1 o g -3 Jan  1  2020 b"), "226 done", "o g -3 Jan", "a negative size"),
        (GOOD.trim_end().to_owned(), "226 done", "has no end", "a last line that is cut off"),
        (String::new(), "226 Transfer done (but failed to open directory).", "failed to open", "vsftpd"),
        (GOOD.to_owned(), "226-Output truncated to 1 matches\r\n226 done", "Output truncated", "Pure-FTPd"),
        (GOOD.to_owned(), "226-Options: -l\r\n226-Listing is TRUNCATED\r\n226 done", "226", "any line of it"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(NO_FEATURES);
            stage.epsv();
            stage.answer("LIST", "150 Here it comes");
            stage.data().write_all(content.as_bytes()).unwrap();
            stage.say(reply);
            if !expected.is_empty() {
                stage.send("NLST", b"b\r\nnone\r\n");
                stage.answer("SIZE b", "213 3");
                stage.answer("MDTM b", "213 20200101000000");
                stage.answer("SIZE none", "550 No such file");
                stage.answer("PWD", "257 \"/\"");
                stage.answer("CWD none", "550 No such directory");
            }
        };
        let listed = with_session(script, async |session| session.list(b"").await.unwrap());
        let (entries, unread) = listed.into_parts();
        match expected {
            "" => assert!(unread.is_empty(), "{why}: {unread}"),
            expected => {
                assert!(unread.to_string().contains(expected), "{why}: {unread}");
                assert!(entries.iter().any(|entry| entry.name == b"b"), "{why}: NLST has the missing names");
            }
        }
    }
}
