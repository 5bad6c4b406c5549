//! A plain FTP client that behaves like common clients, with EPSV.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// Longer than any reply takes, even from a server that `instructions` single-steps.
const SILENCE_LIMIT: Duration = Duration::from_secs(120);
/// 150, or 125 from servers that accept the data connection first.
const PRELIMINARY: &str = "1";
const INPUT: usize = 1024 * 1024;

pub(crate) struct Session {
    server: SocketAddr,
    control: BufReader<TcpStream>,
    input: Vec<u8>,
}

impl Session {
    /// Connects and logs in as anonymous.
    pub(crate) fn login(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE_LIMIT))?;
        let mut session = Self { server, control: BufReader::new(stream), input: Vec::new() };
        session.expect("220")?;
        session.send("USER anonymous")?;
        // Some servers require no password from anonymous and answer 230 at once.
        if !session.reply()?.starts_with("230") {
            session.command("PASS bench@example.com", "230")?;
        }
        Ok(session)
    }

    pub(crate) fn quit(mut self) -> Result<()> {
        self.command("QUIT", "221").map(drop)
    }

    /// Sends a command and returns the last line of its reply, which must start with this code.
    pub(crate) fn command(&mut self, line: &str, code: &str) -> Result<String> {
        self.send(line)?;
        self.expect(code).with_context(|| line.to_owned())
    }

    /// Runs a command that sends over a data connection: RETR, LIST. `take` gets the received bytes. Returns
    /// their number.
    pub(crate) fn receive(&mut self, line: &str, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<u64> {
        let mut data = self.passive()?;
        self.send(line)?;
        self.expect(PRELIMINARY).with_context(|| line.to_owned())?;
        self.input.resize(INPUT, 0);
        let mut received = 0;
        loop {
            let length = data.read(&mut self.input)?;
            if length == 0 {
                break;
            }
            take(self.input.get(..length).unwrap_or_default())?;
            received += length as u64;
        }
        drop(data);
        self.expect("226").with_context(|| line.to_owned())?;
        Ok(received)
    }

    /// Runs STOR with these bytes, and closes the data connection as their end.
    pub(crate) fn store<'a>(&mut self, line: &str, parts: impl Iterator<Item = &'a [u8]>) -> Result<()> {
        let mut data = self.passive()?;
        self.send(line)?;
        self.expect(PRELIMINARY).with_context(|| line.to_owned())?;
        for part in parts {
            data.write_all(part).with_context(|| line.to_owned())?;
        }
        // Without a reset, which could discard bytes in flight.
        rustix::net::sockopt::set_socket_linger(&data, None)?;
        drop(data);
        self.expect("226").with_context(|| line.to_owned())?;
        Ok(())
    }

    /// RFC 2428 section 3: `229 Entering Extended Passive Mode (|||6446|)`.
    fn passive(&mut self) -> Result<TcpStream> {
        let reply = self.command("EPSV", "229")?;
        let port = reply.split_once("(|||").and_then(|(_, rest)| rest.split_once('|'));
        let (port, _) = port.with_context(|| format!("no port in {reply:?}"))?;
        let data = TcpStream::connect((self.server.ip(), port.parse()?)).context("no data connection")?;
        data.set_read_timeout(Some(SILENCE_LIMIT))?;
        // With thousands of transfers a second every port of the server would be in TIME-WAIT, and the kernel
        // would need milliseconds to find a free one. A reset after the last byte avoids that state.
        rustix::net::sockopt::set_socket_linger(&data, Some(Duration::ZERO))?;
        Ok(data)
    }

    fn send(&mut self, line: &str) -> Result<()> {
        Ok(self.control.get_mut().write_all(format!("{line}\r\n").as_bytes())?)
    }

    fn expect(&mut self, code: &str) -> Result<String> {
        let reply = self.reply()?;
        ensure!(reply.starts_with(code), "expected {code} but got {:?}", reply.trim_end());
        Ok(reply)
    }

    /// The last line of the next reply. RFC 959 section 4.2: it has the code and a blank.
    fn reply(&mut self) -> Result<String> {
        let mut line = String::new();
        loop {
            line.clear();
            ensure!(self.control.read_line(&mut line)? > 0, "the server closed the connection");
            if line.as_bytes().get(3) == Some(&b' ') && line.starts_with(|first: char| first.is_ascii_digit())
            {
                return Ok(line);
            }
        }
    }
}
