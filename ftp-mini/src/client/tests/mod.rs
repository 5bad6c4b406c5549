//! Sessions with a scripted server, over real sockets.

mod data;
mod dialogue;
mod files;
mod hints;
mod resume;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::rc::Rc;
use std::thread::JoinHandle;

use super::*;

/// The scripted server.
struct Stage {
    listener: TcpListener,
    control: BufReader<TcpStream>,
    data: TcpListener,
}

const LOCALHOST: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// A FEAT reply for scripts.
const MLST: &str = "211-Features:\r\n MLST type*;size*;modify*;\r\n REST STREAM\r\n211 End";
const NO_FEATURES: &str = "502 What?";

/// Runs a script for one client, and returns the server's address. Joining the thread reports the script's
/// failures.
fn play(script: impl FnOnce(&mut Stage) + Send + 'static) -> (Rc<RemoteServer>, JoinHandle<()>) {
    let listener = TcpListener::bind(LOCALHOST).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (control, _) = listener.accept().unwrap();
        let data = TcpListener::bind(LOCALHOST).unwrap();
        script(&mut Stage { listener, control: BufReader::new(control), data });
    });
    let host = Ipv4Addr::LOCALHOST.to_string();
    (Rc::new(RemoteServer { port, ..RemoteServer::new(host) }), thread)
}

impl Stage {
    fn say(&mut self, reply: &str) {
        self.control.get_mut().write_all(format!("{reply}\r\n").as_bytes()).unwrap();
    }

    /// Expects this command.
    fn hear(&mut self, expected: &str) {
        let mut line = String::new();
        self.control.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), expected);
    }

    /// Expects a command and sends a reply.
    fn answer(&mut self, expected: &str, reply: &str) {
        self.hear(expected);
        self.say(reply);
    }

    /// The dialogue up to the first command of a test.
    fn log_in(&mut self, features: &str) {
        self.say("220 Played");
        self.answer("USER anonymous", "331 Yes?");
        self.answer("PASS anonymous@", "230 Welcome");
        self.answer("FEAT", features);
        self.answer("TYPE I", "200 Yes");
    }

    fn epsv(&mut self) {
        let port = self.data.local_addr().unwrap().port();
        self.answer("EPSV", &format!("229 Extended (|||{port}|)"));
    }

    /// The client's data connection.
    fn data(&mut self) -> TcpStream {
        self.data.accept().unwrap().0
    }

    /// Expects a command and sends `content` over a new data connection.
    fn send(&mut self, command: &str, content: &[u8]) {
        self.epsv();
        self.answer(command, "150 Here it comes");
        self.data().write_all(content).unwrap();
        self.say("226 That was it");
    }

    /// Waits until the client has closed.
    fn outlast(&mut self) {
        // The end may be a reset.
        let _ = self.control.read_to_end(&mut Vec::new());
    }

    /// Closes the session, and accepts the client's next one.
    fn again(&mut self) {
        self.control.get_ref().shutdown(Shutdown::Both).unwrap();
        self.control = BufReader::new(self.listener.accept().unwrap().0);
    }
}

/// Runs a client with a scripted server, and waits for both.
fn with<T>(
    script: impl FnOnce(&mut Stage) + Send + 'static,
    act: impl AsyncFnOnce(Rc<RemoteServer>) -> T,
) -> T {
    let (server, thread) = play(script);
    let done = run(act(server)).unwrap();
    thread.join().unwrap();
    done
}

/// The same over one session.
fn with_session<T>(
    script: impl FnOnce(&mut Stage) + Send + 'static,
    act: impl AsyncFnOnce(&mut Session) -> T,
) -> T {
    with(script, async |server| {
        let mut session = server.session().await.unwrap();
        act(&mut session).await
    })
}

/// All bytes up to the end.
fn read_all(mut stream: TcpStream) -> Vec<u8> {
    let mut content = Vec::new();
    stream.read_to_end(&mut content).unwrap();
    content
}
