//! Echo over UDP: a datagram of 0 to 65,507 bytes is answered with itself.
//!
//! The source address of a datagram can be forged, so an echo server can be made to flood others, or to
//! exchange datagrams with another echo server without end. Hence it listens on loopback by default, does not
//! answer ports below 1024 (where services listen) or its own port, and limits the rate of each source. A
//! loop of two servers has one datagram in it; the first one that is not answered ends it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use common::command::announce;
use common::log;
use common::net::endpoint::{Endpoint, HostPort};
use common::net::shutdown::Stop;
use tokio::net::UdpSocket;

use crate::narration::Narration;

/// The longest payload of a datagram over IPv4, in bytes: 65,535 less the headers.
const LONGEST: usize = 65_507;
/// The lowest source port that is answered.
const LOWEST_PORT: u16 = 1_024;
/// Datagrams that one source may send at once, and per second from then on.
const BURST: u32 = 200;
const PER_SECOND: u32 = 100;
/// Sources that are remembered.
const SOURCES: usize = 10_000;

/// A name is listened for at the first of its addresses.
pub(super) fn serve(listen: &HostPort, narration: &Narration) -> anyhow::Result<()> {
    log::start(None, log::LogOutput::StandardError);
    log::start_writing()?;
    let mut stop = Stop::on_signals(|| log::notice(format_args!("SIGHUP: there is nothing to reload")))?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().on_thread_park(log::hand_over).build()?;
    runtime.block_on(async {
        let taken = |error| anyhow!("cannot listen on {listen}: {error}; choose another address or port");
        let addresses = listen.resolve("::").map_err(taken)?;
        let socket = UdpSocket::bind(&*addresses).await.map_err(taken)?;
        let own = socket.local_addr()?;
        announce(&[("udp", Endpoint::Inet(listen.with_port(own.port())))], None)?;
        tokio::select! {
            () = stop.requested() => Ok(()),
            failed = answer_all(&socket, own.port(), narration) => Err(failed).context("cannot receive"),
        }
    })
}

/// Ends only when the socket fails.
async fn answer_all(socket: &UdpSocket, own_port: u16, narration: &Narration) -> std::io::Error {
    let mut rates = Rates::default();
    let mut datagram = vec![0; LONGEST];
    loop {
        let (length, source) = match socket.recv_from(&mut datagram).await {
            Ok(received) => received,
            // The receiver of an earlier answer refused it.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => continue,
            Err(error) => return error,
        };
        let datagram = datagram.get(..length).unwrap_or_default();
        narration.datagram(source, datagram);
        let is_service = source.port() < LOWEST_PORT || source.port() == own_port;
        if !is_service && rates.allow(source.ip(), Instant::now()) {
            // An answer that cannot be sent is lost, as datagrams may be.
            let _ = socket.send_to(datagram, source).await;
        }
    }
}

/// A token bucket for each source.
#[derive(Default)]
struct Rates(HashMap<IpAddr, Bucket>);

struct Bucket {
    tokens: u32,
    filled: Instant,
}

impl Rates {
    fn allow(&mut self, source: IpAddr, now: Instant) -> bool {
        if self.0.len() >= SOURCES && !self.0.contains_key(&source) {
            let refill = Duration::from_secs(u64::from(BURST / PER_SECOND));
            self.0.retain(|_, bucket| now.duration_since(bucket.filled) < refill);
            if self.0.len() >= SOURCES {
                return false;
            }
        }
        let bucket = self.0.entry(source).or_insert(Bucket { tokens: BURST, filled: now });
        let earned = now.duration_since(bucket.filled).as_millis() * u128::from(PER_SECOND) / 1_000;
        if earned > 0 {
            bucket.tokens = BURST.min(bucket.tokens.saturating_add(u32::try_from(earned).unwrap_or(BURST)));
            bucket.filled = now;
        }
        let allowed = bucket.tokens > 0;
        bucket.tokens = bucket.tokens.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_its_rate() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let answered = |rates: &mut Rates, source, at| (0..1_000).filter(|_| rates.allow(source, at)).count();
        assert_eq!(answered(&mut rates, one, start), 200, "the burst");
        assert_eq!(answered(&mut rates, one, start), 0, "and then nothing");
        assert_eq!(answered(&mut rates, other, start), 200, "another source has its own");
        assert_eq!(
            answered(&mut rates, one, start + Duration::from_millis(500)),
            50,
            "half a second's worth"
        );
        assert_eq!(
            answered(&mut rates, one, start + Duration::from_secs(60)),
            200,
            "never more than the burst"
        );
    }

    #[test]
    fn no_more_sources_are_remembered_than_the_limit() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        for number in 0..SOURCES as u32 {
            assert!(rates.allow(IpAddr::from(number.to_be_bytes()), start));
        }
        let late = IpAddr::from([203, 0, 113, 1]);
        assert!(!rates.allow(late, start), "full");
        assert!(rates.allow(late, start + Duration::from_secs(3)), "those who are quiet make room");
        assert_eq!(rates.0.len(), 1);
    }
}
