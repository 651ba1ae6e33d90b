// SPDX-License-Identifier: MIT
// Includes the installed version of Catch2; no other file depends on it.
#pragma once
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
