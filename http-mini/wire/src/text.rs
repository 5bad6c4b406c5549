//! A cursor over a complete value: it parses a grammar, and reports the byte at which the value violates it.
//!
//! Values that arrive in pieces are parsed with the cursor of [`scan`](super::scan).

use syntax::decimal;
use syntax::watch::{Part, Watch, offsets};

use super::rule::{Rule, Violation};
use super::scan;

/// A rule that a value breaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueFault<'a> {
    pub(crate) rule: Rule,
    /// The value from the offending byte.
    pub(crate) rest: &'a [u8],
}

impl ValueFault<'_> {
    /// Reports the rule; returns whether the watch tolerates the fault.
    pub(crate) fn is_tolerated(self, watch: impl Watch) -> bool {
        watch.tolerates(self.rule.description(), self.rest)
    }

    /// The fault as a violation of the message that contains the value.
    pub(crate) fn violation(self, message: &[u8]) -> Violation {
        self.rule.at(offsets(message, self.rest).map_or(0, |rest| rest.start))
    }
}

/// The value, or `None` after reporting the fault.
#[inline]
pub(crate) fn reported<T>(parsed: Result<T, ValueFault<'_>>, watch: impl Watch) -> Option<T> {
    parsed.map_err(|fault| fault.is_tolerated(watch)).ok()
}

/// The end of a value, where something is missing.
pub(crate) fn end(value: &[u8]) -> &[u8] {
    value.get(value.len()..).unwrap_or_default()
}

/// The rest of a value.
#[derive(Clone, Copy)]
pub(crate) struct ValueText<'a, W> {
    rest: &'a [u8],
    rule: Rule,
    watch: W,
}

impl<'a, W: Watch> ValueText<'a, W> {
    /// A cursor at the first byte of a value. Violations of its grammar break `rule`.
    pub(crate) fn new(value: &'a [u8], rule: Rule, watch: W) -> Self {
        Self { rest: value, rule, watch }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn watch(&self) -> W {
        self.watch
    }

    /// Reports the bytes from `start` to here.
    #[inline]
    pub(crate) fn part(&self, part: &'static Part, start: &'a [u8]) {
        self.watch.part(part, self.since(start));
    }

    /// The bytes from `start`, an earlier [`rest`](Self::rest), to here.
    #[inline]
    pub(crate) fn since(&self, start: &'a [u8]) -> &'a [u8] {
        start.get(..start.len() - self.rest.len()).unwrap_or_default()
    }

    /// A violation at the next byte.
    #[inline]
    pub(crate) fn fault(&self) -> ValueFault<'a> {
        self.fault_at(self.rest)
    }

    /// A violation at the first byte of `rest`.
    #[inline]
    pub(crate) fn fault_at(&self, rest: &'a [u8]) -> ValueFault<'a> {
        ValueFault { rule: self.rule, rest }
    }

    /// Reads the next bytes, as many as there are.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Reads the bytes of a class, possibly none.
    #[inline]
    pub(crate) fn run(&mut self, class: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().position(|&byte| !class(byte));
        self.take(count.unwrap_or(self.rest.len()))
    }

    /// Reads at least one byte of a class.
    #[inline]
    pub(crate) fn some(
        &mut self,
        part: &'static Part,
        class: impl Fn(u8) -> bool,
    ) -> Result<&'a [u8], ValueFault<'a>> {
        match self.run(class) {
            [] => Err(self.fault()),
            taken => {
                self.watch.part(part, taken);
                Ok(taken)
            }
        }
    }

    #[inline]
    pub(crate) fn token(&mut self, part: &'static Part) -> Result<&'a [u8], ValueFault<'a>> {
        self.some(part, scan::is_tchar)
    }

    /// A decimal number; one above `u64::MAX` counts as `u64::MAX`.
    #[inline]
    pub(crate) fn number(&mut self, part: &'static Part) -> Result<u64, ValueFault<'a>> {
        let digits = self.some(part, |byte| byte.is_ascii_digit())?;
        Ok(decimal::parse_saturating(digits).unwrap_or_default())
    }

    /// Reads exactly these bytes; the first different one is the fault.
    #[inline]
    pub(crate) fn literal(&mut self, text: &[u8]) -> Result<(), ValueFault<'a>> {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.difference(text)),
        }
    }

    #[cold]
    fn difference(&self, text: &[u8]) -> ValueFault<'a> {
        let same = text.iter().zip(self.rest).take_while(|(one, other)| one == other).count();
        self.fault_at(self.rest.get(same..).unwrap_or_default())
    }

    /// Reads the next byte if it is this one, and returns whether it was.
    #[inline]
    pub(crate) fn has(&mut self, byte: u8) -> bool {
        let is_next = self.rest.first() == Some(&byte);
        if is_next {
            self.take(1);
        }
        is_next
    }

    /// Reads a quoted-string with its quotes (RFC 9110 section 5.6.4).
    pub(crate) fn quoted(&mut self) -> Result<&'a [u8], ValueFault<'a>> {
        let start = self.rest;
        self.literal(b"\"")?;
        loop {
            self.run(|byte| !matches!(byte, b'"' | b'\\') && !scan::is_control(byte));
            match self.rest {
                [b'\\', after, ..] if !scan::is_control(*after) => self.take(2),
                [b'"', ..] => break,
                _ => return Err(self.fault()),
            };
        }
        self.take(1);
        Ok(self.since(start))
    }

    /// Checks that nothing is left.
    #[inline]
    pub(crate) fn end(&self) -> Result<(), ValueFault<'a>> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.fault()) }
    }
}
