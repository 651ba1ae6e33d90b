// SPDX-License-Identifier: MIT
// Compares layout.inc with the layout of C++ at compile time.
#include <type_traits>

#include "layout.h"

#define ATM_VALUE(type, bytes)                                           \
  static_assert(sizeof(type) == (bytes), #type " has changed its size"); \
  static_assert(std::is_trivially_copyable_v<type> && std::is_standard_layout_v<type>);
#define ATM_TABLE(type, bytes) ATM_VALUE(type, bytes)
#define ATM_MEMBER(type, member, at, bytes)                                      \
  static_assert(offsetof(type, member) == (at), #type "." #member " has moved"); \
  static_assert(sizeof(type::member) == (bytes), #type "." #member " has changed its size");
#define ATM_CONSTANT(name, value) static_assert((name) == (value), #name " has changed");
#include "layout.inc"
