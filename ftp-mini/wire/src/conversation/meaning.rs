//! The meaning of a reply's text: an address, a pathname, a time, facts, features.
//!
//! The texts are parsed by the client's parsers; this module selects the parser for each text. [RFC
//! 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4.

use syntax::decimal;
use syntax::watch::Watch;

use crate::command::Verb;
use crate::failure::ParseFailure;
use crate::listing::{self, ListLine};
use crate::pathname::quotation;
use crate::rule::Rule;
use crate::{address, facts, features, part, reply, telnet, time_val};

/// The position of a line in a reply.
#[derive(Clone, Copy)]
struct LinePosition {
    /// Neither the first nor the last.
    is_middle: bool,
    is_last: bool,
}

/// Reports the meaning of the texts of a complete reply to `verb`.
pub(super) fn report(reply: &[u8], code: u16, verb: Option<Verb>, watch: impl Watch) {
    let mut rest = reply;
    while let Some((line, after)) = telnet::line_feed(rest).and_then(|end| rest.split_at_checked(end + 1)) {
        let data = telnet::decode_line(line, ());
        let (text, is_last) = reply::text_of(data.text(), code);
        let place = LinePosition { is_middle: !is_last && rest.len() < reply.len(), is_last };
        match data.watched(line, watch) {
            Some(decoded) => report_text(text, code, verb, place, decoded),
            None => report_text(text, code, verb, place, watch),
        }
        rest = after;
    }
}

fn report_text(text: &[u8], code: u16, verb: Option<Verb>, place: LinePosition, watch: impl Watch) {
    let tolerate = |ParseFailure { rule, rest }: ParseFailure<'_>| {
        watch.tolerates(rule.description(), rest);
    };
    match (code, verb) {
        (227, _) if place.is_last => drop(address::find_with(text, watch).map_err(tolerate)),
        (229, _) if place.is_last => drop(address::find_extended_port_with(text, watch).map_err(tolerate)),
        (257, _) if place.is_last => quoted(text, watch),
        (213, Some(verb @ (Verb::Mdtm | Verb::Size))) if place.is_last => value(text, verb, watch),
        (211, Some(Verb::Feat)) if place.is_middle => features::report(text, watch),
        (250, Some(Verb::Mlst)) if place.is_middle => {
            let entry = text.strip_prefix(b" ").unwrap_or(text);
            drop(facts::parse_with(entry, watch).map_err(tolerate));
            watch.part(&part::ENTRY, entry);
        }
        // Lines about the session are not entries.
        (211..=213, Some(Verb::Stat)) if place.is_middle => {
            if let ListLine::Entry(_) = listing::read(text, 0) {
                listing::read_with(text, 0, watch);
                watch.part(&part::LIST_LINE, text);
            }
        }
        _ => {}
    }
}

fn quoted(text: &[u8], watch: impl Watch) {
    match quotation(text) {
        Ok((rest, pathname)) => {
            let quoted = text.get(..text.len() - rest.len()).unwrap_or_default();
            watch.value(&part::QUOTED_PATHNAME, quoted, format_args!("{}", pathname.escape_ascii()));
        }
        Err(_) => drop(watch.tolerates(Rule::PathUnquoted.description(), text)),
    }
}

/// The size or the time of a 213 reply.
fn value(text: &[u8], verb: Verb, watch: impl Watch) {
    let text = text.trim_ascii();
    let is_sound = match verb {
        Verb::Mdtm => time_val::parse_with(text, watch).is_ok(),
        _ => decimal::parse(text).is_some(),
    };
    if !is_sound {
        watch.tolerates(Rule::ReplyValue.description(), text);
    } else if verb == Verb::Size {
        watch.part(&part::DECIMAL, text);
    }
}
