//! One process's part in a lease.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use uuid::Uuid;

use super::Leases;
use crate::StoreError;

/// So much of its time may pass before a lease is renewed.
const RENEWED_AFTER: u32 = 3;
/// How long it is not asked for again when another has it.
const REFUSED_FOR: Duration = Duration::from_secs(1);

/// A lease that this process would like to have. Whoever works on the strength of it asks before
/// each step.
#[derive(Debug)]
pub struct Lease {
    leases: Arc<dyn Leases>,
    name: &'static str,
    holder: String,
    time: Duration,
    /// When it was last asked for, and whether it was given.
    asked: Mutex<Option<(Instant, bool)>>,
}

impl Lease {
    /// Nothing is asked yet. After a crash another process gets the lease when `time` has passed.
    pub fn new(leases: Arc<dyn Leases>, name: &'static str, time: Duration) -> Self {
        Self {
            leases,
            name,
            holder: Uuid::now_v7().to_string(),
            time,
            asked: Mutex::new(None),
        }
    }

    /// Whether this process has the lease, for two thirds of its time at least. The store is asked
    /// where the last answer is not fresh.
    pub async fn is_held(&self) -> Result<bool, StoreError> {
        let mut asked = self.asked.lock().await;
        if let Some((at, is_held)) = *asked {
            let fresh = self.time / RENEWED_AFTER;
            let fresh = if is_held {
                fresh
            } else {
                fresh.min(REFUSED_FOR)
            };
            if at.elapsed() < fresh {
                return Ok(is_held);
            }
        }
        // Before the question: the store's time begins after it.
        let at = Instant::now();
        *asked = None;
        let is_held = self.leases.hold(self.name, &self.holder, self.time).await?;
        *asked = Some((at, is_held));
        Ok(is_held)
    }

    /// Gives it back, so that nobody need wait for its end.
    pub async fn release(&self) {
        let had = self.asked.lock().await.take();
        if !matches!(had, Some((_, true))) {
            return;
        }
        if let Err(error) = self.leases.release(self.name, &self.holder).await {
            tracing::debug!(%error, lease = self.name, "a lease runs out by itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;

    use super::*;

    /// One lease, given to whoever asks first; it never runs out.
    #[derive(Debug, Default)]
    struct First {
        holder: Mutex<Option<String>>,
        questions: AtomicU32,
    }

    #[async_trait]
    impl Leases for First {
        async fn hold(&self, _: &str, holder: &str, _: Duration) -> Result<bool, StoreError> {
            self.questions.fetch_add(1, Ordering::Relaxed);
            let mut held_by = self.holder.lock().unwrap();
            Ok(*held_by.get_or_insert_with(|| holder.to_owned()) == holder)
        }

        async fn release(&self, _: &str, holder: &str) -> Result<(), StoreError> {
            self.holder.lock().unwrap().take_if(|it| *it == holder);
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_answer_is_used_while_it_is_fresh() {
        let leases = Arc::new(First::default());
        let lease = Lease::new(Arc::<First>::clone(&leases), "x", Duration::from_hours(1));
        for _ in 0..3 {
            assert!(lease.is_held().await.unwrap());
        }
        assert_eq!(leases.questions.load(Ordering::Relaxed), 1);
        let lease = Lease::new(Arc::<First>::clone(&leases), "x", Duration::ZERO);
        for _ in 0..3 {
            assert!(!lease.is_held().await.unwrap());
        }
        assert_eq!(leases.questions.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn who_gives_a_lease_back_leaves_it_to_others() {
        let leases = Arc::new(First::default());
        let one = Lease::new(Arc::<First>::clone(&leases), "x", Duration::ZERO);
        let two = Lease::new(Arc::<First>::clone(&leases), "x", Duration::ZERO);
        assert!(one.is_held().await.unwrap());
        assert!(!two.is_held().await.unwrap());
        two.release().await;
        assert!(!two.is_held().await.unwrap());
        one.release().await;
        assert!(two.is_held().await.unwrap());
    }
}
