# atm_add_plugin(<id>
#   SOURCES <file>...
#   PROVIDES <interface>...          atm.parser/1 atm.analyzer/1 atm.transport/1 atm.source/1
#   [VERSION <x.y.z>]                default: PROJECT_VERSION
#   [NEEDS <interface>...]           host services that the plugin requires: atm.host.ingest/1 ...
#   [LIBS <target>...]
#   [INSTALL_DIR <dir>]              default: lib/atm/plugins below the prefix
#   [OFF_BY_DEFAULT])                load the plugin only if the configuration sets enabled = true
#
# Builds <id>.so, which exports exactly one symbol, and writes the manifest <id>.json beside it, in
# ATM_PLUGIN_OUTPUT_DIRECTORY (default: <build>/lib/atm/plugins). The target <id>_objects holds the same objects, so that
# a unit test can link the plugin without loading it:  target_link_libraries(my_test PRIVATE <id>_objects)

include_guard(GLOBAL)
if(NOT AtmSdk_INCLUDE_DIR)  # AtmSdkConfig.cmake sets it
  set(AtmSdk_INCLUDE_DIR "${CMAKE_CURRENT_LIST_DIR}/../include")
endif()
file(READ "${AtmSdk_INCLUDE_DIR}/atm/abi.h" atm_abi_h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${AtmSdk_INCLUDE_DIR}/atm/abi.h")
foreach(name ABI VOCABULARY)
  string(REGEX MATCH "#define ATM_${name}_MAJOR ([0-9]+)u.#define ATM_${name}_MINOR ([0-9]+)u" found "${atm_abi_h}")
  if(NOT found)
    message(FATAL_ERROR "${AtmSdk_INCLUDE_DIR}/atm/abi.h has no ATM_${name}_MAJOR and ATM_${name}_MINOR; install the SDK again")
  endif()
  set(ATM_SDK_${name} "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}")
endforeach()
set(ATM_PLUGIN_VERSION_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/atm_plugin.map")

function(_atm_json_list out)
  set(items "")
  foreach(item IN LISTS ARGN)
    list(APPEND items "\"${item}\"")
  endforeach()
  string(JOIN ", " joined ${items})
  set(${out} "[${joined}]" PARENT_SCOPE)
endfunction()

function(atm_add_plugin id)
  cmake_parse_arguments(arg "OFF_BY_DEFAULT" "VERSION;INSTALL_DIR" "SOURCES;PROVIDES;NEEDS;LIBS" ${ARGN})
  if(NOT id MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "atm_add_plugin: id '${id}', wanted [a-z][a-z0-9_]*")
  endif()
  if(NOT arg_SOURCES OR NOT arg_PROVIDES)
    message(FATAL_ERROR "atm_add_plugin(${id}): SOURCES and PROVIDES are required")
  endif()
  if(NOT arg_VERSION)
    set(arg_VERSION "${PROJECT_VERSION}")
  endif()
  if(NOT arg_INSTALL_DIR)
    set(arg_INSTALL_DIR "${ATM_PLUGIN_INSTALL_DIR}")
  endif()
  if(NOT arg_INSTALL_DIR)
    include(GNUInstallDirs)
    set(arg_INSTALL_DIR "${CMAKE_INSTALL_LIBDIR}/atm/plugins")
  endif()
  set(out "${ATM_PLUGIN_OUTPUT_DIRECTORY}")
  if(NOT out)
    set(out "${CMAKE_BINARY_DIR}/lib/atm/plugins")
  endif()

  add_library(${id}_objects OBJECT ${arg_SOURCES})
  set_target_properties(${id}_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${id}_objects PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${id}_objects PUBLIC Atm::Sdk ${arg_LIBS})

  add_library(${id} MODULE)
  target_link_libraries(${id} PRIVATE ${id}_objects)
  set_target_properties(${id} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${out}" LINKER_LANGUAGE CXX
    LINK_DEPENDS "${ATM_PLUGIN_VERSION_SCRIPT}")
  # Hidden visibility alone exports symbols of the standard library; a unique symbol among them keeps the file in memory.
  target_link_options(${id} PRIVATE "LINKER:--version-script=${ATM_PLUGIN_VERSION_SCRIPT}" "LINKER:--as-needed")
  set(sanitizer none)
  if(ATM_SANITIZE)
    set(sanitizer ${ATM_SANITIZE})
  else()
    target_link_options(${id} PRIVATE "LINKER:-z,defs")
  endif()

  set(enabled true)
  if(arg_OFF_BY_DEFAULT)
    set(enabled false)
  endif()
  _atm_json_list(provides ${arg_PROVIDES})
  _atm_json_list(needs ${arg_NEEDS})
  file(CONFIGURE OUTPUT "${out}/${id}.json" @ONLY CONTENT
"{
  \"id\": \"@id@\",
  \"version\": \"@arg_VERSION@\",
  \"abi\": \"@ATM_SDK_ABI@\",
  \"vocabulary\": \"@ATM_SDK_VOCABULARY@\",
  \"arch\": \"@CMAKE_SYSTEM_PROCESSOR@\",
  \"sanitizer\": \"@sanitizer@\",
  \"provides\": @provides@,
  \"needs\": @needs@,
  \"enabled\": @enabled@,
  \"library\": \"@id@.so\"
}
")
  install(TARGETS ${id} LIBRARY DESTINATION "${arg_INSTALL_DIR}")
  install(FILES "${out}/${id}.json" DESTINATION "${arg_INSTALL_DIR}")
endfunction()
