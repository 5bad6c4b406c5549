//! The client against servers of rustls.

#![expect(clippy::disallowed_methods, reason = "a test makes the files that it names")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use rustls::{ServerConnection, StreamOwned};

use super::super::tests::write_certificate;
use super::super::{Files, Tls};
use super::*;

/// A server that sends back what comes until its client has finished.
fn echo(tls: Tls) -> (TcpStream, thread::JoinHandle<io::Result<u64>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = thread::spawn(move || {
        let session = ServerConnection::new(tls.for_connection(None).0).unwrap();
        let mut stream = StreamOwned::new(session, listener.accept()?.0);
        let (mut echoed, mut piece) = (0, vec![0; 64 << 10]);
        loop {
            let came = stream.read(&mut piece)?;
            stream.write_all(&piece[..came])?;
            if came == 0 {
                stream.conn.send_close_notify();
                stream.flush()?;
                return Ok(echoed);
            }
            echoed += came as u64;
        }
    });
    (socket, server)
}

#[test]
fn sending_and_receiving_do_not_wait_for_each_other() {
    let (socket, server) = echo(Tls::self_signed(vec!["localhost".into()]).unwrap());
    let client = TlsClient::new(&Trust::Anyone).unwrap();
    let (mut receiver, mut sender) = client.connect(socket, "localhost").unwrap();
    // More than any buffer on the way holds.
    let sent: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut back = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            sender.write_all(&sent).unwrap();
            sender.finish().unwrap();
        });
        receiver.read_to_end(&mut back).unwrap();
    });
    assert!(back == sent, "{} bytes came back", back.len());
    assert_eq!(server.join().unwrap().unwrap(), sent.len() as u64);
}

#[test]
fn a_certificate_is_taken_only_from_who_is_trusted() {
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
        (&other, "localhost", Err("its certificate is not trusted: nobody who is trusted vouches for it")),
        (&Trust::Anyone, "example.org", Ok(())),
    ] {
        let (socket, _server) = echo(tls.clone());
        let connected = TlsClient::new(trust).unwrap().connect(socket, name).map(drop);
        let connected = connected.map_err(|error| error.to_string());
        assert_eq!(connected, expected.map_err(str::to_owned), "{trust:?} {name}");
    }
}

#[test]
fn a_connection_that_is_cut_off_is_no_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let tls = Tls::self_signed(vec!["localhost".into()]).unwrap();
    let server = thread::spawn(move || {
        let session = ServerConnection::new(tls.for_connection(None).0).unwrap();
        let mut stream = StreamOwned::new(session, listener.accept().unwrap().0);
        stream.write_all(b"half of").unwrap();
    });
    let (mut receiver, _sender) =
        TlsClient::new(&Trust::Anyone).unwrap().connect(socket, "localhost").unwrap();
    server.join().unwrap();
    let mut came = Vec::new();
    let ended = receiver.read_to_end(&mut came).unwrap_err();
    assert_eq!((ended.kind(), &came[..]), (io::ErrorKind::UnexpectedEof, &b"half of"[..]));
}

#[test]
fn what_is_wrong_with_the_authorities_is_said() {
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
