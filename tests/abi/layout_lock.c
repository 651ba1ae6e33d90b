/* SPDX-License-Identifier: MIT */
/* Compares layout.inc with the layout of C at compile time. */
#include "layout.h"

#define ATM_VALUE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has changed its size");
#define ATM_TABLE(type, bytes) ATM_VALUE(type, bytes)
#define ATM_MEMBER(type, member, at, bytes)                                       \
  _Static_assert(offsetof(type, member) == (at), #type "." #member " has moved"); \
  _Static_assert(sizeof(((type*)0)->member) == (bytes), #type "." #member " changed");
#define ATM_CONSTANT(name, value) _Static_assert((name) == (value), #name " has changed");
#include "layout.inc"
#undef ATM_VALUE
#undef ATM_TABLE
#undef ATM_MEMBER
#undef ATM_CONSTANT

#define ATM_VALUE(type, bytes) {#type, NULL, 0, sizeof(type)},
#define ATM_TABLE(type, bytes) ATM_VALUE(type, bytes)
#define ATM_MEMBER(type, member, at, bytes) \
  {#type, #member, offsetof(type, member), sizeof(((type*)0)->member)},
#define ATM_CONSTANT(name, value)
static const struct layout_row rows[] = {
#include "layout.inc"
};

const struct layout_row* layout_rows(size_t* count) {
  *count = sizeof(rows) / sizeof(rows[0]);
  return rows;
}
