/*
 * disk.c intercepts the file calls of SQLite. It is preloaded (LD_PRELOAD) into a child
 * process of the tests; the calls of Go itself do not pass through libc, so every call below
 * the folder DISK_FOLDER comes from SQLite.
 *
 * DISK_TRACE    a file to which every call that changes something is appended, in the
 *               order in which the kernel executed them
 * DISK_CONTROL  a file shared with the test (struct control), which selects the call that fails
 * DISK_NAMES    "fail": syncing a folder fails, which SQLite ignores
 *
 * The intercepted calls are all with which SQLite changes a file: it renames nothing. The
 * test compares the trace with the files at the end, which reveals a missed call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct control {
  uint64_t calls;   /* seen so far */
  uint64_t fail_at; /* the call that fails; 0: none */
  uint32_t error;   /* the errno it fails with */
  uint32_t lasting; /* 1: every call after it fails too */
  uint32_t partial; /* 1: half of a write that fails is written */
  uint32_t failed;  /* how many calls failed */
};

/* The header of a record of the trace; the name and the data follow. */
struct record {
  uint32_t kind; /* c(reate), u(nlink), w(rite), t(runcate), s(ync) */
  uint32_t name; /* length of the name below the folder; 0: the folder itself */
  int64_t at;    /* offset of a write, size of a truncate */
  int64_t size;  /* length of the data */
};

static const char *folder;
static int trace = -1, names_fail;
static struct control *control;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static int real_open(const char *path, int flags, mode_t mode) {
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static void give_up(const char *why) {
  perror(why);
  abort();
}

__attribute__((constructor)) static void start(void) {
  const char *path;
  folder = getenv("DISK_FOLDER");
  if ((path = getenv("DISK_NAMES"))) names_fail = strcmp(path, "fail") == 0;
  if ((path = getenv("DISK_TRACE"))) {
    trace = real_open(path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (trace < 0) give_up(path);
  }
  if ((path = getenv("DISK_CONTROL"))) {
    int fd = real_open(path, O_RDWR | O_CLOEXEC, 0);
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || control == MAP_FAILED) give_up(path);
  }
}

/* below returns the name of a path relative to the folder, or NULL. */
static const char *below(const char *path) {
  size_t n = folder ? strlen(folder) : 0;
  if (!n || strncmp(path, folder, n) != 0) return NULL;
  if (path[n] == '/') return path + n + 1;
  return path[n] ? NULL : path + n;
}

/* name_of returns the name of an open file, from the kernel. */
static const char *name_of(int fd, char room[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = folder ? readlink(link, room, PATH_MAX - 1) : -1;
  if (n < 0) return NULL;
  room[n] = 0;
  return below(room);
}

/* should_fail counts a call, and returns whether it fails; it sets errno. */
static int should_fail(void) {
  if (!control) return 0;
  uint64_t n = ++control->calls, at = control->fail_at;
  if (!at || n < at || (n > at && !control->lasting)) return 0;
  control->failed++;
  errno = (int)control->error;
  return 1;
}

/* note appends an executed call. The shared memory of a log (-shm) does not survive a power
 * cut, so it is left out. */
static void note(char kind, const char *name, int64_t at, const void *data, size_t size) {
  size_t length = strlen(name);
  if (trace < 0 || (length > 4 && strcmp(name + length - 4, "-shm") == 0)) return;
  struct record r = {(uint32_t)kind, (uint32_t)length, at, (int64_t)size};
  struct iovec parts[] = {{&r, sizeof r}, {(void *)name, length}, {(void *)data, size}};
  if (syscall(SYS_writev, trace, parts, 3) != (long)(sizeof r + length + size)) give_up("trace");
}

static int open_file(const char *path, int flags, mode_t mode) {
  struct stat known;
  const char *name = (flags & O_CREAT) ? below(path) : NULL;
  if (!name || stat(path, &known) == 0) return real_open(path, flags, mode);
  pthread_mutex_lock(&turn);
  int fd = should_fail() ? -1 : real_open(path, flags, mode);
  if (fd >= 0) note('c', name, 0, NULL, 0);
  pthread_mutex_unlock(&turn);
  return fd;
}

#define OPEN(function)                           \
  int function(const char *path, int flags, ...) { \
    va_list rest;                                \
    va_start(rest, flags);                       \
    mode_t mode = (flags & O_CREAT) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                \
    return open_file(path, flags, mode);         \
  }
OPEN(open)
OPEN(open64)
int __open_2(const char *path, int flags) { return open_file(path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_file(path, flags, 0); }

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  char room[PATH_MAX];
  const char *name = name_of(fd, room);
  if (!name) return syscall(SYS_pwrite64, fd, data, size, at);
  pthread_mutex_lock(&turn);
  ssize_t n = -1;
  if (!should_fail()) {
    n = syscall(SYS_pwrite64, fd, data, size, at);
    if (n > 0) note('w', name, at, data, (size_t)n);
  } else if (control->partial) {
    syscall(SYS_pwrite64, fd, data, size / 2, at);
    errno = (int)control->error;
  }
  pthread_mutex_unlock(&turn);
  return n;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

ssize_t write(int fd, const void *data, size_t size) {
  char room[PATH_MAX];
  if (!name_of(fd, room)) return syscall(SYS_write, fd, data, size);
  ssize_t n = pwrite64(fd, data, size, lseek(fd, 0, SEEK_CUR));
  if (n > 0) lseek(fd, n, SEEK_CUR);
  return n;
}

int ftruncate64(int fd, off64_t size) {
  char room[PATH_MAX];
  const char *name = name_of(fd, room);
  if (!name) return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&turn);
  int failed = should_fail() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
  if (!failed) note('t', name, size, NULL, 0);
  pthread_mutex_unlock(&turn);
  return failed;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int sync_file(int fd, long call) {
  char room[PATH_MAX];
  const char *name = name_of(fd, room);
  if (!name) return (int)syscall(call, fd);
  pthread_mutex_lock(&turn);
  int failed = should_fail() ? -1 : (int)syscall(call, fd);
  if (!failed && !*name && names_fail) errno = EIO, failed = -1;
  if (!failed) note('s', name, 0, NULL, 0);
  pthread_mutex_unlock(&turn);
  return failed;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }

int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

int unlink(const char *path) {
  const char *name = below(path);
  struct stat known;
  if (!name || stat(path, &known) != 0) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  pthread_mutex_lock(&turn);
  int failed = should_fail() ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (!failed) note('u', name, 0, NULL, 0);
  pthread_mutex_unlock(&turn);
  return failed;
}
