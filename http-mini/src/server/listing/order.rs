//! The order of a listing: by name as people sort, by size or by time.

use std::cmp::Ordering;

use common::files::SortFields;

/// The sort key of a listing; directories always come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::server) enum SortKey {
    #[default]
    Name,
    Size,
    Time,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::server) struct Order {
    pub(in crate::server) key: SortKey,
    pub(in crate::server) descending: bool,
}

impl Order {
    /// The value of `?sort=`: `name`, `size` or `time`, reversed by a leading hyphen. Other values mean the
    /// default.
    pub(in crate::server) fn named(name: &[u8]) -> Self {
        let (descending, key) = match name.strip_prefix(b"-") {
            Some(key) => (true, key),
            None => (false, name),
        };
        match key {
            b"name" => Self { key: SortKey::Name, descending },
            b"size" => Self { key: SortKey::Size, descending },
            b"time" => Self { key: SortKey::Time, descending },
            _ => Self::default(),
        }
    }

    /// The value of `?sort=` for this order, empty for the default.
    pub(in crate::server) fn value(self) -> &'static str {
        if self == Self::default() { "" } else { self.value_or_name() }
    }

    /// The same, `name` for the default.
    pub(in crate::server) fn value_or_name(self) -> &'static str {
        match (self.key, self.descending) {
            (SortKey::Name, false) => "name",
            (SortKey::Name, true) => "-name",
            (SortKey::Size, false) => "size",
            (SortKey::Size, true) => "-size",
            (SortKey::Time, false) => "time",
            (SortKey::Time, true) => "-time",
        }
    }

    pub(super) fn compare(self, left: &SortFields<'_>, right: &SortFields<'_>) -> Ordering {
        let by_name = natural(left.name, right.name);
        let ordered = match self.key {
            SortKey::Name => by_name,
            // The size of a directory has no meaning.
            SortKey::Size if left.is_directory => Ordering::Equal,
            SortKey::Size => left.size.cmp(&right.size),
            SortKey::Time => left.modified.cmp(&right.modified),
        };
        let ordered = if self.descending { ordered.reverse() } else { ordered };
        right.is_directory.cmp(&left.is_directory).then(ordered).then(by_name)
    }
}

/// Natural order: `a2` before `A10`; names that differ in case or leading zeros only, by bytes.
pub(in crate::server) fn natural(left: &[u8], right: &[u8]) -> Ordering {
    let (mut l, mut r) = (left, right);
    loop {
        let (Some((&a, l_rest)), Some((&b, r_rest))) = (l.split_first(), r.split_first()) else {
            return l.len().cmp(&r.len()).then_with(|| left.cmp(right));
        };
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let ((x, l_after), (y, r_after)) = (number(l), number(r));
            match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                Ordering::Equal => (l, r) = (l_after, r_after),
                unequal => return unequal,
            }
        } else {
            match a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()) {
                Ordering::Equal => (l, r) = (l_rest, r_rest),
                unequal => return unequal,
            }
        }
    }
}

/// The leading digits without zeros at their start, and the rest.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, after) = text.split_at(end);
    let zeros = digits.iter().take_while(|&&byte| byte == b'0').count();
    (digits.get(zeros..).unwrap_or_default(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_people_do() {
        for (left, right, expected) in [
            ("a2", "a10", Ordering::Less),
            ("B", "a", Ordering::Greater),
            ("a", "A", Ordering::Greater),
            ("a", "a", Ordering::Equal),
            ("a", "ab", Ordering::Less),
            ("a01", "a1", Ordering::Less),
            ("a1b", "a01c", Ordering::Less),
            ("10", "9", Ordering::Greater),
        ] {
            assert_eq!(natural(left.as_bytes(), right.as_bytes()), expected, "{left} {right}");
        }
    }
}
