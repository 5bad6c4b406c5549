//! The FTP cases: the work of each server, and the required ratio to its peers.

mod contents;
mod load;
mod peers;
mod session;

use anyhow::{Context, Result};

use crate::programs::Programs;
use crate::report::{self, Goals, Report};
use crate::rounds::{Plan, compare};
use crate::server::{Role, Server};
use crate::tree::{FileSystem, Tree};
use contents::Contents;
use load::{Client, Work};
pub(crate) use peers::only_vsftpd;
pub(crate) use session::Session;

struct Case {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    /// The least ratio of our rate to that of the best peer.
    to_peer: f64,
    work: fn(&Contents) -> Work<'_>,
}

#[rustfmt::skip]
const CASES: [Case; 6] = [
    Case { name: "logins", title: "anonymous logins", unit: "logins", to_peer: 1.5,
        work: |_| Work::Logins },
    Case { name: "files", title: "1 KiB files in a session", unit: "files", to_peer: 1.2,
        work: |contents| Work::Files(contents) },
    Case { name: "retr", title: "RETR of 1 GiB", unit: "MB", to_peer: 1.1,
        work: |contents| Work::Large(contents.large_binary()) },
    Case { name: "stor", title: "STOR of 1 GiB", unit: "MB", to_peer: 1.1,
        work: |contents| Work::Store(contents) },
    Case { name: "ascii", title: "RETR of 256 MB of text in TYPE A", unit: "MB", to_peer: 2.0,
        work: |contents| Work::Large(contents.large_text()) },
    Case { name: "list", title: "LIST of 20,000 entries", unit: "entries", to_peer: 1.5,
        work: |_| Work::List },
];

pub(crate) fn case_names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.name)
}

/// Measures the selected cases into the report.
pub(crate) fn measure(
    programs: &Programs,
    plan: &Plan,
    wanted: &dyn Fn(&str) -> bool,
    on: FileSystem,
    report: &mut Report,
) -> Result<()> {
    if !case_names().any(wanted) {
        return Ok(());
    }
    report::progress("making the files for FTP");
    let tree = Tree::new(&programs.place(), on)?;
    let contents = Contents::write(&tree)?;
    let servers = peers::servers(programs, &tree, report)?;
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        report::progress(case.title);
        let work = (case.work)(&contents);
        let able = case.able(&servers, work, report)?;
        let outcomes = compare(plan, &able, |server| Client::login(server.address, work))
            .with_context(|| format!("case {}", case.name))?;
        let goals = Goals { cpu_to_peer: None, cpu_to_floor: None, rate_to_peer: case.to_peer };
        report.add(report::Case { name: case.name, title: case.title, unit: case.unit, goals, outcomes });
    }
    Ok(())
}

impl Case {
    /// The servers that do this work correctly once. Other peers are left out of the case.
    fn able<'a>(&self, servers: &'a [Server], work: Work, report: &mut Report) -> Result<Vec<&'a Server>> {
        let mut able = Vec::new();
        for server in servers {
            let checked = Client::login(server.address, work).and_then(|mut client| client.check());
            let checked = checked.with_context(|| format!("in case {}", self.name));
            if server.role == Role::Ours {
                checked.with_context(|| server.described())?;
                able.push(server);
            } else if report.or_left_out(&server.name, checked).is_some() {
                able.push(server);
            }
        }
        Ok(able)
    }
}
