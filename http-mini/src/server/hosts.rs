//! The host names under which a server without passwords answers.
//!
//! A page of another site can make its own name resolve to an address of this network (DNS rebinding). The
//! browser then takes this server for that site, and lets the page read and write here. If the server asks for
//! passwords, the browser has none for that name; otherwise only names that no other site can own are accepted.

use std::cell::RefCell;
use std::sync::Arc;

use common::net::listen::machine_name;

use crate::wire::host;

/// The host names that are accepted. The default accepts those that no other site can own.
#[derive(Clone, Debug)]
pub struct Hosts {
    names: Arc<[Box<[u8]>]>,
    accepts_any: bool,
}

impl Default for Hosts {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Hosts {
    /// Accepts these names as well; `*` accepts any.
    pub fn new(names: &[String]) -> Self {
        let accepts_any = names.iter().any(|name| name == "*");
        let names = names.iter().map(|name| host::bare_name(name.as_bytes()).into()).collect();
        Self { names, accepts_any }
    }

    /// The check for the requests of one thread; `None` accepts any name.
    pub(super) fn check(&self) -> Option<HostCheck> {
        let machine = first_label(&machine_name()).to_vec();
        let names = Arc::clone(&self.names);
        (!self.accepts_any).then(|| HostCheck { names, machine, accepted: RefCell::default() })
    }
}

#[derive(Debug)]
pub(super) struct HostCheck {
    names: Arc<[Box<[u8]>]>,
    /// The first label of this machine's name.
    machine: Vec<u8>,
    /// The last accepted host as sent, which is usually also the next one.
    accepted: RefCell<Vec<u8>>,
}

impl HostCheck {
    pub(super) fn accepts(&self, host: &[u8]) -> bool {
        if *self.accepted.borrow() == host {
            return true;
        }
        let name = host::bare_name(host);
        let accepts = !host::is_of_a_site(name)
            || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
            || self.is_machine(name);
        if accepts {
            *self.accepted.borrow_mut() = host.to_vec();
        }
        accepts
    }

    /// Whether a name is this machine's in any domain. `localhost` is every machine's.
    fn is_machine(&self, name: &[u8]) -> bool {
        let is_distinct = !self.machine.is_empty() && !self.machine.eq_ignore_ascii_case(b"localhost");
        is_distinct && self.machine.eq_ignore_ascii_case(first_label(name))
    }
}

fn first_label(name: &[u8]) -> &[u8] {
    name.split(|&byte| byte == b'.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_another_site_can_own_are_refused() {
        let names = ["Files.example.org.".to_owned()];
        let mut check = Hosts::new(&names).check().unwrap();
        check.machine = b"nas".to_vec();
        for (host, expected, why) in [
            ("evil.example", false, "a site"),
            ("192.168.0.7:8080", true, "an address"),
            ("files.example.org", true, "given"),
            ("FILES.EXAMPLE.ORG:8080", true, "given, with a port, without letter case"),
            ("files.example.org.", true, "given, with a dot at its end"),
            ("sub.files.example.org", false, "another name"),
            ("files.example.org.evil.example", false, "another name"),
            ("nas.fritz.box", true, "this machine's name"),
            ("NAS.example:80", true, "without letter case"),
            ("nas2.example", false, "another machine's name"),
            ("evil.nas", false, "not the first label"),
        ] {
            for round in 0..2 {
                assert_eq!(check.accepts(host.as_bytes()), expected, "{host}, round {round}: {why}");
            }
        }
        check.machine = b"localhost".to_vec();
        assert!(!check.accepts(b"localhost.evil.example"), "no name of one machine");
        assert!(Hosts::new(&["a".into(), "*".into()]).check().is_none());
    }
}
