//! The option that traces connections.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use anyhow::anyhow;
use clap::Args;

use super::named::Named;
use crate::log;
use crate::net::trace::{TraceFormat, Tracer};

/// The option of every command that has connections.
#[derive(Args, Clone, Debug, Default)]
pub struct TraceOptions {
    /// Record the bytes of all connections, without passwords and tokens: as text or jsonl, to standard error
    /// or FILE, or as pcap for Wireshark, to FILE
    #[arg(long, value_name = "FORMAT[:FILE]", hide_possible_values = true, help_heading = "Trace")]
    #[arg(value_parser = Named(Target::from_str, &["text", "jsonl", "pcap:"]))]
    trace: Option<Target>,

    /// The trace is opened once, even for several servers.
    #[arg(skip)]
    tracer: Arc<OnceLock<Tracer>>,
}

/// How a trace is written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    format: TraceFormat,
    file: Option<PathBuf>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once(':').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = match name {
            "text" => TraceFormat::Text,
            "jsonl" => TraceFormat::Jsonl,
            "pcap" if file.is_none() => return Err("pcap needs a file, as in pcap:trace.pcapng".into()),
            "pcap" => TraceFormat::Pcap,
            _ => return Err("formats are text, jsonl and pcap:FILE".into()),
        };
        match file {
            Some("") => Err(format!("{name}: needs the name of a file behind the colon")),
            file => Ok(Self { format, file: file.map(PathBuf::from) }),
        }
    }
}

impl TraceOptions {
    /// The requested trace.
    ///
    /// # Errors
    /// Its file cannot be written.
    pub fn tracer(&self) -> anyhow::Result<Option<Tracer>> {
        let Some(Target { format, file }) = &self.trace else { return Ok(None) };
        if self.tracer.get().is_none() {
            let opened = Tracer::new(*format, file.as_deref(), log::to_stderr).map_err(|error| {
                let file = file.clone().unwrap_or_default();
                anyhow!("cannot write the trace to '{}': {error}; name another file", file.display())
            })?;
            // It is not opened meanwhile: options are read on one thread.
            let _ = self.tracer.set(opened);
        }
        Ok(self.tracer.get().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_has_a_format_and_perhaps_a_file() {
        let target = |format, file: Option<&str>| Ok(Target { format, file: file.map(PathBuf::from) });
        for (text, expected) in [
            ("text", target(TraceFormat::Text, None)),
            ("jsonl", target(TraceFormat::Jsonl, None)),
            ("text:a", target(TraceFormat::Text, Some("a"))),
            ("jsonl:/tmp/a:b", target(TraceFormat::Jsonl, Some("/tmp/a:b"))),
            ("pcap:a.pcapng", target(TraceFormat::Pcap, Some("a.pcapng"))),
            ("pcap", Err("pcap needs a file, as in pcap:trace.pcapng".to_owned())),
            ("pcap:", Err("pcap: needs the name of a file behind the colon".to_owned())),
            ("json", Err("formats are text, jsonl and pcap:FILE".to_owned())),
            ("", Err("formats are text, jsonl and pcap:FILE".to_owned())),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
