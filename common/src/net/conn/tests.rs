//! A connection over a real socket pair.

#![expect(clippy::disallowed_methods, reason = "a test reads its own files")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::*;
use crate::net::engine::{on_test_runtime, on_this_thread};
use crate::net::open_file::OpenFile;
use crate::net::shutdown;

pub(super) fn pair() -> (Conn, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    (Conn::new(ours.into(), Peer::Unix), theirs)
}

/// A line without its end; an exclamation mark is an error.
pub(crate) fn line(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, &'static str> {
    match memchr::memchr2(b'\n', b'!', input) {
        None => Ok(None),
        Some(at) if input[at] == b'!' => Err("no shouting"),
        Some(at) => Ok(Some((input[..at].to_vec(), at + 1))),
    }
}

#[test]
fn a_pipeline_is_answered_with_one_write() {
    on_test_runtime(async {
        let (mut conn, mut peer) = pair();
        peer.write_all(b"a\nb\nc\n").unwrap();
        for expected in [b"a", b"b", b"c"] {
            assert_eq!(conn.next(line).await.unwrap().unwrap(), expected);
            conn.out().extend_from_slice(expected);
            peer.set_nonblocking(true).unwrap();
            assert!(peer.read(&mut [0; 8]).is_err(), "nothing is written while input waits");
        }
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(conn.next(line).await.unwrap().is_none(), "a half-closed peer is done");
        let mut answer = [0; 8];
        assert_eq!(peer.read(&mut answer).unwrap(), 3, "and still gets its answers, in one piece");
        assert_eq!(&answer[..3], b"abc");
    });
}

#[test]
fn a_value_may_come_in_pieces() {
    on_test_runtime(async {
        let (mut conn, mut peer) = pair();
        let send = async {
            for byte in b"hello\nx" {
                peer.write_all(&[*byte]).unwrap();
                tokio::task::yield_now().await;
            }
        };
        let (value, ()) = tokio::join!(conn.next(line), send);
        assert_eq!(value.unwrap().unwrap(), b"hello");
        drop(peer);
        let cut = conn.next(line).await;
        assert!(matches!(cut, Err(Broken::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof));
    });
}

#[test]
fn bad_input_is_the_parsers_error() {
    on_test_runtime(async {
        let (mut conn, mut peer) = pair();
        peer.write_all(b"good\nbad!\n").unwrap();
        assert_eq!(conn.next(line).await.unwrap().unwrap(), b"good");
        assert!(matches!(conn.next(line).await, Err(Broken::Input("no shouting"))));
    });
}

#[test]
fn a_value_without_end_is_bounded() {
    on_test_runtime(async {
        let (mut conn, mut peer) = pair();
        let send = async {
            tokio::task::spawn_blocking(move || peer.write_all(&vec![b'x'; 4 * INPUT])).await.unwrap()
        };
        let (value, _) = tokio::join!(
            async {
                let value = conn.next(line).await;
                drop(conn);
                value
            },
            send
        );
        assert!(matches!(value, Err(Broken::Io(error)) if error.kind() == io::ErrorKind::InvalidData));
    });
}

#[test]
fn every_wait_has_an_end() {
    let short = Duration::from_millis(10);
    let timeouts = ConnTimeouts { idle: Some(short), value: short, stall: short, rate: 1 };
    type Prepare = fn(&mut UnixStream);
    let waits: [(&str, Prepare); 3] = [
        ("idle", |_peer| ()),
        ("an incomplete value", |peer| peer.write_all(b"GE").unwrap()),
        ("a peer that does not read", |peer| peer.write_all(b"a\nb").unwrap()),
    ];
    on_test_runtime(async {
        for (why, prepare) in waits {
            let (mut conn, mut peer) = pair();
            conn.set_timeouts(timeouts);
            prepare(&mut peer);
            let started = Instant::now();
            let ended = loop {
                match conn.next(line).await {
                    Ok(Some(_)) => conn.out().resize(8 << 20, b'x'),
                    Ok(None) => panic!("{why}: not the end of the stream"),
                    Err(Broken::Io(error)) => break error,
                    Err(Broken::Input(rule)) => panic!("{rule}"),
                }
            };
            assert_eq!(ended.kind(), io::ErrorKind::TimedOut, "{why}");
            assert!(started.elapsed() < Duration::from_secs(3), "{why}: the sweep runs once a second");
        }
    });
}

#[test]
fn a_waiting_connection_ends_when_the_server_stops() {
    let (stopper, stop) = shutdown::pair();
    // A thread of its own, as each thread drains once.
    let session = std::thread::spawn(move || {
        on_this_thread(stop, async move {
            let (mut conn, _peer) = pair();
            let (mut busy, mut peer) = pair();
            busy.set_timeouts(ConnTimeouts { idle: None, ..ConnTimeouts::default() });
            stopper.stop();
            let value = conn.next(line).await;
            assert!(matches!(value, Ok(None)) && conn.is_draining());
            let (value, ()) = tokio::join!(busy.next(line), async { peer.write_all(b"late\n").unwrap() });
            assert_eq!(value.unwrap().unwrap(), b"late", "whose wait has no end is not idle");
        })
    });
    session.join().unwrap().unwrap();
}

#[test]
fn lingering_reads_on_so_that_the_answer_arrives() {
    on_test_runtime(async {
        let (mut conn, mut peer) = pair();
        peer.write_all(b"!").unwrap();
        assert!(matches!(conn.next(line).await, Err(Broken::Input(_))));
        conn.out().extend_from_slice(b"refused");
        let talk = tokio::task::spawn_blocking(move || {
            let mut answer = Vec::new();
            peer.write_all(&[b'x'; 100_000]).unwrap();
            peer.read_to_end(&mut answer).unwrap();
            answer
        });
        let (answer, ()) = tokio::join!(talk, conn.linger());
        assert_eq!(answer.unwrap(), b"refused");
    });
}

/// The signal ends the wait for a value; it does not end the input.
#[test]
fn lingering_at_a_stop_reads_on_for_a_short_time() {
    let linger = |closes: bool| {
        let (stopper, stop) = shutdown::pair();
        on_this_thread(stop, async move {
            let (mut conn, mut peer) = pair();
            stopper.stop();
            assert!(conn.next(line).await.unwrap().is_none());
            conn.out().extend_from_slice(b"stopping");
            let talk = tokio::task::spawn_blocking(move || {
                let mut farewell = Vec::new();
                peer.read_to_end(&mut farewell).unwrap();
                assert_eq!(farewell, b"stopping");
                peer.write_all(b"late").unwrap();
                (!closes).then_some(peer)
            });
            let started = Instant::now();
            let (peer, ()) = tokio::join!(talk, conn.linger());
            drop(peer.unwrap());
            started.elapsed()
        })
    };
    // The clock is accurate to a few milliseconds.
    for (closes, least) in [(true, Duration::ZERO), (false, LINGER_AT_STOP - Duration::from_millis(10))] {
        // A thread that has stopped does not start again.
        let took = std::thread::spawn(move || linger(closes)).join().unwrap().unwrap();
        assert!(least <= took && took < LINGER.0, "{closes}: {took:?}");
    }
}

#[test]
fn urgent_data_keeps_its_place_and_hides_nothing() {
    use rustix::net::{SendFlags, send};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (ours, from) = listener.accept().unwrap();
    ours.set_nonblocking(true).unwrap();
    on_test_runtime(async {
        let mut conn = Conn::new(ours.into(), Peer::Inet(from));
        conn.keep_urgent_inline();
        // Registered with the poller, like a connection that has waited.
        let waiting = tokio::time::timeout(Duration::from_millis(1), conn.next(line)).await;
        assert!(waiting.is_err());
        // The last byte of the first call is urgent, so a read ends before it.
        for text in [&b"one\n"[..], b"two\nt"] {
            send(&peer, text, SendFlags::OOB).unwrap();
        }
        send(&peer, b"hree\n", SendFlags::empty()).unwrap();
        for expected in [&b"one"[..], b"two", b"three"] {
            let next = tokio::time::timeout(Duration::from_secs(5), conn.next(line)).await;
            assert_eq!(next.expect("it is there").unwrap().unwrap(), expected);
        }
    });
}

#[test]
fn our_end_is_not_the_peer_s() {
    on_test_runtime(async {
        let (mut conn, mut peer) = pair();
        conn.out().extend_from_slice(b"all");
        conn.end().await.unwrap();
        let mut said = Vec::new();
        peer.read_to_end(&mut said).unwrap();
        assert_eq!(said, b"all");
        peer.write_all(b"thanks").unwrap();
        drop(peer);
        let mut answer = Vec::new();
        while conn.receive(&mut answer, 100).await.unwrap() > 0 {}
        assert_eq!(answer, b"thanks");
    });
}

#[test]
fn an_end_is_known_before_it_is_read() {
    use rustix::net::sockopt::set_socket_linger;

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let reset = Err(io::ErrorKind::ConnectionReset);
    for (said, closes, resets, has_ended, received, why) in [
        ("", false, false, false, Ok(0), "no bytes sent"),
        ("", true, false, true, Ok(0), "the end"),
        ("all", true, false, false, Ok(3), "the end, with something before it"),
        ("", true, true, true, reset, "a failure, which a read still reports"),
    ] {
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (ours, from) = listener.accept().unwrap();
        ours.set_nonblocking(true).unwrap();
        peer.write_all(said.as_bytes()).unwrap();
        set_socket_linger(&peer, resets.then_some(Duration::ZERO)).unwrap();
        let peer = (!closes).then_some(peer);
        on_test_runtime(async {
            let mut conn = Conn::new(ours.into(), Peer::Inet(from));
            assert_eq!(conn.has_ended(), has_ended, "{why}");
            drop(peer);
            let came = conn.receive(&mut Vec::new(), 100).await;
            assert_eq!(came.map_err(|error| error.kind()), received, "{why}");
        });
    }
}

#[test]
fn an_opaque_file_is_sent_on_other_threads() {
    let content = std::fs::read("/proc/version").unwrap();
    let size = content.len() as u64;
    on_test_runtime(async {
        let file = OpenFile::new(std::fs::File::open("/proc/version").unwrap().into(), size);
        let (mut conn, mut peer) = pair();
        // More than the socket takes at once, so that an offload thread finds it full.
        let times = 4_000;
        let receive = std::thread::spawn(move || {
            let mut received = Vec::new();
            peer.read_to_end(&mut received).map(|_| received)
        });
        for _ in 0..times {
            Box::pin(conn.send_file(&file, 0..size)).await.unwrap();
        }
        assert_eq!(conn.sent(), times * size);
        drop(conn);
        let received = receive.join().unwrap().unwrap();
        assert!(received == content.repeat(times as usize), "{} bytes", received.len());
        let (mut conn, _peer) = pair();
        let longer = Box::pin(conn.send_file(&file, 0..size + 1)).await;
        assert_eq!(longer.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "the file is shorter");
    });
}

#[test]
fn only_a_short_response_waits_for_a_full_socket_without_memory() {
    use crate::net::budget::{self, MemoryLimits};

    // The limits are those of a process, so this test has one of its own.
    const NAME: &str = "net::conn::tests::only_a_short_response_waits_for_a_full_socket_without_memory";
    const IS_ALONE: &str = "TEST_IS_ALONE";
    if std::env::var_os(IS_ALONE).is_none() {
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        let ended = alone.args(["--exact", NAME]).env(IS_ALONE, "").output().unwrap();
        let report = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success() && report.contains("1 passed"), "{report}");
        return;
    }
    budget::set_limits(MemoryLimits { budget: 1, largest: 1 });
    on_test_runtime(async {
        for (length, is_sent, why) in [(4 << 10, true, "as a refusal"), (5 << 10, false, "more than 4 KiB")] {
            let (ours, mut peer) = UnixStream::pair().unwrap();
            ours.set_nonblocking(true).unwrap();
            while (&ours).write(&[b'-'; 1024]).is_ok() {}
            let mut conn = Conn::new(ours.into(), Peer::Unix);
            let response = vec![b'x'; length];
            conn.out().extend_from_slice(&response);
            // The peer reads only after the first write was refused by the full socket.
            let receive = async move {
                std::thread::spawn(move || {
                    let mut received = Vec::new();
                    peer.read_to_end(&mut received).map(|_| received)
                })
            };
            let (finished, receive) = tokio::join!(conn.finish(), receive);
            drop(conn);
            let received = receive.join().unwrap().unwrap();
            assert_eq!((finished.is_ok(), received.ends_with(&response)), (is_sent, is_sent), "{why}");
        }
    });
}
