//! Executable memory: one mapping for the code of one shape, unmapped with the last reference.
//!
//! INVARIANT: memory is writable or executable, never both. It is written once, before it is made
//! executable.
#![expect(
    unsafe_code,
    reason = "processors with a separate instruction cache must be told of new code"
)]

use std::io;

use memmap2::{Mmap, MmapMut};
use wasmtime_internal_jit_icache_coherence as icache;

/// The code of one function.
#[derive(Debug)]
pub(crate) struct CodeMemory {
    mapping: Mmap,
    bytes: usize,
}

impl CodeMemory {
    /// Copies `code`, which must not depend on where it stands.
    pub(crate) fn new(code: &[u8]) -> io::Result<Self> {
        let mut writable = MmapMut::map_anon(code.len().max(1))?;
        for (place, byte) in writable.iter_mut().zip(code) {
            *place = *byte;
        }
        // SAFETY: the range is the mapping just written, which is not unmapped meanwhile.
        unsafe { icache::clear_cache(writable.as_ptr().cast(), code.len()) }
            .map_err(io::Error::other)?;
        let mapping = writable.make_exec()?;
        icache::pipeline_flush_mt().map_err(io::Error::other)?;
        Ok(Self {
            mapping,
            bytes: code.len(),
        })
    }

    /// Where the code starts; valid while `self` lives.
    pub(crate) fn start(&self) -> *const u8 {
        self.mapping.as_ptr()
    }

    /// The length of the code.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }
}
