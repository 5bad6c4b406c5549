//! [`Resource`]: a URL with the options of its requests.

use common::client::{Retries, Throttle, UserCredentials};
use url::Url;

use super::Client;
use super::request::Request;

/// The subject of a download, an upload or a mirror.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Sends the requests.
    pub client: Client,
    /// Its URL.
    pub url: Url,
    /// Fields to add to each request, sent to the origin of the URL only.
    pub fields: Vec<(String, String)>,
    /// The user, if one logs in.
    pub login: Option<UserCredentials>,
    /// How often a request is retried.
    pub retries: Retries,
    /// The limit of the transfer rate.
    pub throttle: Throttle,
}

impl Resource {
    /// A resource without a login, fields and a rate limit, with the default retries.
    pub fn new(client: Client, url: Url) -> Self {
        let (fields, retries, throttle) = Default::default();
        Self { client, url, fields, login: None, retries, throttle }
    }

    /// A request of any method for it.
    pub fn request(&self, method: &str) -> Request {
        let request = self.client.request(method, self.url.as_str());
        request.fields(&self.fields).login(self.login.clone())
    }

    /// Another resource with the same options; at another origin, without the login and the fields.
    #[must_use]
    pub fn at(&self, url: Url) -> Self {
        let is_same = url.origin() == self.url.origin();
        let (login, fields) =
            if is_same { (self.login.clone(), self.fields.clone()) } else { Default::default() };
        Self { url, login, fields, ..self.clone() }
    }
}
