/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_AGENTS_H
#define ATM_HOST_AGENTS_H

/* The agents of this machine as their manifests describe them (docs/agents/manifest.md). The host reads and checks
 * the files; a manifest that is broken does not replace one that works.
 *
 * Since ABI 1.2. */

#include <atm/abi.h>
#include <atm/host/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_AGENTS "atm.host.agents/1"

/* The service "atm.host.agents/1". */
typedef struct atm_host_agents {
  uint32_t size;
  uint32_t reserved;

  /* Read the files again. *revision becomes a number, never 0, that is greater after each change of the agents or of
   * the problems of their files. The call reads files and may take milliseconds.
   * thread: any
   * owner: *revision is the caller's
   * errors: E_INTERNAL */
  atm_status (*refresh)(void* self, uint64_t* revision);

  /* Report the manifest of each agent as one JSON object, in the order of their ids. Before the first refresh there
   * are none.
   * thread: any
   * owner: borrowed for the sink's calls
   * errors: the sink's own */
  atm_status (*list)(void* self, const atm_text_sink* sink);

  /* Report the problems of the files, one text each: file, line, what was found, what was expected, the remedy.
   * thread: any
   * owner: borrowed for the sink's calls
   * errors: the sink's own */
  atm_status (*problems)(void* self, const atm_text_sink* sink);
} atm_host_agents;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_AGENTS_H */
