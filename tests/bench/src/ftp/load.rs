//! The repeated work of the FTP servers.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use super::contents::{Contents, ENTRIES, LARGE_LENGTH, Large, SMALL_FILES, SMALL_LENGTH};
use super::session::Session;
use crate::rounds::Load;
use crate::tree::{Content, entry_name};

/// Clients that log in concurrently: enough that a server with a process for each client is never idle.
const LOGIN_CLIENTS: usize = 8;

#[derive(Clone, Copy)]
pub(crate) enum Work<'a> {
    /// Connections that only log in and quit.
    Logins,
    /// The small files, one after another.
    Files(&'a Contents),
    /// A large file, repeatedly.
    Large(Large<'a>),
    /// A large file under a new name each time, because some servers do not let anonymous users replace
    /// files.
    Store(&'a Contents),
    List,
}

/// A session that repeats one kind of work.
pub(crate) struct Client<'a> {
    server: SocketAddr,
    session: Session,
    work: Work<'a>,
    files: usize,
}

impl<'a> Client<'a> {
    pub(crate) fn login(server: SocketAddr, work: Work<'a>) -> Result<Self> {
        let mut session = Session::login(server)?;
        let representation = if let Work::Large(large) = work { large.representation } else { "TYPE I" };
        session.command(representation, "200")?;
        Ok(Self { server, session, work, files: 0 })
    }

    /// Does the work once and compares all received bytes.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.work {
            Work::Logins | Work::Files(_) => self.operate().map(drop),
            Work::Large(large) => {
                retrieve_checked(&mut self.session, large.command, large.length, large.content)
            }
            Work::Store(contents) => {
                let name = self.store(contents)?;
                contents.check_incoming(&name)
            }
            Work::List => list_checked(&mut self.session),
        }
    }

    /// One operation. Returns its units: logins, files, MB, entries.
    fn operate(&mut self) -> Result<f64> {
        match self.work {
            Work::Logins => log_in_and_quit(self.server),
            Work::Files(contents) => {
                let command = format!("RETR small/{}", entry_name(self.files % SMALL_FILES));
                self.files += 1;
                retrieve_checked(&mut self.session, &command, SMALL_LENGTH, &contents.binary)?;
                Ok(1.0)
            }
            Work::Large(large) => retrieve(&mut self.session, &large),
            Work::Store(contents) => {
                self.store(contents)?;
                Ok(LARGE_LENGTH as f64 / 1e6)
            }
            Work::List => list(&mut self.session),
        }
    }

    /// Stores a file after removing the previous one, so that its page cache is reused. Returns the name.
    fn store(&mut self, contents: &Contents) -> Result<String> {
        contents.clear_incoming()?;
        let name = entry_name(self.files);
        self.files += 1;
        self.session.store(&format!("STOR incoming/{name}"), contents.parts())?;
        Ok(name)
    }
}

/// Removes the uploads at the end of the turn.
impl Drop for Client<'_> {
    fn drop(&mut self) {
        if let Work::Store(contents) = self.work {
            // If this fails, the next store fails and reports it.
            let _ = contents.clear_incoming();
        }
    }
}

impl Load for Client<'_> {
    fn run(&mut self, length: Duration) -> Result<f64> {
        match self.work {
            Work::Logins => log_in_together(self.server, length),
            Work::Files(_) | Work::Large(_) | Work::Store(_) | Work::List => {
                repeat(length, || self.operate())
            }
        }
    }
}

/// Runs `operation` at least once and until `length` is over; sums its units.
fn repeat(length: Duration, mut operation: impl FnMut() -> Result<f64>) -> Result<f64> {
    let end = Instant::now() + length;
    let mut units = operation()?;
    while Instant::now() < end {
        units += operation()?;
    }
    Ok(units)
}

fn log_in_together(server: SocketAddr, length: Duration) -> Result<f64> {
    let client = || repeat(length, || log_in_and_quit(server));
    thread::scope(|scope| {
        let clients: Vec<_> = (0..LOGIN_CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().map_err(|_| anyhow!("a client panicked"))?).sum()
    })
}

fn log_in_and_quit(server: SocketAddr) -> Result<f64> {
    Session::login(server)?.quit()?;
    Ok(1.0)
}

/// Retrieves a large file and only counts its bytes, so that this side is not the bottleneck.
fn retrieve(session: &mut Session, large: &Large) -> Result<f64> {
    let received = session.receive(large.command, |_| Ok(()))?;
    ensure!(received == large.length, "{received} bytes received, expected {}", large.length);
    Ok(received as f64 / 1e6)
}

/// Retrieves a file and compares every byte.
fn retrieve_checked(session: &mut Session, command: &str, length: u64, content: &Content) -> Result<()> {
    let mut offset = 0;
    let received = session.receive(command, |bytes| {
        content.check(offset, bytes)?;
        offset += bytes.len() as u64;
        Ok(())
    })?;
    ensure!(received == length, "{received} bytes received, expected {length}");
    Ok(())
}

/// Lists the large folder and counts the lines.
fn list(session: &mut Session) -> Result<f64> {
    let mut lines = 0;
    session.receive("LIST many", |bytes| {
        lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        Ok(())
    })?;
    ensure!(lines == ENTRIES, "{lines} entries received, expected {ENTRIES}");
    Ok(ENTRIES as f64)
}

/// Lists the large folder and compares the names, which end the lines.
fn list_checked(session: &mut Session) -> Result<()> {
    let mut listing = Vec::new();
    session.receive("LIST many", |bytes| {
        listing.extend(bytes);
        Ok(())
    })?;
    let listing = String::from_utf8(listing)?;
    let mut names: Vec<&str> = listing.lines().filter_map(|line| line.split(' ').next_back()).collect();
    names.sort_unstable();
    let expected: Vec<String> = (0..ENTRIES).map(entry_name).collect();
    ensure!(names == expected, "{} entries received, or other names; expected {ENTRIES}", names.len());
    Ok(())
}
