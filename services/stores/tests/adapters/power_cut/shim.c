/*
 * Stands between a process and its files (LD_PRELOAD) and notes what a power cut would leave.
 *
 * Of everything below POWER_CUT_ROOT it keeps, in POWER_CUT_SHADOW, what was synced last:
 *   file-<inode>   the content of a file at its last fsync or fdatasync
 *   dir-<inode>    the entries of a directory at its last fsync: "f|d <inode> <name>" a line
 *   link-<inode>   a hard link, so that no inode is used twice and removed files stay readable
 *   lost-<inode>   the content of a file when a sync of it failed
 * What is not there was never synced. Where a file `fail` is among them, every SYNCS_A_FAILURE-th sync
 * of a write-ahead file fails. As on Linux, what was to be written then counts as written ever after:
 * a later sync leaves it out, unless it was written again; and whoever else has the file open is told
 * at their next sync (lib/errseq.c of the kernel). Nothing is really synced: the test is about a power
 * cut that does not happen. No other call needs to be seen, because what the process last wrote is in
 * the files themselves when it is killed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYNCS_A_FAILURE 40
#define PAGE_BYTES 4096
#define OPEN_FILES_MAX 4096

static void fail(const char *what) {
    perror(what);
    abort();
}

static const char *shadow(void) { return getenv("POWER_CUT_SHADOW"); }

/* The name of what is kept of an inode; `suffix` sets apart what is not whole yet. */
static void name_of(char *name, const char *kind, ino_t inode, const char *suffix) {
    snprintf(name, PATH_MAX, "%s/%s-%llu%s", shadow(), kind, (unsigned long long)inode, suffix);
}

static void unfinished(char *suffix, size_t size) {
    snprintf(suffix, size, ".%ld", (long)syscall(SYS_gettid));
}

static void keep_inode(const char *path, int flags, ino_t inode) {
    char name[PATH_MAX];
    name_of(name, "link", inode, "");
    if (linkat(AT_FDCWD, path, AT_FDCWD, name, flags) && errno != EEXIST && errno != ENOENT)
        fail("power_cut: link");
}

static void copy_data(int from, int to, off_t size) {
    static __thread char buffer[1 << 16];
    off_t at = 0;
    while (at < size && (at = lseek(from, at, SEEK_DATA)) >= 0) {
        off_t hole = lseek(from, at, SEEK_HOLE);
        while (at < hole) {
            size_t want = hole - at < (off_t)sizeof buffer ? (size_t)(hole - at) : sizeof buffer;
            ssize_t got = pread(from, buffer, want, at);
            if (got < 0) fail("power_cut: read");
            if (got == 0) break;
            if (pwrite(to, buffer, got, at) != got) fail("power_cut: write");
            at += got;
        }
    }
    if (ftruncate(to, size)) fail("power_cut: truncate");
}

/* Takes back from `to`, a copy of a file now, the pages that a failed sync has lost. */
static void leave_out_lost(int to, ino_t inode, off_t size) {
    char name[PATH_MAX], page[PAGE_BYTES], lost_page[PAGE_BYTES];
    name_of(name, "lost", inode, "");
    int lost = open(name, O_RDONLY | O_CLOEXEC);
    if (lost < 0) return;
    name_of(name, "file", inode, "");
    int synced = open(name, O_RDONLY | O_CLOEXEC);
    for (off_t at = 0; at < size; at += PAGE_BYTES) {
        ssize_t got = pread(to, page, PAGE_BYTES, at);
        if (pread(lost, lost_page, PAGE_BYTES, at) < got || memcmp(page, lost_page, got)) continue;
        memset(page, 0, PAGE_BYTES);
        if (synced >= 0 && pread(synced, page, got, at) < 0) fail("power_cut: read");
        if (pwrite(to, page, got, at) != got) fail("power_cut: write");
    }
    close(lost);
    if (synced >= 0) close(synced);
}

/* Keeps a copy of a file as `kind`. */
static void note_file(int fd, ino_t inode, const char *kind) {
    char self[64], suffix[32], part[PATH_MAX], whole[PATH_MAX];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    keep_inode(self, AT_SYMLINK_FOLLOW, inode);
    unfinished(suffix, sizeof suffix);
    name_of(part, kind, inode, suffix);
    name_of(whole, kind, inode, "");
    int from = open(self, O_RDONLY | O_CLOEXEC);
    int to = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct stat now;
    if (from < 0 || to < 0 || fstat(from, &now)) fail("power_cut: open");
    copy_data(from, to, now.st_size);
    if (!strcmp(kind, "file")) leave_out_lost(to, inode, now.st_size);
    close(from);
    close(to);
    if (rename(part, whole)) fail("power_cut: rename");
}

/* Whether this sync of a file has to fail. */
static int is_failing(const char *path) {
    static unsigned syncs;
    char name[PATH_MAX];
    size_t length = strlen(path);
    if (length < 4 || strcmp(path + length - 4, ".jnl")) return 0;
    if (snprintf(name, sizeof name, "%s/fail", shadow()) >= PATH_MAX) abort();
    if (access(name, F_OK)) return 0;
    return __atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED) % SYNCS_A_FAILURE == 0;
}

/* By descriptor, the file of which a sync by another failed and whose next one has to tell so. */
static ino_t untold[OPEN_FILES_MAX];

static void tell_others(int fd, ino_t inode) {
    for (int other = 0; other < OPEN_FILES_MAX; other++) {
        struct stat now;
        if (other != fd && !fstat(other, &now) && now.st_ino == inode) untold[other] = inode;
    }
}

/* Whether this is told now that a sync failed; a descriptor used anew is not. */
static int is_told(int fd, ino_t inode) {
    if (fd >= OPEN_FILES_MAX) return 0;
    ino_t failed = untold[fd];
    untold[fd] = 0;
    return failed == inode;
}

static void note_directory(const char *path, ino_t inode) {
    char suffix[32], part[PATH_MAX], whole[PATH_MAX], child[PATH_MAX];
    unfinished(suffix, sizeof suffix);
    name_of(part, "dir", inode, suffix);
    name_of(whole, "dir", inode, "");
    FILE *out = fopen(part, "we");
    DIR *entries = opendir(path);
    if (!out || !entries) fail("power_cut: directory");
    struct dirent *entry;
    while ((entry = readdir(entries))) {
        struct stat one;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fstatat(dirfd(entries), entry->d_name, &one, AT_SYMLINK_NOFOLLOW)) continue;
        if (S_ISREG(one.st_mode)) {
            if (snprintf(child, sizeof child, "%s/%s", path, entry->d_name) >= PATH_MAX) abort();
            keep_inode(child, 0, one.st_ino);
        }
        fprintf(out, "%c %llu %s\n", S_ISDIR(one.st_mode) ? 'd' : 'f',
                (unsigned long long)one.st_ino, entry->d_name);
    }
    closedir(entries);
    if (fclose(out)) fail("power_cut: directory");
    if (rename(part, whole)) fail("power_cut: rename");
}

static int note_sync(int fd) {
    char self[64], path[PATH_MAX];
    const char *root = getenv("POWER_CUT_ROOT");
    struct stat now;
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(self, path, sizeof path - 1);
    if (length < 0 || fstat(fd, &now)) return -1;
    path[length] = 0;
    if (!root || strncmp(path, root, strlen(root))) return 0;
    if (S_ISDIR(now.st_mode))
        note_directory(path, now.st_ino);
    else if (S_ISREG(now.st_mode)) {
        int failing = is_failing(path);
        note_file(fd, now.st_ino, failing ? "lost" : "file");
        if (failing) tell_others(fd, now.st_ino);
        if (is_told(fd, now.st_ino) || failing) {
            errno = EIO;
            return -1;
        }
    }
    return 0;
}

/* One at a time: of two syncs of a file, the copy of the older must not replace that of the newer. */
static int sync_one(int fd) {
    static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&one);
    int outcome = note_sync(fd), error = errno;
    pthread_mutex_unlock(&one);
    errno = error;
    return outcome;
}

int fsync(int fd) { return sync_one(fd); }
int fdatasync(int fd) { return sync_one(fd); }
