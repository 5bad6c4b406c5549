//! The coded forms of files, shared by all threads: each is coded once, on the offload threads, and kept while it is
//! among the last that were used.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::files::{FileVersion, WholeFile};
use common::net::budget::{self, MemoryUse, Reservation};
use common::net::offload::{Busy, Share};
use tokio::sync::SetOnce;

use super::encode;
use crate::wire::coding::CodingName;

/// All forms together hold at most this part of the memory budget, and at most 64 MiB.
const BUDGET_SHARE: usize = 4;
const BYTES: usize = 64 << 20;
/// Forms that are kept, with the files that have none.
const FORMS: usize = 4_096;

/// A version of a file, and a coding.
type Key = (FileVersion, CodingName);

/// A place for a form, empty while the file is being coded; `None` if the file is not smaller in this coding, or could
/// not be coded.
pub(in crate::server) type CodedSlot = Arc<SetOnce<Option<Arc<CodedForm>>>>;

/// A file in a coding.
#[derive(Debug)]
pub(in crate::server) struct CodedForm {
    pub(in crate::server) bytes: Vec<u8>,
    _reserved: Reservation,
}

impl CodedForm {
    /// `None` if the memory budget is used up.
    fn new(bytes: Vec<u8>) -> Option<Self> {
        let reserved = budget::reserve(MemoryUse::Codings, bytes.len(), None).ok()?;
        Some(Self { bytes, _reserved: reserved })
    }
}

#[derive(Debug, Default)]
pub(in crate::server) struct CodedForms(Mutex<Forms>);

#[derive(Debug, Default)]
struct Forms {
    kept: HashMap<Key, CachedForm>,
    /// The bytes of all forms.
    bytes: usize,
    /// Counts uses, to find the least recently used form.
    uses: u64,
}

#[derive(Debug)]
struct CachedForm {
    slot: CodedSlot,
    used: u64,
}

impl CodedForms {
    pub(in crate::server) fn get(&self, key: &Key) -> Option<CodedSlot> {
        self.lock().get(key)
    }

    /// The slot of a form. Starts to code the file for a client at `address`, unless this was done before.
    pub(in crate::server) fn code(
        self: &Arc<Self>,
        key: Key,
        file: WholeFile,
        address: Option<IpAddr>,
    ) -> Result<CodedSlot, Busy> {
        let mut forms = self.lock();
        if let Some(slot) = forms.get(&key) {
            return Ok(slot);
        }
        // For the file and its coded form while it is coded. A cached form is charged to no address.
        let reserved = budget::reserve(MemoryUse::Codings, 2 * file.size(), address)?;
        let (slot, cache) = (CodedSlot::default(), Arc::clone(self));
        let work = {
            let slot = CodedSlot::clone(&slot);
            move || {
                let content = file.read();
                let bytes = content.as_ref().ok().and_then(|content| encode::file(key.1, content));
                drop(reserved);
                let form = bytes.and_then(CodedForm::new).map(Arc::new);
                cache.keep(&key, content.is_ok().then_some(form.as_ref()));
                // No other call sets it.
                let _ = slot.set(form);
            }
        };
        Share::Codings.of(address).start(work)?;
        forms.uses += 1;
        let used = forms.uses;
        forms.kept.insert(key, CachedForm { slot: CodedSlot::clone(&slot), used });
        Ok(slot)
    }

    /// Counts a form, and drops the least recently used ones; `None`: the file could not be read, and the next request
    /// tries again.
    fn keep(&self, key: &Key, form: Option<Option<&Arc<CodedForm>>>) {
        let mut forms = self.lock();
        match form {
            Some(form) => forms.bytes += form.map_or(0, |form| form.bytes.len()),
            None => drop(forms.kept.remove(key)),
        }
        let most = BYTES.min(budget::limits().budget / BUDGET_SHARE);
        while forms.bytes > most || forms.kept.len() > FORMS {
            if !forms.drop_oldest() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Forms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Forms {
    fn get(&mut self, key: &Key) -> Option<CodedSlot> {
        let kept = self.kept.get_mut(key)?;
        self.uses += 1;
        kept.used = self.uses;
        Some(CodedSlot::clone(&kept.slot))
    }

    /// Drops the least recently used form, but none that is being coded.
    fn drop_oldest(&mut self) -> bool {
        let coded = self.kept.iter().filter(|(_, kept)| kept.slot.initialized());
        let Some((&key, _)) = coded.min_by_key(|(_, kept)| kept.used) else { return false };
        let dropped = self.kept.remove(&key);
        let form = dropped.as_ref().and_then(|kept| kept.slot.get()?.as_ref());
        self.bytes -= form.map_or(0, |form| form.bytes.len());
        true
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use common::files::{CacheLimits, Root, ServeOptions, Tree, TreePath};

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
    fn on_runtime(work: impl AsyncFnOnce(Tree)) {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::write(directory.path().join(name), name.repeat(100_000)).unwrap();
        }
        let options = ServeOptions { hidden: false, writable: false, durable: false };
        let root = Root::open(directory.path(), options, CacheLimits::PROCESS).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, work(root.tree()));
    }

    async fn code(forms: &Arc<CodedForms>, tree: &Tree, name: &str) -> CodedSlot {
        let content = tree.open(&TreePath::ROOT.child(name.as_bytes())).await.unwrap();
        forms.code((content.meta().version, CodingName::Gzip), content.whole(), None).unwrap()
    }

    #[test]
    fn a_file_is_coded_once() {
        on_runtime(async |tree| {
            let forms = Arc::new(CodedForms::default());
            let (first, second) = (code(&forms, &tree, "a").await, code(&forms, &tree, "a").await);
            assert!(Arc::ptr_eq(&first, &second), "one slot for concurrent requests");
            let form = first.wait().await.clone().unwrap();
            assert!(form.bytes.starts_with(&[0x1F, 0x8B]) && form.bytes.len() < 10_000, "gzip");
            let other = code(&forms, &tree, "b").await;
            other.wait().await;
            let least_used = code(&forms, &tree, "a").await;
            assert!(Arc::ptr_eq(&first, &least_used) && forms.lock().drop_oldest(), "b is dropped");
            let length = form.bytes.len();
            let forms = forms.lock();
            assert_eq!((forms.bytes, forms.kept.len()), (length, 1));
        });
    }
}
