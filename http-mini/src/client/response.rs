//! [`Response`]: the head of a response, and its content.

use std::path::PathBuf;
use std::time::SystemTime;

use common::client::{Fault, FaultKind, Hint};
use common::escape::printable;
use common::net::clock;
use syntax::{decimal, unix_time};
use tokio::time::timeout;
use url::Url;

use super::content::{Lost, ResponseContent};
use super::reason::{self, ReasonForm};
use crate::content::decoding::CodingDecoder;
use crate::wire::coding;
use crate::wire::credentials;
use crate::wire::date;
use crate::wire::response::{ResponseHead, Status};
use crate::wire::retry_after;

/// The response to a request, before its content is read.
#[derive(Debug)]
pub struct Response {
    head: ResponseHead,
    url: Url,
    content: ResponseContent,
    decoder: Option<Box<CodingDecoder>>,
    /// Received and not decoded yet.
    encoded: Vec<u8>,
    /// Content of a refusal that was read for its reason, and is returned first.
    begun: Vec<u8>,
    reason: Option<String>,
    /// The `.netrc` that contains the login.
    netrc: Option<PathBuf>,
}

impl Response {
    /// Content in the coding `keeps` is not decoded; other content is decoded to at most `limit` bytes.
    pub(super) fn new(
        head: ResponseHead,
        url: Url,
        content: ResponseContent,
        (keeps, limit): (Option<coding::CodingName>, u64),
        netrc: Option<PathBuf>,
    ) -> Result<Self, Fault> {
        // Content of length 0 cannot be decoded, whatever the field says, and neither can a part.
        let is_whole = content.left() != Some(0) && head.status() != Status(206);
        let coding = match is_whole {
            true => coding::of_content(head.fields()),
            false => Ok(None),
        };
        let coding = coding.map_err(|error| Fault::new(FaultKind::Failed, error.to_string()))?;
        let decoder = match coding.filter(|_| coding != keeps) {
            Some(coding) => Some(Box::new(CodingDecoder::new(coding, limit).map_err(Lost::from)?)),
            None => None,
        };
        Ok(Self { head, url, content, decoder, encoded: Vec::new(), begun: Vec::new(), reason: None, netrc })
    }

    /// Reads the start of a refusal's content, which may state the reason.
    pub(super) async fn with_reason(mut self) -> Self {
        let Some(form) = ReasonForm::of(&self.head).filter(|_| self.decoder.is_none()) else { return self };
        let mut begun = Vec::new();
        let reading = async {
            // If the content is cut off, its reader gets the error.
            while begun.len() < reason::READ
                && self.content.next(&mut begun, reason::READ).await.is_ok_and(|has_more| has_more)
            {
            }
        };
        let _ = timeout(reason::WAIT, reading).await;
        self.reason = form.reason(&begun, self.status());
        self.begun = begun;
        self
    }

    /// The status code.
    pub fn status(&self) -> Status {
        self.head.status()
    }

    /// The head as received.
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// The value of the first field of this name.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.head.fields().field(name)
    }

    /// The URL after all redirects, without a login and a fragment.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The response if its status is 2xx.
    ///
    /// # Errors
    ///
    /// [`FaultKind::NotFound`] (404, 410), [`FaultKind::Refused`] (401, 403, 407) or else
    /// [`FaultKind::Failed`]. Temporary failures (408, 429, 502 to 504) can be retried after the time that
    /// the server requests.
    pub fn ok(self) -> Result<Self, Fault> {
        match self.status().0 {
            200..=299 => Ok(self),
            _ => Err(self.fault()),
        }
    }

    /// Succeeds if the server has done what the request asks for. The content is read so that the connection can be
    /// reused.
    ///
    /// # Errors
    ///
    /// See [`Response::ok`]; [`FaultKind::Failed`] for 207 (RFC 4918 section 11.1), which names entries that
    /// failed.
    pub async fn done(self) -> Result<(), Fault> {
        let mut response = self.ok()?;
        if response.status() == Status(207) {
            return Err(Fault::new(
                FaultKind::Failed,
                "the server could not do it for every entry of the directory",
            ));
        }
        let mut piece = Vec::new();
        while response.next(&mut piece).await? {
            piece.clear();
        }
        Ok(())
    }

    /// The fault of a status of 400 and above.
    pub fn failure(&self) -> Option<Fault> {
        (self.status().0 >= 400).then(|| self.fault())
    }

    /// The fault of a status other than 2xx.
    pub(super) fn fault(&self) -> Fault {
        let Status(code) = self.status();
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let what = format!("the server answers {}{reason}", self.status());
        let (kind, advice) = match code {
            404 | 410 => (FaultKind::NotFound, "; check the path"),
            401 if !credentials::offers_basic(self.head.fields(), "www-authenticate") => {
                (FaultKind::Refused, "; it wants a login in a way that is not known here")
            }
            401 if self.netrc.is_none() => {
                return Fault::new(FaultKind::Refused, what).with_hint(Hint::LogIn);
            }
            401 => (FaultKind::Refused, ""),
            403 => (FaultKind::Refused, "; this user may not"),
            407 => (FaultKind::Refused, "; put the proxy's login into its URL"),
            _ => (FaultKind::Failed, ""),
        };
        let why = match (code, &self.netrc) {
            (401, Some(file)) => {
                let file = file.display().to_string();
                format!("{what}; the login is from '{}', check that file", printable(file.as_bytes()))
            }
            _ => format!("{what}{advice}"),
        };
        if !matches!(code, 408 | 429 | 502..=504) {
            return Fault::new(kind, why);
        }
        let fault = Fault::passing(kind, why);
        match retry_after::of_response(self.head.fields(), clock::now()) {
            Some(wait) => fault.after(wait),
            None => fault,
        }
    }

    /// Whether content ends with an unencrypted connection, so that a truncation cannot be detected.
    pub(super) fn may_be_cut(&self) -> bool {
        self.content.ends_by_close()
    }

    /// Appends at least one byte of the content. Returns `false` without appending at its end.
    ///
    /// # Errors
    /// [`FaultKind::Integrity`] for content that is cut off, malformed or above the limit;
    /// [`FaultKind::Network`].
    pub async fn next(&mut self, into: &mut Vec<u8>) -> Result<bool, Fault> {
        Ok(self.next_of(into, usize::MAX).await?)
    }

    /// Like [`Self::next`], receiving about `most` bytes.
    pub(super) async fn next_of(&mut self, into: &mut Vec<u8>, most: usize) -> Result<bool, Lost> {
        if !self.begun.is_empty() {
            into.append(&mut self.begun);
            return Ok(true);
        }
        let Some(decoder) = &mut self.decoder else { return self.content.next(into, most).await };
        loop {
            let before = into.len();
            let used = decoder.decode(&self.encoded, into)?;
            self.encoded.drain(..used.min(self.encoded.len()));
            if into.len() > before {
                return Ok(true);
            }
            if !self.encoded.is_empty() && used > 0 {
                continue;
            }
            if !self.content.next(&mut self.encoded, most).await? {
                if let Some(decoder) = self.decoder.take() {
                    decoder.finish()?;
                }
                return Ok(false);
            }
        }
    }

    /// The complete content, at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// See [`Response::next`]; [`FaultKind::Failed`] beyond the limit.
    pub async fn bytes(mut self, limit: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        while self.next(&mut bytes).await? {
            if bytes.len() > limit {
                return Err(Fault::new(
                    FaultKind::Failed,
                    format!("the content is larger than {limit} bytes"),
                ));
            }
        }
        Ok(bytes)
    }

    /// The complete content as text, like [`Response::bytes`]; invalid UTF-8 is replaced.
    pub async fn text(self, limit: usize) -> Result<String, Fault> {
        Ok(String::from_utf8_lossy(&self.bytes(limit).await?).into_owned())
    }

    /// The size of the representation, if the head states it.
    pub fn size(&self) -> Option<u64> {
        let fields = self.head.fields();
        match fields.only_field("content-length") {
            // Apache omits the length of an empty representation in the response to HEAD.
            None if fields.field("transfer-encoding").is_none() => Some(0),
            value => value.and_then(decimal::parse),
        }
    }

    /// The modification time, if the head states it.
    pub fn modified(&self) -> Option<SystemTime> {
        self.time("last-modified")
    }

    fn time(&self, field: &str) -> Option<SystemTime> {
        self.head.fields().only_field(field).and_then(|value| date::read(value, clock::now()))
    }

    /// Whether the head describes a representation of this size and modification time, to the second. A time that
    /// equals Date may be a later one that the server limits to the present (RFC 9110 section 8.8.2.1), so only the
    /// size counts then; a file that really changed in that second is noticed by the next request.
    pub(super) fn is_as(&self, size: u64, modified: SystemTime) -> bool {
        let modified = unix_time::seconds(modified);
        let [said, date] = [self.modified(), self.time("date")].map(|time| time.map(unix_time::seconds));
        let may_be_limited = said.is_some_and(|said| date == Some(said) && modified <= said);
        self.size() == Some(size) && (said == Some(modified) || may_be_limited)
    }

    /// Bytes still to be received, if known.
    pub(super) fn left(&self) -> Option<u64> {
        let left = self.content.left().filter(|_| self.decoder.is_none())?;
        Some(left + self.begun.len() as u64)
    }
}
