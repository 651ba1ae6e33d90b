/* SPDX-License-Identifier: MIT */
/* A library that is no plugin. */
__attribute__((visibility("default"))) int atm_plugin_v0 = 0;
