/* SPDX-License-Identifier: MIT */
/* A library without a plugin. */
__attribute__((visibility("default"))) int atm_plugin_v0 = 0;
