/* SPDX-License-Identifier: MIT */
/* A parser without the wrapper: answers without a name, wrong lengths, invalid text. */
#include <atm/abi.h>
#include <atm/iface/parser.h>
#include <stddef.h>
#include <string.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

static const atm_str kChannels[] = {TEXT("garbage/hook")};

static atm_status emit(const atm_observation_sink* sink, const char* type, const char* session,
                       const atm_attr* attrs, uint64_t count) {
  atm_observation observation;
  memset(&observation, 0, sizeof observation);
  observation.size = sizeof observation;
  observation.type.data = type;
  observation.type.size = strlen(type);
  observation.session.data = session;
  observation.session.size = strlen(session);
  observation.agent = observation.session;
  observation.attrs = attrs;
  observation.attr_count = count;
  return sink->emit(sink->self, &observation);
}

static atm_status parse(void* instance, const atm_record* record, const atm_observation_sink* sink,
                        atm_error* error) {
  const atm_attr text = {TEXT("cwd"), {ATM_VALUE_STR, 0, {0}}};
  atm_attr attrs[2];
  (void)instance;
  attrs[0] = text;
  attrs[0].value.as.s.data = "/tmp/\xff\xfe";
  attrs[0].value.as.s.size = 7;
  attrs[1] = text;
  attrs[1].value.kind = 99;
  if (record->payload.size == 4 && memcmp(record->payload.data, "text", 4) == 0) {
    return emit(sink, "session.started", "g\xff", attrs, 1);
  }
  emit(sink, "", "", NULL, 0);
  emit(sink, "session.started", "lost", attrs, 2);
  emit(sink, "session.started", "lost", NULL, 0);
  memset(error->data, 0xff, error->capacity);
  error->length = 0xffffffffu;
  return 4711;
}

static const atm_parser kParser = {sizeof(atm_parser), 0, kChannels, 1, parse};

static atm_status create(const atm_host* host, atm_str config, void** instance, atm_error* error) {
  (void)host, (void)config, (void)error;
  *instance = NULL;
  return ATM_OK;
}

static void destroy(void* instance) {
  (void)instance;
}

static const void* query(void* instance, atm_str id) {
  (void)instance;
  return id.size == strlen(ATM_IFACE_PARSER) && memcmp(id.data, ATM_IFACE_PARSER, id.size) == 0 ? &kParser
                                                                                                : NULL;
}

__attribute__((visibility("default"))) const atm_plugin atm_plugin_v1 = {sizeof(atm_plugin),
                                                                         ATM_ABI_MAJOR,
                                                                         ATM_ABI_MINOR,
                                                                         ATM_VOCABULARY_MAJOR,
                                                                         ATM_VOCABULARY_MINOR,
                                                                         0,
                                                                         TEXT("garbage"),
                                                                         TEXT("1.0.0"),
                                                                         TEXT("Lies"),
                                                                         {NULL, 0},
                                                                         create,
                                                                         destroy,
                                                                         query};
