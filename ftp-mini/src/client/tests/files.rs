//! What servers tell of files.

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
        (MLST, mlst, Some((Kind::File, Some(3), false)), "MLST"),
        (MLST, of_a_directory, Some((Kind::Directory, None, false)), "of a directory"),
        (NO_FEATURES, size, Some((Kind::File, Some(3), true)), "SIZE and MDTM"),
        (NO_FEATURES, no_time, Some((Kind::File, Some(3), false)), "without MDTM"),
        (NO_FEATURES, no_size, Some((Kind::File, None, true)), "without SIZE"),
        (NO_FEATURES, directory, Some((Kind::Directory, None, false)), "no file, but a directory"),
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
