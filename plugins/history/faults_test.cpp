// SPDX-License-Identifier: MIT
// Every write, sync and truncation of SQLite fails once, by its number, until a run has no such call left.
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <history/file.hpp>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace atm::history;

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

}  // namespace

TEST_CASE("a failed write by any number leaves a readable file with every committed input") {
  const FaultyDisk disk;
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC}) {
    failure = code;
    int runs = 0;
    for (bool is_hit = true; is_hit; ++runs) {
      REQUIRE(runs < 2000);
      const atm::test::TempDir dir;
      const std::string path = (dir.path() / "history.db").string();
      calls_left = runs;
      const std::uint64_t committed = write_until_failure(path);
      is_hit = calls_left < 0;
      calls_left = -1;
      INFO("error " << code << " at call " << runs);
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
      // It can be written again.
      Transaction transaction(file->database());
      file->append({numbered(next)});
      transaction.commit();
    }
    CHECK(runs > 20);
  }
}
