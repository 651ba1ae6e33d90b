/* SPDX-License-Identifier: MIT */
/* Its manifest contains ABI 1.1, its descriptor 9.0. */
#include <atm/abi.h>
#include <stddef.h>

__attribute__((visibility("default"))) const atm_plugin atm_plugin_v1 = {
    sizeof(atm_plugin), 9,           0,         1,    0,    0,   {"wrong_abi", 9},
    {"1.0.0", 5},       {"From", 4}, {NULL, 0}, NULL, NULL, NULL};
