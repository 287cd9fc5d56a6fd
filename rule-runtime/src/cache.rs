//! Machine code of known shapes, kept within a bound.
//!
//! Thousands of rules are a few shapes, so a rule of a known shape costs no code generation.
//! Shapes are compared as a whole, never by a hash alone. One lock covers lookup and compilation:
//! each shape is compiled once, and rules are compiled when a rule set is built, never on an
//! event's path.

use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use rule_jit::{CompileError, CompiledShape, Compiler, Shape};

/// A bounded cache of compiled shapes; the least recently used go first. Code that a rule set
/// still holds stays valid: the cache gives up its share only.
#[derive(Debug)]
pub struct RuleCache {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    compiler: Option<Compiler>,
    shapes: LruCache<Shape, CompiledShape>,
    code_bytes: usize,
    code_bytes_max: usize,
    counts: CacheCounts,
}

/// What a cache has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// Shapes that were there.
    pub hits: u64,
    /// Shapes that were compiled.
    pub misses: u64,
    /// Shapes that had to go.
    pub evictions: u64,
}

impl Default for RuleCache {
    /// Room for 64 MiB of machine code.
    fn default() -> Self {
        Self::new(64 * 1024 * 1024)
    }
}

impl RuleCache {
    /// Room for `code_bytes_max` bytes of machine code; at least one shape always fits.
    pub fn new(code_bytes_max: usize) -> Self {
        let inner = Inner {
            compiler: None,
            shapes: LruCache::unbounded(),
            code_bytes: 0,
            code_bytes_max,
            counts: CacheCounts::default(),
        };
        Self {
            inner: Mutex::new(inner),
        }
    }

    /// The code of a shape, compiled if it is not there.
    ///
    /// # Errors
    /// Where the host refuses to compile or to run new code.
    pub fn compiled(&self, shape: &Shape) -> Result<CompiledShape, CompileError> {
        // A panic in another thread cannot leave the cache half-changed in a way that matters.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.compiled(shape)
    }

    /// What it has done so far.
    pub fn counts(&self) -> CacheCounts {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .counts
    }

    /// Bytes of machine code that it holds.
    pub fn code_bytes(&self) -> usize {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .code_bytes
    }
}

impl Inner {
    fn compiled(&mut self, shape: &Shape) -> Result<CompiledShape, CompileError> {
        if let Some(known) = self.shapes.get(shape) {
            self.counts.hits += 1;
            return Ok(known.clone());
        }
        let compiler = match &mut self.compiler {
            Some(compiler) => compiler,
            none => none.insert(Compiler::for_host()?),
        };
        let code = compiler.compile(shape)?;
        self.counts.misses += 1;
        self.code_bytes += code.code_bytes();
        self.shapes.put(shape.clone(), code.clone());
        self.make_room();
        Ok(code)
    }

    fn make_room(&mut self) {
        while self.code_bytes > self.code_bytes_max && self.shapes.len() > 1 {
            let Some((_, code)) = self.shapes.pop_lru() else {
                break;
            };
            self.code_bytes -= code.code_bytes();
            self.counts.evictions += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use rule_jit::{Input, Question, Symbols, lower};

    use super::*;

    fn lowered(text: &str) -> rule_jit::Lowered {
        let rule = rulelang::check(text, &rulelang::Schema::default())
            .unwrap()
            .rule;
        let layout = |_: Input<'_>| Some(0);
        lower(&rule, Question::Match, &layout, &mut Symbols::new()).unwrap()
    }

    #[test]
    fn rules_of_one_shape_are_compiled_once() {
        let cache = RuleCache::default();
        for text in ["price > 10", "price > 11", "weight > 3"] {
            cache.compiled(lowered(text).shape()).unwrap();
        }
        let expected = CacheCounts {
            hits: 2,
            misses: 1,
            evictions: 0,
        };
        assert_eq!(cache.counts(), expected);
    }

    #[test]
    fn the_least_recently_used_shape_goes_when_there_is_no_room() {
        let shapes = ["price > 1", "price < 1", "price == 1"].map(lowered);
        let cache = RuleCache::new(0);
        for shape in &shapes {
            cache.compiled(shape.shape()).unwrap();
        }
        let last = cache.compiled(shapes[2].shape()).unwrap();
        assert_eq!(
            cache.counts(),
            CacheCounts {
                hits: 1,
                misses: 3,
                evictions: 2
            }
        );
        assert_eq!(cache.code_bytes(), last.code_bytes());
    }
}
