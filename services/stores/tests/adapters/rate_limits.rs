//! Rate limits in memory, which no two processes share.

use std::sync::Arc;

use stores::{MemoryRateLimits, RateLimits};

macro_rules! keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let open = || -> Arc<dyn RateLimits> { Arc::new(MemoryRateLimits::default()) };
            store_contracts::rate_limits::$name(open).await;
        }
    )*};
}

store_contracts::rate_limits_suite!(keeps_to);
