// SPDX-License-Identifier: MIT
// Every write, sync and truncation of SQLite fails once, by its number, until a run has no such call left.
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <history/file.hpp>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace atm::history;
using atm::sqlite::SqlError;
using atm::sqlite::Transaction;

namespace {

/// Which call fails, and how; -1: none.
std::atomic<int> calls_left{-1};
std::atomic<int> failure{SQLITE_FULL};

/// The error if this call is the one.
int next_call() {
  if (calls_left < 0) return SQLITE_OK;
  return calls_left-- == 0 ? failure.load() : SQLITE_OK;
}

/// A file of the default VFS behind ours.
struct FaultyFile {
  sqlite3_file base;
  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static sqlite3_file* of(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file)->real(); }
};

const sqlite3_io_methods* methods_of(sqlite3_file* file) {
  return FaultyFile::of(file)->pMethods;
}

const sqlite3_io_methods kMethods{
    3,
    [](sqlite3_file* f) { return methods_of(f)->xClose(FaultyFile::of(f)); },
    [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return methods_of(f)->xRead(FaultyFile::of(f), to, size, at);
    },
    [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
      const int code = next_call();
      if (code == SQLITE_OK) return methods_of(f)->xWrite(FaultyFile::of(f), from, size, at);
      // A short write: the first half reaches the file.
      static_cast<void>(methods_of(f)->xWrite(FaultyFile::of(f), from, size / 2, at));
      return code;
    },
    [](sqlite3_file* f, sqlite3_int64 size) {
      const int code = next_call();
      return code == SQLITE_OK ? methods_of(f)->xTruncate(FaultyFile::of(f), size) : code;
    },
    [](sqlite3_file* f, int flags) {
      const int code = next_call();
      return code == SQLITE_OK ? methods_of(f)->xSync(FaultyFile::of(f), flags) : code;
    },
    [](sqlite3_file* f, sqlite3_int64* size) { return methods_of(f)->xFileSize(FaultyFile::of(f), size); },
    [](sqlite3_file* f, int lock) { return methods_of(f)->xLock(FaultyFile::of(f), lock); },
    [](sqlite3_file* f, int lock) { return methods_of(f)->xUnlock(FaultyFile::of(f), lock); },
    [](sqlite3_file* f, int* out) { return methods_of(f)->xCheckReservedLock(FaultyFile::of(f), out); },
    [](sqlite3_file* f, int op, void* arg) {
      return methods_of(f)->xFileControl(FaultyFile::of(f), op, arg);
    },
    [](sqlite3_file* f) { return methods_of(f)->xSectorSize(FaultyFile::of(f)); },
    [](sqlite3_file* f) { return methods_of(f)->xDeviceCharacteristics(FaultyFile::of(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** to) {
      return methods_of(f)->xShmMap(FaultyFile::of(f), page, size, extend, to);
    },
    [](sqlite3_file* f, int offset, int count, int flags) {
      return methods_of(f)->xShmLock(FaultyFile::of(f), offset, count, flags);
    },
    [](sqlite3_file* f) { methods_of(f)->xShmBarrier(FaultyFile::of(f)); },
    [](sqlite3_file* f, int is_deleted) { return methods_of(f)->xShmUnmap(FaultyFile::of(f), is_deleted); },
    [](sqlite3_file*, sqlite3_int64, int, void** to) {
      *to = nullptr;
      return SQLITE_OK;
    },
    [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; }};

/// Registers the faulty VFS as the default one.
class FaultyDisk {
 public:
  FaultyDisk() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    vfs_.zName = "faulty";
    vfs_.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real_->szOsFile;
    vfs_.pNext = nullptr;
    vfs_.pAppData = real_;
    vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
      auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
      file->pMethods = nullptr;
      const int code = real->xOpen(real, name, FaultyFile::of(file), flags, out);
      if (code == SQLITE_OK) file->pMethods = &kMethods;
      return code;
    };
    // The functions of the real VFS read its own pAppData.
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
      auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
      return real->xDelete(real, name, sync);
    };
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
      auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
      return real->xAccess(real, name, flags, out);
    };
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
      auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
      return real->xFullPathname(real, name, size, out);
    };
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FaultyDisk() {
    sqlite3_vfs_register(real_, 1);
    sqlite3_vfs_unregister(&vfs_);
  }
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

 private:
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
};

Input numbered(std::uint64_t number) {
  Input one;
  one.seq = number;
  one.arrived_ns = static_cast<std::int64_t>(number);
  one.type = "tool.started";
  one.session = "s1";
  one.attrs = {{"tool", std::string("Bash")}};
  return one;
}

/// Writes batches, with seals and checkpoints between them. Returns the number of inputs whose transaction succeeded.
std::uint64_t write_until_failure(const std::string& path) {
  std::uint64_t committed = 0;
  try {
    const auto file = HistoryFile::open(path);
    for (std::uint64_t batch = 0; batch < 6; ++batch) {
      Transaction transaction(file->database());
      std::vector<Input> inputs;
      for (std::uint64_t i = 0; i < 10; ++i) inputs.push_back(numbered(batch * 10 + i + 1));
      file->append(inputs);
      if (batch == 2) file->seal(INT64_MAX);
      if (batch == 3) file->add_checkpoint(std::string(5000, 'x'), 40, 1);
      transaction.commit();
      committed = (batch + 1) * 10;
      if (batch == 4) file->database().run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  } catch (const SqlError&) {
    // The history pauses here.
  }
  return committed;
}

/// The file is whole and holds every committed input, and it can be written again.
void check_file(const std::string& path, std::uint64_t committed) {
  const auto file = HistoryFile::open(path);
  std::uint64_t next = 1;
  file->read(
      0,
      [&](const Input& input, std::uint64_t) {
        REQUIRE(input == numbered(next));
        ++next;
        return true;
      },
      [](const std::string& what) { FAIL(what); });
  REQUIRE(next - 1 >= committed);
  REQUIRE(file->verify().empty());
  Transaction transaction(file->database());
  file->append(std::vector{numbered(next)});
  transaction.commit();
}

enum class Call : std::uint8_t { kRead, kWrite, kTruncate };

/// Which system call of SQLite fails, and how; -1: none.
struct SystemFault {
  std::atomic<int> calls_left{-1};
  Call call = Call::kWrite;
  int error = 0;  ///< 0: half of the bytes are read or written
} system_fault;

bool is_hit(Call call) {
  if (call != system_fault.call || system_fault.calls_left < 0) return false;
  return system_fault.calls_left-- == 0;
}

ssize_t faulty_pread(int fd, void* to, std::size_t size, off_t at) {
  if (!is_hit(Call::kRead)) return ::pread(fd, to, size, at);
  if (system_fault.error == 0) return ::pread(fd, to, (size + 1) / 2, at);
  errno = system_fault.error;
  return -1;
}
ssize_t faulty_pwrite(int fd, const void* from, std::size_t size, off_t at) {
  if (!is_hit(Call::kWrite)) return ::pwrite(fd, from, size, at);
  // A disk that is full takes the first half.
  const ssize_t written = ::pwrite(fd, from, (size + 1) / 2, at);
  if (system_fault.error == 0) return written;
  errno = system_fault.error;
  return -1;
}
int faulty_ftruncate(int fd, off_t size) {
  if (!is_hit(Call::kTruncate)) return ::ftruncate(fd, size);
  errno = system_fault.error;
  return -1;
}

/// Replaces the system calls of SQLite's default VFS. It calls fdatasync directly; FaultyDisk lets that fail.
class FaultySystem {
 public:
  FaultySystem() : vfs_(sqlite3_vfs_find(nullptr)) {
    set("pread", reinterpret_cast<sqlite3_syscall_ptr>(&faulty_pread));
    set("pread64", reinterpret_cast<sqlite3_syscall_ptr>(&faulty_pread));
    set("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(&faulty_pwrite));
    set("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(&faulty_pwrite));
    set("ftruncate", reinterpret_cast<sqlite3_syscall_ptr>(&faulty_ftruncate));
  }
  ~FaultySystem() { vfs_->xSetSystemCall(vfs_, nullptr, nullptr); }
  FaultySystem(const FaultySystem&) = delete;
  FaultySystem& operator=(const FaultySystem&) = delete;

 private:
  void set(const char* name, sqlite3_syscall_ptr call) {
    if (vfs_->xGetSystemCall(vfs_, name) != nullptr) vfs_->xSetSystemCall(vfs_, name, call);
  }
  sqlite3_vfs* vfs_;
};

}  // namespace

TEST_CASE("a failed write by any number leaves a readable file with every committed input") {
  const FaultyDisk disk;
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC}) {
    failure = code;
    int runs = 0;
    for (bool was_hit = true; was_hit; ++runs) {
      REQUIRE(runs < 2000);
      const atm::test::TempDir dir;
      const std::string path = (dir.path() / "history.db").string();
      calls_left = runs;
      const std::uint64_t committed = write_until_failure(path);
      was_hit = calls_left < 0;
      calls_left = -1;
      INFO("error " << code << " at call " << runs);
      check_file(path, committed);
    }
    CHECK(runs > 20);
  }
}

TEST_CASE("a failed system call by any number leaves a readable file with every committed input") {
  // In CI some of the calls, spread over all of them.
  const bool is_complete = std::getenv("ATM_TEST_FAULTS") != nullptr;
  const int step = is_complete ? 1 : 11;
  const FaultySystem system;
  int hits = 0;
  struct Kind {
    Call call;
    int error;
    bool is_survived;  ///< SQLite repeats the call
  };
  for (const Kind& kind :
       {Kind{Call::kWrite, ENOSPC, false}, Kind{Call::kWrite, EIO, false}, Kind{Call::kWrite, EINTR, true},
        Kind{Call::kWrite, 0, true}, Kind{Call::kRead, EIO, false}, Kind{Call::kRead, EINTR, true},
        Kind{Call::kRead, 0, true}, Kind{Call::kTruncate, EIO, false}, Kind{Call::kTruncate, EINTR, true}}) {
    system_fault.call = kind.call;
    system_fault.error = kind.error;
    int runs = 0;
    for (bool was_hit = true; was_hit; runs += step) {
      REQUIRE(runs < 2000);
      const atm::test::TempDir dir;
      const std::string path = (dir.path() / "history.db").string();
      system_fault.calls_left = runs;
      const std::uint64_t committed = write_until_failure(path);
      was_hit = system_fault.calls_left < 0;
      system_fault.calls_left = -1;
      hits += was_hit ? 1 : 0;
      INFO("call " << static_cast<int>(kind.call) << ", error " << kind.error << ", number " << runs);
      if (kind.is_survived) REQUIRE(committed == 60);
      check_file(path, committed);
    }
    CHECK(runs > step);
  }
  if (is_complete) std::printf("%d failed system calls\n", hits);
}
