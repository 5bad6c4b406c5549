//! Runs one exercise for `mini learn check`. `mini learn` replaces this file; changes to it are lost.

use std::any::Any;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{self, PanicHookInfo};
use std::process::Command;
use std::sync::Mutex;

/// What a function answers.
pub enum Answer<T> {
    /// The value is not complete: call again when more bytes have arrived.
    More,
    /// The value is complete, and takes so many bytes.
    Done(usize, T),
    /// The byte at this offset breaks a rule; no later byte changes that.
    Bad(usize),
}

/// What a function may return as its value: numbers, bytes, texts, pairs, options and vectors of values.
pub trait Value {
    fn write(&self, out: &mut Vec<u8>);
}

fn text(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend((content.len() as u32).to_be_bytes());
    out.extend(content);
}

impl Value for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        text(b'n', self.to_string().as_bytes(), out);
    }
}

impl Value for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        text(b'n', self.to_string().as_bytes(), out);
    }
}

impl Value for u16 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }
}

impl Value for Vec<u8> {
    fn write(&self, out: &mut Vec<u8>) {
        text(b'b', self, out);
    }
}

impl Value for String {
    fn write(&self, out: &mut Vec<u8>) {
        text(b'b', self.as_bytes(), out);
    }
}

impl<A: Value, B: Value> Value for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'l');
        out.extend(2_u32.to_be_bytes());
        self.0.write(out);
        self.1.write(out);
    }
}

impl<A: Value, B: Value, C: Value> Value for (A, B, C) {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'l');
        out.extend(3_u32.to_be_bytes());
        self.0.write(out);
        self.1.write(out);
        self.2.write(out);
    }
}

impl<A: Value> Value for Option<A> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.push(b'z'),
        }
    }
}

impl<A: Value> Value for Vec<A> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'l');
        out.extend((self.len() as u32).to_be_bytes());
        self.iter().for_each(|value| value.write(out));
    }
}

/// Begins TLS as the server of a connection: bytes of the stream that this returns are encrypted on it. `certificate` is
/// a file with a certificate and its key. Rust's standard library has no TLS, so a process of `mini` does the work.
pub fn tls(client: TcpStream, certificate: &str) -> io::Result<TcpStream> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let (its, _) = listener.accept()?;
    ours.set_read_timeout(client.read_timeout()?)?;
    ours.set_write_timeout(client.write_timeout()?)?;
    let mini = std::env::var_os("MINI").unwrap_or_else(|| "mini".into());
    let mut mini = Command::new(mini);
    mini.args(["learn", "tls", certificate]).stdin(OwnedFd::from(client)).stdout(OwnedFd::from(its)).spawn()?;
    Ok(ours)
}

/// The text of the last panic, with its place.
static PANIC: Mutex<String> = Mutex::new(String::new());

fn note_panic(info: &PanicHookInfo<'_>) {
    let payload: &dyn Any = info.payload();
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("panic");
    let place = info.location().map(|place| format!(" ({}, line {})", place.file(), place.line()));
    if let Ok(mut last) = PANIC.lock() {
        *last = format!("{text}{}", place.unwrap_or_default());
    }
}

/// Answers each case of standard input, which is a socket: what is printed does not reach it.
pub fn run<T: Value>(parse: fn(&[u8]) -> Answer<T>) {
    panic::set_hook(Box::new(note_panic));
    if let Err(error) = serve(parse) {
        eprintln!("mini learn: {error}");
    }
}

fn serve<T: Value>(parse: fn(&[u8]) -> Answer<T>) -> io::Result<()> {
    let mut frames = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut requests = io::BufReader::new(frames.try_clone()?);
    frames.write_all(b"\0\0\0\x01r")?;
    let mut header = [0; 4];
    while requests.read_exact(&mut header).is_ok() {
        let mut case = vec![0; u32::from_be_bytes(header) as usize];
        requests.read_exact(&mut case)?;
        let mut reply = vec![0; 4];
        answer(parse, &case, &mut reply);
        let length = (reply.len() as u32 - 4).to_be_bytes();
        reply[..4].copy_from_slice(&length);
        frames.write_all(&reply)?;
    }
    Ok(())
}

/// Appends the first answer that is not `More`, and in which read it came.
fn answer<T: Value>(parse: fn(&[u8]) -> Answer<T>, case: &[u8], reply: &mut Vec<u8>) {
    let number = |at: usize| u32::from_be_bytes([case[at], case[at + 1], case[at + 2], case[at + 3]]) as usize;
    let count = number(0);
    let data = &case[4 + 4 * count..];
    let mut read = 0;
    let found = panic::catch_unwind(|| {
        (0..count).map(|at| (at, parse(&data[..number(4 + 4 * at)]))).find(|(_, answer)| !matches!(answer, Answer::More))
    });
    let mut out = Vec::new();
    match found {
        Ok(None) => {
            read = count.saturating_sub(1);
            out.push(b'm');
        }
        Ok(Some((at, answer))) => {
            read = at;
            match answer {
                Answer::More => out.push(b'm'),
                Answer::Done(used, value) => {
                    out.push(b'd');
                    out.extend((used as u32).to_be_bytes());
                    value.write(&mut out);
                }
                Answer::Bad(at) => {
                    out.push(b'b');
                    out.extend((at as u32).to_be_bytes());
                }
            }
        }
        Err(_) => {
            out.push(b'f');
            out.extend(PANIC.lock().map(|text| text.clone()).unwrap_or_default().as_bytes());
        }
    }
    reply.extend((read as u32).to_be_bytes());
    reply.extend(out);
}
