// SPDX-License-Identifier: MIT
#include "kernel/plugins/contract.hpp"

#include <atm/host/agents.h>
#include <atm/host/clock.h>
#include <atm/host/events.h>
#include <atm/host/files.h>
#include <atm/host/ingest.h>
#include <atm/host/log.h>
#include <atm/host/metrics.h>
#include <atm/host/processes.h>
#include <atm/host/snapshot.h>
#include <atm/host/timer.h>

#include <algorithm>
#include <atm/domain/utf8.hpp>
#include <cstddef>
#include <cstring>
#include <string>

#include "kernel/model/observation.hpp"

namespace atm::kernel {
namespace {

constexpr std::string_view kPluginInterfaces[] = {ATM_IFACE_PARSER, ATM_IFACE_ANALYZER, ATM_IFACE_TRANSPORT,
                                                  ATM_IFACE_SOURCE, ATM_IFACE_STORE};
constexpr std::string_view kHostInterfaces[] = {
    ATM_HOST_LOG,   ATM_HOST_CLOCK,   ATM_HOST_INGEST,    ATM_HOST_EVENTS, ATM_HOST_SNAPSHOT,
    ATM_HOST_TIMER, ATM_HOST_METRICS, ATM_HOST_PROCESSES, ATM_HOST_FILES,  ATM_HOST_AGENTS};
constexpr std::uint64_t kMaxChannels = 64;
constexpr std::size_t kMaxChannelBytes = 128;
constexpr std::size_t kMaxPrefixBytes = 64;

// Minimum size of a table: up to and including its last required member.
#define ATM_SIZE_THROUGH(Table, member) (offsetof(Table, member) + sizeof(Table::member))

bool contains(const auto& list, std::string_view id) {
  return std::find(std::begin(list), std::end(list), id) != std::end(list);
}

class Checker final {
 public:
  explicit Checker(const Manifest& manifest) : manifest_(manifest) {}

  [[nodiscard]] Problem refuse(std::string found, std::string wanted) const {
    return {manifest_.library.string(), std::move(found), std::move(wanted),
            "build the plugin against the installed SDK"};
  }

  /// The table for `id`, or the reason why there is none.
  template <class Table>
  [[nodiscard]] std::optional<Problem> take(const atm_plugin& plugin, void* instance, std::string_view id,
                                            std::size_t least, std::optional<Table>& to) const {
    if (!contains(manifest_.provides, id)) return std::nullopt;
    const auto* table = static_cast<const Table*>(plugin.query(instance, str_of(id)));
    if (table == nullptr)
      return refuse("no table for " + std::string(id), "the interface its manifest provides");
    if (table->size < least) {
      return refuse(std::string(id) + " has size " + std::to_string(table->size),
                    "at least " + std::to_string(least));
    }
    Table copy{};
    std::memcpy(&copy, table, std::min<std::size_t>(table->size, sizeof copy));
    to = copy;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Problem> missing(std::string_view id, const char* function) const {
    return refuse(std::string(id) + " has no " + function, "its required function");
  }

  [[nodiscard]] std::optional<Problem> check(const atm_parser& parser) const {
    if (parser.parse == nullptr) return missing(ATM_IFACE_PARSER, "parse");
    if (parser.channels == nullptr || parser.channel_count == 0 || parser.channel_count > kMaxChannels) {
      return refuse("a parser of " + std::to_string(parser.channel_count) + " channels", "1 to 64 channels");
    }
    for (std::uint64_t i = 0; i < parser.channel_count; ++i) {
      const std::string_view channel = text_of(parser.channels[i]);
      if (channel.empty() || channel.size() > kMaxChannelBytes || !utf8_valid(channel)) {
        return refuse("channel " + std::to_string(i) + " of " + std::to_string(channel.size()) + " bytes",
                      "1 to 128 bytes of UTF-8");
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Problem> check(const atm_analyzer& analyzer) const {
    if (analyzer.analyze == nullptr) return missing(ATM_IFACE_ANALYZER, "analyze");
    const std::string_view prefix = text_of(analyzer.prefix);
    const bool is_good =
        prefix.size() >= 2 && prefix.size() <= kMaxPrefixBytes && prefix.back() == '.' &&
        prefix.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
    if (is_good) return std::nullopt;
    return refuse("prefix '" + utf8_sanitize(prefix.substr(0, kMaxPrefixBytes)) + "'",
                  "a snake case word with a dot at its end, at most 64 bytes");
  }

 private:
  const Manifest& manifest_;
};

std::string version_text(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace

bool is_plugin_interface(std::string_view id) {
  return contains(kPluginInterfaces, id);
}
bool is_host_interface(std::string_view id) {
  return contains(kHostInterfaces, id);
}

std::optional<Problem> check_descriptor(const atm_plugin& plugin, const Manifest& manifest) {
  const Checker checker(manifest);
  constexpr std::size_t kLeast = ATM_SIZE_THROUGH(atm_plugin, query);
  if (plugin.size < kLeast) {
    return checker.refuse("descriptor has size " + std::to_string(plugin.size),
                          "at least " + std::to_string(kLeast));
  }
  if (plugin.abi_major != manifest.abi.major || plugin.abi_minor != manifest.abi.minor) {
    return checker.refuse("descriptor has abi " + version_text(plugin.abi_major, plugin.abi_minor),
                          version_text(manifest.abi.major, manifest.abi.minor) + " as in its manifest");
  }
  if (plugin.vocabulary_major != manifest.vocabulary.major ||
      plugin.vocabulary_minor != manifest.vocabulary.minor) {
    return checker.refuse(
        "descriptor has vocabulary " + version_text(plugin.vocabulary_major, plugin.vocabulary_minor),
        version_text(manifest.vocabulary.major, manifest.vocabulary.minor) + " as in its manifest");
  }
  const std::string_view id = text_of(plugin.id);
  if (id != manifest.id) {
    return checker.refuse("descriptor has id '" + utf8_sanitize(id.substr(0, 64)) + "'",
                          "'" + manifest.id + "' as in its manifest");
  }
  const std::string_view version = text_of(plugin.version);
  if (version != manifest.version) {
    return checker.refuse("descriptor has version '" + utf8_sanitize(version.substr(0, 64)) + "'",
                          "'" + manifest.version + "' as in its manifest");
  }
  if (plugin.create == nullptr) return checker.missing("descriptor", "create");
  if (plugin.destroy == nullptr) return checker.missing("descriptor", "destroy");
  if (plugin.query == nullptr) return checker.missing("descriptor", "query");
  return std::nullopt;
}

std::variant<Interfaces, Problem> query_interfaces(const atm_plugin& plugin, void* instance,
                                                   const Manifest& manifest) {
  const Checker checker(manifest);
  Interfaces found;
  std::optional<Problem> problem =
      checker.take(plugin, instance, ATM_IFACE_PARSER, ATM_SIZE_THROUGH(atm_parser, parse), found.parser);
  if (!problem) {
    problem = checker.take(plugin, instance, ATM_IFACE_ANALYZER, ATM_SIZE_THROUGH(atm_analyzer, analyze),
                           found.analyzer);
  }
  if (!problem) {
    problem = checker.take(plugin, instance, ATM_IFACE_TRANSPORT, ATM_SIZE_THROUGH(atm_transport, start),
                           found.transport);
  }
  if (!problem) {
    problem =
        checker.take(plugin, instance, ATM_IFACE_SOURCE, ATM_SIZE_THROUGH(atm_source, start), found.source);
  }
  if (!problem) {
    problem =
        checker.take(plugin, instance, ATM_IFACE_STORE, ATM_SIZE_THROUGH(atm_store, append), found.store);
  }
  if (!problem && found.parser) problem = checker.check(*found.parser);
  if (!problem && found.analyzer) problem = checker.check(*found.analyzer);
  if (!problem && found.transport && found.transport->start == nullptr)
    problem = checker.missing(ATM_IFACE_TRANSPORT, "start");
  if (!problem && found.source && found.source->start == nullptr)
    problem = checker.missing(ATM_IFACE_SOURCE, "start");
  if (!problem && found.store && found.store->append == nullptr)
    problem = checker.missing(ATM_IFACE_STORE, "append");
  if (problem) return *problem;
  return found;
}

}  // namespace atm::kernel
