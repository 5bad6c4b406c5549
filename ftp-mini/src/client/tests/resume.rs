//! Transfers that are resumed, and transfers that start over.

#![expect(clippy::disallowed_methods, reason = "a test makes the files that it names")]

use std::fs;
use std::time::Instant;

use common::client::{Fault, LocalFolder, Reporter, Retries, Throttle};
use common::files::TreePath;

use super::super::limits::GRACE;
use super::*;

const CONTENT: &[u8] = b"0123456789";
const FACTS: &str = "250-Facts\r\n type=file;size=10;modify=20200101000000; /a\r\n250 End";

/// Downloads `a` into a folder.
fn download_to(
    script: impl FnOnce(&mut Stage) + Send + 'static,
    folder: &std::path::Path,
) -> Result<(), Fault> {
    with(script, async |server| {
        let there: Location = "ftp://played/a".parse().unwrap();
        let folder = LocalFolder::open(folder).unwrap();
        let options = TransferOptions { retries: Retries(1), throttle: Throttle::default(), verify: false };
        let transfer = FileTransfer::new(&there, &options, &Reporter::default(), "a");
        let keep = DownloadOptions { resume: true, replace: false };
        let to = (&folder, &TreePath::ROOT.child(b"a"));
        transfer.download(&mut Link::new(server), to, keep, None).await.map(drop)
    })
}

#[test]
fn a_lost_transfer_resumes_after_the_received_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let script = |stage: &mut Stage| {
        stage.log_in(MLST);
        stage.answer("MLST a", FACTS);
        stage.epsv();
        stage.answer("RETR a", "150 Begin");
        stage.data().write_all(&CONTENT[..4]).unwrap();
        stage.again();
        stage.log_in(MLST);
        stage.answer("MLST a", FACTS);
        // 4 bytes before the offset are sent again and compared.
        stage.send("RETR a", CONTENT);
    };
    download_to(script, folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), CONTENT);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays beside it");
    let modified = fs::metadata(folder.path().join("a")).unwrap().modified().unwrap();
    let since = modified.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(since.as_secs(), 1_577_836_800, "its time is kept");
}

/// Cuts `a` off, and sends another file when the client requests the rest; the client then ends.
fn send_another(stage: &mut Stage) {
    stage.log_in(MLST);
    stage.answer("MLST a", FACTS);
    stage.epsv();
    stage.answer("RETR a", "150 Begin");
    stage.data().write_all(b"xxxx").unwrap();
    stage.say("426 Cut");
    stage.answer("MLST a", FACTS);
    stage.epsv();
    stage.answer("RETR a", "150 Begin");
    let _ = stage.data().write_all(CONTENT);
}

#[test]
fn a_part_of_another_file_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let script = |stage: &mut Stage| {
        send_another(stage);
        stage.say("426 Cut");
        stage.send("RETR a", CONTENT);
    };
    download_to(script, folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), CONTENT);
}

/// Pure-FTPd may send 150 again instead of the final reply.
#[test]
fn a_transfer_that_the_server_never_ends_costs_the_session_alone() {
    let folder = tempfile::tempdir().unwrap();
    let script = |stage: &mut Stage| {
        send_another(stage);
        stage.say("150 0.000 seconds");
        stage.outlast();
        stage.again();
        stage.log_in(MLST);
        stage.send("RETR a", CONTENT);
    };
    let begun = Instant::now();
    download_to(script, folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), CONTENT);
    assert!(begun.elapsed() < 3 * GRACE, "{:?}", begun.elapsed());
}

#[test]
fn what_does_not_have_its_size_is_not_kept_under_its_name() {
    for (content, why) in [(&CONTENT[..9], "too short"), (b"0123456789x", "too long")] {
        let folder = tempfile::tempdir().unwrap();
        let script = move |stage: &mut Stage| {
            stage.log_in(MLST);
            // A file that is too short is requested once more.
            for _ in 0..if content.len() < 10 { 2 } else { 1 } {
                stage.answer("MLST a", FACTS);
                stage.epsv();
                stage.answer("RETR a", "150 Begin");
                let _ = stage.data().write_all(content);
                stage.say("226 That was it");
            }
        };
        let fault = download_to(script, folder.path()).unwrap_err();
        assert_eq!(fault.kind, common::client::FaultKind::Integrity, "{why}: {fault}");
        assert!(!folder.path().join("a").exists(), "{why}");
    }
}

/// Uploads a file with [`CONTENT`] to `a`.
fn take(script: impl FnOnce(&mut Stage) + Send + 'static, resume: bool) -> Result<(), Fault> {
    let local = tempfile::tempdir().unwrap();
    fs::write(local.path().join("b"), CONTENT).unwrap();
    take_from(script, local.path(), || {}, resume)
}

/// Uploads `b` of a folder to `a`, after a change of it.
fn take_from(
    script: impl FnOnce(&mut Stage) + Send + 'static,
    local: &std::path::Path,
    happens: impl FnOnce(),
    resume: bool,
) -> Result<(), Fault> {
    with(script, async |server| {
        let there: Location = "ftp://played/a".parse().unwrap();
        let folder = LocalFolder::open(local).unwrap();
        let content = folder.tree.open(&TreePath::ROOT.child(b"b")).await.unwrap();
        happens();
        let options = TransferOptions { retries: Retries(1), throttle: Throttle::default(), verify: false };
        let transfer = FileTransfer::new(&there, &options, &Reporter::default(), "b");
        transfer.upload(&mut Link::new(server), &content, resume).await.map(drop)
    })
}

/// Receives the content of a STOR or APPE.
fn receive(stage: &mut Stage, command: &str, expected: &[u8]) {
    stage.epsv();
    stage.answer(command, "150 Continue");
    assert_eq!(read_all(stage.data()), expected, "{command}");
    stage.say("226 Got it");
    stage.answer("SIZE a", "213 10");
}

#[test]
fn an_upload_is_resumed_after_a_part_with_the_same_last_bytes() {
    type Script = fn(&mut Stage);
    let same: Script = |stage| {
        stage.send("RETR a", &CONTENT[..4]);
        stage.epsv();
        stage.answer("REST 4", "350 From there");
        stage.answer("STOR a", "150 Continue");
        assert_eq!(read_all(stage.data()), &CONTENT[4..]);
        stage.say("226 Got it");
        stage.answer("SIZE a", "213 10");
    };
    let no_rest: Script = |stage| {
        stage.send("RETR a", &CONTENT[..4]);
        stage.epsv();
        stage.answer("REST 4", "502 What?");
        // The data connection was not used.
        drop(stage.data());
        receive(stage, "APPE a", &CONTENT[4..]);
    };
    let other: Script = |stage| {
        stage.send("RETR a", b"xxxx");
        receive(stage, "STOR a", CONTENT);
    };
    let unreadable: Script = |stage| {
        stage.epsv();
        stage.answer("RETR a", "550 Permission denied");
        // No client has connected to the port.
        drop(stage.data());
        stage.epsv();
        stage.answer("REST 4", "350 From there");
        stage.answer("STOR a", "150 Continue");
        assert_eq!(read_all(stage.data()), &CONTENT[4..]);
        stage.say("226 Got it");
        stage.answer("SIZE a", "213 10");
    };
    for script in [same, no_rest, other, unreadable] {
        let script = move |stage: &mut Stage| {
            stage.log_in(NO_FEATURES);
            stage.answer("SIZE a", "213 4");
            script(stage);
        };
        take(script, true).unwrap();
    }
}

/// The last bytes of both files may be equal although their middles differ.
#[test]
fn an_upload_does_not_resume_the_file_that_it_replaces() {
    let local = tempfile::tempdir().unwrap();
    fs::write(local.path().join("b"), vec![7; 100_000]).unwrap();
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        // Like a server that keeps the old file until the new one is complete.
        for _ in 0..2 {
            stage.answer("SIZE a", "213 80000");
            stage.epsv();
            stage.answer("STOR a", "150 Continue");
            stage.data().read_exact(&mut [0]).unwrap();
            stage.say("426 Cut");
        }
    };
    take_from(script, local.path(), || {}, false).unwrap_err();
}

#[test]
fn an_incomplete_upload_is_reported() {
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        stage.epsv();
        stage.answer("STOR a", "150 Continue");
        assert_eq!(read_all(stage.data()), CONTENT);
        stage.say("226 Got it");
        stage.answer("SIZE a", "213 11");
    };
    let fault = take(script, false).unwrap_err();
    assert_eq!(fault.kind, common::client::FaultKind::Integrity, "{fault}");
}

/// The end of the data connection would be the end of the file, and the truncated file would replace the
/// existing one.
#[test]
fn an_upload_that_is_left_is_cut_off() {
    for (size, code, why) in
        [(4, 426, "half of it was removed locally"), (0, 226, "all of it was, and the server replies 226")]
    {
        let local = tempfile::tempdir().unwrap();
        let file = local.path().join("b");
        fs::write(&file, CONTENT).unwrap();
        let script = move |stage: &mut Stage| {
            stage.log_in(NO_FEATURES);
            stage.epsv();
            stage.answer("STOR a", "150 Continue");
            let read = stage.data().read_to_end(&mut Vec::new());
            assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "{why}");
            stage.say(&format!("{code} That is all?"));
        };
        let shrink = || fs::File::options().write(true).open(&file).unwrap().set_len(size).unwrap();
        let fault = take_from(script, local.path(), shrink, false).unwrap_err();
        assert_eq!(fault.kind, common::client::FaultKind::Integrity, "{why}: {fault}");
        assert!(fault.to_string().contains("became shorter"), "{why}: {fault}");
    }
}

/// ProFTPD does this with a data connection that does not resume the session; a new session helps.
#[test]
fn a_data_connection_that_the_server_refuses_is_reported() {
    let local = tempfile::tempdir().unwrap();
    fs::write(local.path().join("b"), vec![7; 16 << 20]).unwrap();
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        for _ in 0..2 {
            stage.answer("SIZE a", "550 No such file");
            stage.epsv();
            stage.answer("STOR a", "150 Continue");
            // Closing with unread input resets the connection.
            stage.data().read_exact(&mut [0]).unwrap();
            stage.say("425 Unable to build data connection");
        }
    };
    let fault = take_from(script, local.path(), || {}, false).unwrap_err();
    assert_eq!(fault.to_string(), "the server refused STOR: 425 Unable to build data connection");
}

#[test]
fn bytes_sent_from_the_start_each_time_are_not_progress() {
    let script = |stage: &mut Stage| {
        stage.log_in(NO_FEATURES);
        for _ in 0..2 {
            stage.epsv();
            stage.answer("STOR a", "150 Continue");
            assert_eq!(read_all(stage.data()), CONTENT);
            stage.say("451 Not this time");
        }
    };
    let fault = take(script, false).unwrap_err();
    assert_eq!(fault.to_string(), "the server refused STOR: 451 Not this time");
}
