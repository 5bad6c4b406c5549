//! Runs a case: performs its steps, and compares what the server does with what they allow.

use std::time::Duration;

use common::check::{CheckFailure, Finding, Verdict};
use common::client::Fault;
use futures_util::stream::{self, StreamExt as _};
use syntax::rule::{Language, Text};

use super::case::{Allowed, Answer, Case, Need, Step};
use super::dialogue::{CheckedServer, Dialogue, FinalResponse, ServerEvent};
use super::judge;
use super::resource::{self, CaseValues, CheckedResource};

/// How long a server may take to begin a response that must not come. It costs as much if none comes.
const QUIET: Duration = Duration::from_secs(1);

/// Cases that run at the same time: most of them wait for the end of a connection.
const AT_ONCE: usize = 8;

/// The next request of a step that looks whether the server still understands the connection.
const NEXT: &str = "GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n";

/// What runs the cases.
#[derive(Debug)]
pub(super) struct Runner<'a> {
    pub(super) peer: &'a CheckedServer,
    pub(super) resource: &'a CheckedResource,
    pub(super) language: Language,
    /// Files of the cases begin with this path.
    pub(super) own: String,
}

/// Why a case has not passed.
enum Stop {
    NotApplicable(Text),
    /// What was observed, in English and Indonesian.
    Failed(String, String),
}

impl From<Text> for Stop {
    fn from(reason: Text) -> Self {
        Self::NotApplicable(reason)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault.to_string(), fault.to_string())
    }
}

fn failed<T>(en: impl Into<String>, id: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(en.into(), id.into()))
}

impl Runner<'_> {
    /// Runs the cases; the findings are in their order.
    pub(super) async fn run_all(&self, cases: Vec<&Case>) -> Vec<Finding> {
        stream::iter(cases).map(|case| self.run(case)).buffered(AT_ONCE).collect().await
    }

    async fn run(&self, case: &Case) -> Finding {
        let mut dialogue = Dialogue::new(self.peer);
        let name = case.text.id.replace('/', "-");
        let mut own = CaseValues { file: format!("{}-{name}.txt", self.own), etag: None };
        let verdict = match self.steps(case, &mut dialogue, &mut own).await {
            Ok(()) => Verdict::Passed,
            Err(Stop::NotApplicable(reason)) => {
                Verdict::NotApplicable(reason.in_language(self.language).to_owned())
            }
            Err(Stop::Failed(en, id)) => Verdict::Failed(Box::new(CheckFailure {
                sent: std::mem::take(&mut dialogue.sent),
                expected: case.expected(self.language),
                received: std::mem::take(&mut dialogue.received),
                observed: if self.language == Language::English { en } else { id },
                look_for: case.text.look_for,
            })),
        };
        // A server with a pool of threads accepts no further connection while the cases keep all of its threads busy.
        drop(dialogue);
        if case.needs.contains(&Need::Writable) {
            // Most cases leave their file behind.
            let _ = resource::remove(self.peer, self.resource, &own.file).await;
        }
        if case.needs.contains(&Need::Copy) {
            let copy = own.copy();
            // Some servers remove a directory only by its name with a slash.
            for path in [&copy, &format!("{}/", own.file), &format!("{copy}/")] {
                let _ = resource::remove(self.peer, self.resource, path).await;
            }
        }
        case.text.finding(verdict)
    }

    async fn steps(
        &self,
        case: &Case,
        dialogue: &mut Dialogue<'_>,
        own: &mut CaseValues,
    ) -> Result<(), Stop> {
        case.needs.iter().try_for_each(|need| self.meets(*need))?;
        for step in &case.steps {
            match step {
                Step::Send(bytes) => self.send(bytes, false, dialogue, own).await?,
                Step::Slowly(bytes) => self.send(bytes, true, dialogue, own).await?,
                Step::End => dialogue.end().await,
                Step::Continue => match dialogue.next(self.peer.timeout, true).await {
                    ServerEvent::Continue | ServerEvent::Response(_) => {}
                    event => unexpected(&event)?,
                },
                Step::Expect(answers) => self.expect(answers, dialogue, own).await?,
                Step::Closed => match dialogue.next(self.peer.timeout, false).await {
                    ServerEvent::Closed => {}
                    event => unexpected(&event)?,
                },
                Step::InSync => self.next_is_answered(dialogue, own).await?,
                Step::Alone => self.nothing_else_is_answered(dialogue, own).await?,
            }
        }
        Ok(())
    }

    fn meets(&self, need: Need) -> Result<(), Text> {
        let resource = self.resource;
        let (is_met, reason) = match need {
            Need::Ranges => {
                (resource.has_ranges, Text { en: "it has no ranges", id: "tidak mendukung rentang" })
            }
            Need::TenBytes => (
                resource.size() >= 10,
                Text { en: "it has less than ten bytes", id: "kurang dari sepuluh bait" },
            ),
            Need::Empty => (resource.size() == 0, Text { en: "it is not empty", id: "tidak kosong" }),
            Need::File => {
                (!resource.path.ends_with('/'), Text { en: "it is a directory", id: "berupa direktori" })
            }
            Need::Unencrypted => (
                self.peer.tls.is_none(),
                Text { en: "TLS has no half-close", id: "TLS tidak mengenal half-close" },
            ),
            Need::Writable => (
                resource.is_writable,
                Text {
                    en: "nothing can be stored (--writable)",
                    id: "tidak ada yang dapat disimpan (--writable)",
                },
            ),
            Need::Copy => (
                resource.has_copy,
                Text { en: "COPY does not copy a file", id: "COPY tidak menyalin berkas" },
            ),
        };
        if is_met { Ok(()) } else { Err(reason) }
    }

    async fn send(
        &self,
        bytes: &str,
        separately: bool,
        dialogue: &mut Dialogue<'_>,
        own: &CaseValues,
    ) -> Result<(), Stop> {
        let bytes = self.resource.expand(bytes, own)?;
        if dialogue.has_response() {
            return Ok(());
        }
        if dialogue.is_closing {
            dialogue.reconnect();
        }
        Ok(dialogue.send(&bytes, separately).await?)
    }

    async fn expect(
        &self,
        answers: &[Answer],
        dialogue: &mut Dialogue<'_>,
        own: &mut CaseValues,
    ) -> Result<(), Stop> {
        let was_closing = dialogue.is_closing;
        let event = dialogue.next(self.peer.timeout, false).await;
        let allows = |event| answers.iter().any(|answer| answer.event == event);
        match &event {
            ServerEvent::Response(response) => self.judge(answers, response, own),
            // A server that aborts the connection may destroy the end of a response that it sent before.
            ServerEvent::Closed | ServerEvent::CutOff if allows(Allowed::Closed) => Ok(()),
            ServerEvent::Closed if was_closing && allows(Allowed::ClosedAsAnnounced) => Ok(()),
            ServerEvent::Silent if allows(Allowed::Silent) => Ok(()),
            event => unexpected(event),
        }
    }

    /// The status must be allowed, and all checks hold of one of the answers that allow it.
    fn judge(&self, answers: &[Answer], response: &FinalResponse, own: &mut CaseValues) -> Result<(), Stop> {
        if let Some(etag) = response.field("etag") {
            own.etag = Some(etag.to_vec());
        }
        let status = response.status();
        let mut broken = None;
        for answer in answers.iter().filter(|answer| answer.event.allows(status)) {
            let mut missed = None;
            for check in &answer.checks {
                if !judge::holds(check, response, self.resource, own)? {
                    missed = Some(check);
                    break;
                }
            }
            match missed {
                None => return Ok(()),
                Some(check) => broken = Some(check),
            }
        }
        match broken {
            None => failed(format!("the status is {status}"), format!("statusnya {status}")),
            Some(check) => failed(
                format!("{status}, but not: {}", check.in_words(Language::English)),
                format!("{status}, tetapi tidak: {}", check.in_words(Language::Indonesian)),
            ),
        }
    }

    async fn next_is_answered(&self, dialogue: &mut Dialogue<'_>, own: &CaseValues) -> Result<(), Stop> {
        let may_be_answered = !dialogue.is_closing;
        if may_be_answered {
            dialogue.send(&self.resource.expand(NEXT, own)?, false).await?;
        }
        match dialogue.next(self.peer.timeout, false).await {
            ServerEvent::Closed => Ok(()),
            ServerEvent::Response(response) if may_be_answered && response.status() == 200 => Ok(()),
            event => unexpected(&event),
        }
    }

    async fn nothing_else_is_answered(
        &self,
        dialogue: &mut Dialogue<'_>,
        own: &CaseValues,
    ) -> Result<(), Stop> {
        let mut may_be_answered = !dialogue.is_closing;
        if may_be_answered {
            dialogue.send(&self.resource.expand(NEXT, own)?, false).await?;
        }
        loop {
            match dialogue.next(QUIET, false).await {
                ServerEvent::Closed | ServerEvent::Silent => return Ok(()),
                ServerEvent::Response(response) if response.status() == 200 && may_be_answered => {
                    may_be_answered = false;
                }
                event => unexpected(&event)?,
            }
        }
    }
}

fn unexpected(event: &ServerEvent) -> Result<(), Stop> {
    match event {
        ServerEvent::Response(response) => {
            let status = response.status();
            failed(format!("another response comes: {status}"), format!("ada respons lain: {status}"))
        }
        ServerEvent::Continue => failed("100 (Continue) comes", "datang 100 (Continue)"),
        ServerEvent::Closed => {
            failed("the connection closes without a response", "koneksi ditutup tanpa respons")
        }
        ServerEvent::CutOff => failed("the response is cut off", "responsnya terpotong"),
        ServerEvent::Silent => failed(
            "nothing more comes, and the connection stays open",
            "tidak ada lagi yang datang, dan koneksi tetap terbuka",
        ),
        ServerEvent::Malformed(why) => {
            failed(format!("this is no response: {why}"), format!("ini bukan respons: {why}"))
        }
    }
}
