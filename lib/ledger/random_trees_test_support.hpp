// SPDX-License-Identifier: MIT
// Random trees of transcripts. A tree can be written in several spellings that mean the same.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ledger/ledger_test_support.hpp"

namespace atm::test {

using Random = std::mt19937;

[[nodiscard]] bool chance(Random& random, unsigned percent);
template <class T>
const T& one_of(Random& random, const std::vector<T>& values) {
  return values[random() % values.size()];
}

// A JSON value whose spelling is chosen when it is written.
struct Member;
struct Json {
  std::string raw;  // of a scalar
  std::vector<Member> members;
  bool is_object = false;
};
struct Member {
  std::string name;
  Json value;
};
[[nodiscard]] Json text(const std::string& value);
[[nodiscard]] Json number(std::uint64_t value);
/// nullptr: `value` has no member of that name.
[[nodiscard]] Json* member(Json& value, const std::string& name);

struct Spelling {
  bool blanks = false;
  bool shuffled = false;
  bool escapes = false;
};

[[nodiscard]] std::string written(const Json& value, const Spelling& spelling, Random& random);

using Lines = std::vector<std::string>;
using Files = std::map<std::string, Lines>;  // below projects/

struct World {
  Files files;
  std::vector<std::pair<std::string, Json>> records;  // file and record of every response line
};

/// A few sessions with responses, their repetitions and other lines. `prefix` begins all ids.
[[nodiscard]] World make_world(Random& random, const std::string& prefix = "");
[[nodiscard]] std::string some_file(const World& world, Random& random);

[[nodiscard]] std::string bytes_of(const Lines& lines, const std::string& end = "\n");
[[nodiscard]] std::unique_ptr<Tree> tree_of(const Files& files);

}  // namespace atm::test
