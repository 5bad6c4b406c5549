//! Recordings: one JSON object a line, with secrets masked (docs/tap.md), written and replayed.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use base64ct::{Base64, Encoding as _};
use common::log;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use syntax::conversation::Sender;

use super::protocol::TapProtocol;
use super::queue::{Break, Opening, Queue, TapEvent, TapEventKind, Time};

/// A line of a recording that is longer is refused (1 MiB).
const LINE_LIMIT: usize = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct RecordEntry {
    /// Microseconds since 1970.
    time: u64,
    connection: String,
    #[serde(flatten)]
    kind: Recorded,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Recorded {
    Open {
        client: std::net::SocketAddr,
        server: std::net::SocketAddr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<TapProtocol>,
    },
    Bytes {
        #[serde(with = "End")]
        sender: Sender,
        #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
        bytes: Vec<u8>,
    },
    Skipped {
        #[serde(with = "End")]
        sender: Sender,
        count: u64,
    },
    Rewritten {
        #[serde(with = "End")]
        sender: Sender,
        #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
        bytes: Vec<u8>,
    },
    End {
        #[serde(with = "End")]
        sender: Sender,
    },
    Reset {
        #[serde(with = "End")]
        sender: Sender,
    },
    Cut,
    Unreached {
        why: String,
    },
    Close,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Sender", rename_all = "lowercase")]
enum End {
    Client,
    Server,
}

fn to_base64<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&Base64::encode_string(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    Base64::decode_vec(&text).map_err(|_| serde::de::Error::custom("bytes that are not base64"))
}

/// A file that is being recorded to.
pub(super) struct RecordFile {
    file: Option<BufWriter<File>>,
    path: PathBuf,
}

impl RecordFile {
    /// Creates the file, which only its owner can read.
    #[expect(clippy::disallowed_methods, reason = "the operator's own file, not a served one")]
    pub(super) fn create(path: PathBuf) -> anyhow::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file =
            file.with_context(|| format!("cannot record to '{}'; choose a new file", path.display()))?;
        Ok(Self { file: Some(BufWriter::new(file)), path })
    }

    /// Records anything but bytes, which are recorded when they are masked.
    pub(super) fn event(&mut self, time: Time, connection: &Arc<str>, kind: &TapEventKind) {
        let recorded = match kind {
            TapEventKind::Bytes(..) => return,
            TapEventKind::Opened(Opening { client, server, protocol }) => {
                Recorded::Open { client: *client, server: *server, protocol: *protocol }
            }
            TapEventKind::Skipped(sender, count) => Recorded::Skipped { sender: *sender, count: *count },
            TapEventKind::Rewritten(sender, bytes) => {
                Recorded::Rewritten { sender: *sender, bytes: bytes.clone() }
            }
            TapEventKind::Ended(sender) => Recorded::End { sender: *sender },
            TapEventKind::Broken(Break::Reset(sender)) => Recorded::Reset { sender: *sender },
            TapEventKind::Broken(Break::Cut) => Recorded::Cut,
            TapEventKind::Broken(Break::Unreached(why)) => Recorded::Unreached { why: why.clone() },
            TapEventKind::Closed => Recorded::Close,
        };
        self.write(time, connection, recorded);
    }

    pub(super) fn bytes(&mut self, time: Time, connection: &Arc<str>, sender: Sender, bytes: &[u8]) {
        self.write(time, connection, Recorded::Bytes { sender, bytes: bytes.to_vec() });
    }

    fn write(&mut self, Time(time): Time, connection: &Arc<str>, kind: Recorded) {
        let Some(file) = &mut self.file else { return };
        let entry = RecordEntry { time, connection: connection.to_string(), kind };
        let written = serde_json::to_writer(&mut *file, &entry).map_err(std::io::Error::from);
        // Flushed, so that a tap that is killed loses nothing.
        if let Err(error) = written.and_then(|()| file.write_all(b"\n")).and_then(|()| file.flush()) {
            log::problem(format_args!("the recording '{}' ends here: {error}", self.path.display()));
            self.file = None;
        }
    }
}

/// Opens a recording.
#[expect(clippy::disallowed_methods, reason = "the operator's own file, not a served one")]
pub(super) fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot replay '{}'", path.display()))?;
    Ok(BufReader::new(file))
}

/// Queues the events of a recording, at its own speed times `speed`, or without pauses if that is 0.
pub(super) fn replay(
    mut recording: BufReader<File>,
    path: &Path,
    speed: f64,
    queue: &Queue,
) -> anyhow::Result<()> {
    let (mut line, mut number, mut last) = (Vec::new(), 0, None);
    loop {
        line.clear();
        number += 1;
        let place = || format!("'{}' line {number}", path.display());
        let read = std::io::Read::take(&mut recording, LINE_LIMIT as u64).read_until(b'\n', &mut line);
        if read.with_context(|| format!("cannot read {}", place()))? == 0 {
            return Ok(());
        }
        let entry: RecordEntry = serde_json::from_slice(&line)
            .map_err(|error| anyhow!("{} is not a recording of mini tap: {error}", place()))?;
        let pause =
            Duration::from_micros(entry.time.saturating_sub(last.replace(entry.time).unwrap_or(entry.time)));
        if speed > 0.0 {
            thread::sleep(Duration::try_from_secs_f64(pause.as_secs_f64() / speed).unwrap_or_default());
        }
        queue.push_when_there_is_space(event(entry));
    }
}

fn event(RecordEntry { time, connection, kind }: RecordEntry) -> TapEvent {
    let kind = match kind {
        Recorded::Open { client, server, protocol } => {
            TapEventKind::Opened(Opening { client, server, protocol })
        }
        Recorded::Bytes { sender, bytes } => TapEventKind::Bytes(sender, bytes.into()),
        Recorded::Skipped { sender, count } => TapEventKind::Skipped(sender, count),
        Recorded::Rewritten { sender, bytes } => TapEventKind::Rewritten(sender, bytes),
        Recorded::End { sender } => TapEventKind::Ended(sender),
        Recorded::Reset { sender } => TapEventKind::Broken(Break::Reset(sender)),
        Recorded::Cut => TapEventKind::Broken(Break::Cut),
        Recorded::Unreached { why } => TapEventKind::Broken(Break::Unreached(why)),
        Recorded::Close => TapEventKind::Closed,
    };
    TapEvent { time: Time(time), connection: connection.into(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_replayed() {
        let addresses = ["127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap()];
        let [client, server] = addresses;
        for (line, expected) in [
            (
                r#"{"time":1,"connection":"1","event":"open","client":"127.0.0.1:1","server":"[::1]:2"}"#,
                TapEventKind::Opened(Opening { client, server, protocol: None }),
            ),
            (
                r#"{"time":1,"connection":"1.1","event":"open","client":"127.0.0.1:1","server":"[::1]:2","protocol":"data"}"#,
                TapEventKind::Opened(Opening { client, server, protocol: Some(TapProtocol::Data) }),
            ),
            (
                r#"{"time":2,"connection":"1","event":"bytes","sender":"client","bytes":"R0VU/w=="}"#,
                TapEventKind::Bytes(Sender::Client, b"GET\xFF".to_vec().into()),
            ),
            (
                r#"{"time":3,"connection":"1","event":"skipped","sender":"server","count":70000}"#,
                TapEventKind::Skipped(Sender::Server, 70_000),
            ),
            (
                r#"{"time":4,"connection":"1","event":"end","sender":"server"}"#,
                TapEventKind::Ended(Sender::Server),
            ),
            (r#"{"time":5,"connection":"1","event":"cut"}"#, TapEventKind::Broken(Break::Cut)),
            (r#"{"time":6,"connection":"1","event":"close"}"#, TapEventKind::Closed),
        ] {
            let read = event(serde_json::from_str(line).unwrap());
            assert_eq!(format!("{:?}", read.kind), format!("{expected:?}"), "{line}");
        }
    }
}
