//! Either protocol as one service, so that one set of engine threads carries both.

use std::rc::Rc;

use common::net::conn::Conn;
use common::net::engine::{Service, Worker};
use common::net::limits::Full;
use common::net::trace::Mask;
use ftp_mini::server::Ftp;
use http_mini::server::Http;

#[derive(Clone)]
pub(crate) enum EitherService {
    Http(Http),
    Ftp(Ftp),
}

pub(crate) enum EitherWorker {
    Http(Rc<<Http as Service>::Worker>),
    Ftp(Rc<<Ftp as Service>::Worker>),
}

impl Service for EitherService {
    type Worker = EitherWorker;

    fn worker(&self) -> EitherWorker {
        match self {
            Self::Http(http) => EitherWorker::Http(Rc::new(http.worker())),
            Self::Ftp(ftp) => EitherWorker::Ftp(Rc::new(ftp.worker())),
        }
    }

    fn mask(&self) -> Option<Box<dyn Mask>> {
        match self {
            Self::Http(http) => http.mask(),
            Self::Ftp(ftp) => ftp.mask(),
        }
    }

    fn client_speaks_first(&self) -> bool {
        match self {
            Self::Http(http) => http.client_speaks_first(),
            Self::Ftp(ftp) => ftp.client_speaks_first(),
        }
    }
}

impl Worker for EitherWorker {
    async fn serve(self: Rc<Self>, conn: Conn) {
        match &*self {
            Self::Http(http) => Rc::clone(http).serve(conn).await,
            Self::Ftp(ftp) => Rc::clone(ftp).serve(conn).await,
        }
    }

    async fn refuse(self: Rc<Self>, conn: Conn, why: Full) {
        match &*self {
            Self::Http(http) => Rc::clone(http).refuse(conn, why).await,
            Self::Ftp(ftp) => Rc::clone(ftp).refuse(conn, why).await,
        }
    }

    async fn refuse_unencrypted(self: Rc<Self>, conn: Conn) {
        match &*self {
            Self::Http(http) => Rc::clone(http).refuse_unencrypted(conn).await,
            Self::Ftp(ftp) => Rc::clone(ftp).refuse_unencrypted(conn).await,
        }
    }
}
