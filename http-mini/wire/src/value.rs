//! Which parser reads the value of which field, for explanations.

use syntax::watch::Watch;

use crate::host;

/// Reports the parts of a field's value.
pub fn watch(name: &[u8], value: &[u8], watch: impl Watch) {
    if name.eq_ignore_ascii_case(b"host") {
        host::watch(value, watch);
    }
}
