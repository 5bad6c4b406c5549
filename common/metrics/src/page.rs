//! The HTTP service of the page: `/metrics`, `/livez` and `/readyz`. It has no users and no files.

use std::rc::Rc;
use std::sync::Arc;

use common::metrics::process::Process;
use common::net::conn::{Broken, Conn};
use common::net::engine::{Service, Worker};
use common::net::limits::Full;
use http_wire::framing::{self, Framing};
use http_wire::head::{self, Method, RequestHead, Version};
use http_wire::response::{ResponseHeadWriter, Status};

use super::health::Health;
use super::{MetricsSource, exposition};

/// The media type of the text format of Prometheus.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";

#[derive(Clone, Debug)]
pub(crate) struct Page(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    health: Health,
    process: Process,
    sources: Vec<MetricsSource>,
}

impl Page {
    pub(crate) fn new(health: Health, process: Process, sources: Vec<MetricsSource>) -> Self {
        Self(Arc::new(Shared { health, process, sources }))
    }

    /// The status, media type and content for a request.
    async fn answer(&self, head: &RequestHead) -> (u16, &'static str, String) {
        let Shared { health, process, sources } = &*self.0;
        let health = match (head.method(), head.target().path()) {
            (Method::Get | Method::Head, b"/metrics") => {
                return (200, METRICS_TYPE, exposition(&health.root, process, sources));
            }
            (Method::Get | Method::Head, b"/livez") => Health::liveness(),
            (Method::Get | Method::Head, b"/readyz") => health.readiness().await,
            (Method::Get | Method::Head, _) => {
                return (404, TEXT_TYPE, "there are /metrics, /livez and /readyz\n".into());
            }
            _ => return (405, TEXT_TYPE, "use GET\n".into()),
        };
        match health {
            Ok(()) => (200, TEXT_TYPE, "ok\n".into()),
            Err(why) => (503, TEXT_TYPE, format!("{why}\n")),
        }
    }
}

impl Service for Page {
    type Worker = Self;

    fn worker(&self) -> Self {
        self.clone()
    }

    fn client_speaks_first(&self) -> bool {
        true
    }
}

impl Worker for Page {
    async fn serve(self: Rc<Self>, mut conn: Conn) {
        loop {
            let head = match conn.next(head::parse).await {
                Ok(Some(head)) => head,
                Ok(None) | Err(Broken::Io(_)) => return,
                Err(Broken::Input(violation)) => {
                    write(&mut conn, None, (400, TEXT_TYPE, format!("{violation}\n")), false);
                    return conn.linger().await;
                }
            };
            let answer = self.answer(&head).await;
            // Content is not read, so that nothing behind it is understood as a request.
            let persists = head.persists() && matches!(framing::of_request(&head), Ok(Framing::None));
            write(&mut conn, persists.then_some(head.version()), answer, head.method() == Method::Head);
            if !persists {
                return conn.linger().await;
            }
        }
    }

    async fn refuse(self: Rc<Self>, mut conn: Conn, _why: Full) {
        write(&mut conn, None, (503, TEXT_TYPE, "too many connections\n".into()), false);
        conn.linger().await;
    }
}

/// Queues a response. `persists` is the version of a client whose connection is kept; `is_head`: without the content.
fn write(
    conn: &mut Conn,
    persists: Option<Version>,
    (status, media_type, text): (u16, &str, String),
    is_head: bool,
) {
    ResponseHeadWriter::new(conn.out(), Status(status))
        .field("Content-Type", media_type)
        .field("Cache-Control", "no-store")
        .field("X-Content-Type-Options", "nosniff")
        .length(text.len() as u64)
        .connection(persists.is_some(), persists.unwrap_or(Version::Http11))
        .finish();
    if !is_head {
        conn.out().extend_from_slice(text.as_bytes());
    }
}
