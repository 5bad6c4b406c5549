//! Users files: accounts or an error, whose text is one line.
#![no_main]

use common::users::File;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(file) = toml::from_str::<File>(text) else { return };
    if let Err(fault) = file.accounts() {
        assert!(!fault.to_string().contains(char::is_control), "{fault:?}");
    }
});
