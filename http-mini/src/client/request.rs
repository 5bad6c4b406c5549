//! [`Request`]: what is asked for, and what is carried along when the server redirects it.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use common::client::{Credentials, Fault, Kind};
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
    /// Those that the request itself needs, wherever it is redirected to.
    fields: Vec<(String, String)>,
    /// Those of the caller, which are for the origin of the URL only: any of them may be a secret.
    given: Vec<(String, String)>,
    login: Option<Credentials>,
    content: Outgoing,
    /// The value of Accept-Encoding.
    accepted: &'static str,
    /// The coding that is not undone.
    keeps: Option<coding::Name>,
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

    /// Adds a field for the origin of the URL: it is not sent to another one, whatever redirects there. What
    /// cannot stand in a head is an error when the request is sent, and so are the fields that say where content
    /// ends.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.given.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds fields, as [`Self::field`].
    pub fn fields(mut self, fields: &[(String, String)]) -> Self {
        self.given.extend_from_slice(fields);
        self
    }

    /// Adds a field that belongs to the request, and is sent wherever that is redirected to.
    pub(super) fn own_field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Logs in with the scheme Basic. A URL with a password goes before, and a field Authorization before
    /// both.
    pub fn login(mut self, login: Option<Credentials>) -> Self {
        self.login = login;
        self
    }

    /// Logs in with a token ([RFC 6750 section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
    pub fn bearer(self, token: &str) -> Self {
        self.field("Authorization", &format!("Bearer {token}"))
    }

    /// Sends content.
    pub fn content(mut self, content: impl Into<Outgoing>) -> Self {
        self.content = content.into();
        self
    }

    /// Asks for the content without any coding: what a file is to hold. A coding that comes all the same
    /// is undone, but for the one that the file holds itself.
    pub fn uncoded(mut self, keeps: Option<coding::Name>) -> Self {
        (self.accepted, self.keeps) = ("identity", keeps);
        self
    }

    fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Sends it, and follows redirects. The login and the caller's fields go to the origin of the URL only, and
    /// not any more once a redirect has led elsewhere.
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
                return Response::new(head, bare(&url), content, (self.keeps, limit), netrc);
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
                let why = "the server redirects what came from a stream, which cannot be sent again";
                return Err(Fault::new(Kind::Failed, why));
            }
            url = next.url;
        }
        Err(Fault::new(Kind::Failed, format!("the server redirects more than {REDIRECTS_LIMIT} times")))
    }

    /// Drops the caller's fields.
    ///
    /// # Errors
    /// If the request would mean something else without them: a change that no longer depends on a condition,
    /// or content that is not described.
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
            return Err(Fault::new(Kind::Failed, why));
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

/// The value of Authorization that says who the user is.
fn authorization(url: &Url, login: Option<&Credentials>) -> Result<Option<String>, Fault> {
    let basic = match (url.username(), url.password(), login) {
        ("", None, None) => return Ok(None),
        // Who is named in the URL without a password has it elsewhere.
        (_, None, Some(login)) => Basic { user: login.user.clone(), password: login.password.clone() },
        _ => origin::login(url),
    };
    let unsayable =
        || Fault::new(Kind::Usage, "the name or the password has a character that HTTP cannot say");
    basic.value().map(Some).ok_or_else(unsayable)
}
