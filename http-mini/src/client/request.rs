//! [`Request`], and its changes when the server redirects it.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use common::client::{Fault, FaultKind, UserCredentials};
use url::Url;

use super::Client;
use super::exchange;
use super::head::Call;
use super::origin::{self, bare};
use super::outgoing::Outgoing;
use super::redirect::{self, REDIRECTS_LIMIT};
use super::response::Response;
use crate::wire::coding;
use crate::wire::credentials::Basic;

/// One request. It is sent when it is awaited.
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct Request {
    client: Client,
    method: String,
    url: Result<Url, Fault>,
    /// Fields that the request needs, also at another origin.
    fields: Vec<(String, String)>,
    /// Fields of the caller, sent to the origin of the URL only: any of them may be a secret.
    given: Vec<(String, String)>,
    login: Option<UserCredentials>,
    content: Outgoing,
    /// The value of Accept-Encoding.
    accepted: &'static str,
    /// The coding that is not decoded.
    keeps: Option<coding::CodingName>,
}

impl Request {
    pub(super) fn new(client: Client, method: &str, url: Result<Url, Fault>) -> Self {
        Self {
            client,
            method: method.to_owned(),
            url,
            fields: Vec::new(),
            given: Vec::new(),
            login: None,
            content: Outgoing::default(),
            accepted: coding::ACCEPTED,
            keeps: None,
        }
    }

    /// Adds a field for the origin of the URL; it is not sent to another origin after a redirect. A field
    /// that is malformed, or determines the framing, is an error when the request is sent.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.given.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds fields, like [`Self::field`].
    pub fn fields(mut self, fields: &[(String, String)]) -> Self {
        self.given.extend_from_slice(fields);
        self
    }

    /// Adds a field that is also sent after a redirect to another origin.
    pub(super) fn own_field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Logs in with Basic authentication. A password in the URL takes precedence, and a field Authorization over
    /// both.
    pub fn login(mut self, login: Option<UserCredentials>) -> Self {
        self.login = login;
        self
    }

    /// Sets the content to send.
    pub fn content(mut self, content: impl Into<Outgoing>) -> Self {
        self.content = content.into();
        self
    }

    /// Requests the content without a coding, for storing it in a file. A coding other than `keeps`, which is
    /// the file's own, is decoded nevertheless.
    pub fn uncoded(mut self, keeps: Option<coding::CodingName>) -> Self {
        (self.accepted, self.keeps) = ("identity", keeps);
        self
    }

    fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Sends the request and follows redirects. The login and the caller's fields are sent to the origin of the
    /// URL only, and no longer after a redirect to another origin.
    async fn send(mut self) -> Result<Response, Fault> {
        let mut url = self.url.clone()?;
        if !self.has("authorization")
            && let Some(authorization) = authorization(&url, self.login.as_ref())?
        {
            self.given.push(("Authorization".into(), authorization));
        }
        for _ in 0..=REDIRECTS_LIMIT {
            let mut fields = [&self.fields[..], &self.given].concat();
            if !self.has("accept-encoding") {
                fields.push(("Accept-Encoding".into(), self.accepted.into()));
            }
            let call = Call { method: &self.method, url: &url, fields: &fields, content: &self.content };
            let (head, content) = exchange::perform(&self.client, &call).await?;
            let Some(next) = redirect::next(&head, &self.method, &url)? else {
                let limit = self.client.0.options.decoded_limit;
                let netrc = self.login.and_then(|login| login.netrc);
                let response = Response::new(head, bare(&url), content, (self.keeps, limit), netrc)?;
                return Ok(response.with_reason().await);
            };
            content.discard().await;
            if next.becomes_get {
                self.method = "GET".into();
                self.content = Outgoing::default();
                let is_of_content =
                    |(name, _): &(String, String)| name.to_ascii_lowercase().starts_with("content-");
                self.fields.retain(|field| !is_of_content(field));
                self.given.retain(|field| !is_of_content(field));
            }
            if next.url.origin() != url.origin() {
                self.leave_origin(&next.url)?;
            }
            if !self.content.is_repeatable() {
                let why = "the server redirects an upload from a stream, which cannot be sent again";
                return Err(Fault::new(FaultKind::Failed, why));
            }
            url = next.url;
        }
        Err(Fault::new(FaultKind::Failed, format!("the server redirects more than {REDIRECTS_LIMIT} times")))
    }

    /// Drops the caller's fields. Fails if the request would change its meaning without them: a conditional
    /// change would become unconditional, or content would lose its description.
    fn leave_origin(&mut self, to: &Url) -> Result<(), Fault> {
        let is_meaningful = |(name, _): &&(String, String)| {
            let name = name.to_ascii_lowercase();
            ["if-", "content-", "repr-"].iter().any(|start| name.starts_with(start))
        };
        let changes = !matches!(&*self.method, "GET" | "HEAD" | "OPTIONS");
        if let Some((name, _)) = self.given.iter().find(is_meaningful).filter(|_| changes) {
            let origin = to.origin().ascii_serialization();
            let why = format!(
                "the server redirects to {origin}, where '{name}' is not sent; use a URL of that server"
            );
            return Err(Fault::new(FaultKind::Failed, why));
        }
        self.given.clear();
        self.login = None;
        Ok(())
    }
}

impl IntoFuture for Request {
    type Output = Result<Response, Fault>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// The value of Authorization for a URL or a login.
fn authorization(url: &Url, login: Option<&UserCredentials>) -> Result<Option<String>, Fault> {
    let basic = match (url.username(), url.password(), login) {
        ("", None, None) => return Ok(None),
        // The URL names a user without a password, which comes from the login.
        (_, None, Some(login)) => Basic { user: login.user.clone(), password: login.password.clone() },
        _ => origin::login(url),
    };
    let unsayable =
        || Fault::new(FaultKind::Usage, "the name or the password has a character that HTTP cannot encode");
    basic.value().map(Some).ok_or_else(unsayable)
}
