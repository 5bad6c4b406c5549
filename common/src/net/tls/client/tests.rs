//! The client against servers of rustls.

#![expect(clippy::disallowed_methods, reason = "a test makes the files that it names")]

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::thread;

use rustls::{ServerConnection, StreamOwned};

use super::super::tests::write_certificate;
use super::super::{Files, Tls};
use super::*;
use crate::net::conn::Conn;
use crate::net::engine::on_test_runtime;
use crate::net::peer::Peer;

/// A connection to a server that sends `half of` and closes the connection without a close_notify.
fn connection(tls: Tls) -> Conn {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    socket.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let session = ServerConnection::new(tls.for_connection(None).0).unwrap();
        let mut stream = StreamOwned::new(session, listener.accept().unwrap().0);
        // The client may refuse the certificate.
        let _ = stream.write_all(b"half of");
    });
    Conn::new(socket.into(), Peer::Unix)
}

#[test]
fn only_certificates_of_trusted_authorities_are_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let at = |ending| directory.path().join(name).with_extension(ending);
        let files = Files { certificate: at("pem"), key: at("key") };
        write_certificate(&files, &["localhost", "127.0.0.1"]);
        (Trust::Authorities(files.certificate.clone()), Tls::from_files(files).unwrap())
    };
    let ((own, tls), (other, _)) = (make("own"), make("other"));
    for (trust, name, expected) in [
        (&own, "localhost", Ok(())),
        (&own, "127.0.0.1", Ok(())),
        (&own, "example.org", Err("its certificate is not trusted: it is that of another name")),
        (&other, "localhost", Err("its certificate is not trusted: it is not signed by a trusted authority")),
        (&Trust::Anyone, "example.org", Ok(())),
    ] {
        let client = TlsClient::new(trust).unwrap();
        let connected = on_test_runtime(async { connection(tls.clone()).connect_tls(&client, name).await });
        let connected = connected.map_err(|error| error.to_string());
        assert_eq!(connected, expected.map_err(str::to_owned), "{trust:?} {name}");
    }
}

#[test]
fn only_the_pinned_certificate_is_accepted() {
    let tls = Tls::self_signed(vec!["localhost".into()]).unwrap();
    let printed = tls.fingerprint().unwrap();
    let fingerprint: Vec<u8> = printed.split(':').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    let pinned: [u8; 32] = fingerprint.try_into().unwrap();
    let mut other = pinned;
    other[31] ^= 1;
    let refusal = "its certificate is not the pinned one; compare the fingerprint that the server prints";
    for (pin, name, expected, why) in [
        (pinned, "localhost", Ok(()), "no authority has signed it"),
        (pinned, "example.org", Ok(()), "another name"),
        (other, "localhost", Err(refusal), "another certificate"),
    ] {
        let client = TlsClient::new(&Trust::Pinned(pin)).unwrap();
        let connected = on_test_runtime(async { connection(tls.clone()).connect_tls(&client, name).await });
        let connected = connected.map_err(|error| error.to_string());
        assert_eq!(connected, expected.map_err(str::to_owned), "{why}");
    }
}

#[test]
fn a_connection_that_is_cut_off_is_no_end() {
    let tls = Tls::self_signed(vec!["localhost".into()]).unwrap();
    let client = TlsClient::new(&Trust::Anyone).unwrap();
    let (ended, came) = on_test_runtime(async {
        let (mut conn, mut came) = (connection(tls), Vec::new());
        conn.connect_tls(&client, "localhost").await.unwrap();
        loop {
            match conn.receive(&mut came, 100).await {
                Ok(read) => assert!(read > 0, "an end"),
                Err(error) => break (error.kind(), came),
            }
        }
    });
    assert_eq!((ended, &came[..]), (io::ErrorKind::UnexpectedEof, &b"half of"[..]));
}

#[test]
fn errors_in_authority_files_are_described() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::write(at("empty"), "").unwrap();
    std::fs::write(at("broken"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    for (file, expected) in
        [("none", "cannot read"), ("empty", "holds no certificate"), ("broken", "holds no certificate")]
    {
        let error = TlsClient::new(&Trust::Authorities(at(file))).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(file), "{error}");
    }
}
