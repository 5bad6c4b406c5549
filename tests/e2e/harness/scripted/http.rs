//! A scripted HTTP server.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Connection, Received, ScriptedServer, Tls};

/// A request, as scripts need it.
#[derive(Debug)]
pub(crate) struct Request {
    /// The number of requests before it, on all connections.
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        field(&self.head, name)
    }
}

/// The value of a field in a head.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then(|| value.trim()))
}

impl ScriptedServer {
    /// `answer` is called for each request; its error ends the connection.
    pub(crate) fn http(
        answer: impl Fn(&mut Connection, &Request) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::answering(None, answer)
    }

    /// `serve` handles a connection from its first byte.
    pub(crate) fn raw(serve: impl Fn(&mut Connection) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::start(Received::default(), move |stream| {
            let mut caller = Connection::new(stream)?;
            serve(&mut caller).inspect_err(|_| drop(caller.cut()))
        })
    }

    /// Answers over TLS.
    pub(crate) fn https(
        tls: &Tls,
        answer: impl Fn(&mut Connection, &Request) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::answering(Some(tls.clone()), answer)
    }

    fn answering(
        tls: Option<Tls>,
        answer: impl Fn(&mut Connection, &Request) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (received, count) = (Received::default(), Arc::new(AtomicUsize::new(0)));
        let log = received.clone();
        Self::start(received, move |stream| {
            let mut caller = Connection::new(stream)?;
            if let Some(tls) = &tls {
                caller = caller.start_tls(tls)?;
            }
            loop {
                let request = receive(&mut caller, &log, &count)?;
                // A reset must not discard the end of the response.
                answer(&mut caller, &request).inspect_err(|_| drop(caller.cut()))?;
            }
        })
    }
}

/// The next request, with its content.
fn receive(caller: &mut Connection, received: &Received, count: &AtomicUsize) -> io::Result<Request> {
    let head = String::from_utf8_lossy(&caller.until(b"\r\n\r\n")?).into_owned();
    received.push(&head);
    let mut words = head.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let body = match (field(&head, "content-length"), field(&head, "transfer-encoding")) {
        (Some(length), _) => caller.exactly(length.parse().unwrap())?,
        (_, Some(_)) => chunks(caller)?,
        _ => Vec::new(),
    };
    Ok(Request { number: count.fetch_add(1, Ordering::Relaxed), method, target, head, body })
}

fn chunks(caller: &mut Connection) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = String::from_utf8(caller.until(b"\r\n")?).unwrap();
        let size = usize::from_str_radix(line.trim(), 16).unwrap();
        body.extend(caller.exactly(size)?);
        caller.until(b"\r\n")?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// A response that ends its connection, with these field lines and this content.
pub(crate) fn response(status: &str, fields: &str, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    [head.as_bytes(), content].concat()
}

/// The error by which a script ends its connection.
pub(crate) fn close() -> io::Error {
    io::Error::other("the script ends here")
}
