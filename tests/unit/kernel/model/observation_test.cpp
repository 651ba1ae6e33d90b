// SPDX-License-Identifier: MIT
#include "kernel/model/observation.hpp"

#include <atm/domain/utf8.hpp>
#include <atm/plugin/vocabulary.hpp>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "observation_spec.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

TEST_CASE("an observation owns its data") {
  ObservationSpec source =
      observed("tool.started", {{"tool", std::string("Bash")}, {"n", 5}, {"d", 2.5}, {"b", true}}).by("a1");
  const Observation copy = source.copy();
  source.type = "xxxxxxxxxxxx";
  source.attrs[0].second = std::string("XXXX");
  CHECK(copy.type() == ObservationType::kToolStarted);
  CHECK(copy.type_name() == "tool.started");
  CHECK(copy.session() == "s1");
  CHECK(copy.actor() == "a1");
  CHECK(copy.origin() == "claude_code/hook");
  CHECK(copy.time_ns() == kBegin);
  REQUIRE(copy.size() == 4);
  CHECK(copy.key(0) == Key::kTool);
  CHECK(copy.key(1) == Key::kOther);
  CHECK(copy.text(Key::kTool) == "Bash");
  CHECK(copy.find("n")->as.i == 5);
  CHECK(copy.find("d")->as.d == 2.5);
  CHECK(copy.find("b")->as.i == 1);
  CHECK(copy.find("none") == nullptr);
}

TEST_CASE("the data of a moved observation keeps its address") {
  Observation first = observed("notice", {{"kind", std::string("k")}}).copy();
  const atm_observation* where = &first.view();
  const Observation second = std::move(first);
  CHECK(&second.view() == where);
  CHECK(text_of(second.find("kind")->as.s) == "k");
}

TEST_CASE("OBS-O1, OBS-O6: an observation without session or type, or over any limit, is refused") {
  const auto why = [](const ObservationSpec& one) {
    const auto copy = one.try_copy();
    REQUIRE_FALSE(copy.has_value());
    CHECK(copy.error().code == ErrorCode::kInvalidField);
    return copy.error().message;
  };
  CHECK(why(observed("")) == "observation has a type of 0 bytes, expected 1 to 256");
  CHECK(why(observed("notice").of("")) == "observation has a session of 0 bytes, expected 1 to 256");
  CHECK(why(observed("notice").of(std::string(257, 'x'))) ==
        "observation has a session of 257 bytes, expected 1 to 256");
  CHECK(why(observed("notice").by(std::string(300, 'x'))) ==
        "observation has a actor of 300 bytes, expected 0 to 256");
  CHECK(why(observed("notice", {{"", 1}})) == "observation 'notice' has a key of 0 bytes, expected 1 to 128");
  ObservationSpec many = observed("notice");
  for (int i = 0; i < 129; ++i) many.attrs.emplace_back("k", 1);
  CHECK(why(many) == "observation 'notice' has 129 attributes, expected at most 128");
  many.attrs.pop_back();
  CHECK(many.try_copy().has_value());
}

TEST_CASE("a value of an unknown kind is refused") {
  atm_attr attr{str_of("k"), {99, 0, {0}}};
  atm_observation view{};
  view.type = str_of("notice");
  view.session = str_of("s");
  view.attrs = &attr;
  view.attr_count = 1;
  const auto copy = Observation::copy(view);
  REQUIRE_FALSE(copy.has_value());
  CHECK(copy.error().message == "attribute 'k' has a value of kind 99, expected 0 to 4");
}

TEST_CASE("TRAP-W8: long text is cut between characters", "[TRAP-W8]") {
  const std::string text = std::string(4095, 'a') + "\xE2\x82\xAC";
  const Observation copy = observed("notice", {{"message", text}}).copy();
  CHECK(copy.text(Key::kMessage) == std::string(4095, 'a'));
}

TEST_CASE("invalid UTF-8 is replaced, numbers that are not finite become NONE") {
  const Observation copy =
      observed("no\xFFtice", {{"message", std::string("a\xC3")}, {"d", std::nan("")}}).of("s\xFE").copy();
  CHECK(copy.type_name() == "no\xEF\xBF\xBDtice");
  CHECK(copy.session() == "s\xEF\xBF\xBD");
  CHECK(copy.text(Key::kMessage) == "a\xEF\xBF\xBD");
  CHECK(copy.find("d")->kind == ATM_VALUE_NONE);
}

TEST_CASE("a look-up with another type finds nothing") {
  const Observation copy =
      observed("notice", {{"tool", 5}, {"pid", std::string("5")}, {"is_error", 1}}).copy();
  CHECK(copy.text(Key::kTool).empty());
  CHECK_FALSE(copy.integer(Key::kPid).has_value());
  CHECK_FALSE(copy.flag(Key::kIsError));
}

TEST_CASE("every name of the vocabulary has its own number, and no other name has one") {
  CHECK(observation_type("session.started") == ObservationType::kSessionStarted);
  CHECK(observation_type("notice") == ObservationType::kNotice);
  CHECK(observation_type("claude_code.setup") == ObservationType::kOther);
  CHECK(observation_type("") == ObservationType::kOther);
  CHECK(known_key("model.id").key == Key::kModelId);
  CHECK(known_key("wait.id").key == Key::kWaitId);
  CHECK(known_key("detail").key == Key::kDetail);
  CHECK(known_key("model.ix").key == Key::kOther);
  CHECK(known_key("context.used_percentage").key == Key::kContextUsedPercentage);
  CHECK(known_key("").key == Key::kOther);
}

TEST_CASE("the fold reads the types and keys of the vocabulary, and no others") {
  std::size_t types = 0;
  for (const std::string_view name : atm::detail::kTypes) {
    CAPTURE(name);
    const ObservationType type = observation_type(name);
    CHECK(observation_type_name(type) == name);
    ++types;
  }
  CHECK(types == static_cast<std::size_t>(ObservationType::kOther));
  std::set<Key> keys;
  for (const auto& [name, kind] : atm::detail::kAttributeKinds) keys.insert(known_key(name).key);
  CHECK(keys.size() == static_cast<std::size_t>(Key::kWeak) + 1);
}

TEST_CASE("observations of all sizes keep their texts while other threads free and copy others") {
  const auto made = [](std::size_t bytes) {
    return observed("notice", {{"message", std::string(bytes, static_cast<char>('a' + bytes % 26))}}).copy();
  };
  std::vector<Observation> kept;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t bytes = 1; bytes < 4096; bytes += 61) kept.push_back(made(bytes));
    std::vector<Observation> others;
    for (std::size_t bytes = 4000; bytes > 100; bytes -= 100) others.push_back(made(bytes));
    std::thread([others = std::move(others)]() mutable { others.clear(); }).join();
    Observation::trim_memory();
  }
  std::size_t index = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t bytes = 1; bytes < 4096; bytes += 61)
      CHECK(kept[index++].text(Key::kMessage) == std::string(bytes, static_cast<char>('a' + bytes % 26)));
  }
}
