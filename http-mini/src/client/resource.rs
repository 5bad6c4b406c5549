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
    /// Fields of each request, beside those that are made.
    pub fields: Vec<(String, String)>,
    /// Who the user is.
    pub login: Option<Credentials>,
    /// How often something is tried again.
    pub retries: Retries,
    /// How fast its content may move.
    pub throttle: Throttle,
}

impl Resource {
    /// A request for it.
    pub fn request(&self, method: &str) -> Request {
        let request = self.client.request(method, self.url.as_str());
        request.fields(&self.fields).login(self.login.clone())
    }

    /// Another one on the same server, asked for in the same way.
    #[must_use]
    pub fn at(&self, url: Url) -> Self {
        Self { url, ..self.clone() }
    }
}
