// SPDX-License-Identifier: MIT
// Prints the CPU time of the process at its end, in the form of libFuzzer's statistics, which have elapsed time only.
#include <cstdio>
#include <ctime>

namespace {

struct CpuTime {
  ~CpuTime() {
    std::timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    std::fprintf(stderr, "stat::cpu_milliseconds:          %lld\n",
                 static_cast<long long>(used.tv_sec) * 1000 + used.tv_nsec / 1'000'000);
  }
};

const CpuTime at_exit;

}  // namespace
