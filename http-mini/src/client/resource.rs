//! [`Resource`], what is brought, stored or mirrored: where it is, and how it is asked for.

use common::client::{Credentials, Retries, Throttle};
use url::Url;

use super::Client;
use super::request::Request;

/// Something on a server, and how it is asked for.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Asks the server.
    pub client: Client,
    /// Where it is.
    pub url: Url,
    /// Fields of each request, beside those that are made; only for the origin of the URL.
    pub fields: Vec<(String, String)>,
    /// Who the user is.
    pub login: Option<Credentials>,
    /// How often something is tried again.
    pub retries: Retries,
    /// How fast its content may move.
    pub throttle: Throttle,
}

impl Resource {
    /// What a URL leads to, asked for without a login or fields, with the default retries and at any rate.
    pub fn new(client: Client, url: Url) -> Self {
        let (fields, retries, throttle) = Default::default();
        Self { client, url, fields, login: None, retries, throttle }
    }

    /// A request for it.
    pub fn request(&self, method: &str) -> Request {
        let request = self.client.request(method, self.url.as_str());
        request.fields(&self.fields).login(self.login.clone())
    }

    /// Another one, asked for in the same way. At another origin the login and the fields are left out.
    #[must_use]
    pub fn at(&self, url: Url) -> Self {
        let is_same = url.origin() == self.url.origin();
        let (login, fields) =
            if is_same { (self.login.clone(), self.fields.clone()) } else { Default::default() };
        Self { url, login, fields, ..self.clone() }
    }
}
