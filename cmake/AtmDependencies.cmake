# All third-party libraries; scripts/deps lists their Debian packages. Targets: atm_boost, atm_rapidjson, ...
find_package(Threads REQUIRED)

find_package(Boost 1.81 REQUIRED)
add_library(atm_boost INTERFACE)
target_include_directories(atm_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(atm_boost INTERFACE BOOST_DLL_USE_STD_FS BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
if(ATM_SANITIZE STREQUAL "thread")
  # ThreadSanitizer does not support stand-alone fences, so Asio uses none; its queues lock a mutex anyway.
  target_compile_definitions(atm_boost INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
target_link_libraries(atm_boost INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

# Not the target of a package, because the plugin's target has the library's name.
find_path(ATM_ZEROMQ_INCLUDE zmq.hpp REQUIRED)
find_library(ATM_ZEROMQ_LIBRARY zmq REQUIRED)
add_library(atm_zeromq INTERFACE)
target_include_directories(atm_zeromq SYSTEM INTERFACE ${ATM_ZEROMQ_INCLUDE})
target_link_libraries(atm_zeromq INTERFACE ${ATM_ZEROMQ_LIBRARY})

find_path(ATM_SQLITE_INCLUDE sqlite3.h REQUIRED)
find_library(ATM_SQLITE_LIBRARY sqlite3 REQUIRED)
add_library(atm_sqlite INTERFACE)
target_include_directories(atm_sqlite SYSTEM INTERFACE ${ATM_SQLITE_INCLUDE})
target_link_libraries(atm_sqlite INTERFACE ${ATM_SQLITE_LIBRARY})

find_path(ATM_ZSTD_INCLUDE zstd.h REQUIRED)
find_library(ATM_ZSTD_LIBRARY zstd REQUIRED)
add_library(atm_zstd INTERFACE)
target_include_directories(atm_zstd SYSTEM INTERFACE ${ATM_ZSTD_INCLUDE})
target_link_libraries(atm_zstd INTERFACE ${ATM_ZSTD_LIBRARY})

find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)

find_path(ATM_PCRE2_INCLUDE pcre2.h REQUIRED)
find_library(ATM_PCRE2_LIBRARY pcre2-8 REQUIRED)
add_library(atm_pcre2 INTERFACE)
target_include_directories(atm_pcre2 SYSTEM INTERFACE ${ATM_PCRE2_INCLUDE})
target_link_libraries(atm_pcre2 INTERFACE ${ATM_PCRE2_LIBRARY})

find_path(ATM_SODIUM_INCLUDE sodium.h REQUIRED)
find_library(ATM_SODIUM_LIBRARY sodium REQUIRED)
add_library(atm_sodium INTERFACE)
target_include_directories(atm_sodium SYSTEM INTERFACE ${ATM_SODIUM_INCLUDE})
target_link_libraries(atm_sodium INTERFACE ${ATM_SODIUM_LIBRARY})

find_path(ATM_UTF8PROC_INCLUDE utf8proc.h REQUIRED)
find_library(ATM_UTF8PROC_LIBRARY utf8proc REQUIRED)
add_library(atm_utf8proc INTERFACE)
target_include_directories(atm_utf8proc SYSTEM INTERFACE ${ATM_UTF8PROC_INCLUDE})
target_link_libraries(atm_utf8proc INTERFACE ${ATM_UTF8PROC_LIBRARY})
if(ATM_TESTS)
  find_package(Catch2 REQUIRED)  # 2.13 here; tests/support/catch.hpp also supports 3
  find_package(rapidcheck REQUIRED)
  find_path(ATM_VTERM_INCLUDE vterm.h REQUIRED)
  find_library(ATM_VTERM_LIBRARY vterm REQUIRED)
  add_library(atm_vterm INTERFACE)
  target_include_directories(atm_vterm SYSTEM INTERFACE ${ATM_VTERM_INCLUDE})
  target_link_libraries(atm_vterm INTERFACE ${ATM_VTERM_LIBRARY})
endif()
