//! Users in memory, bounded by bytes; the least recently used go first.

use std::sync::Arc;

use lru::LruCache;

use crate::user::User;

/// Users as the journal has them.
#[derive(Debug)]
pub(crate) struct Cache {
    users: LruCache<Arc<str>, (Box<User>, usize)>,
    bytes: usize,
    bytes_max: usize,
}

impl Cache {
    /// Room for about `bytes_max` bytes of users.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            users: LruCache::unbounded(),
            bytes: 0,
            bytes_max,
        }
    }

    /// Takes a user out.
    pub(crate) fn take(&mut self, id: &str) -> Option<Box<User>> {
        let (user, bytes) = self.users.pop(id)?;
        self.bytes -= bytes;
        Some(user)
    }

    /// A user, looked at.
    pub(crate) fn peek(&self, id: &str) -> Option<&User> {
        self.users.peek(id).map(|(user, _)| &**user)
    }

    /// Puts a user in that the journal has.
    pub(crate) fn put(&mut self, id: Arc<str>, mut user: Box<User>) {
        let bytes = user.memory_bytes() + 2 * id.len() + 64;
        self.bytes += bytes;
        if let Some((_, (_, old))) = self.users.push(id, (user, bytes)) {
            self.bytes -= old;
        }
        while self.bytes > self.bytes_max {
            let Some((_, (_, bytes))) = self.users.pop_lru() else {
                break;
            };
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_go_first() {
        let one = User::default().memory_bytes() + 2 + 64;
        let mut cache = Cache::new(2 * one);
        cache.put("a".into(), Box::default());
        cache.put("b".into(), Box::default());
        let a = cache.take("a").unwrap();
        cache.put("a".into(), a);
        cache.put("c".into(), Box::default());
        assert!(cache.peek("b").is_none());
        assert!(cache.peek("a").is_some() && cache.peek("c").is_some());
    }
}
