//! What the cases need to know of the server: its features, a file and a directory that exist. With `--writable` a
//! folder of this check's own, which is removed at the end.

use std::time::Duration;

use common::client::{Fault, FaultKind};
use common::net::clock;
use sha2::{Digest as _, Sha256};
use syntax::rule::{Language, Text};

use super::case::Need;
use super::dialogue::{Dialogue, Values};
use crate::client::{RemoteServer, SessionSecurity, join};
use crate::wire::reply::Reply;

/// Names of the directory that are tried when a file and a directory are needed.
const TRIED: usize = 50;
/// The largest file that is read (1 MiB), and the smallest, which REST needs.
const SIZES: std::ops::RangeInclusive<u64> = 16..=1 << 20;

/// A server and what is known of it.
pub(super) struct Survey<'a> {
    server: &'a RemoteServer,
    timeout: Duration,
    pub(super) language: Language,
    values: Values,
    /// The content of `{file}`.
    pub(super) content: Vec<u8>,
    /// The lines of FEAT in capital letters.
    features: Vec<String>,
    is_v4: bool,
    /// When the file of this check was stored, in seconds since 1970.
    pub(super) stored_at: u64,
}

impl<'a> Survey<'a> {
    /// Logs in and looks around, at first in `directory`. Makes a folder if `is_writable`.
    pub(super) async fn new(
        server: &'a RemoteServer,
        directory: &[u8],
        is_writable: bool,
        (timeout, language): (Duration, Language),
    ) -> Result<Self, Fault> {
        let login = &server.login;
        let mut values = Values::from([("missing", b"mini-check-missing".to_vec())]);
        values.insert("user", login.user.clone().into());
        values.insert("password", login.password.clone().into());
        let (features, content) = (Vec::new(), Vec::new());
        let mut survey =
            Self { server, timeout, language, values, content, features, is_v4: true, stored_at: 0 };
        let mut dialogue = survey.dialogue();
        let refused = |why: String| Fault::new(FaultKind::Refused, format!("cannot log in: {why}"));
        dialogue.log_in(Some(directory)).await.map_err(refused)?;
        survey.is_v4 = dialogue.ends().is_some_and(|(local, _)| local.is_ipv4());
        if let Ok(reply) = dialogue.ask(b"FEAT").await {
            survey.features = Reply::lines(&reply)
                .map(|line| String::from_utf8_lossy(line.trim_ascii()).to_uppercase())
                .collect();
        }
        if dialogue.ask(b"PWD").await.is_ok()
            && let Some(base) = dialogue.values.get("pathname")
        {
            survey.values.insert("base", base.clone());
        }
        survey.values.entry("base").or_insert_with(|| b"/".to_vec());
        let _ = dialogue.ask(b"TYPE I").await;
        match is_writable {
            true => survey.make(&mut dialogue).await.map_err(|why| {
                Fault::new(FaultKind::Refused, format!("--writable: cannot make a folder and a file: {why}"))
            })?,
            false => survey.find(&mut dialogue).await,
        }
        dialogue.quit().await;
        let (size, digest) = (survey.content.len().to_string(), Sha256::digest(&survey.content));
        survey.values.insert("size", size.into());
        survey
            .values
            .insert("sha256", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into());
        Ok(survey)
    }

    /// A new connection to the server.
    pub(super) fn dialogue(&self) -> Dialogue<'a> {
        Dialogue::new(self.server, self.timeout, self.values.clone())
    }

    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// The directory of the URL.
    fn base(&self) -> &[u8] {
        self.value("base").unwrap_or(b"/")
    }

    pub(super) fn uses_tls(&self) -> bool {
        !matches!(self.server.security, SessionSecurity::None)
    }

    /// Makes the folder, a file and a directory in it.
    async fn make(&mut self, dialogue: &mut Dialogue<'_>) -> Result<(), String> {
        let folder = join(
            self.base(),
            format!("mini-check-{:x}-{:x}", clock::unix_seconds(), std::process::id()).as_bytes(),
        );
        dialogue.ask(&[b"MKD ", &*folder].concat()).await?;
        self.values.insert("folder", folder.clone());
        dialogue.ask(&[b"CWD ", &*folder].concat()).await?;
        // Bytes that conversions of text would change.
        self.content = (0..=255).chain([b'\r', b'\n', b'\n', 0, 0xFF, b'\r']).cycle().take(5_000).collect();
        self.stored_at = clock::unix_seconds();
        dialogue.upload(b"read.bin", &self.content).await?;
        dialogue.ask(b"MKD sub").await?;
        self.values.insert("file", join(&folder, b"read.bin"));
        self.values.insert("file-name", b"read.bin".to_vec());
        self.values.insert("directory", join(&folder, b"sub"));
        self.values.insert("parent", folder);
        Ok(())
    }

    /// Finds a file that can be read and a directory.
    async fn find(&mut self, dialogue: &mut Dialogue<'_>) {
        let Ok(names) = dialogue.download(b"NLST").await else { return };
        let base = self.base().to_vec();
        let names = names.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        for name in names.filter(|name| !name.is_empty() && !name.starts_with(b".")).take(TRIED) {
            let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            let path = join(&base, name);
            if dialogue.ask(&[b"CWD ", &*path].concat()).await.is_ok() {
                self.values.entry("directory").or_insert(path);
                self.values.entry("parent").or_insert_with(|| base.clone());
                let _ = dialogue.ask(&[b"CWD ", &*base].concat()).await;
            } else if !self.values.contains_key("file")
                && let Ok(size) = dialogue.ask(&[b"SIZE ", &*path].concat()).await
                && crate::wire::file_status::size(&size).is_some_and(|size| SIZES.contains(&size))
                && let Ok(end) = dialogue.download(&[b"RETR ", &*path].concat()).await
            {
                self.content = end.bytes;
                self.values.insert("file", path);
                self.values.insert("file-name", name.to_vec());
            }
        }
    }

    /// Why a case does not apply.
    pub(super) fn missing(&self, needs: &[Need]) -> Option<String> {
        needs.iter().find_map(|need| self.lacks(*need)).map(|text| text.in_language(self.language).to_owned())
    }

    fn lacks(&self, need: Need) -> Option<Text> {
        let is_anonymous = matches!(&*self.server.login.user, "anonymous" | "ftp");
        let (holds, en, id) = match need {
            Need::Tls => (self.uses_tls(), "needs --tls", "perlu --tls"),
            Need::Explicit => (
                matches!(self.server.security, SessionSecurity::Explicit(_)),
                "needs --tls explicit",
                "perlu --tls explicit",
            ),
            Need::Account => (!is_anonymous, "needs --login", "perlu --login"),
            Need::Anonymous => (is_anonymous, "needs an anonymous login", "perlu login anonim"),
            Need::Ipv4 => (self.is_v4, "needs IPv4", "perlu IPv4"),
            Need::Value("folder") => {
                (self.values.contains_key("folder"), "needs --writable", "perlu --writable")
            }
            Need::Value("file") => (
                self.values.contains_key("file"),
                "needs a file of 16 bytes to 1 MiB in the directory of the URL",
                "perlu berkas 16 byte sampai 1 MiB di direktori URL",
            ),
            Need::Value(name) => (
                self.values.contains_key(name),
                "needs a directory in the directory of the URL",
                "perlu direktori di dalam direktori URL",
            ),
            Need::Feature(name) => {
                (self.feature(name).is_some(), "FEAT does not list it", "tidak ada dalam FEAT")
            }
            Need::Fact(name) => {
                let has = |line: &str| {
                    line.split([' ', ';']).any(|fact| fact.trim_end_matches('*').eq_ignore_ascii_case(name))
                };
                (
                    self.feature("MLST").is_some_and(has),
                    "FEAT lists no such fact",
                    "fakta ini tidak ada dalam FEAT",
                )
            }
        };
        (!holds).then_some(Text { en, id })
    }

    fn feature(&self, name: &str) -> Option<&str> {
        let is_it = |line: &&String| line.split(' ').next() == Some(name);
        self.features.iter().find(is_it).map(String::as_str)
    }

    /// Removes files and directories of the folder that a case has left.
    pub(super) async fn remove(&self, names: &[Vec<u8>]) {
        let mut dialogue = self.dialogue();
        let Some(folder) = self.values.get("folder") else { return };
        if dialogue.log_in(Some(folder)).await.is_ok() {
            for name in names {
                if dialogue.ask(&[b"DELE ", &**name].concat()).await.is_err() {
                    let _ = dialogue.ask(&[b"RMD ", &**name].concat()).await;
                }
            }
        }
        dialogue.quit().await;
    }

    /// Removes the folder with all that is in it.
    pub(super) async fn clean(&self) -> Result<(), Fault> {
        let Some(folder) = self.values.get("folder") else { return Ok(()) };
        let mut dialogue = self.dialogue();
        let mut names = vec![b"read.bin".to_vec(), b"sub".to_vec()];
        if dialogue.log_in(Some(folder)).await.is_ok()
            && let Ok(list) = dialogue.download(b"NLST").await
        {
            let lines = list.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
            names.extend(
                lines.filter_map(|line| line.rsplit(|byte| *byte == b'/').next()).map(<[u8]>::to_vec),
            );
        }
        self.remove(&names).await;
        let _ = dialogue.log_in(self.value("base")).await;
        let removed = dialogue.ask(&[b"RMD ", &**folder].concat()).await;
        dialogue.quit().await;
        removed.map(drop).map_err(|why| {
            Fault::new(FaultKind::Failed, format!("cannot remove the folder of the check: {why}"))
        })
    }
}
