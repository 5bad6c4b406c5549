//! The engines with the smallest protocol: each line is echoed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::net::listen::Address;
use crate::net::shutdown::{self, Stopper};

#[derive(Clone)]
struct Parrot;

impl Service for Parrot {
    type Worker = Self;

    fn worker(&self) -> Self {
        Self
    }
}

fn line(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>, std::convert::Infallible> {
    Ok(memchr::memchr(b'\n', input).map(|at| (input[..=at].to_vec(), at + 1)))
}

impl Worker for Parrot {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        while let Ok(Some(line)) = conn.next(line).await {
            assert_ne!(line, b"panic\n", "as requested");
            conn.out().extend_from_slice(&line);
        }
        let _ = conn.finish().await;
    }

    async fn refuse(self: Rc<Self>, mut conn: Conn, why: Full) {
        conn.out().extend_from_slice(format!("{why:?}\n").as_bytes());
        conn.linger().await;
    }
}

struct Running {
    at: SocketAddr,
    stopper: Stopper,
    thread: std::thread::JoinHandle<io::Result<()>>,
}

fn start(engine: Engine, gate: Gate) -> Running {
    let listener = Listener::bind(&Address::Inet("127.0.0.1:0".parse().unwrap())).unwrap();
    let Address::Inet(at) = *listener.address() else { panic!("asked for an IP address") };
    let (stopper, stop) = shutdown::pair();
    let thread = std::thread::spawn(move || run(engine, vec![(listener, Parrot)], gate, stop, || Ok(())));
    Running { at, stopper, thread }
}

impl Running {
    fn connect(&self) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        BufReader::new(stream)
    }

    fn stop(self) -> Duration {
        let started = Instant::now();
        self.stopper.stop();
        self.thread.join().unwrap().unwrap();
        started.elapsed()
    }
}

fn say(connection: &mut BufReader<TcpStream>, line: &str) -> String {
    connection.get_mut().write_all(line.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_line(&mut answer).unwrap();
    answer
}

fn engines() -> [Engine; 4] {
    ["per-core", "event-loop", "pool:3", "threads"].map(|name| name.parse().unwrap())
}

#[test]
fn each_engine_carries_sessions_and_stops() {
    for engine in engines() {
        let server = start(engine, Gate::new(100, 100));
        let mut connections = [server.connect(), server.connect(), server.connect()];
        for connection in &mut connections {
            assert_eq!(say(connection, "hello\n"), "hello\n", "{engine:?}");
        }
        let took = server.stop();
        assert!(
            took < Duration::from_secs(3),
            "{engine:?}: idle sessions are not waited for, it took {took:?}"
        );
        for mut connection in connections {
            assert_eq!(connection.read(&mut [0; 1]).unwrap(), 0, "{engine:?}: closed");
        }
    }
}

/// Counts the threads on which it is.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl Service for Counted {
    type Worker = Parrot;

    fn worker(&self) -> Parrot {
        self.0.fetch_add(1, Ordering::Relaxed);
        Parrot
    }
}

/// Connections that arrive as soon as the address is known take no descriptors from the threads.
#[test]
fn a_server_is_ready_when_all_threads_run() {
    for engine in engines() {
        let listener = Listener::bind(&Address::Inet("127.0.0.1:0".parse().unwrap())).unwrap();
        let (counted, (stopper, stop)) = (Counted::default(), shutdown::pair());
        let mut standing = None;
        let ready = || {
            standing = Some(counted.0.load(Ordering::Relaxed));
            stopper.stop();
            Ok(())
        };
        run(engine, vec![(listener, counted.clone())], Gate::new(1, 1), stop, ready).unwrap();
        assert_eq!(standing, Some(engine.workers(1)), "{engine:?}");
    }
}

#[test]
fn a_panic_ends_one_session() {
    for engine in engines() {
        let server = start(engine, Gate::new(100, 100));
        let (mut other, mut doomed) = (server.connect(), server.connect());
        assert_eq!(say(&mut other, "before\n"), "before\n");
        for _ in 0..4 {
            assert_eq!(say(&mut doomed, "panic\n"), "", "{engine:?}");
            doomed = server.connect();
        }
        assert_eq!(say(&mut other, "after\n"), "after\n", "{engine:?}: another session continues");
        assert_eq!(say(&mut doomed, "new\n"), "new\n", "{engine:?}: and so does the server");
        server.stop();
    }
}

#[test]
fn a_refused_connection_gets_the_reason() {
    for engine in engines() {
        let server = start(engine, Gate::new(2, 1));
        let mut first = server.connect();
        assert_eq!(say(&mut first, "hello\n"), "hello\n");
        let mut second = server.connect();
        let mut answer = String::new();
        second.read_line(&mut answer).unwrap();
        assert_eq!(answer, "Address\n", "{engine:?}");
        server.stop();
    }
}

#[test]
fn connections_beyond_the_pool_wait() {
    let server = start("pool:2".parse().unwrap(), Gate::new(1_000, 1_000));
    let mut carried = [server.connect(), server.connect()];
    for connection in &mut carried {
        assert_eq!(say(connection, "hello\n"), "hello\n");
    }
    let mut waiting: Vec<_> = (0..100).map(|_| server.connect()).collect();
    waiting.iter_mut().for_each(|connection| connection.get_mut().write_all(b"late\n").unwrap());
    drop(carried);
    for mut connection in waiting {
        let mut answer = String::new();
        connection.read_line(&mut answer).unwrap();
        assert_eq!(answer, "late\n");
    }
    server.stop();
}

#[test]
fn a_taken_port_is_noticed() {
    let taken = Listener::bind(&Address::Inet("127.0.0.1:0".parse().unwrap())).unwrap();
    let _sibling = taken.sibling().unwrap();
    let error = Listener::bind(taken.address()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "also while siblings share it");
}

#[test]
fn engines_are_named() {
    let four = NonZeroUsize::new(4).unwrap();
    let (no_number, unknown) = (
        "pool needs a number of threads, as in pool:8",
        "engines are per-core, event-loop, pool:N and threads",
    );
    for (text, expected) in [
        ("per-core", Ok(Engine::per_core())),
        ("event-loop", Ok(Engine::EventLoop)),
        ("pool:4", Ok(Engine::Pool(four))),
        ("threads", Ok(Engine::Threads)),
        ("pool:0", Err(no_number)),
        ("pool:x", Err(no_number)),
        ("pool", Err(unknown)),
        ("threads:4", Err(unknown)),
        ("fibers", Err(unknown)),
    ] {
        assert_eq!(text.parse(), expected.map_err(str::to_owned), "{text}");
    }
}
