//! Replies of servers about files.

use super::*;

#[test]
fn what_a_path_names_is_asked_for_as_the_server_has_it() {
    type Dialogue = &'static [(&'static str, &'static str)];
    let mlst: Dialogue = &[("MLST a", "250-Facts\r\n type=file;size=3; /a\r\n250 End")];
    let of_a_directory: Dialogue = &[("MLST a", "250-Facts\r\n type=cdir; /a\r\n250 End")];
    let size: Dialogue = &[("SIZE a", "213 3"), ("MDTM a", "213 20200101000000")];
    let no_time: Dialogue = &[("SIZE a", "213 3"), ("MDTM a", "502 What?")];
    let no_size: Dialogue = &[("SIZE a", "502 What?"), ("MDTM a", "213 20200101000000")];
    let directory: Dialogue =
        &[("SIZE a", "550 No file"), ("PWD", "257 \"/\""), ("CWD a", "250 Yes"), ("CWD /", "250 Yes")];
    let nothing: Dialogue = &[("SIZE a", "550 No file"), ("PWD", "257 \"/\""), ("CWD a", "550 No directory")];
    for (features, dialogue, expected, why) in [
        (MLST, mlst, Some((EntryKind::File, Some(3), false)), "MLST"),
        (MLST, of_a_directory, Some((EntryKind::Directory, None, false)), "of a directory"),
        (NO_FEATURES, size, Some((EntryKind::File, Some(3), true)), "SIZE and MDTM"),
        (NO_FEATURES, no_time, Some((EntryKind::File, Some(3), false)), "without MDTM"),
        (NO_FEATURES, no_size, Some((EntryKind::File, None, true)), "without SIZE"),
        (NO_FEATURES, directory, Some((EntryKind::Directory, None, false)), "no file, but a directory"),
        (NO_FEATURES, nothing, None, "nothing"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(features);
            for (command, reply) in dialogue {
                stage.answer(command, reply);
            }
        };
        let entry = with_session(script, async |session| session.status(b"a").await);
        let seen = entry.ok().map(|entry| (entry.kind, entry.size, entry.modified.is_some()));
        assert_eq!(seen, expected, "{why}");
    }
}

#[test]
fn directories_are_made_from_the_top_where_they_are_missing() {
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        stage.answer("MKD a/b", "550 No such directory");
        stage.answer("PWD", "257 \"/\"");
        stage.answer("CWD a/b", "550 No such directory");
        stage.answer("MKD a", "257 \"/a\"");
        stage.answer("MKD a/b", "257 \"/a/b\"");
    };
    with_session(script, async |session| session.make_directories(b"a/b").await.unwrap());
}

#[test]
fn a_digest_is_asked_for_as_the_server_has_it() {
    const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let feat = |algorithms: &str| format!("211-Features:\r\n HASH {algorithms}\r\n211 End");
    let hash = || ("HASH a", format!("213 SHA-256 0-4 {HEX} a"));
    for (features, dialogue, expected, why) in [
        (feat("SHA-256*;MD5"), vec![hash()], true, "selected already"),
        (feat("MD5*;SHA-256"), vec![("OPTS HASH SHA-256", "200 Yes".into()), hash()], true, "to be selected"),
        (
            feat("MD5*"),
            vec![("OPTS HASH SHA-256", "501 No".into()), ("XSHA256 a", format!("250 {HEX}"))],
            true,
            "not to be had",
        ),
        (NO_FEATURES.into(), vec![("XSHA256 a", format!("250 {HEX}"))], true, "without HASH"),
        (NO_FEATURES.into(), vec![("XSHA256 a", "500 What?".into())], false, "with nothing"),
    ] {
        let script = move |stage: &mut Stage| {
            stage.log_in(&features);
            for (command, reply) in dialogue {
                stage.answer(command, &reply);
            }
        };
        let digest = with_session(script, async |session| session.digest(b"a", Some(4)).await.unwrap());
        assert_eq!(digest.map(|digest| digest[0]), expected.then_some(0x9f), "{why}");
    }
}
