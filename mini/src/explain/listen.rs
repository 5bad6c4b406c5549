//! `mini explain --listen`: the page with an editor. The input is explained and not stored.

use std::io;

use anyhow::{Context as _, anyhow};
use clap::ValueEnum as _;
use common::command::announce;
use common::net::conn::Conn;
use common::net::endpoint::{Endpoint, HostPort};
use common::net::shutdown::Stop;
use http_wire::head::Method;
use http_wire::query;
use syntax::rule::Language;

use super::explanation::{ExplainOptions, explain};
use super::kind::InputKind;
use super::{input, page};
use crate::page::{PageFile, PageRequest, Site, answer, serve};
use crate::remote::THIS_MACHINE;

/// Reads that are shown byte by byte, at most.
const READS: usize = 4_096;

/// Serves the page until SIGINT or SIGTERM.
pub(super) fn run(address: &HostPort, options: ExplainOptions) -> anyhow::Result<()> {
    let stop = Stop::on_signals(|| {})?;
    let (listeners, bound) = address
        .listen(THIS_MACHINE)
        .map_err(|error| anyhow!("cannot listen on {address}: {error}; choose another address or port"))?;
    let announced = [("http", Endpoint::Inet(bound.clone()))];
    serve(listeners, &bound, &Editor { options }, stop, || announce(&announced, None))
        .context("cannot serve the page")
}

#[derive(Clone)]
struct Editor {
    options: ExplainOptions,
}

impl Site for Editor {
    fn files(&self) -> &'static [PageFile] {
        page::FILES
    }

    async fn respond(&self, request: PageRequest, conn: &mut Conn) -> io::Result<bool> {
        let PageRequest { head, content } = request;
        let (method, target) = (head.method(), head.target());
        let query = target.query().unwrap_or_default();
        let language = match query::get(query, "lang").as_deref() {
            Some(b"id") => Language::Indonesian,
            Some(b"en") => Language::English,
            _ => self.options.language,
        };
        let (status, media_type, body) = match (target.path(), method) {
            (b"/", Method::Get | Method::Head) => (200, "text/html; charset=utf-8", page::editor(language)?),
            (b"/explain", Method::Post) => match self.explain(query, language, content) {
                Ok(json) => (200, "application/json", json),
                Err(why) => (422, "text/plain; charset=utf-8", why),
            },
            (b"/" | b"/explain", _) => (405, "text/plain; charset=utf-8", "405 Method Not Allowed\n".into()),
            _ => (404, "text/plain; charset=utf-8", "404 Not Found\n".into()),
        };
        answer(conn, status, media_type, body.as_bytes(), &head);
        Ok(true)
    }
}

impl Editor {
    /// The explanation of the editor's content, as JSON.
    fn explain(&self, query: &[u8], language: Language, bytes: Vec<u8>) -> Result<String, String> {
        let value = |name| query::get(query, name).map(|value| String::from_utf8_lossy(&value).into_owned());
        let kind = value("as").map(|kind| InputKind::from_str(&kind, false)).transpose()?;
        let reads = match value("reads").as_deref() {
            None => Vec::new(),
            Some("every") => (1..bytes.len().min(READS)).collect(),
            Some(list) => {
                list.split(',').filter_map(|offset| offset.trim().parse().ok()).take(READS).collect()
            }
        };
        let input = input::read(bytes, kind).map_err(|input::Unreadable(why)| why)?;
        let options = ExplainOptions { language, reads, ..self.options.clone() };
        let mut explanation = explain(input, &options);
        page::data(&mut explanation).map_err(|error| error.to_string())
    }
}
