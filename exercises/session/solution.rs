//! session: an FTP server for the files of a folder.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Without a byte.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Before the login.
const FREE: &[&str] = &["USER", "PASS", "QUIT", "NOOP", "SYST", "FEAT", "AUTH", "PBSZ", "PROT"];
const FEATURES: &str = "211-Features\r\n AUTH TLS\r\n EPSV\r\n PBSZ\r\n PROT\r\n SIZE\r\n211 End";

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(2121);
    let certificate = std::env::args().nth(2).unwrap_or_default();
    let server = TcpListener::bind(("127.0.0.1", port))?;
    for client in server.incoming() {
        let (control, certificate) = (client?, certificate.clone());
        thread::spawn(move || serve(control, certificate));
    }
    Ok(())
}

fn serve(control: TcpStream, certificate: String) -> io::Result<()> {
    control.set_read_timeout(Some(TIMEOUT))?;
    control.set_write_timeout(Some(TIMEOUT))?;
    Session {
        control,
        certificate,
        waiting: Vec::new(),
        is_secure: false,
        is_private: false,
        has_user: false,
        is_logged_in: false,
        directory: Vec::new(),
        listener: None,
    }
    .run()
}

struct Session {
    control: TcpStream,
    /// The file of the certificate and its key.
    certificate: String,
    /// Bytes that have arrived and are not used.
    waiting: Vec<u8>,
    /// TLS on the control connection.
    is_secure: bool,
    /// TLS on data connections.
    is_private: bool,
    has_user: bool,
    is_logged_in: bool,
    /// The names from the folder to the current directory.
    directory: Vec<String>,
    /// For the next data connection.
    listener: Option<TcpListener>,
}

impl Session {
    /// Answers commands, one after the other.
    fn run(&mut self) -> io::Result<()> {
        self.reply("220 ready")?;
        let mut buffer = [0; 4096];
        loop {
            let Some(end) = self.waiting.windows(2).position(|bytes| bytes == b"\r\n") else {
                let count = self.control.read(&mut buffer)?;
                if count == 0 {
                    return Ok(());
                }
                self.waiting.extend(&buffer[..count]);
                continue;
            };
            let line: Vec<u8> = self.waiting.drain(..end + 2).take(end).collect();
            let line = String::from_utf8_lossy(&line).into_owned();
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            if !FREE.contains(&verb.as_str()) && !self.is_logged_in {
                self.reply("530 log in with USER and PASS")?;
            } else {
                self.command(&verb, argument)?;
            }
            if verb == "QUIT" {
                return Ok(());
            }
        }
    }

    fn command(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        match verb {
            "USER" => self.user(argument),
            "PASS" => self.password(),
            "QUIT" => self.reply("221 goodbye"),
            "NOOP" => self.reply("200 done"),
            "SYST" => self.reply("215 UNIX Type: L8"),
            "FEAT" => self.reply(FEATURES),
            "AUTH" => self.auth(argument),
            "PBSZ" if self.is_secure => self.reply("200 PBSZ=0"),
            "PBSZ" => self.reply("503 AUTH comes first"),
            "PROT" => self.protect(argument),
            "TYPE" => match argument.to_ascii_uppercase().as_str() {
                "A" | "I" => self.reply("200 done"),
                _ => self.reply("504 only A and I"),
            },
            "PWD" => {
                let path = self.directory.join("/").replace('"', "\"\"");
                self.reply(&format!("257 \"/{path}\" is the current directory"))
            }
            "CWD" => self.change_directory(argument),
            "CDUP" => self.change_directory(".."),
            "PASV" => {
                let port = self.listen()?;
                self.reply(&format!("227 Entering Passive Mode (127,0,0,1,{},{})", port / 256, port % 256))
            }
            "EPSV" if argument.is_empty() || argument == "1" => {
                let port = self.listen()?;
                self.reply(&format!("229 Entering Extended Passive Mode (|||{port}|)"))
            }
            "EPSV" => self.reply("522 only IPv4 (1)"),
            "SIZE" => match self.metadata(argument).filter(|found| found.is_file()) {
                Some(found) => self.reply(&format!("213 {}", found.len())),
                None => self.reply("550 no such file"),
            },
            "NLST" => self.list(argument, false),
            "LIST" => self.list(argument, true),
            "RETR" => match self.names(argument).and_then(|names| fs::read(below(&names)).ok()) {
                Some(content) => self.send(&content),
                None => self.reply("550 no such file"),
            },
            _ => self.reply("500 unknown command"),
        }
    }

    fn reply(&mut self, text: &str) -> io::Result<()> {
        self.control.write_all(format!("{text}\r\n").as_bytes())
    }

    fn auth(&mut self, mechanism: &str) -> io::Result<()> {
        if self.is_secure || !mechanism.eq_ignore_ascii_case("TLS") {
            return self.reply("504 only AUTH TLS, once");
        }
        self.reply("234 begin TLS")?;
        // What arrived without TLS may come from an attacker: commands that follow, and a login before.
        self.waiting.clear();
        (self.has_user, self.is_logged_in) = (false, false);
        self.control = learn::tls(self.control.try_clone()?, &self.certificate)?;
        self.is_secure = true;
        Ok(())
    }

    fn protect(&mut self, level: &str) -> io::Result<()> {
        if !self.is_secure || !["C", "P"].contains(&level.to_ascii_uppercase().as_str()) {
            return self.reply("504 only C and P, after AUTH");
        }
        self.is_private = level.eq_ignore_ascii_case("P");
        self.reply("200 done")
    }

    fn user(&mut self, name: &str) -> io::Result<()> {
        (self.has_user, self.is_logged_in) = (!name.is_empty(), false);
        self.reply(if name.is_empty() { "501 which user?" } else { "331 send a password" })
    }

    fn password(&mut self) -> io::Result<()> {
        self.is_logged_in = self.has_user;
        self.reply(if self.has_user { "230 logged in" } else { "503 USER comes first" })
    }

    fn change_directory(&mut self, path: &str) -> io::Result<()> {
        let is_directory = !path.is_empty() && self.metadata(path).is_some_and(|found| found.is_dir());
        match self.names(path).filter(|_| is_directory) {
            Some(names) => {
                self.directory = names;
                self.reply("250 done")
            }
            None => self.reply("550 no such directory"),
        }
    }

    fn metadata(&self, path: &str) -> Option<fs::Metadata> {
        fs::metadata(below(&self.names(path)?)).ok()
    }

    /// The names from the folder to a path; `None` if it leads out of the folder.
    fn names(&self, path: &str) -> Option<Vec<String>> {
        let mut names = if path.starts_with('/') { Vec::new() } else { self.directory.clone() };
        for name in path.split('/') {
            match name {
                ".." => drop(names.pop()?),
                "" | "." => {}
                name => names.push(name.to_owned()),
            }
        }
        Some(names)
    }

    /// The port at which the next data connection is accepted.
    fn listen(&mut self) -> io::Result<u16> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        self.listener = Some(listener);
        Ok(port)
    }

    fn list(&mut self, argument: &str, is_long: bool) -> io::Result<()> {
        let path = if argument.starts_with('-') { "" } else { argument };
        let Some(entries) = self.names(path).and_then(|names| fs::read_dir(below(&names)).ok()) else {
            return self.reply("550 no such directory");
        };
        let mut lines = Vec::new();
        for entry in entries {
            let (entry, mut line) = (entry?, String::new());
            let found = entry.metadata()?;
            if is_long {
                let mode = if found.is_dir() { "drwxr-xr-x" } else { "-rw-r--r--" };
                line = format!("{mode} 1 ftp ftp {} Jan  1  2000 ", found.len());
            }
            lines.push(format!("{line}{}\r\n", entry.file_name().to_string_lossy()));
        }
        lines.sort();
        self.send(lines.concat().as_bytes())
    }

    /// Sends content over a data connection.
    fn send(&mut self, content: &[u8]) -> io::Result<()> {
        let Some(listener) = self.listener.take() else {
            return self.reply("425 PASV or EPSV comes first");
        };
        self.reply("150 here it comes")?;
        let (mut data, _) = listener.accept()?;
        if self.is_private {
            data = learn::tls(data, &self.certificate)?;
        }
        data.write_all(content)?;
        // The end of the connection is the end of the content.
        drop(data);
        self.reply("226 done")
    }
}

fn below(names: &[String]) -> String {
    format!("./{}", names.join("/"))
}
