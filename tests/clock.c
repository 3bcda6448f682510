/* A library for LD_PRELOAD that shifts the wall clock of a process.
 *
 * CLOCK_OFFSET names a file that holds the shift in seconds, a native 64-bit integer. The file is
 * mapped, so a write to it in place steps the clock of a process that runs. Only CLOCK_REALTIME
 * moves: waits go by CLOCK_MONOTONIC, and file times are the kernel's, as on a real host whose
 * clock somebody sets.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t unshifted = 0;
static const int64_t *mapped = &unshifted;

__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("CLOCK_OFFSET");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof *mapped, PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) mapped = page;
  close(file);
}

/* The system call itself: what libc would call may be this library's own function. */
int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += __atomic_load_n(mapped, __ATOMIC_RELAXED);
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  int result = clock_gettime(CLOCK_REALTIME, &exact);
  if (result == 0 && now != NULL) {
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
  }
  return result;
}

time_t time(time_t *result) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
  if (result != NULL) *result = now.tv_sec;
  return now.tv_sec;
}
