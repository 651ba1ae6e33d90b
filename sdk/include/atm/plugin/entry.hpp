// SPDX-License-Identifier: MIT
// ATM_PLUGIN: exports a C++ class as the C tables of a plugin.
//
// Every entry point catches every exception. A catch in the host is not enough: an exception that left a plugin with
// its own copy of the standard library would abort the daemon. Everything in `detail` is internal.
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

/// Runs `body(ErrorText&)` and turns an exception into ATM_E_INTERNAL with its text in `error`. [any]
template <class F>
atm_status guarded(atm_error* error, F&& body) noexcept {
  ErrorText text(error);
  try {
    return to_c(body(text));
  } catch (const std::exception& e) {
    text.set(e.what());
  } catch (...) {
    text.set("an exception that is not a std::exception");
  }
  return ATM_E_INTERNAL;
}

/// One instance of a plugin class P, with the tables whose content depends on it.
///
/// The host keeps pointers to these tables and to the channel texts, so the object never moves: create() allocates it
/// and destroy() deletes it. The static functions are the C entry points; each one recovers the instance and calls the
/// method of the same name.
template <class P>
struct Instance {
  /// Constructs the plugin, then the tables from its constant properties. [main]
  Instance(const atm_host* host, std::string_view config) : plugin(Host(host), config) {
    if constexpr (std::is_base_of_v<Parser, P>) {
      // The table refers to the texts of the plugin, which must not change.
      for (std::string_view channel : plugin.channels()) channels.push_back(to_c(channel));
      parser = {sizeof(atm_parser), 0, channels.data(), channels.size(), &Instance::parse};
    }
    if constexpr (std::is_base_of_v<Analyzer, P>)
      analyzer = {sizeof(atm_analyzer), 0, to_c(plugin.prefix()), &Instance::analyze};
  }

  /// The plugin behind the opaque pointer of the C tables.
  static P& of(void* instance) noexcept { return static_cast<Instance*>(instance)->plugin; }

  /// The parser's entry point. [any]
  static atm_status parse(void* instance, const atm_record* record, const atm_observation_sink* sink,
                          atm_error* error) {
    return guarded(error, [&](ErrorText& text) {
      return of(instance).parse(Record(*record), ObservationSink(sink), text);
    });
  }
  /// The analyzer's entry point. [instance]
  static atm_status analyze(void* instance, const atm_observation* observation, const atm_session* session,
                            const atm_fact_sink* sink, atm_error* error) {
    return guarded(error, [&](ErrorText& text) {
      return of(instance).analyze(ObservationView(*observation), SessionSnapshot(*session), FactSink(sink),
                                  text);
    });
  }
  /// The entry point of transports, sources and stores. A ThreadError becomes E_BUSY, so that the daemon can start again later.
  /// [main]
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
  /// The entry point of transports. [main]
  static atm_status reserve(void* instance, atm_error* error) {
    return guarded(error, [&](ErrorText& text) { return of(instance).reserve(text); });
  }
  /// The entry point of transports, sources and stores. [main]
  static atm_status stop(void* instance, std::uint32_t deadline_ms) {
    return guarded(nullptr, [&](ErrorText&) { return of(instance).stop(deadline_ms); });
  }
  /// The entry points of stores. [registry, main; past: any]
  static atm_status append(void* instance, const atm_stored* const* inputs, std::uint64_t count) {
    atm_status result = ATM_OK;
    const atm_status failed = guarded(nullptr, [&](ErrorText&) {
      result = of(instance).append({inputs, count});
      return Status::kOk;
    });
    return failed < 0 ? failed : result;
  }
  static atm_status restore(void* instance, const atm_restore_sink* sink, atm_restored* result,
                            atm_error* error) {
    return guarded(error, [&](ErrorText& text) { return of(instance).restore(*sink, *result, text); });
  }
  static atm_status checkpoint(void* instance, const std::uint8_t* data, std::uint64_t size,
                               std::uint64_t seq) {
    return guarded(nullptr, [&](ErrorText&) { return of(instance).checkpoint({data, size}, seq); });
  }
  static atm_status past(void* instance, std::int64_t at_ns, const atm_past_sink* sink, atm_error* error) {
    return guarded(error, [&](ErrorText& text) { return of(instance).past(at_ns, *sink, text); });
  }
  /// The entry point of sources. [instance]
  static atm_status discover(void* instance, atm_discovery* result, atm_error* error) {
    return guarded(error, [&](ErrorText& text) { return of(instance).discover(*result, text); });
  }

  /// Constructed first: the tables below refer to its channels and prefix.
  P plugin;
  /// Storage of the parser table's channel list.
  std::vector<atm_str> channels{};
  /// Tables that depend on the instance; unused ones stay zero.
  atm_parser parser{};
  atm_analyzer analyzer{};
};

/// The descriptor of the plugin class P, and the functions that it points to. The static_asserts give readable messages
/// for the usual mistakes.
template <class P>
struct Entry {
  static_assert(std::is_base_of_v<Parser, P> || std::is_base_of_v<Analyzer, P> ||
                    std::is_base_of_v<Transport, P> || std::is_base_of_v<Source, P> ||
                    std::is_base_of_v<Store, P>,
                "a plugin class derives from atm::Parser, Analyzer, Transport, Source or Store");
  static_assert(std::is_constructible_v<P, const Host&, std::string_view>,
                "a plugin class is constructed from (const atm::Host&, std::string_view config_json)");
  static_assert(std::is_base_of_v<Transport, P> + std::is_base_of_v<Source, P> +
                        std::is_base_of_v<Store, P> <=
                    1,
                "a plugin is at most one of transport, source and store: make several plugins");

  /// Constructs an instance. An exception of the constructor fails the load; its text is shown to the user. [main]
  static atm_status create(const atm_host* host, atm_str config, void** instance, atm_error* error) {
    return guarded(error, [&](ErrorText&) {
      *instance = new Instance<P>(host, to_view(config));
      return Status::kOk;
    });
  }
  /// Destroys an instance. An exception of the destructor is ignored. [main]
  static void destroy(void* instance) {
    static_cast<void>(guarded(nullptr, [&](ErrorText&) {
      delete static_cast<Instance<P>*>(instance);
      return Status::kOk;
    }));
  }
  /// The table of an interface that P implements, or NULL. [any]
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
    if constexpr (std::is_base_of_v<Store, P>) {
      if (wanted == ATM_IFACE_STORE) return &kStore;
    }
    return nullptr;
  }

  /// The table of a kind, empty if P is of another kind. `if constexpr` keeps the entry points of other kinds from
  /// being instantiated.
  static constexpr atm_transport transport_table() noexcept {
    if constexpr (std::is_base_of_v<Transport, P>)
      return {sizeof(atm_transport), 0, &Instance<P>::start, &Instance<P>::stop, &Instance<P>::reserve};
    else
      return {};
  }
  static constexpr atm_source source_table() noexcept {
    if constexpr (std::is_base_of_v<Source, P>)
      return {sizeof(atm_source), 0, &Instance<P>::start, &Instance<P>::stop, &Instance<P>::discover};
    else
      return {};
  }
  static constexpr atm_store store_table() noexcept {
    if constexpr (std::is_base_of_v<Store, P>) {
      return {sizeof(atm_store),     0,
              &Instance<P>::append,  &Instance<P>::start,
              &Instance<P>::restore, &Instance<P>::checkpoint,
              &Instance<P>::stop,    &Instance<P>::past};
    } else {
      return {};
    }
  }
  /// Tables that are equal for all instances of P.
  static constexpr atm_transport kTransport = transport_table();
  static constexpr atm_source kSource = source_table();
  static constexpr atm_store kStore = store_table();

  /// A constant expression, so that it needs no static constructor.
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

/// Exports `Class` as the plugin of this library. Use it once in a library, outside any namespace.
///
/// `Class` derives from Parser, Analyzer, Transport, Source or Store, has a member `static constexpr atm::Descriptor
/// kDescriptor`, and is constructible from (const atm::Host&, std::string_view config_json):
///
///   class Echo final : public atm::Parser {
///    public:
///     static constexpr atm::Descriptor kDescriptor{"echo", "1.0.0", "Echoes its input"};
///     Echo(const atm::Host& host, std::string_view config_json);
///     std::span<const std::string_view> channels() const noexcept override;
///     atm::Status parse(const atm::Record&, const atm::ObservationSink&, atm::ErrorText&) const override;
///   };
///   ATM_PLUGIN(Echo);
#define ATM_PLUGIN(Class)                                                           \
  extern "C" __attribute__((visibility("default"))) const atm_plugin atm_plugin_v1; \
  extern "C" const atm_plugin atm_plugin_v1 = ::atm::detail::Entry<Class>::kPlugin
