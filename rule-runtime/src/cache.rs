//! Machine code of known shapes, kept within a bound.
//!
//! Thousands of rules are a few shapes, so a rule of a known shape costs no code generation.
//! Shapes are compared as a whole, never by a hash alone. One lock covers lookup and compilation:
//! each shape is compiled once, and rules are compiled when a rule set is built, never on an
//! event's path.

use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use rule_jit::{ColumnShape, CompileError, CompiledShape, Compiler, Shape};

/// A bounded cache of compiled shapes, their code for rows and that for columns; the least recently
/// used shapes go first. Code that a rule set
/// still holds stays valid: the cache gives up its share only.
#[derive(Debug)]
pub struct RuleCache {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    compiler: Option<Compiler>,
    shapes: LruCache<Shape, Code>,
    code_bytes: usize,
    code_bytes_max: usize,
    counts: CacheCounts,
}

/// The code of a shape, each kind from when somebody asked for it.
#[derive(Debug, Default)]
struct Code {
    row: Option<CompiledShape>,
    columns: Option<ColumnShape>,
}

impl Code {
    fn bytes(&self) -> usize {
        let row = self.row.as_ref().map_or(0, CompiledShape::code_bytes);
        let columns = self.columns.as_ref();
        row + columns.map_or(0, ColumnShape::code_bytes)
    }
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
        self.code(shape, |code| &mut code.row, Compiler::compile)
    }

    /// The code of a shape over columns, likewise.
    ///
    /// # Errors
    /// As [`Self::compiled`].
    pub fn over_columns(&self, shape: &Shape) -> Result<ColumnShape, CompileError> {
        self.code(shape, |code| &mut code.columns, Compiler::compile_columns)
    }

    fn code<C: Clone>(
        &self,
        shape: &Shape,
        kind: fn(&mut Code) -> &mut Option<C>,
        compile: fn(&Compiler, &Shape) -> Result<C, CompileError>,
    ) -> Result<C, CompileError> {
        // A panic in another thread cannot leave the cache half-changed in a way that matters.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.code(shape, kind, compile)
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
    fn code<C: Clone>(
        &mut self,
        shape: &Shape,
        kind: fn(&mut Code) -> &mut Option<C>,
        compile: fn(&Compiler, &Shape) -> Result<C, CompileError>,
    ) -> Result<C, CompileError> {
        let known = self.shapes.get_mut(shape);
        if let Some(known) = known.and_then(|code| kind(code).clone()) {
            self.counts.hits += 1;
            return Ok(known);
        }
        let compiler = match &mut self.compiler {
            Some(compiler) => compiler,
            none => none.insert(Compiler::for_host()?),
        };
        let made = compile(compiler, shape)?;
        self.counts.misses += 1;
        let code = self.shapes.get_or_insert_mut(shape.clone(), Code::default);
        let before = code.bytes();
        *kind(code) = Some(made.clone());
        self.code_bytes += code.bytes() - before;
        self.make_room();
        Ok(made)
    }

    fn make_room(&mut self) {
        while self.code_bytes > self.code_bytes_max && self.shapes.len() > 1 {
            let Some((_, code)) = self.shapes.pop_lru() else {
                break;
            };
            self.code_bytes -= code.bytes();
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
    fn a_shape_has_code_for_rows_and_for_columns_each_made_once() {
        let cache = RuleCache::default();
        let lowered = lowered("price > 10");
        let row = cache.compiled(lowered.shape()).unwrap();
        assert_eq!(cache.code_bytes(), row.code_bytes());
        let columns = cache.over_columns(lowered.shape()).unwrap();
        assert_eq!(cache.code_bytes(), row.code_bytes() + columns.code_bytes());
        cache.compiled(lowered.shape()).unwrap();
        cache.over_columns(lowered.shape()).unwrap();
        let counts = cache.counts();
        assert_eq!((counts.misses, counts.hits), (2, 2));
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
