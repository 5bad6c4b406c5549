//! Connections to a server: direct, or through a tunnel of a proxy ([RFC 9110 section
//! 9.3.6](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6)), with TLS for https URLs.

use common::client::{Fault, FaultKind};
use common::net::clock::Stopwatch;
use common::net::conn::Conn;
use common::net::trace::Sender;

use super::origin::Origin;
use super::proxy::Proxy;
use super::{Client, Timing, head, trace};
use crate::content::mask;
use crate::wire::head::RequestHeadWriter;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) origin: Origin,
    pub(super) proxy: Option<Proxy>,
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) conn: Conn,
    pub(super) route: Route,
    /// It has carried a request before, so the server may have closed it in the meantime.
    pub(super) is_reused: bool,
    client: Client,
}

impl Connection {
    pub(super) fn keep(self) {
        self.client.0.pool.borrow_mut().give_back(self.route, self.conn);
    }
}

impl Client {
    /// A pooled connection to an origin, if it may be reused and there is one; otherwise a new one.
    pub(super) async fn connection(&self, origin: Origin, may_reuse: bool) -> Result<Connection, Fault> {
        self.0.timing.set(Timing::default());
        let proxy = self.0.options.proxies.of_origin(&origin)?;
        let route = Route { origin, proxy };
        let kept = if may_reuse { self.0.pool.borrow_mut().take(&route) } else { None };
        let (conn, is_reused) = match kept {
            Some(conn) => (conn, true),
            None => (Box::pin(self.connect(&route)).await?, false),
        };
        Ok(Connection { conn, route, is_reused, client: self.clone() })
    }

    async fn connect(&self, route: &Route) -> Result<Conn, Fault> {
        let options = &self.0.options;
        let first = route.proxy.as_ref().map_or(&route.origin, |proxy| &proxy.origin);
        let watch = Stopwatch::start();
        let conn = options.dialer.connect(&first.host, first.port).await?;
        let mut conn = conn.traced(options.tracer.as_ref(), Sender::Client, || Some(mask::new()));
        let mut timing = Timing { connect: Some(watch.elapsed()), ..Timing::default() };
        conn.set_timeouts(options.timeouts);
        options.trace.note(&format!("connected to {}", conn.peer()));
        if route.origin.is_secure {
            let watch = Stopwatch::start();
            if let Some(proxy) = &route.proxy {
                self.tunnel(&mut conn, route, proxy).await?;
            }
            conn.connect_tls(&self.tls()?, &route.origin.host).await?;
            timing.secure = Some(watch.elapsed());
        }
        self.0.timing.set(timing);
        Ok(conn)
    }

    async fn tunnel(&self, conn: &mut Conn, route: &Route, proxy: &Proxy) -> Result<(), Fault> {
        let to = route.origin.with_port();
        let mut head = RequestHeadWriter::new(conn.out(), "CONNECT", &to, &to);
        if let Some(authorization) = &proxy.authorization {
            head = head.field("Proxy-Authorization", authorization);
        }
        head.finish().map_err(|error| Fault::new(FaultKind::Usage, error.to_string()))?;
        let trace = self.0.options.trace;
        trace::request(trace, conn.out());
        let answer = head::read(conn, trace).await?;
        match answer.status().0 {
            200..=299 => Ok(()),
            407 => {
                Err(Fault::new(FaultKind::Refused, "the proxy wants a login; put it into the proxy's URL"))
            }
            code @ (502..=504) => {
                Err(Fault::passing(FaultKind::Network, format!("the proxy cannot reach the server ({code})")))
            }
            code => Err(Fault::new(FaultKind::Failed, format!("the proxy opens no tunnel ({code})"))),
        }
    }
}
