//! `mini tap`: a proxy between a real client and a real server that forwards bytes first and explains a copy of them.
//!
//! One thread forwards (`connections`, `relay`, `ftp`), one explains (`explain`), and one serves the page (`feed`); a
//! bounded `queue` leads from the first to the second, so that a slow terminal or page never slows the connection.

mod bulk;
mod connections;
mod explain;
mod feed;
mod ftp;
mod line;
mod output;
mod protocol;
mod queue;
mod record;
mod relay;
mod speech;
mod words;

use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use common::command::{CommandFailure, Lang, announce, language};
use common::log;
use common::net::endpoint::{Endpoint, HostPort};
use common::net::listen::{Address, Listener};
use common::net::shutdown::Stop;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::oneshot;
use tokio::task::spawn_local;

use crate::page;
use crate::remote::THIS_MACHINE;
use connections::Tap;
use explain::Explainer;
use feed::Feed;
use output::{Outputs, Terminal};
use protocol::TapProtocol;
use queue::queue;
use record::RecordFile;
use relay::{Cut, Faults};

/// Ports of `--relay-ports` at most.
const MAX_RELAY_PORTS: usize = 1_000;

#[derive(Args)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub(crate) struct TapCommand {
    /// Address to listen on: PORT or :PORT (all addresses), HOST:PORT or IP:PORT
    #[arg(long, visible_alias = "port", value_name = "ADDR", required_unless_present = "replay")]
    listen: Option<HostPort>,

    /// The server: PORT or :PORT (on this machine), HOST:PORT or IP:PORT
    #[arg(long, value_name = "ADDR", required_unless_present = "replay")]
    to: Option<HostPort>,

    /// Serve a live page at this address; PORT or :PORT is on this machine only
    #[arg(long, value_name = "ADDR")]
    page: Option<HostPort>,

    /// The protocol: http or ftp [default: FTP if the server sends first, else HTTP]
    #[arg(long = "as", value_name = "PROTOCOL", hide_possible_values = true)]
    protocol: Option<TapProtocol>,

    /// Relay these ports to the same ports of the server: the data connections of FTP over TLS
    #[arg(long, value_name = "A-B", value_parser = ports)]
    relay_ports: Option<RangeInclusive<u16>>,

    /// Show passwords; only if every address is on loopback
    #[arg(long)]
    show_passwords: bool,

    /// Do not print on the terminal
    #[arg(long)]
    quiet: bool,

    /// Language of explanations: en or id [default: from LC_ALL or LANG]
    #[arg(long, value_name = "LANG", hide_possible_values = true)]
    lang: Option<Lang>,

    /// Record to a new file, as JSON lines; passwords are masked
    #[arg(long, value_name = "FILE", help_heading = "Recordings")]
    record: Option<PathBuf>,

    /// Show a recording instead of a connection
    #[arg(long, value_name = "FILE", help_heading = "Recordings")]
    #[arg(conflicts_with_all = ["listen", "to", "record", "protocol", "relay_ports", "split", "delay", "cut_after"])]
    replay: Option<PathBuf>,

    /// Replay at N times the original speed; 0: without pauses
    #[arg(long, value_name = "N", default_value_t = 1.0, requires = "replay", help_heading = "Recordings")]
    #[arg(value_parser = speed)]
    speed: f64,

    /// Forward at most N bytes per write, with a pause of 1 ms between writes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Faults")]
    split: Option<u32>,

    /// Delay each write by MS milliseconds
    #[arg(long, value_name = "MS", help_heading = "Faults")]
    delay: Option<u32>,

    /// End a connection after N bytes in one direction
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Faults")]
    cut_after: Option<u64>,

    /// How --cut-after ends a connection: reset or fin
    #[arg(long, value_name = "HOW", default_value = "reset", hide_possible_values = true)]
    #[arg(requires = "cut_after", help_heading = "Faults")]
    cut_by: CutBy,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CutBy {
    Reset,
    Fin,
}

const EXAMPLES: &str = "\
Examples:
  mini tap --listen localhost:8000 --to localhost:8080
                             then: curl http://localhost:8000/
  mini tap --listen localhost:2100 --to localhost:2121 --page 8001
                             FTP, with a page for a projector
  mini tap --listen localhost:8000 --to :8080 --split 1
                             one byte at a time
  mini tap --listen localhost:8000 --to :8080 --cut-after 1000 --cut-by fin
                             the response ends early
  mini tap --listen 192.0.2.7:21 --to 192.0.2.8:21 --relay-ports 50000-50050
                             FTP over TLS
  mini tap --listen localhost:8000 --to :8080 --record lesson.jsonl
  mini tap --replay lesson.jsonl --page 8001 --speed 2";

impl TapCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        log::start(None, log::LogOutput::StandardError);
        log::start_writing()?;
        let stop = Stop::on_signals(|| log::notice(format_args!("SIGHUP: there is nothing to reload")))?;
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        let tapped = bind(self.listen.as_ref(), "::")?;
        let page = bind(self.page.as_ref(), "127.0.0.1")?;
        let mut bound = tapped.iter().chain(&page).flat_map(|(listeners, _)| listeners);
        if self.show_passwords && !bound.all(is_loopback) {
            let hint = "--show-passwords needs every address on loopback, as in --listen localhost:8000";
            return Err(CommandFailure::Usage(hint.into()).into());
        }
        let scheme = match self.protocol {
            Some(TapProtocol::Http) => "http",
            Some(TapProtocol::Ftp) => "ftp",
            _ => "tcp",
        };
        let line = |scheme, bound: &Option<Bound>| {
            bound.as_ref().map(|(_, address)| (scheme, Endpoint::Inet(address.clone())))
        };
        let lines: Vec<_> = line(scheme, &tapped).into_iter().chain(line("http", &page)).collect();
        let announced = || announce(&lines, None);
        let listeners = tapped.map_or_else(Vec::new, |(listeners, _)| listeners);
        let listeners: Vec<_> =
            runtime.block_on(async { listeners.iter().map(socket).collect::<io::Result<_>>() })?;
        let relayed = runtime.block_on(self.bind_relay_ports(&listeners))?;
        let language = language(self.lang);
        let feed = page.is_some().then(|| Feed::new(language));
        let outputs = Outputs {
            terminal: (!self.quiet).then(|| Terminal::new(language)),
            feed: feed.clone(),
            recording: self.record.clone().map(RecordFile::create).transpose()?,
            shows_passwords: self.show_passwords,
        };
        let serving = feed.zip(page).map(|(feed, page)| serve_page(page, feed, stop.clone())).transpose()?;
        let explainer = Explainer::new(language, outputs, self.replay.is_some());
        match self.replay {
            Some(recording) => replay(recording, self.speed, explainer, announced, stop, &runtime)?,
            None => self.tap(listeners, relayed, explainer, announced, stop, runtime)?,
        }
        serving.map_or(Ok(()), join)
    }

    /// Forwards until a stop is requested.
    fn tap(
        &self,
        listeners: Vec<TcpListener>,
        relayed: Vec<(TcpListener, u16)>,
        explainer: Explainer,
        announced: impl FnOnce() -> io::Result<()>,
        mut stop: Stop,
        runtime: LocalRuntime,
    ) -> anyhow::Result<()> {
        let to = self.to.clone().context("--to is missing")?;
        to.resolve(THIS_MACHINE)
            .map_err(|error| CommandFailure::Network(format!("cannot find {to}: {error}; check the name")))?;
        let (queue, events) = queue(self.record.is_some());
        let explaining = spawn("explain", move || explainer.run(&events))?;
        let tap = Tap::new(to, self.faults(), self.protocol, queue);
        announced()?;
        runtime.block_on(async {
            for (listener, port) in relayed {
                spawn_local(Rc::clone(&tap).accept_data(listener, port));
            }
            for listener in listeners {
                spawn_local(Rc::clone(&tap).accept(listener));
            }
            drop(tap);
            stop.requested().await;
        });
        // Ends the connections, which closes the queue.
        drop(runtime);
        explaining.join().map_err(|_| anyhow!("the explanation ended unexpectedly"))
    }

    fn faults(&self) -> Faults {
        Faults {
            split: self.split.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
            delay: self.delay.map(|delay| Duration::from_millis(delay.into())),
            cut: self.cut_after.map(|after| Cut { after, is_reset: self.cut_by == CutBy::Reset }),
        }
    }

    /// Listens on each port of `--relay-ports` at every address of the tap.
    async fn bind_relay_ports(&self, listeners: &[TcpListener]) -> anyhow::Result<Vec<(TcpListener, u16)>> {
        let mut bound = Vec::new();
        for port in self.relay_ports.clone().into_iter().flatten() {
            for listener in listeners {
                let address = SocketAddr::new(listener.local_addr()?.ip(), port);
                let relayed = TcpListener::bind(address).await.map_err(|error| {
                    anyhow!("cannot relay port {port}: {error}; is the server on the same address?")
                })?;
                bound.push((relayed, port));
            }
        }
        Ok(bound)
    }
}

/// Explains a recording. Without a page the command ends with it.
fn replay(
    path: PathBuf,
    speed: f64,
    explainer: Explainer,
    announced: impl FnOnce() -> io::Result<()>,
    mut stop: Stop,
    runtime: &LocalRuntime,
) -> anyhow::Result<()> {
    let recording = record::open(&path)?;
    let (queue, events) = queue(true);
    let explaining = spawn("explain", move || explainer.run(&events))?;
    announced()?;
    let (done, finished) = oneshot::channel();
    // A thread of its own, since it sleeps between the lines.
    spawn("replay", move || done.send(record::replay(recording, &path, speed, &queue)))?;
    let replayed = runtime.block_on(async {
        tokio::select! {
            replayed = finished => replayed.ok(),
            () = stop.requested() => None,
        }
    });
    let Some(replayed) = replayed else { return Ok(()) };
    explaining.join().map_err(|_| anyhow!("the explanation ended unexpectedly"))?;
    replayed
}

fn serve_page((listeners, bound): Bound, feed: Feed, stop: Stop) -> io::Result<JoinHandle<io::Result<()>>> {
    spawn("page", move || page::serve(listeners, &bound, &feed, stop, || Ok(())))
}

fn join(serving: JoinHandle<io::Result<()>>) -> anyhow::Result<()> {
    let served = serving.join().map_err(|_| anyhow!("the page ended unexpectedly"))?;
    served.context("cannot serve the page")
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.into()).spawn(run)
}

/// Listeners, and the address with the actual port.
type Bound = (Vec<Listener>, HostPort);

/// Listens at an address, if it is given.
fn bind(address: Option<&HostPort>, default: &str) -> anyhow::Result<Option<Bound>> {
    let Some(address) = address else { return Ok(None) };
    let failed = |error| anyhow!("cannot listen on {address}: {error}; choose another address or port");
    address.listen(default).map(Some).map_err(failed)
}

fn socket(listener: &Listener) -> io::Result<TcpListener> {
    TcpListener::from_std(listener.as_fd().try_clone_to_owned()?.into())
}

fn is_loopback(listener: &Listener) -> bool {
    matches!(listener.address(), Address::Inet(address) if address.ip().is_loopback())
}

fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let hint = || format!("write it like 50000-50050, with at most {MAX_RELAY_PORTS} ports");
    let (first, last) = text.split_once('-').ok_or_else(hint)?;
    let (first, last) = (first.parse::<u16>().map_err(|_| hint())?, last.parse().map_err(|_| hint())?);
    let count = usize::from(u16::saturating_sub(last, first)) + 1;
    (first > 0 && first <= last && count <= MAX_RELAY_PORTS).then_some(first..=last).ok_or_else(hint)
}

fn speed(text: &str) -> Result<f64, &'static str> {
    let speed = text.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed >= 0.0);
    speed.ok_or("write a number from 0 on, as in 2 or 0.5")
}
