//! Interprets the steps of a case.

use common::check::{CheckFailure, Finding, Verdict};
use syntax::rule::{Language, Text};
use tokio::time::sleep;

use super::case::{Case, Codes, Step};
use super::condition::{Condition, PredicateInput};
use super::dialogue::{Arrival, Dialogue, QUIET, Values, shown};
use super::survey::Survey;

/// Why a case ends before its last step.
enum End {
    Passed,
    NotApplicable(String),
    Failed { expected: String, observed: String },
}

/// Performs one case over connections of its own.
pub(super) async fn run(case: &Case, survey: &Survey<'_>) -> Finding {
    let mut dialogue = survey.dialogue();
    let mut verdict = Verdict::Passed;
    let ended = match survey.missing(&case.needs) {
        Some(reason) => Err(End::NotApplicable(reason)),
        None => {
            Runner { dialogue: &mut dialogue, survey, saved: Values::new(), ahead: None }
                .steps(&case.steps)
                .await
        }
    };
    match ended {
        Ok(()) | Err(End::Passed) => {}
        Err(End::NotApplicable(reason)) => verdict = Verdict::NotApplicable(reason),
        Err(End::Failed { expected, observed }) => {
            let (sent, received) = (dialogue.sent.clone(), dialogue.received.clone());
            let look_for = case.text.look_for;
            verdict =
                Verdict::Failed(Box::new(CheckFailure { sent, expected, received, observed, look_for }));
        }
    }
    dialogue.quit().await;
    let removed = case.steps.iter().filter_map(|step| match step {
        Step::Remove(name) => dialogue.expand(name),
        _ => None,
    });
    let removed: Vec<_> = removed.collect();
    if !removed.is_empty() && survey.missing(&case.needs).is_none() {
        survey.remove(&removed).await;
    }
    case.text.finding(verdict)
}

struct Runner<'a, 'b> {
    dialogue: &'a mut Dialogue<'b>,
    survey: &'a Survey<'b>,
    /// Replies that a condition names.
    saved: Values,
    /// A reply that `S?` has left to the next step.
    ahead: Option<Arrival>,
}

impl Runner<'_, '_> {
    async fn steps(mut self, steps: &[Step]) -> Result<(), End> {
        for step in steps {
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), End> {
        match *step {
            Step::Send(command) => {
                let command = self.template(command)?;
                self.dialogue.send(&[&*command, b"\r\n"].concat()).await;
            }
            Step::Raw(bytes) => {
                let bytes = self.template(bytes)?;
                self.dialogue.send(&bytes).await;
            }
            Step::Slowly(bytes) => {
                for byte in self.template(bytes)? {
                    self.dialogue.send(&[byte]).await;
                    sleep(QUIET / 20).await;
                }
            }
            Step::Reply(codes, condition) => return self.reply(codes, condition).await,
            Step::Unless(codes) => match self.next().await {
                Arrival::Reply(reply) if codes.allow(reply.code()) => {
                    return Err(End::NotApplicable(shown(&self.dialogue.received)));
                }
                arrival => self.ahead = Some(arrival),
            },
            Step::Given(command) => {
                let command = self.template(command)?;
                self.dialogue.ask(&command).await.map_err(End::NotApplicable)?;
            }
            Step::SkipIf(name, codes) => {
                let code = self
                    .saved
                    .get(name)
                    .and_then(|reply| std::str::from_utf8(reply.get(..3)?).ok()?.parse().ok());
                if code.is_some_and(|code| codes.allow(code)) {
                    return Err(End::Passed);
                }
            }
            Step::Quiet => {
                if !self.dialogue.is_quiet().await {
                    return Err(self.failed(NO_MORE, String::new()));
                }
            }
            Step::Wait => sleep(QUIET).await,
            Step::Closed => match self.next().await {
                Arrival::Closed => {}
                _ => return Err(self.failed(END, String::new())),
            },
            Step::Remove(_) => {}
            Step::Dial | Step::Connect { .. } | Step::Login { .. } | Step::Secure { .. } => {
                return self.connection_step(step).await;
            }
            _ => return self.data_step(step).await,
        }
        Ok(())
    }

    async fn connection_step(&mut self, step: &Step) -> Result<(), End> {
        let done = match *step {
            Step::Connect { is_secure } => self.dialogue.connect(is_secure).await,
            Step::Login { into_folder } => {
                let directory = self.template(if into_folder { "{folder}" } else { "{base}" })?;
                self.dialogue.log_in(Some(&directory)).await
            }
            Step::Secure { may_fail } => {
                return match self.dialogue.secure().await {
                    Err(_) if may_fail => Err(End::Passed),
                    Err(why) => Err(self.failed(HANDSHAKE, why)),
                    Ok(()) => Ok(()),
                };
            }
            _ => self.dialogue.dial().await,
        };
        done.map_err(End::NotApplicable)
    }

    async fn data_step(&mut self, step: &Step) -> Result<(), End> {
        match *step {
            Step::Passive { is_secure } => self.dialogue.passive(is_secure).await.map_err(End::NotApplicable),
            Step::Open => self.dialogue.open(true).await.map_err(|why| self.failed(OPENED, why)),
            Step::Listen => self.dialogue.listen().map_err(End::NotApplicable),
            Step::Upload(name, content) => {
                let (name, content) = (self.template(name)?, self.template(content)?);
                self.dialogue.upload(&name, &content).await.map_err(End::NotApplicable)
            }
            Step::Receive(condition) => {
                let end = self.dialogue.receive().await.map_err(|why| self.failed(DATA, why))?;
                self.judge(DATA.in_language(self.survey.language), condition, &end.bytes, end.is_notified)
            }
            Step::ReceiveUnencrypted => {
                self.dialogue.end_data().await;
                let received = self.dialogue.receive().await.map(|end| end.bytes).unwrap_or_default();
                let is_leaked = received.len() > 7 && self.survey.content.starts_with(&received);
                if is_leaked { Err(self.failed(ENCRYPTED, String::new())) } else { Ok(()) }
            }
            Step::Store { content, is_complete } => {
                let content = self.template(content)?;
                self.dialogue.store(&content, is_complete).await.map_err(|why| self.failed(OPENED, why))
            }
            _ => {
                self.dialogue.close_data();
                Ok(())
            }
        }
    }

    async fn next(&mut self) -> Arrival {
        match self.ahead.take() {
            Some(arrival) => arrival,
            None => self.dialogue.reply().await,
        }
    }

    async fn reply(&mut self, codes: Codes, condition: Option<Condition>) -> Result<(), End> {
        let expected = match self.survey.language {
            Language::English => format!("a reply {}", codes.0),
            Language::Indonesian => format!("balasan {}", codes.0),
        };
        let observed = match self.next().await {
            Arrival::Reply(reply) if codes.allow(reply.code()) => {
                let bytes = self.dialogue.received.clone();
                return self.judge(&expected, condition, &bytes, false);
            }
            Arrival::Closed if codes.allow_close() => return Err(End::Passed),
            Arrival::Reply(_) => "",
            Arrival::Other => NO_REPLY.in_language(self.survey.language),
            Arrival::Closed => CLOSED.in_language(self.survey.language),
            Arrival::Silence => SILENCE.in_language(self.survey.language),
        };
        let meaning = condition.map(|condition| condition.meaning(self.survey.language)).unwrap_or_default();
        Err(End::Failed { expected: format!("{expected} {meaning}"), observed: observed.to_owned() })
    }

    /// Whether the bytes are as the condition requires.
    fn judge(
        &mut self,
        expected: &str,
        condition: Option<Condition>,
        bytes: &[u8],
        is_notified: bool,
    ) -> Result<(), End> {
        let Some(condition) = condition else { return Ok(()) };
        if let Some(name) = condition.save_as() {
            self.saved.insert(name, bytes.to_vec());
        }
        let argument = self.template(condition.argument)?;
        let input = PredicateInput { bytes, content: &self.survey.content, saved: &self.saved, is_notified };
        if condition.holds(&input, &argument) {
            return Ok(());
        }
        let meaning = condition.meaning(self.survey.language);
        let expected = format!("{expected} {meaning} {}", shown(&argument));
        Err(End::Failed { expected, observed: String::new() })
    }

    fn template(&self, template: &str) -> Result<Vec<u8>, End> {
        self.dialogue.expand(template).ok_or_else(|| End::NotApplicable(template.to_owned()))
    }

    fn failed(&self, expected: Text, observed: String) -> End {
        End::Failed { expected: expected.in_language(self.survey.language).to_owned(), observed }
    }
}

const HANDSHAKE: Text = Text { en: "a TLS handshake", id: "jabat tangan TLS" };
const NO_MORE: Text = Text { en: "no further reply", id: "tidak ada balasan lagi" };
const END: Text = Text { en: "the end of the connection", id: "akhir koneksi" };
const OPENED: Text = Text { en: "a data connection", id: "koneksi data" };
const DATA: Text = Text { en: "data up to the end of the connection,", id: "data sampai akhir koneksi," };
const ENCRYPTED: Text = Text { en: "no data without TLS", id: "tidak ada data tanpa TLS" };
const NO_REPLY: Text = Text { en: "this is no reply", id: "ini bukan balasan" };
const CLOSED: Text = Text { en: "the connection is closed", id: "koneksi ditutup" };
const SILENCE: Text = Text { en: "no reply in time", id: "tidak ada balasan pada waktunya" };
