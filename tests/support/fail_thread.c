/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: the pthread_create() call of the process whose number is in ATM_TEST_FAIL_THREAD fails with EAGAIN.
 * The library then creates the file ATM_TEST_FAILED_THREAD. */
#define _GNU_SOURCE /* NOLINT(bugprone-reserved-identifier) */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

typedef int (*create_function)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

static atomic_long calls;

__attribute__((visibility("default"))) int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                                          void* (*run)(void*), void* argument) {
  const char* const failing = getenv("ATM_TEST_FAIL_THREAD");
  const char* const file = getenv("ATM_TEST_FAILED_THREAD");
  if (failing != NULL && file != NULL && atomic_fetch_add(&calls, 1) + 1 == strtol(failing, NULL, 10)) {
    close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    return EAGAIN;
  }
  create_function create = NULL;
  *(void**)&create = dlsym(RTLD_NEXT, "pthread_create");
  return create(thread, attributes, run, argument);
}
