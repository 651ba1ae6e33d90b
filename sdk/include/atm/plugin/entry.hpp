// SPDX-License-Identifier: MIT
// ATM_PLUGIN: from a C++ class to the exported C tables. Every entry point catches everything: an exception
// that left a plugin with a static standard library would abort the daemon.
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/plugin/thread.hpp>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

namespace atm::detail {

template <class F>
atm_status guarded(atm_error* error, F&& body) noexcept {
  ErrorText text(error);
  try {
    return to_c(body(text));
  } catch (const std::exception& e) {
    text.set(e.what());
  } catch (...) {
    text.set("an exception that is no std::exception");
  }
  return ATM_E_INTERNAL;
}

/// One instance of a plugin class, with the tables whose content depends on it.
template <class P>
struct Instance {
  Instance(const atm_host* host, std::string_view config) : plugin(Host(host), config) {
    if constexpr (std::is_base_of_v<Parser, P>) {
      for (std::string_view channel : plugin.channels()) channels.push_back(to_c(channel));
      parser = {sizeof(atm_parser), 0, channels.data(), channels.size(), &Instance::parse};
    }
    if constexpr (std::is_base_of_v<Analyzer, P>)
      analyzer = {sizeof(atm_analyzer), 0, to_c(plugin.prefix()), &Instance::analyze, &Instance::describe};
  }

  static P& of(void* instance) noexcept { return static_cast<Instance*>(instance)->plugin; }

  static atm_status parse(void* instance, const atm_record* record, const atm_observation_sink* sink,
                          atm_error* error) {
    return guarded(error, [&](ErrorText& text) {
      return of(instance).parse(Record(*record), ObservationSink(sink), text);
    });
  }
  static atm_status analyze(void* instance, const atm_observation* observation, const atm_session* session,
                            const atm_fact_sink* sink, atm_error* error) {
    return guarded(error, [&](ErrorText&) {
      return of(instance).analyze(*observation, SessionSnapshot(*session), FactSink(sink));
    });
  }
  static atm_status describe(void* instance, const atm_fact_decl_sink* sink) {
    return guarded(nullptr, [&](ErrorText&) {
      for (const FactDecl& fact : of(instance).facts()) {
        const atm_fact_decl decl{sizeof(atm_fact_decl), fact.kind, to_c(fact.key), to_c(fact.unit),
                                 to_c(fact.summary)};
        const atm_status status = sink->declare(sink->self, &decl);
        if (status < 0) return static_cast<Status>(status);
      }
      return Status::kOk;
    });
  }
  static atm_status start(void* instance, atm_error* error) {
    return guarded(error, [&](ErrorText& text) {
      try {
        return of(instance).start(text);
      } catch (const ThreadError& lack) {
        text.set(lack.what());
        return Status::kBusy;
      }
    });
  }
  static atm_status stop(void* instance, std::uint32_t deadline_ms) {
    return guarded(nullptr, [&](ErrorText&) { return of(instance).stop(deadline_ms); });
  }
  static atm_status discover(void* instance, atm_discovery* result, atm_error* error) {
    return guarded(error, [&](ErrorText& text) { return of(instance).discover(*result, text); });
  }

  P plugin;
  std::vector<atm_str> channels{};
  atm_parser parser{};
  atm_analyzer analyzer{};
};

template <class P>
struct Entry {
  static_assert(std::is_base_of_v<Parser, P> || std::is_base_of_v<Analyzer, P> ||
                    std::is_base_of_v<Transport, P> || std::is_base_of_v<Source, P>,
                "a plugin class derives from atm::Parser, Analyzer, Transport or Source");
  static_assert(std::is_constructible_v<P, const Host&, std::string_view>,
                "a plugin class is constructed from (const atm::Host&, std::string_view config_json)");
  static_assert(!(std::is_base_of_v<Transport, P> && std::is_base_of_v<Source, P>),
                "start and stop of a transport and a source are two things: make two plugins");

  static atm_status create(const atm_host* host, atm_str config, void** instance, atm_error* error) {
    return guarded(error, [&](ErrorText&) {
      *instance = new Instance<P>(host, to_view(config));
      return Status::kOk;
    });
  }
  static void destroy(void* instance) {
    static_cast<void>(guarded(nullptr, [&](ErrorText&) {
      delete static_cast<Instance<P>*>(instance);
      return Status::kOk;
    }));
  }
  static const void* query(void* instance, atm_str id) {
    const std::string_view wanted = to_view(id);
    if constexpr (std::is_base_of_v<Parser, P>) {
      if (wanted == ATM_IFACE_PARSER) return &static_cast<Instance<P>*>(instance)->parser;
    }
    if constexpr (std::is_base_of_v<Analyzer, P>) {
      if (wanted == ATM_IFACE_ANALYZER) return &static_cast<Instance<P>*>(instance)->analyzer;
    }
    if constexpr (std::is_base_of_v<Transport, P>) {
      if (wanted == ATM_IFACE_TRANSPORT) return &kTransport;
    }
    if constexpr (std::is_base_of_v<Source, P>) {
      if (wanted == ATM_IFACE_SOURCE) return &kSource;
    }
    return nullptr;
  }

  // The trampolines of kinds P is not are never instantiated.
  static constexpr atm_transport transport_table() noexcept {
    if constexpr (std::is_base_of_v<Transport, P>)
      return {sizeof(atm_transport), 0, &Instance<P>::start, &Instance<P>::stop};
    else
      return {};
  }
  static constexpr atm_source source_table() noexcept {
    if constexpr (std::is_base_of_v<Source, P>)
      return {sizeof(atm_source), 0, &Instance<P>::start, &Instance<P>::stop, &Instance<P>::discover};
    else
      return {};
  }
  static constexpr atm_transport kTransport = transport_table();
  static constexpr atm_source kSource = source_table();

  static constexpr atm_plugin kPlugin{sizeof(atm_plugin),
                                      ATM_ABI_MAJOR,
                                      ATM_ABI_MINOR,
                                      ATM_VOCABULARY_MAJOR,
                                      ATM_VOCABULARY_MINOR,
                                      0,
                                      to_c(P::kDescriptor.id),
                                      to_c(P::kDescriptor.version),
                                      to_c(P::kDescriptor.summary),
                                      to_c(P::kDescriptor.config_schema),
                                      &Entry::create,
                                      &Entry::destroy,
                                      &Entry::query};
};

}  // namespace atm::detail

/// Export `Class` as this library's plugin; once a library, outside any namespace.
#define ATM_PLUGIN(Class)                                                           \
  extern "C" __attribute__((visibility("default"))) const atm_plugin atm_plugin_v1; \
  extern "C" const atm_plugin atm_plugin_v1 = ::atm::detail::Entry<Class>::kPlugin
