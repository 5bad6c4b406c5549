//! Connections over TLS, each with a real client at the other end of a real socket.

#![expect(clippy::disallowed_methods, reason = "a test makes the files that it serves")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::{ClientSessionMemoryCache, Resumption, Tls12Resumption};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, StreamOwned, SupportedProtocolVersion};
use tokio::task::spawn_blocking;

use super::client::{TlsClient, Trust};
use super::*;
use crate::files::{CacheLimits, Root, ServeOptions, TreePath};
use crate::net::conn::tests::line;
use crate::net::conn::{Broken, Conn, ConnTimeouts};
use crate::net::engine::on_test_runtime;
use crate::net::peer::Peer;

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

type Client = StreamOwned<ClientConnection, TcpStream>;

fn tls() -> Tls {
    Tls::self_signed(NAMES.map(Into::into).into()).unwrap()
}

/// Both ends of a new connection.
fn pair() -> (Conn, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    theirs.set_nodelay(true).unwrap();
    let (ours, from) = listener.accept().unwrap();
    ours.set_nonblocking(true).unwrap();
    (Conn::new(ours.into(), Peer::Inet(from)), theirs)
}

/// A client's state: it trusts any certificate, and stores sessions.
fn memory(version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
    TlsClient::with_versions(&Trust::Anyone, &[version]).unwrap().0
}

/// The state of a TLS 1.2 client without tickets, such as curl.
fn memory_without_tickets() -> Arc<ClientConfig> {
    let mut config = ClientConfig::clone(&memory(&TLS12));
    let sessions = Resumption::store(Arc::new(ClientSessionMemoryCache::new(10)));
    config.resumption = sessions.tls12_resumption(Tls12Resumption::SessionIdOnly);
    config.into()
}

/// A new certificate for these names and its key, written to the files.
pub(super) fn write_certificate(files: &Files, names: &[&str]) -> CertificateDer<'static> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn session(memory: &Arc<ClientConfig>) -> ClientConnection {
    ClientConnection::new(Arc::clone(memory), ServerName::try_from("localhost").unwrap()).unwrap()
}

fn client(memory: &Arc<ClientConfig>, socket: TcpStream) -> Client {
    StreamOwned::new(session(memory), socket)
}

fn finish(client: &mut Client) {
    client.conn.send_close_notify();
    client.flush().unwrap();
    client.sock.shutdown(Shutdown::Write).unwrap();
}

#[test]
fn content_goes_both_ways() {
    for version in VERSIONS {
        on_test_runtime(async {
            let (mut conn, socket) = pair();
            let mut client = client(&memory(version), socket);
            let talk = spawn_blocking(move || {
                client.write_all(b"a\nb\n").unwrap();
                finish(&mut client);
                let mut answers = String::new();
                // Fails without a close_notify.
                client.read_to_string(&mut answers).unwrap();
                answers
            });
            conn.start_tls(&tls(), None).await.unwrap();
            assert!(conn.is_secure());
            while let Some(line) = conn.next(line).await.unwrap() {
                conn.out().extend_from_slice(&line);
            }
            let mut nothing = Vec::new();
            assert_eq!(conn.receive(&mut nothing, 9).await.unwrap(), 0, "a clean end");
            conn.finish().await.unwrap();
            assert_eq!(conn.sent(), 2, "bytes of content");
            drop(conn);
            assert_eq!(talk.await.unwrap(), "ab", "{version:?}");
        });
    }
}

#[test]
fn both_ends_can_be_ours() {
    on_test_runtime(async {
        let (mut server, socket) = pair();
        socket.set_nonblocking(true).unwrap();
        let mut client = Conn::new(socket.into(), server.peer());
        let (tls, trust) = (tls(), TlsClient::new(&Trust::Anyone).unwrap());
        let serve = async {
            server.start_tls(&tls.for_protocol(&["x"], 1), None).await.unwrap();
            let mut request = Vec::new();
            while request.len() < 300_000 {
                let left = 300_000 - request.len();
                server.receive(&mut request, left).await.unwrap();
            }
            server.write(&request).await.unwrap();
            server.finish().await.unwrap();
        };
        let ask = async {
            client.connect_tls(&trust.for_protocol(&["x"]), "localhost").await.unwrap();
            client.write(&[b'x'; 300_000]).await.unwrap();
            let mut answer = Vec::new();
            while client.receive(&mut answer, 300_000).await.unwrap() > 0 {}
            answer.len()
        };
        assert_eq!(tokio::join!(serve, ask).1, 300_000);
        assert!(client.is_secure());
    });
}

#[test]
fn a_client_reports_why_it_does_not_continue() {
    for (trust, name, expected) in [
        (Trust::Anyone, "localhost", None),
        (Trust::Anyone, "not a name", Some("")),
        (Trust::System, "localhost", Some("not trusted")),
    ] {
        on_test_runtime(async {
            let (mut server, socket) = pair();
            socket.set_nonblocking(true).unwrap();
            let mut client = Conn::new(socket.into(), server.peer());
            let (tls, Ok(trust)) = (tls(), TlsClient::new(&trust)) else { return };
            let ask = async {
                let shaken = client.connect_tls(&trust, name).await;
                drop(client);
                shaken.err().map(|error| error.to_string())
            };
            let (_, failed) = tokio::join!(server.start_tls(&tls, None), ask);
            let is_expected = |text: &str| failed.as_ref().is_some_and(|failed| failed.contains(text));
            assert!(expected.map_or(failed.is_none(), is_expected), "{name}: {failed:?}");
        });
    }
}

#[test]
fn an_end_without_close_notify_is_noticed_where_it_matters() {
    on_test_runtime(async {
        for (sent, cut_value) in [("", false), ("whole\n", false), ("whole\nha", true)] {
            let (mut conn, socket) = pair();
            let mut client = client(&memory(&TLS13), socket);
            let talk = spawn_blocking(move || {
                client.write_all(sent.as_bytes()).unwrap();
                client.conn.complete_io(&mut client.sock).unwrap();
                client.sock.shutdown(Shutdown::Write).unwrap();
                client
            });
            conn.start_tls(&tls(), None).await.unwrap();
            let ended = loop {
                match conn.next(line).await {
                    Ok(Some(_)) => {}
                    Ok(None) => break false,
                    Err(Broken::Io(error)) => {
                        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
                        break true;
                    }
                    Err(Broken::Input(rule)) => panic!("{rule}"),
                }
            };
            assert_eq!(ended, cut_value, "{sent:?}: between two values nothing is cut off");
            let mut content = Vec::new();
            while conn.receive(&mut content, 9).await.is_ok_and(|came| came > 0) {}
            let content = conn.receive(&mut content, 9).await;
            let cut = content.unwrap_err();
            assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof, "{sent:?}: of content");
            assert_eq!(cut.to_string(), "TLS ended without a close_notify", "a reply shows it");
            talk.await.unwrap();
        }
    });
}

/// The first message of a client.
fn hello() -> Vec<u8> {
    let mut hello = Vec::new();
    session(&memory(&TLS13)).write_tls(&mut hello).unwrap();
    hello
}

#[test]
fn a_handshake_has_an_end() {
    type Peer = fn(&mut TcpStream) -> io::Result<()>;
    let peers: [(&str, io::ErrorKind, Peer); 5] = [
        ("silent", io::ErrorKind::TimedOut, |_| Ok(())),
        ("half a ClientHello", io::ErrorKind::TimedOut, |peer| peer.write_all(&hello()[..100])),
        ("a whole one and no more", io::ErrorKind::TimedOut, |peer| peer.write_all(&hello())),
        ("another protocol", io::ErrorKind::InvalidData, |peer| peer.write_all(b"GET / HTTP/1.1\r\n\r\n")),
        ("gone", io::ErrorKind::UnexpectedEof, |peer| {
            peer.write_all(&hello()[..100])?;
            peer.shutdown(Shutdown::Write)
        }),
    ];
    let timeouts = ConnTimeouts { value: Duration::from_millis(500), ..ConnTimeouts::default() };
    on_test_runtime(async {
        for (why, expected, act) in peers {
            let (mut conn, mut peer) = pair();
            conn.set_timeouts(timeouts);
            act(&mut peer).unwrap();
            let started = Instant::now();
            let error = conn.start_tls(&tls(), None).await.unwrap_err();
            assert_eq!(error.kind(), expected, "{why}");
            assert!(started.elapsed() < Duration::from_secs(3), "{why}: the sweep runs once a second");
        }
        let (mut conn, mut peer) = pair();
        conn.set_timeouts(timeouts);
        let dribble = spawn_blocking(move || {
            for byte in hello() {
                if peer.write_all(&[byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let error = conn.start_tls(&tls(), None).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "bytes do not buy time");
        drop(conn);
        dribble.await.unwrap();
    });
}

#[test]
fn a_stopping_server_waits_for_no_new_connection() {
    let (stopper, stop) = crate::net::shutdown::pair();
    // A thread of its own, as each thread drains once.
    let waited = std::thread::spawn(move || {
        crate::net::engine::on_this_thread(stop, async move {
            let (mut conn, _peer) = pair();
            stopper.stop();
            let started = Instant::now();
            conn.accept_tls(&tls(), None).await.unwrap_err();
            started.elapsed()
        })
    });
    assert!(waited.join().unwrap().unwrap() < Duration::from_secs(3));
}

#[test]
fn unencrypted_input_before_the_handshake_is_discarded() {
    on_test_runtime(async {
        let (mut conn, mut socket) = pair();
        let talk = spawn_blocking(move || {
            // An attacker could have injected the second line.
            socket.write_all(b"AUTH\nunencrypted\n").unwrap();
            let mut accepted = [0; 4];
            socket.read_exact(&mut accepted).unwrap();
            assert_eq!(&accepted, b"234\n", "is sent unencrypted, before the handshake");
            let mut client = client(&memory(&TLS13), socket);
            client.write_all(b"encrypted\n").unwrap();
        });
        assert_eq!(conn.next(line).await.unwrap().unwrap(), b"AUTH");
        assert!(conn.has_unread());
        conn.out().extend_from_slice(b"234\n");
        conn.start_tls(&tls(), None).await.unwrap();
        assert_eq!(conn.next(line).await.unwrap().unwrap(), b"encrypted");
        talk.await.unwrap();
        assert!(conn.start_tls(&tls(), None).await.is_err(), "once is enough");
    });
}

#[test]
fn names_of_protocols_are_agreed_upon() {
    const HTTP: &str = "http/1.1";
    for (offered, expected, why) in [
        (&[][..], Some(None), "RFC 7301 is an extension"),
        (&["h2", HTTP], Some(Some(HTTP)), "the common protocol"),
        (&["h2"], None, "section 3.2: nothing in common"),
    ] {
        on_test_runtime(async {
            let (mut conn, socket) = pair();
            let mut config = ClientConfig::clone(&memory(&TLS13));
            config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
            let mut client = client(&Arc::new(config), socket);
            let talk = spawn_blocking(move || {
                while client.conn.is_handshaking() {
                    client.conn.complete_io(&mut client.sock)?;
                }
                Ok::<_, io::Error>(client.conn.alpn_protocol().map(<[u8]>::to_vec))
            });
            let tls = tls().for_protocol(&[HTTP], 1);
            let accepted = conn.start_tls(&tls, None).await;
            assert_eq!(accepted.is_ok(), expected.is_some(), "{why}");
            let agreed = talk.await.unwrap();
            match expected {
                Some(name) => assert_eq!(agreed.unwrap(), name.map(|name| name.as_bytes().to_vec()), "{why}"),
                None => assert!(agreed.unwrap_err().to_string().contains("NoApplicationProtocol"), "{why}"),
            }
        });
    }
}

/// A connection of a client with this state, which sends and receives. Returns the session that it resumed.
async fn resumed(tls: &Tls, memory: &Arc<ClientConfig>, id: Option<SessionId>) -> Option<SessionId> {
    let (mut conn, socket) = pair();
    let mut client = client(memory, socket);
    let talk = spawn_blocking(move || {
        client.write_all(b"hello\n").unwrap();
        finish(&mut client);
        client.read_to_end(&mut Vec::new()).unwrap();
    });
    conn.start_tls(tls, id).await.unwrap();
    assert!(conn.next(line).await.unwrap().is_some());
    assert!(conn.next(line).await.unwrap().is_none());
    let resumed = conn.resumed_session();
    conn.finish().await.unwrap();
    drop(conn);
    talk.await.unwrap();
    resumed
}

#[test]
fn a_resumed_session_is_known() {
    type Memory = fn() -> Arc<ClientConfig>;
    let clients: [(&str, Memory); 3] = [
        ("TLS 1.2", || memory(&TLS12)),
        ("TLS 1.2 without tickets", memory_without_tickets),
        ("TLS 1.3", || memory(&TLS13)),
    ];
    for (client, memory) in clients {
        on_test_runtime(async {
            let tls = tls().for_protocol(&["ftp"], 1);
            let (one, other, third) = (memory(), memory(), memory());
            let (first, second) = (Some(SessionId::new()), Some(SessionId::new()));
            assert_eq!(resumed(&tls, &one, first).await, None, "nothing to resume yet");
            for _ in 0..3 {
                assert_eq!(resumed(&tls, &one, first).await, first, "{client}: and again");
            }
            assert_eq!(resumed(&tls, &other, second).await, None, "{client}: a stranger");
            assert_eq!(resumed(&tls, &other, second).await, second, "{client}");
            let same_process = tls.for_protocol(&["ftp", "ftp-data"], 2);
            assert_eq!(resumed(&same_process, &one, first).await, first, "{client}: one ticketer");
            assert_eq!(resumed(&tls, &third, None).await, None, "{client}: a session without an id");
            assert_eq!(resumed(&tls, &third, second).await, None, "{client}: cannot be known by one");
        });
    }
}

/// Any client can open a further connection, and gets tickets before its session is known.
#[test]
fn session_tickets_count_for_further_connections() {
    for (client, version) in [("TLS 1.2", &TLS12), ("TLS 1.3", &TLS13)] {
        let (memory, stranger) = (memory(version), memory(version));
        on_test_runtime(async {
            let first = tls().for_protocol(&["ftp"], 1);
            let further = first.for_protocol(&["ftp-data"], 1).for_further();
            let id = Some(SessionId::new());
            for _ in 0..3 {
                assert_eq!(
                    resumed(&further, &stranger, id).await,
                    None,
                    "{client}: a stranger, again and again"
                );
            }
            assert_eq!(resumed(&first, &memory, id).await, None, "{client}: the session begins");
            for _ in 0..3 {
                assert_eq!(resumed(&further, &memory, id).await, id, "{client}: each gives the next ticket");
            }
        });
    }
}

#[test]
fn nothing_is_lost_when_a_wait_is_dropped() {
    on_test_runtime(async {
        let (mut conn, mut socket) = pair();
        let talk = spawn_blocking(move || {
            let mut session = session(&memory(&TLS13));
            while session.is_handshaking() {
                session.complete_io(&mut socket).unwrap();
            }
            let mut records = Vec::new();
            for number in 0..20 {
                session.writer().write_all(format!("line {number}\n").as_bytes()).unwrap();
                session.write_tls(&mut records).unwrap();
            }
            for pieces in records.chunks(7) {
                socket.write_all(pieces).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
            socket
        });
        conn.start_tls(&tls(), None).await.unwrap();
        let mut dropped = 0;
        for number in 0..20 {
            let value = loop {
                match timeout(Duration::from_micros(100), conn.next(line)).await {
                    Ok(value) => break value.unwrap().unwrap(),
                    Err(_) => dropped += 1,
                }
            };
            assert_eq!(value, format!("line {number}").into_bytes());
        }
        assert!(dropped > 0, "some waits were dropped");
        talk.await.unwrap();
    });
}

#[test]
fn files_and_bytes_arrive_whole() {
    let bytes: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).take(3_000_001).collect();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), &bytes).unwrap();
    let options = ServeOptions { hidden: false, writable: false, durable: true };
    let tree = Root::open(directory.path(), options, CacheLimits::PROCESS).unwrap().tree();
    on_test_runtime(async {
        let content = tree.open(&TreePath::ROOT.child(b"file")).await.unwrap();
        let whole = bytes.len() as u64;
        for span in [0..whole, 1_000_000..2_000_000, whole - 1_000..whole, 5..5] {
            let (mut conn, socket) = pair();
            let mut client = client(&memory(&TLS13), socket);
            let talk = spawn_blocking(move || {
                let mut came = Vec::new();
                client.read_to_end(&mut came).map(|_| came)
            });
            conn.start_tls(&tls(), None).await.unwrap();
            conn.out().extend_from_slice(b"head");
            conn.send(content.file(), span.clone()).await.unwrap();
            conn.write(&bytes[..100_000]).await.unwrap();
            conn.finish().await.unwrap();
            drop(conn);
            let came = talk.await.unwrap().unwrap();
            let (start, end) = (span.start as usize, span.end as usize);
            let expected = [b"head", &bytes[start..end], &bytes[..100_000]].concat();
            assert!(came == expected, "{span:?}");
        }
    });
}

#[test]
fn content_is_received_whole() {
    on_test_runtime(async {
        let (mut conn, socket) = pair();
        let bytes: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).take(3_000_001).collect();
        let (mut client, sent) = (client(&memory(&TLS13), socket), bytes.clone());
        let talk = spawn_blocking(move || {
            client.write_all(b"put\n").unwrap();
            client.write_all(&sent).unwrap();
            finish(&mut client);
            client
        });
        conn.start_tls(&tls(), None).await.unwrap();
        assert_eq!(conn.next(line).await.unwrap().unwrap(), b"put");
        let mut content = Vec::with_capacity(bytes.len());
        while content.len() < bytes.len() {
            let most = bytes.len() - content.len();
            assert_ne!(conn.receive(&mut content, most.min(100_000)).await.unwrap(), 0);
        }
        assert!(content == bytes);
        assert_eq!(conn.receive(&mut content, 1).await.unwrap(), 0);
        talk.await.unwrap();
    });
}

#[test]
fn a_peer_that_does_not_read_is_not_waited_for() {
    let second = Duration::from_secs(1);
    on_test_runtime(async {
        let (mut conn, socket) = pair();
        conn.set_timeouts(ConnTimeouts { idle: None, value: second, stall: second, rate: 1_000 });
        let mut client = client(&memory(&TLS13), socket);
        let talk = spawn_blocking(move || {
            client.write_all(b"hello\n").unwrap();
            client
        });
        conn.start_tls(&tls(), None).await.unwrap();
        let started = Instant::now();
        let error = conn.write(&vec![b'x'; 64 << 20]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() < 5 * second);
        drop(talk.await.unwrap());
    });
}
