/* SPDX-License-Identifier: MIT */
#ifndef ATM_TESTS_ABI_LAYOUT_H
#define ATM_TESTS_ABI_LAYOUT_H

#include <atm/abi.h>
#include <atm/host/agents.h>
#include <atm/host/clock.h>
#include <atm/host/events.h>
#include <atm/host/files.h>
#include <atm/host/ingest.h>
#include <atm/host/log.h>
#include <atm/host/metrics.h>
#include <atm/host/processes.h>
#include <atm/host/snapshot.h>
#include <atm/host/timer.h>
#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/source.h>
#include <atm/iface/store.h>
#include <atm/iface/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A struct (member is NULL) or one of its members. */
struct layout_row {
  const char* type;
  const char* member;
  size_t offset;
  size_t size;
};

/* The rows of layout.inc with the C compiler's layout, members after their struct, in order. */
const struct layout_row* layout_rows(size_t* count);

#ifdef __cplusplus
}
#endif

#endif /* ATM_TESTS_ABI_LAYOUT_H */
