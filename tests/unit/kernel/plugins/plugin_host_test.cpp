// SPDX-License-Identifier: MIT
// The plugin host with manifests in a directory and descriptors of the test in place of libraries.
#include "kernel/plugins/plugin_host.hpp"

#include <atm/host/snapshot.h>
#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/source.h>
#include <atm/iface/transport.h>

#include <atm/plugin/values.hpp>
#include <map>
#include <stdexcept>

#include "kernel_fixture.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace atm::kernel;
using atm::Problem;
using atm::test::contains;
using atm::test::TempDir;

namespace {

// A plugin whose calls are recorded. Its table holds plain functions, so there is one object for each number.
struct FakePlugin {
  std::string id;
  std::vector<std::string> provides{ATM_IFACE_TRANSPORT};
  std::string channel = "echo/hook";
  std::string prefix = "fact.";
  atm_status create = ATM_OK;
  atm_status start = ATM_OK;
  atm_status reserve = ATM_OK;
  bool throws = false;  // from start
  std::string schema;
  std::string config;  // as create() received it
  std::vector<std::string>* calls = nullptr;
  const atm_host* host = nullptr;
  atm_status nested_discovery = ATM_SKIP;  // the answer to a discovery within a discovery
};
std::map<int, FakePlugin> plugins;

template <int N>
struct Entry {
  static FakePlugin& plugin() { return plugins.at(N); }
  static void note(const char* call) { plugin().calls->push_back(plugin().id + " " + call); }

  static atm_status create(const atm_host* host, atm_str config, void** instance, atm_error* error) {
    note("create");
    plugin().host = host;
    plugin().config = text_of(config);
    *instance = &plugin();
    if (plugin().create != ATM_OK) atm::ErrorText(error).set("no licence; buy one");
    return plugin().create;
  }
  static void destroy(void*) { note("destroy"); }
  static atm_status start(void*, atm_error* error) {
    note("start");
    if (plugin().throws) throw std::runtime_error("lost its way");
    if (plugin().start != ATM_OK) atm::ErrorText(error).set("the address is taken");
    return plugin().start;
  }
  static atm_status reserve(void*, atm_error* error) {
    note("reserve");
    if (plugin().reserve != ATM_OK) atm::ErrorText(error).set("the address is taken");
    return plugin().reserve;
  }
  static atm_status stop(void*, std::uint32_t) { return note("stop"), ATM_OK; }
  static atm_status discover(void*, atm_discovery* result, atm_error*) {
    result->found = N;
    std::uint64_t found = 0;
    std::uint64_t failed = 0;
    const atm_host& host = *plugin().host;
    const auto& snapshot =
        *static_cast<const atm_host_snapshot*>(host.query(host.self, str_of(ATM_HOST_SNAPSHOT)));
    plugin().nested_discovery = snapshot.discover(host.self, &found, &failed);
    return ATM_OK;
  }
  static const void* query(void*, atm_str interface_id) {
    const std::string_view id = text_of(interface_id);
    static atm_str channel;
    static atm_parser parser;
    static atm_analyzer analyzer;
    static constexpr atm_transport kTransport{sizeof(atm_transport), 0, &start, &stop, &reserve};
    static constexpr atm_source kSource{sizeof(atm_source), 0, &start, &stop, &discover};
    channel = str_of(plugin().channel);
    parser = {sizeof parser, 0, &channel, 1,
              [](void*, const atm_record*, const atm_observation_sink*, atm_error*) { return ATM_OK; }};
    analyzer = {};
    analyzer.size = sizeof analyzer;
    analyzer.prefix = str_of(plugin().prefix);
    analyzer.analyze = [](void*, const atm_observation*, const atm_session*, const atm_fact_sink*,
                          atm_error*) { return ATM_OK; };
    if (id == ATM_IFACE_TRANSPORT) return &kTransport;
    if (id == ATM_IFACE_SOURCE) return &kSource;
    if (id == ATM_IFACE_PARSER) return &parser;
    return id == ATM_IFACE_ANALYZER ? &analyzer : nullptr;
  }
  static const atm_plugin* table() {
    static atm_plugin table;
    table = {sizeof(atm_plugin),
             ATM_ABI_MAJOR,
             ATM_ABI_MINOR,
             ATM_VOCABULARY_MAJOR,
             ATM_VOCABULARY_MINOR,
             0,
             str_of(plugin().id),
             str_of("1.0.0"),
             str_of("a plugin of a test"),
             str_of(plugin().schema),
             &create,
             &destroy,
             &query};
    return &table;
  }
};

std::variant<const atm_plugin*, Problem> load_fake(const Manifest& manifest) {
  const atm_plugin* const tables[] = {Entry<0>::table(), Entry<1>::table(), Entry<2>::table()};
  for (const auto& [number, plugin] : plugins) {
    if (plugin.id == manifest.id) return tables[number];
  }
  return Problem{manifest.library.string(), "no table", "one", "fix the test"};
}

struct HostFixture : test::KernelFixture {
  HostFixture() {
    plugins.clear();
    for (int i = 0; i < 3; ++i) {
      plugins[i].id = std::string(1, static_cast<char>('a' + i));
      plugins[i].calls = &calls;
    }
  }
  ~HostFixture() { host.reset(); }

  void load(std::size_t count = 3, bool is_safe_mode = false) {
    for (std::size_t i = 0; i < count; ++i) {
      const FakePlugin& plugin = plugins.at(static_cast<int>(i));
      std::string provides;
      for (const std::string& one : plugin.provides)
        provides += (provides.empty() ? "\"" : ",\"") + one + '"';
      dir.file("plugins/" + plugin.id + ".so", "", 0644);
      dir.file("plugins/" + plugin.id + ".json",
               R"({"id":")" + plugin.id + R"(","version":"1.0.0","abi":"1.0","vocabulary":"1.0","arch":")" +
                   std::string(host_traits().arch) + R"(","sanitizer":")" +
                   std::string(host_traits().sanitizer) + R"(","provides":[)" + provides +
                   R"(],"needs":[],"library":")" + plugin.id + ".so\"}");
    }
    PluginHostOptions options;
    options.directories = {{dir.path() / "plugins", false, false}};
    options.state_dir = dir.directory("state", 0700);
    options.is_safe_mode = is_safe_mode;
    options.load = &load_fake;
    host.emplace(kernel(), settings, std::move(options));
    host->load();
  }
  [[nodiscard]] std::string problem(std::size_t index = 0) const {
    return host->problems().at(index).message();
  }

  TempDir dir;
  Settings settings;
  std::vector<std::string> calls;
  std::optional<PluginHost> host;
};

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("sources start before transports and stop before them, and plugins are destroyed in reverse",
          "[plugin_host]") {
  HostFixture f;
  plugins[1].provides = {ATM_IFACE_SOURCE};
  f.load();
  CHECK(f.host->problems().empty());
  f.host->start();
  f.host->stop(std::chrono::seconds(1));
  f.host->destroy();
  CHECK(f.calls == Calls{"a create", "b create", "c create", "b start", "a start", "c start", "b stop",
                         "a stop", "c stop", "c destroy", "b destroy", "a destroy"});
}

TEST_CASE("a transport that cannot reserve its address does not start", "[plugin_host]") {
  HostFixture f;
  plugins[0].reserve = ATM_E_EXISTS;
  f.load(2);
  CHECK(f.host->reserve());  // neither of them is the one that hooks need
  CHECK(contains(f.problem(), "the address is taken"));
  f.host->start();
  CHECK(f.calls == Calls{"a create", "b create", "a reserve", "b reserve", "b start"});
}

TEST_CASE("a plugin that fails to create affects no other plugin", "[plugin_host]") {
  HostFixture f;
  plugins[0].create = ATM_E_UNSUPPORTED;
  f.load(2);
  REQUIRE(f.host->problems().size() == 1);
  CHECK(contains(f.problem(), "no licence; buy one"));
  f.host->start();
  CHECK(f.calls == Calls{"a create", "b create", "b start"});
  CHECK(contains(f.host->plugins_json(), R"("status":"failed")"));
  CHECK(f.host->why_unreachable().empty());
}

TEST_CASE("without a transport that started the daemon is unreachable, with the reason", "[plugin_host]") {
  HostFixture f;
  plugins[0].start = ATM_E_EXISTS;
  plugins[1].throws = true;
  f.load(2);
  f.host->start();
  CHECK(contains(f.problem(0), "the address is taken"));
  CHECK(contains(f.problem(1), "lost its way"));
  CHECK(contains(std::string(f.host->why_unreachable()), "no transport started"));
  CHECK_FALSE(f.host->lacks_threads());
}

TEST_CASE("a transport that lacks a thread is reported as such", "[plugin_host]") {
  HostFixture f;
  plugins[0].start = ATM_E_BUSY;
  f.load(1);
  f.host->start();
  CHECK(f.host->lacks_threads());
}

TEST_CASE("a channel and a prefix belong to one plugin", "[plugin_host]") {
  HostFixture f;
  const bool is_parser = GENERATE(true, false);
  for (int i = 0; i < 2; ++i) plugins[i].provides = {is_parser ? ATM_IFACE_PARSER : ATM_IFACE_ANALYZER};
  f.load(2);
  REQUIRE(f.host->problems().size() == 1);
  CHECK(contains(f.problem(), is_parser ? "channel echo/hook is already claimed by plugin a"
                                        : "prefix fact. is already claimed by plugin a"));
}

TEST_CASE("a disabled plugin and, in safe mode, a foreign one are not created", "[plugin_host]") {
  HostFixture f;
  const bool is_safe_mode = GENERATE(true, false);
  if (!is_safe_mode) f.settings.plugins["a"].is_enabled = false;
  f.load(1, is_safe_mode);
  f.host->start();
  CHECK(f.calls.empty());
  CHECK(f.host->problems().empty());
  CHECK(contains(f.host->plugins_json(), R"("status":"disabled")"));
}

TEST_CASE("discover() adds the results of all started sources, and ends with the stop", "[plugin_host]") {
  HostFixture f;
  for (auto& [number, plugin] : plugins) plugin.provides = {ATM_IFACE_SOURCE};
  plugins[1].start = ATM_E_INVALID;
  f.load();
  f.host->start();
  std::uint64_t found = 0;
  std::uint64_t failed = 0;
  CHECK(f.host->discover(found, failed) == ATM_OK);
  CHECK(found == 2);  // plugins 0 and 2 find as many sessions as their number
  CHECK(plugins[0].nested_discovery == ATM_E_INVALID);
  f.host->stop(std::chrono::seconds(1));
  CHECK(f.host->discover(found, failed) == ATM_E_CLOSED);
}

TEST_CASE("a plugin's removed key is a warning and does not reach the plugin", "[plugin_host]") {
  HostFixture f;
  plugins[0].schema =
      R"({"type":"object","additionalProperties":false,"properties":{"old":{"removed":"its value is fixed by the constant kOld in x.hpp"},"new":{}}})";
  f.settings.plugins["a"].config = R"({"old":1,"new":2})";
  f.load(1);
  CHECK(f.host->problems().empty());
  CHECK(plugins[0].config == R"({"new":2})");
  const std::string warning =
      "plugins.a.old is ignored, expected no such key: its value is fixed by the constant kOld in x.hpp";
  CHECK(contains(f.logged(), warning));
  REQUIRE(f.host->warnings().size() == 1);
  CHECK(contains(f.host->warnings()[0].message(), warning));
}

TEST_CASE("a plugin whose schema has the property budget gets the table budget", "[plugin_host]") {
  HostFixture f;
  plugins[0].schema = R"({"type":"object","additionalProperties":false,"properties":{"budget":{},"own":{}}})";
  plugins[1].schema = R"({"type":"object","additionalProperties":false,"properties":{"own":{}}})";
  plugins[1].channel = "other/hook";
  f.settings.file.json = R"({"budget":{"day":"20"}})";
  for (const char* const id : {"a", "b"}) f.settings.plugins[id].config = R"({"own":1})";
  f.load(2);
  CHECK(f.host->problems().empty());
  CHECK(plugins[0].config == R"({"own":1,"budget":{"day":"20"}})");
  CHECK(plugins[1].config == R"({"own":1})");
}

TEST_CASE("a plugin whose schema has the property homes gets the table agents", "[plugin_host]") {
  HostFixture f;
  plugins[0].schema = R"({"type":"object","additionalProperties":false,"properties":{"homes":{}}})";
  plugins[1].schema = R"({"type":"object","additionalProperties":false,"properties":{"agents":{}}})";
  plugins[1].channel = "other/hook";
  f.settings.file.json = R"({"agents":{"codex":{"home":["/srv/me/.codex"]}}})";
  f.load(2);
  CHECK(f.host->problems().empty());
  CHECK(plugins[0].config == R"({"homes":{"codex":{"home":["/srv/me/.codex"]}}})");
  CHECK(plugins[1].config == "{}");
}
