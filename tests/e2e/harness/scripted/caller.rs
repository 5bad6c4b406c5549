//! One connection of a scripted server, with or without TLS.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::super::{Certificates, TIMEOUT};

pub(crate) struct Connection {
    stream: Stream,
    unread: Vec<u8>,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

/// A certificate with its key.
#[derive(Clone)]
pub(crate) struct Tls(Arc<ServerConfig>);

impl Tls {
    /// The certificate is in `scripted.pem`.
    pub(crate) fn new(certificates: &Certificates) -> Self {
        let (certificate, key) = certificates.make("scripted");
        let certificate = CertificateDer::from_pem_file(certificate).unwrap();
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_no_client_auth();
        Self(Arc::new(builder.with_single_cert(vec![certificate], key).unwrap()))
    }
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: Stream::Clear(stream), unread: Vec::new() })
    }

    /// Starts TLS. Unencrypted input received before is discarded.
    pub(crate) fn start_tls(self, tls: &Tls) -> io::Result<Self> {
        let Stream::Clear(stream) = self.stream else { return Ok(self) };
        let connection = ServerConnection::new(Arc::clone(&tls.0)).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self { stream: Stream::Tls(stream.into()), unread: Vec::new() })
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        match &mut self.stream {
            Stream::Clear(stream) => stream.write_all(bytes.as_ref()),
            Stream::Tls(stream) => stream.write_all(bytes.as_ref()).and_then(|()| stream.flush()),
        }
    }

    /// Repeats bytes until the client closes the connection.
    pub(crate) fn send_forever(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let started = Instant::now();
        let many = bytes.as_ref().repeat((32 << 10) / bytes.as_ref().len().max(1) + 1);
        while started.elapsed() < TIMEOUT {
            self.send(&many)?;
        }
        Err(io::Error::other("the caller takes everything"))
    }

    /// Sends a byte at a time, with a pause after each.
    pub(crate) fn drip(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes.chunks(1) {
            self.send(byte)?;
            std::thread::sleep(pause);
        }
        Ok(())
    }

    /// Sends nothing until the client closes the connection.
    pub(crate) fn wait_for_end(&mut self) -> io::Result<()> {
        while self.read()? > 0 {}
        Ok(())
    }

    fn read(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 32 << 10];
        let read = match &mut self.stream {
            Stream::Clear(stream) => stream.read(&mut buffer)?,
            Stream::Tls(stream) => stream.read(&mut buffer)?,
        };
        self.unread.extend_from_slice(&buffer[..read]);
        Ok(read)
    }

    /// Reads up to and including a mark.
    pub(crate) fn until(&mut self, mark: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.unread.windows(mark.len()).position(|bytes| bytes == mark) {
                return Ok(self.unread.drain(..at + mark.len()).collect());
            }
            self.fill()?;
        }
    }

    /// Reads this many bytes.
    pub(crate) fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < length {
            self.fill()?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    /// Reads up to the end.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        self.wait_for_end()?;
        Ok(std::mem::take(&mut self.unread))
    }

    fn fill(&mut self) -> io::Result<()> {
        match self.read()? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Answers CONNECT with 200 and relays, to the end of either side.
    pub(crate) fn tunnel(&mut self, to: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(to)?;
        self.send("HTTP/1.1 200 OK\r\n\r\n")?;
        let (mut from, mut back) = (server.try_clone()?, self.socket().try_clone()?);
        let answers = std::thread::spawn(move || {
            let _ = io::copy(&mut from, &mut back);
            back.shutdown(Shutdown::Write)
        });
        io::copy(&mut self.socket(), &mut &server)?;
        server.shutdown(Shutdown::Write)?;
        let _ = answers.join();
        Err(io::Error::other("the tunnel ends"))
    }

    /// Ends the sending side, with close_notify.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.say_goodbye()?;
        self.cut()
    }

    /// Sends close_notify if TLS is active.
    pub(crate) fn say_goodbye(&mut self) -> io::Result<()> {
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        Ok(())
    }

    /// Ends the sending side without close_notify, like a cut cable.
    pub(crate) fn cut(&mut self) -> io::Result<()> {
        self.socket().shutdown(Shutdown::Write)?;
        // A close with unread input would reset the connection.
        self.wait_for_end()
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Clear(stream) => stream,
            Stream::Tls(stream) => &stream.sock,
        }
    }
}
