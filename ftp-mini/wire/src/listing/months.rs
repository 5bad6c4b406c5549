//! Names of months as `ls` abbreviates them in the languages of servers, in UTF-8 or Latin-1.
//!
//! A name that means different months in two languages is read in the language with more speakers: `lis` is
//! November (Polish, Czech), not October (Croatian). `unix` parses numbers with a suffix (`11月`).

use time::Month;

use super::abbreviation;

/// The lower-case names of each month except the English one, separated by spaces.
const NAMES: [&str; 12] = [
    "ene gen janv jänner tammi sty led ian oca jaan sau янв січ яну ιαν",
    "fev fév févr febr helmi lut úno şub veebr vas фев февр лют φεβ",
    "mär märz mrz mars mrt març maalis bře márc märts marts kov мар марта бер μαρ μάρ",
    "avr avril abr huhti kwi dub ápr nis bal апр кві απρ",
    "mai mag mei maj touko kvě máj maig maijs geg май мая тра μαι μαϊ μάι",
    "juin juni giu kesä cze čen čer jún iun haz juuni juny jūn bir июн июня чер юни ιουν ιούν",
    "juil jui juli lug heinä lip čec júl iul tem juuli jūl lie июл июля лип юли ιουλ ιούλ",
    "août aoû ago ag elo sie srp ağu agu ags rgp авг сер αυγ αύγ",
    "sept set syys wrz zář szept eyl rgs сен сент вер сеп σεπ",
    "okt ott out loka paź říj eki spa окт жов οκτ",
    "marras lis kas lap noi ноя нояб лис ное νοε νοέ",
    "dic dez déc des joulu gru pro ara dets grd дек гру δεκ",
];

/// The month of an abbreviation, ignoring case, with or without a final dot.
pub(super) fn named(word: &[u8]) -> Option<Month> {
    let word = word.strip_suffix(b".").unwrap_or(word);
    let months = || (1..=12).filter_map(|number| Month::try_from(number).ok());
    if word.is_ascii()
        && let Some(month) = months().find(|month| abbreviation(*month).eq_ignore_ascii_case(word))
    {
        return Some(month);
    }
    // The longest name has 16 bytes.
    if word.len() < 2 || word.len() > 16 {
        return None;
    }
    let text = match core::str::from_utf8(word) {
        Ok(text) => text.to_lowercase(),
        Err(_) => word.iter().map(|byte| char::from(*byte)).collect::<String>().to_lowercase(),
    };
    let is_named = |names: &&str| names.split(' ').any(|name| name == text);
    let at = NAMES.iter().position(is_named)?;
    months().nth(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_names_in_many_languages() {
        for (month, names) in [
            (Month::January, &["Jan", "JAN", "ene", "janv.", "янв", "Oca"][..]),
            (Month::February, &["Feb", "févr.", "f\u{e9}v", "lut", "úno", "Şub"]),
            (Month::March, &["Mar", "Mär", "MÄR", "mrt", "Mrz", "mars", "bře"]),
            (Month::May, &["May", "Mai", "mei", "mag", "maj", "май", "мая"]),
            (Month::October, &["Oct", "Okt", "ott", "out", "paź", "жов"]),
            (Month::December, &["Dec", "Dez", "déc.", "dic", "des", "gru", "дек"]),
        ] {
            for name in names {
                assert_eq!(named(name.as_bytes()), Some(month), "{name}");
            }
        }
        assert_eq!(named(b"M\xE4r"), Some(Month::March), "Latin-1");
        assert_eq!(named(b"d\xC9c"), Some(Month::December), "Latin-1, a capital");
        for other in [&b""[..], b".", b"Neu", b"Marc", b"\xFF\xFE", b"eyl ", b" ", b"Decc"] {
            assert_eq!(named(other), None, "{}", other.escape_ascii());
        }
    }

    #[test]
    fn no_name_is_that_of_two_months() {
        let mut all: Vec<&str> = NAMES.iter().flat_map(|names| names.split(' ')).collect();
        all.sort_unstable();
        let before = all.len();
        all.dedup();
        assert_eq!(all.len(), before);
        assert!(all.iter().all(|name| name.to_lowercase() == **name && name.len() <= 16));
        let english = |name: &&str| {
            (1..=12).any(|n| abbreviation(Month::try_from(n).unwrap()).eq_ignore_ascii_case(name.as_bytes()))
        };
        assert_eq!(all.into_iter().filter(english).count(), 0);
    }
}
