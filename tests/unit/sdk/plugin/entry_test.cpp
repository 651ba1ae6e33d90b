// SPDX-License-Identifier: MIT
// Calls the C++ wrapper through the C tables.
#include <atm/plugin.hpp>
#include <atm/testing.hpp>
#include <stdexcept>

#include "support/catch.hpp"

namespace {

using atm::Status;
using atm::testing::FakeHost;
using atm::testing::PluginInstance;

/// A parser whose payload selects its behaviour.
class Obedient final : public atm::Parser, public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{"obedient", "1.2.3", "does as told", R"({"type":"object"})"};

  Obedient(const atm::Host& host, std::string_view config) : host_(host) {
    if (config == "throw") throw std::runtime_error("no such limit");
    host_.log(atm::LogLevel::kInfo, "created",
              {atm::attr("bytes", static_cast<std::int64_t>(config.size()))});
  }

  [[nodiscard]] std::span<const std::string_view> channels() const noexcept override {
    static constexpr std::string_view kChannels[] = {"test/one", "test/two"};
    return kChannels;
  }
  Status parse(const atm::Record& record, const atm::ObservationSink& sink,
               atm::ErrorText& error) const override {
    if (record.payload == "throw") throw std::runtime_error("the parser is broken");
    if (record.payload == "throw 7") throw 7;
    if (record.payload == "refuse") {
      error.set("found nothing, expected something");
      return Status::kInvalid;
    }
    atm::AttrList<2> attrs;
    attrs.add("pid", record.context.integer("pid"));
    attrs.add("missing", record.context.text("tty"));
    return sink.emit({"notice", "s1", "test", "sub", record.channel, record.time_ns}, attrs.view());
  }

  [[nodiscard]] std::string_view prefix() const noexcept override { return "obedient."; }
  Status analyze(const atm::ObservationView& observation, const atm::SessionSnapshot& session,
                 const atm::FactSink& sink, atm::ErrorText& error) override {
    if (observation.type == "refuse") {
      error.set("found " + std::string(observation.attrs.text("what").value_or("nothing")));
      return Status::kInternal;
    }
    return sink.set("obedient.rev", static_cast<std::int64_t>(session.rev));
  }

 private:
  atm::Host host_;
};

const atm_plugin& entry() {
  return atm::detail::Entry<Obedient>::kPlugin;
}

}  // namespace

TEST_CASE("a descriptor reaches the C entry unchanged", "[sdk][plugin]") {
  CHECK(atm::to_view(entry().id) == "obedient");
  CHECK(atm::to_view(entry().version) == "1.2.3");
  CHECK(atm::to_view(entry().config_schema) == R"({"type":"object"})");
  CHECK(entry().size == sizeof(atm_plugin));
  CHECK(entry().abi_major == ATM_ABI_MAJOR);
}

TEST_CASE("a plugin provides exactly the interfaces that it derives from", "[sdk][plugin]") {
  FakeHost host;
  PluginInstance plugin(entry(), host);
  const auto ask = [&](std::string_view id) { return entry().query(plugin.get(), atm::to_c(id)); };
  CHECK(ask(ATM_IFACE_PARSER) != nullptr);
  CHECK(ask(ATM_IFACE_ANALYZER) != nullptr);
  CHECK(ask(ATM_IFACE_TRANSPORT) == nullptr);
  CHECK(ask(ATM_IFACE_SOURCE) == nullptr);
  CHECK(ask("atm.parser/2") == nullptr);
  CHECK(ask("") == nullptr);
}

TEST_CASE("an observation keeps its envelope and drops absent attributes", "[sdk][plugin]") {
  FakeHost host;
  PluginInstance plugin(entry(), host);
  const auto result = plugin.parse(
      {.channel = "test/two", .payload = "go", .context = {{"pid", std::int64_t{42}}}, .time_ns = 9});
  REQUIRE(result.observations.size() == 1);
  const auto& o = result.observations[0];
  CHECK(o.type == "notice");
  CHECK(o.actor == "sub");
  CHECK(o.origin == "test/two");
  CHECK(o.time_ns == 9);
  CHECK(o.attrs == atm::testing::OwnedAttrs{{"pid", std::int64_t{42}}});
}

TEST_CASE("no exception leaves a plugin", "[sdk][plugin]") {
  FakeHost host;
  PluginInstance plugin(entry(), host);
  const auto thrown = plugin.parse({.channel = "test/one", .payload = "throw", .context = {}, .time_ns = 0});
  CHECK(thrown.status == Status::kInternal);
  CHECK(thrown.error == "the parser is broken");
  const auto odd = plugin.parse({.channel = "test/one", .payload = "throw 7", .context = {}, .time_ns = 0});
  CHECK(odd.status == Status::kInternal);
  CHECK(odd.error == "an exception that is not a std::exception");
  CHECK_THROWS_WITH(PluginInstance(entry(), host, "throw"), "no such limit");
}

TEST_CASE("a refusal contains the plugin's own message", "[sdk][plugin]") {
  FakeHost host;
  PluginInstance plugin(entry(), host);
  const auto refused =
      plugin.parse({.channel = "test/one", .payload = "refuse", .context = {}, .time_ns = 0});
  CHECK(refused.status == Status::kInvalid);
  CHECK(refused.error == "found nothing, expected something");
}

TEST_CASE("an analyzer reads the observation and reports why it failed", "[sdk][plugin]") {
  FakeHost host;
  PluginInstance plugin(entry(), host);
  const auto result = plugin.analyze({"refuse", "s", "test", "", "", 0, {{"what", "a cat"}}}, {});
  CHECK(result.status == Status::kInternal);
  CHECK(result.error == "found a cat");
}

TEST_CASE("an analyzer's facts reach the sink", "[sdk][plugin]") {
  FakeHost host;
  PluginInstance plugin(entry(), host);
  CHECK(plugin.analyze({}, {}).facts == atm::testing::OwnedAttrs{{"obedient.rev", std::int64_t{1}}});
}

TEST_CASE("a plugin's log line reaches the host with its fields", "[sdk][plugin]") {
  FakeHost host;
  PluginInstance plugin(entry(), host, "{}");
  REQUIRE(host.log().size() == 1);
  CHECK(host.log()[0].text == "created");
  CHECK(host.log()[0].fields == atm::testing::OwnedAttrs{{"bytes", std::int64_t{2}}});
}

TEST_CASE("timers of the fake host run in order, only when the test moves the clock", "[sdk][testing]") {
  FakeHost host;
  const atm::Host services(host.c());
  std::string ran;
  struct Named {
    std::string* to;
    char name;
  } a{&ran, 'a'}, b{&ran, 'b'};
  const atm_timer_fn note = [](void* context, std::uint64_t) {
    const auto& named = *static_cast<Named*>(context);
    named.to->push_back(named.name);
  };
  std::uint64_t once = 0;
  std::uint64_t often = 0;
  REQUIRE(services.start_timer(5'000'000, 0, note, &a, once) == Status::kOk);
  REQUIRE(services.start_timer(2'000'000, 2'000'000, note, &b, often) == Status::kOk);
  CHECK(ran.empty());
  host.advance(6'000'000);
  CHECK(ran == "bbab");
  CHECK(services.cancel_timer(once) == Status::kNotFound);
  CHECK(services.cancel_timer(often) == Status::kOk);
  host.advance(10'000'000);
  CHECK(ran == "bbab");
}
