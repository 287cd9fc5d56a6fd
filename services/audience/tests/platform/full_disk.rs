//! A disk that is full: writes are refused, reads go on, and when there is space again writes work
//! again without a restart.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::platform::Platform;

/// A small file system in memory, unmounted with the value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where this process may not mount.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=400m", "tmpfs"])
            .arg(folder.path());
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there is about to end.
        Command::new("umount")
            .arg("-l")
            .arg(self.path())
            .output()
            .ok();
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_answers_reads_and_heals() {
    let Some(disk) = SmallDisk::new() else {
        println!("skipped: this test needs the right to mount");
        return;
    };
    let platform = Platform::start(&disk.path().join("data"), &[]);
    let send = async |user: &str| {
        let url = format!("{}/api/events", platform.ingestion);
        let event = json!({"userId": user, "eventType": "purchase", "properties": {"amount": 5}});
        platform.post(url, &event).await.unwrap()
    };
    assert_eq!(send("ann").await.0, 202);
    let ann = format!("{}/api/users/ann", platform.rules);
    platform
        .until(&ann, |profile| profile["fields"]["eventCount"] == 1)
        .await;

    let fill = disk.path().join("fill");
    let mut file = std::fs::File::create(&fill).unwrap();
    // It ends with the last byte of space.
    assert!(std::io::copy(&mut std::io::repeat(0), &mut file).is_err());
    drop(file);
    let (status, problem) = send("bob").await;
    assert_eq!(
        (status, &problem["detail"]),
        (503, &json!("the disk is full"))
    );
    assert_eq!(platform.get(&ann).await.0, 200);
    let health = format!("{}/actuator/health", platform.ingestion);
    assert_eq!(platform.get(&health).await.0, 503);

    std::fs::remove_file(&fill).unwrap();
    platform
        .until(&health, |health| health["status"] == "UP")
        .await;
    assert_eq!(send("bob").await.0, 202);
    let bob = format!("{}/api/users/bob", platform.rules);
    platform
        .until(&bob, |profile| profile["fields"]["eventCount"] == 1)
        .await;
    platform.server.stop();
}
