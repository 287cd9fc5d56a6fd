//! Sessions in memory, which no two processes share.

use std::sync::Arc;
use std::time::Duration;

use stores::{MemorySessions, Sessions};

macro_rules! keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let open = |ttl: Duration| -> Arc<dyn Sessions> { Arc::new(MemorySessions::new(ttl)) };
            store_contracts::sessions::$name(open).await;
        }
    )*};
}

store_contracts::sessions_suite!(keeps_to);
