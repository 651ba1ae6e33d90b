/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_STORE_H
#define ATM_IFACE_STORE_H

/* Keeps the inputs of the registry, so that a restart of the daemon loses no state. The registry is a fold over its
 * inputs: a checkpoint and the inputs after it give the same state again. The host loads one store. The kernel has
 * removed from the inputs what must not be stored: texts of the agent (`detail`, `message`), attributes outside the
 * vocabulary, and the attributes of vendor types. Since ABI 1.1. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_STORE "atm.store/1"

/* Kinds of atm_stored. Each comment states what `observation` contains. */
#define ATM_STORED_OBSERVATION 0u /* an observation that the registry took */
#define ATM_STORED_REPEAT 1u      /* an observation without new content; only process.exited has attributes */
#define ATM_STORED_TIMEOUT 2u     /* `registry.timeout`: a timeout of the session ran */
#define ATM_STORED_CHECK 3u /* `registry.check`: the registry checked the session's processes; see `learnt` */
#define ATM_STORED_FACTS 4u /* `registry.facts`: changed facts of analyzers; a removed fact has kind NONE */

/* Bits of atm_stored.from: which members of the process are known. */
#define ATM_FROM_PID 1u
#define ATM_FROM_START_TICKS 2u
#define ATM_FROM_PID_NS 4u

/* Returned by append: the host shall call checkpoint now. */
#define ATM_STORE_WANTS_CHECKPOINT 2

/* One input of the registry. A store returns an input of an unknown kind unchanged. */
typedef struct atm_stored {
  uint32_t size;
  uint32_t kind;    /* ATM_STORED_* */
  uint64_t seq;     /* number of the newest event before this input */
  int64_t awake_ns; /* the registry's time: it stands still while the machine sleeps or no daemon runs */
  const atm_observation* observation;
  atm_str
      learnt; /* results of process checks, a letter each: u unknown, a alive, s stopped, g gone; or empty */
  uint32_t from; /* bits ATM_FROM_*; 0: the process of the record is unknown */
  uint32_t reserved;
  int64_t from_pid; /* the process of the record */
  uint64_t from_start_ticks;
  uint64_t from_pid_ns;
} atm_stored;

/* Receives what a store has kept, in order: at most one checkpoint, then the inputs after it. */
typedef struct atm_restore_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take the newest checkpoint, as it was given to atm_store.checkpoint. Before every input.
   * thread: the caller
   * owner: borrowed
   * errors: E_INVALID (the bytes are no checkpoint of this host); the caller may offer an older one */
  atm_status (*checkpoint)(void* self, const uint8_t* data, uint64_t size);

  /* Take one input.
   * thread: the caller
   * owner: borrowed
   * errors: E_INVALID (the observation exceeds a limit); the caller continues with the next one */
  atm_status (*input)(void* self, const atm_stored* input);
} atm_restore_sink;

/* Receives the past, in order. A function may wait for as long as it wants: the store holds no lock meanwhile. After a
 * result other than those that are listed, the store passes no more from this time and calls next. Since ABI 1.3. */
typedef struct atm_past_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Begin with this checkpoint, as atm_store.checkpoint or `state` gave it. At most once for each time, before every
   * input.
   * thread: the caller
   * owner: borrowed
   * errors: OK, E_INVALID (the bytes are no checkpoint of this host) */
  atm_status (*checkpoint)(void* self, const uint8_t* data, uint64_t size);

  /* Take one input, and the Unix time in nanoseconds at which the store got it. The inputs of one append have one time.
   * thread: the caller
   * owner: borrowed
   * errors: OK */
  atm_status (*input)(void* self, const atm_stored* input, int64_t arrived_ns);

  /* Inputs between two times may be missing. `reason` is for users. If size is not 0, `data` is a checkpoint of the
   * state afterwards.
   * thread: the caller
   * owner: borrowed
   * errors: OK, SKIP (the bytes are no checkpoint of this host; the caller passes the inputs before it, too) */
  atm_status (*gap)(void* self, int64_t from_ns, int64_t to_ns, atm_str reason, const uint8_t* data,
                    uint64_t size);

  /* Give the state after the inputs so far, as bytes for `checkpoint`. The store may keep them until the end of
   * atm_store.past, so that it passes few inputs when `next` gives an earlier time.
   * thread: the caller
   * owner: host; valid until the next call of a function of the sink
   * errors: OK */
  atm_status (*state)(void* self, const uint8_t** data, uint64_t* size);

  /* The store calls this function when it has passed the inputs from the current time, or cannot pass them. `result` is
   * OK at the newest stored input, E_NOT_FOUND if the store does not contain the time, E_INTERNAL after a failure of the
   * store, or the result of the sink function that ended the transfer. `why` has a text for E_NOT_FOUND and E_INTERNAL. The
   * function waits until another time is wanted, and sets `at_ns` to it.
   * thread: the caller
   * owner: borrowed
   * errors: OK (the store begins again at `at_ns`); other results end the call of atm_store.past */
  atm_status (*next)(void* self, atm_status result, atm_str why, int64_t* at_ns);
} atm_past_sink;

/* The result of a restore. */
typedef struct atm_restored {
  uint32_t size;
  /* 1: the last daemon ended without a call of stop. It may have published events whose inputs the store lacks. */
  uint32_t is_unclean;
  uint64_t next_seq; /* earlier daemons may have used every number below it */
} atm_restored;

/* The interface "atm.store/1". */
typedef struct atm_store {
  uint32_t size;
  uint32_t reserved;

  /* Required. Keep the inputs of one batch, in order. It copies them and returns at once; another thread writes them.
   * When the store cannot keep up, it drops inputs, counts them, and returns WANTS_CHECKPOINT when it can write again.
   * thread: registry
   * owner: borrowed
   * errors: WANTS_CHECKPOINT (success), E_BUSY (dropped), E_INTERNAL */
  atm_status (*append)(void* instance, const atm_stored* const* inputs, uint64_t count);

  /* Optional. Open the store. Before every other function, and before sources and transports start.
   * thread: main
   * owner: plugin
   * errors: E_UNSUPPORTED, E_EXISTS (another daemon writes this store), E_BUSY (the system has no thread available;
   * or the disk does not answer), E_INVALID; text in error. After a failure the daemon runs without a store. */
  atm_status (*start)(void* instance, atm_error* error);

  /* Optional. Pass what was kept to `sink`. At most two seconds. Once, after start and before append.
   * thread: main
   * owner: all borrowed
   * errors: SKIP (nothing was kept; result is not set), E_BUSY (the disk does not answer), E_INTERNAL; text in error.
   * After a failure the registry begins empty. */
  atm_status (*restore)(void* instance, const atm_restore_sink* sink, atm_restored* result, atm_error* error);

  /* Optional. Keep the registry's state after all inputs so far. The bytes are opaque to the store.
   * thread: registry
   * owner: borrowed
   * errors: E_BUSY (dropped), E_INTERNAL */
  atm_status (*checkpoint)(void* instance, const uint8_t* data, uint64_t size, uint64_t seq);

  /* Optional. Write what is queued, close the store and join every thread within deadline_ms. After the last append.
   * thread: main
   * owner: plugin
   * errors: E_BUSY when the deadline has passed */
  atm_status (*stop)(void* instance, uint32_t deadline_ms);

  /* Optional. Pass what gives the state at the Unix time `at_ns`, and then what followed, until the newest stored input.
   * Then call sink.next, and begin again if it wants another time. The call lasts as long as the sink wants; it uses
   * nothing of the instance after stop. Since ABI 1.3.
   * thread: any
   * owner: all borrowed
   * errors: E_INTERNAL (text in error), or the result of sink.next that ended the call */
  atm_status (*past)(void* instance, int64_t at_ns, const atm_past_sink* sink, atm_error* error);
} atm_store;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_STORE_H */
