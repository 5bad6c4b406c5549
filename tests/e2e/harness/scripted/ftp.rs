//! A scripted FTP server: it serves files in memory, except for the commands that a case answers itself.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use super::{Connection, Received, ScriptedServer, Tls};

/// The files by absolute path; `None` is a directory.
pub(crate) type Files = BTreeMap<String, Option<Vec<u8>>>;

/// The modification time of all files.
pub(crate) const TIME: &str = "20240102030405";

/// A case's handling of a command, called first. It returns `true` if it has replied.
type Twist = dyn Fn(&mut Session, &str, &str) -> io::Result<bool> + Send + Sync;

pub(crate) struct Session {
    /// The control connection; `None` only during a TLS handshake.
    caller: Option<Connection>,
    tls: Option<Tls>,
    private: bool,
    passive: Option<TcpListener>,
    restart: usize,
    directory: String,
    renaming: String,
    pub(crate) files: Arc<Mutex<Files>>,
}

impl ScriptedServer {
    /// `twist` is called for each command, with its verb in upper case, and with `""` for the greeting.
    pub(crate) fn ftp(
        files: Files,
        twist: impl Fn(&mut Session, &str, &str) -> io::Result<bool> + Send + Sync + 'static,
    ) -> Self {
        Self::sessions(None, files, Arc::new(twist))
    }

    /// The same with AUTH TLS.
    pub(crate) fn ftp_with_tls(
        tls: &Tls,
        files: Files,
        twist: impl Fn(&mut Session, &str, &str) -> io::Result<bool> + Send + Sync + 'static,
    ) -> Self {
        Self::sessions(Some(tls.clone()), files, Arc::new(twist))
    }

    fn sessions(tls: Option<Tls>, files: Files, twist: Arc<Twist>) -> Self {
        let (received, files) = (Received::default(), Arc::new(Mutex::new(files)));
        let log = received.clone();
        Self::start(received, move |stream| {
            let mut session = Session {
                caller: Some(Connection::new(stream)?),
                tls: tls.clone(),
                private: false,
                passive: None,
                restart: 0,
                directory: "/".into(),
                renaming: String::new(),
                files: Arc::clone(&files),
            };
            session.serve(&log, &*twist)
        })
    }
}

/// A tree of these files.
pub(crate) fn files(of: &[(&str, &[u8])]) -> Files {
    let mut files = Files::from([("/".to_owned(), None)]);
    for (path, content) in of {
        for (at, _) in path.match_indices('/').skip(1) {
            files.insert(path[..at].to_owned(), None);
        }
        files.insert((*path).to_owned(), Some(content.to_vec()));
    }
    files
}

impl Session {
    fn serve(&mut self, received: &Received, twist: &Twist) -> io::Result<()> {
        if !twist(self, "", "")? {
            self.reply("220 ready")?;
        }
        loop {
            let line = self.control().until(b"\r\n")?;
            let line = String::from_utf8_lossy(&line).trim_end_matches("\r\n").to_owned();
            received.push(&line);
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            if !twist(self, &verb, argument)? {
                self.answer(&verb, argument)?;
            }
            if verb == "QUIT" {
                return self.caller.take().map_or(Ok(()), Connection::finish);
            }
        }
    }

    /// The control connection.
    pub(crate) fn control(&mut self) -> &mut Connection {
        self.caller.as_mut().expect("the control connection is open")
    }

    /// Ends the control connection without a reply.
    pub(crate) fn cut(&mut self) -> io::Result<bool> {
        self.control().cut()?;
        Err(io::Error::other("the script ends here"))
    }

    /// Performs a TLS handshake on the control connection.
    pub(crate) fn start_tls_on_control(&mut self, tls: &Tls) -> io::Result<()> {
        let caller = self.caller.take().ok_or(io::ErrorKind::NotConnected)?;
        self.caller = Some(caller.start_tls(tls)?);
        Ok(())
    }

    /// Sends a line.
    pub(crate) fn reply(&mut self, line: impl AsRef<[u8]>) -> io::Result<()> {
        self.control().send([line.as_ref(), b"\r\n"].concat())
    }

    /// Sends a reply and returns `true`, as a twist does that has replied.
    pub(crate) fn say(&mut self, line: impl AsRef<[u8]>) -> io::Result<bool> {
        self.reply(line).map(|()| true)
    }

    /// Accepts the data connection, with TLS if the client has requested it.
    pub(crate) fn data(&mut self) -> io::Result<Connection> {
        let data = self.unencrypted_data()?;
        match &self.tls {
            Some(tls) if self.private => data.start_tls(tls),
            _ => Ok(data),
        }
    }

    /// Accepts the data connection without TLS.
    pub(crate) fn unencrypted_data(&mut self) -> io::Result<Connection> {
        let listener = self.passive.take().ok_or(io::ErrorKind::NotConnected)?;
        Connection::new(listener.accept()?.0)
    }

    /// Replies 150, sends the content, replies 226.
    pub(crate) fn deliver(&mut self, content: impl AsRef<[u8]>) -> io::Result<bool> {
        self.reply("150 sending")?;
        let mut data = self.data()?;
        data.send(content)?;
        data.finish()?;
        self.say("226 that was it")
    }

    /// A new port for the next data connection.
    pub(crate) fn listen(&mut self) -> io::Result<u16> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        self.passive = Some(listener);
        Ok(port)
    }

    /// A path from the root.
    pub(crate) fn absolute(&self, path: &str) -> String {
        let mut parts: Vec<&str> = match path.strip_prefix('/') {
            Some(_) => Vec::new(),
            None => self.directory.split('/').filter(|part| !part.is_empty()).collect(),
        };
        for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
            match part {
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        format!("/{}", parts.join("/"))
    }

    /// Makes a directory the current one.
    pub(crate) fn enter(&mut self, directory: &str) {
        self.directory = directory.to_owned();
    }

    fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.files.lock().unwrap().get(&self.absolute(path)).cloned().flatten()
    }

    fn is_directory(&self, path: &str) -> bool {
        self.files.lock().unwrap().get(&self.absolute(path)).is_some_and(Option::is_none)
    }

    /// Names and contents in a directory.
    fn entries(&self, path: &str) -> Vec<(String, Option<Vec<u8>>)> {
        let directory = self.absolute(path);
        let start = if directory == "/" { directory } else { directory + "/" };
        let files = self.files.lock().unwrap();
        let below = files.iter().filter_map(|(path, content)| {
            let name = path.strip_prefix(&start)?;
            (!name.is_empty() && !name.contains('/')).then(|| (name.to_owned(), content.clone()))
        });
        below.collect()
    }

    fn answer(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        match verb {
            "USER" => self.reply("331 and the password?"),
            "PASS" => self.reply("230 welcome"),
            "SYST" => self.reply("215 UNIX Type: L8"),
            "FEAT" => self.reply(self.features()),
            "AUTH" => self.authenticate(),
            "PROT" => {
                self.private = argument == "P";
                self.reply("200 done")
            }
            "REST" => {
                self.restart = argument.parse().unwrap_or(0);
                self.reply("350 restart marker set")
            }
            "TYPE" | "MODE" | "STRU" | "OPTS" | "PBSZ" | "NOOP" | "CLNT" | "MFMT" => self.reply("200 done"),
            "QUIT" => self.reply("221 goodbye"),
            "EPSV" => {
                let port = self.listen()?;
                self.reply(format!("229 here (|||{port}|)"))
            }
            "PASV" => {
                let port = self.listen()?;
                self.reply(format!("227 here (127,0,0,1,{},{})", port >> 8, port & 255))
            }
            "SIZE" | "MDTM" | "MLST" | "RETR" | "STOR" | "APPE" | "DELE" => self.on_file(verb, argument),
            _ => self.on_directory(verb, argument),
        }
    }

    fn features(&self) -> &'static str {
        match self.tls {
            None => {
                "211-has\r\n UTF8\r\n EPSV\r\n SIZE\r\n MDTM\r\n MLST type*;size*;modify*;\r\n REST STREAM\r\n211 all"
            }
            Some(_) => {
                "211-has\r\n UTF8\r\n EPSV\r\n SIZE\r\n MDTM\r\n MLST type*;size*;modify*;\r\n REST STREAM\r\n \
                 AUTH TLS\r\n PBSZ\r\n PROT\r\n211 all"
            }
        }
    }

    fn authenticate(&mut self) -> io::Result<()> {
        let Some(tls) = self.tls.clone() else { return self.reply("502 no TLS here") };
        self.reply("234 begin")?;
        self.start_tls_on_control(&tls)
    }

    fn on_file(&mut self, verb: &str, path: &str) -> io::Result<()> {
        let (name, restart) = (self.absolute(path), std::mem::take(&mut self.restart));
        if matches!(verb, "STOR" | "APPE") {
            self.reply("150 send it")?;
            let uploaded = self.data()?.rest()?;
            let mut files = self.files.lock().unwrap();
            let mut content = files.remove(&name).flatten().unwrap_or_default();
            content.truncate(if verb == "APPE" { content.len() } else { restart });
            content.extend(uploaded);
            files.insert(name, Some(content));
            drop(files);
            return self.reply("226 stored");
        }
        let Some(content) = self.file(path) else {
            return match verb {
                "MLST" if self.is_directory(path) => {
                    self.reply(format!("250-it is\r\n type=dir;modify={TIME}; {name}\r\n250 that"))
                }
                _ => self.reply("550 no such file"),
            };
        };
        match verb {
            "SIZE" => self.reply(format!("213 {}", content.len())),
            "MDTM" => self.reply(format!("213 {TIME}")),
            "MLST" => {
                let size = content.len();
                self.reply(format!("250-it is\r\n type=file;size={size};modify={TIME}; {name}\r\n250 that"))
            }
            "DELE" => {
                self.files.lock().unwrap().remove(&name);
                self.reply("250 deleted")
            }
            _ => self.deliver(content.get(restart..).unwrap_or_default()).map(drop),
        }
    }

    fn on_directory(&mut self, verb: &str, path: &str) -> io::Result<()> {
        match verb {
            "PWD" => self.reply(format!("257 \"{}\"", self.directory)),
            "CWD" if self.is_directory(path) => {
                self.directory = self.absolute(path);
                self.reply("250 there")
            }
            "CDUP" => {
                self.directory = self.absolute("..");
                self.reply("250 there")
            }
            "MKD" => {
                let path = self.absolute(path);
                self.files.lock().unwrap().insert(path.clone(), None);
                self.reply(format!("257 \"{path}\""))
            }
            "RMD" if self.is_directory(path) => {
                self.files.lock().unwrap().remove(&self.absolute(path));
                self.reply("250 deleted")
            }
            "RNFR" => {
                self.renaming = self.absolute(path);
                self.reply("350 to what?")
            }
            "RNTO" => {
                let (from, to) = (std::mem::take(&mut self.renaming), self.absolute(path));
                let mut files = self.files.lock().unwrap();
                let moved = files.remove(&from);
                moved.map(|content| files.insert(to, content));
                drop(files);
                self.reply("250 renamed")
            }
            "MLSD" | "LIST" | "NLST" => {
                let path = if path.starts_with('-') { "" } else { path };
                if !self.is_directory(path) {
                    return self.reply("550 no such directory");
                }
                let lines: Vec<String> =
                    self.entries(path).iter().map(|(name, content)| listed(verb, name, content)).collect();
                self.deliver(lines.concat()).map(drop)
            }
            "CWD" | "RMD" => self.reply("550 no such directory"),
            _ => self.reply("502 not here"),
        }
    }
}

/// A line of a listing.
fn listed(verb: &str, name: &str, content: &Option<Vec<u8>>) -> String {
    let size = content.as_ref().map_or(0, Vec::len);
    match (verb, content) {
        ("NLST", _) => format!("{name}\r\n"),
        ("MLSD", Some(_)) => format!("type=file;size={size};modify={TIME}; {name}\r\n"),
        ("MLSD", None) => format!("type=dir;modify={TIME}; {name}\r\n"),
        (_, Some(_)) => format!("-rw-r--r-- 1 a a {size} Jan  2  2024 {name}\r\n"),
        (_, None) => format!("drwxr-xr-x 1 a a {size} Jan  2  2024 {name}\r\n"),
    }
}
