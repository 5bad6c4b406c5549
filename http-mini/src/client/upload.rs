//! Stores a file on a server: by PUT, or in pieces that go on where they were cut off, if the server says
//! that it knows the type `application/partial-upload`
//! ([draft-ietf-httpbis-resumable-upload](https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/)).

use std::fs::File;
use std::rc::Rc;

use common::client::{Credentials, Fault, Kind, Retries, Throttle, Transfer};
use common::files::Content;
use url::Url;

use super::Client;
use super::outgoing::{Meter, Outgoing};
use super::request::Request;
use super::response::Response;
use crate::wire::response::Status;

/// Files from this size on (1 MiB) are sent so that they can be gone on with; below it is not worth the
/// questions.
const RESUMABLE: u64 = 1 << 20;
/// The type of the content of a PATCH that goes on with an upload.
const PARTIAL: &str = "application/partial-upload";

/// What is stored, and how.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Asks the server.
    pub client: Client,
    /// Where it is to be.
    pub url: Url,
    /// Fields of the request, beside those that are made.
    pub fields: Vec<(String, String)>,
    /// Who the user is.
    pub login: Option<Credentials>,
    /// How often it is tried again.
    pub retries: Retries,
    /// How fast it may go.
    pub throttle: Throttle,
}

/// Where content comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file, of which each byte can be sent again.
    File(Rc<Content>),
    /// Something that is read once: standard input.
    Stream(Rc<File>),
}

impl Upload {
    /// Stores all of it.
    ///
    /// # Errors
    /// Those of the server and the connection.
    pub async fn run(&self, source: Source, transfer: &Rc<Transfer>) -> Result<(), Fault> {
        let meter = Meter { throttle: self.throttle.clone(), transfer: Rc::clone(transfer) };
        match source {
            Source::Stream(file) => {
                let file = file.try_clone();
                let file = file.map_err(|error| Fault::new(Kind::Failed, error.to_string()))?;
                transfer.start(None, 0);
                stored(self.request("PUT").content(Outgoing::stream(file, meter)).await?).await
            }
            Source::File(content) => {
                let size = content.meta().size;
                let mut goes_on = size >= RESUMABLE && self.can_go_on().await;
                let mut is_first = true;
                let attempt = async || {
                    let at = match goes_on {
                        true if is_first => Some(0),
                        true => self.offset(size).await?,
                        false => None,
                    };
                    is_first = false;
                    let span = at.unwrap_or_default()..size;
                    transfer.start(Some(size), span.start);
                    let outgoing = Outgoing::file(Rc::clone(&content), span, meter.clone());
                    let request = match at {
                        Some(at) => self.patch(at),
                        None => self.request("PUT"),
                    };
                    let response = request.content(outgoing).await?;
                    if at.is_some() && matches!(response.status(), Status(409 | 405 | 415 | 501)) {
                        // Somebody has taken the name meanwhile, or the server does not mean what it says.
                        goes_on = false;
                        return Err(Fault::passing(Kind::Failed, "the upload cannot go on; it starts over"));
                    }
                    stored(response).await
                };
                self.retries.persist(transfer, attempt).await
            }
        }
    }

    fn request(&self, method: &str) -> Request {
        let request = self.client.request(method, self.url.as_str());
        request.fields(&self.fields).login(self.login.clone())
    }

    fn patch(&self, at: u64) -> Request {
        let request = self.request("PATCH").field("Content-Type", PARTIAL);
        request.field("Upload-Offset", &at.to_string()).field("Upload-Complete", "?1")
    }

    /// Whether the server takes uploads in pieces, and the name is free: what exists is replaced whole.
    /// Without a clear word it does not.
    async fn can_go_on(&self) -> bool {
        let Ok(options) = self.request("OPTIONS").await else { return false };
        let takes_pieces = options
            .head()
            .fields()
            .list("accept-patch")
            .any(|kind| kind.eq_ignore_ascii_case(PARTIAL.as_bytes()));
        takes_pieces
            && matches!(self.request("HEAD").await, Ok(found) if matches!(found.status(), Status(404 | 204)))
    }

    /// How much the server has of what was sent; `None` where the upload cannot go on.
    async fn offset(&self, size: u64) -> Result<Option<u64>, Fault> {
        let response = self.request("HEAD").await?;
        let digits = response.head().fields().only_field("upload-offset");
        let offset = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        match response.status() {
            Status(204) => Ok(offset.filter(|&offset| offset <= size)),
            Status(404) => Ok(Some(0)),
            _ => Ok(None),
        }
    }
}

/// The server's word that it is stored.
async fn stored(response: Response) -> Result<(), Fault> {
    let mut response = response.ok()?;
    let mut piece = Vec::new();
    // What it says beside that is read so that the connection can be kept.
    while response.next(&mut piece).await? {
        piece.clear();
    }
    Ok(())
}
