//! What every view keeps to.

use crate::world::view;

macro_rules! view_keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            if let Some(view) = view().await {
                store_contracts::view::$name(view).await;
            }
        }
    )*};
}

view_keeps_to! {
    a_user_comes_back_as_written
    an_older_record_never_replaces_a_newer_one
    of_one_users_records_in_a_call_the_newest_counts
    members_follow_the_records
    members_come_once_each_over_pages
    sizes_are_summed_over_partitions
    a_mark_is_there_until_the_view_is_lost
}
