// Passes the calls of SQLite on to the platform's VFS, and makes the chosen ones fail.
#include "tests/faults/failing_vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <new>
#include <string>
#include <utility>

namespace glitch_protocol::inline v1::store {
namespace {

struct Plan {
  DiskFault fault = DiskFault::shortWrite;
  std::uint64_t operations = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t failures = 0;
};

// Not every callback of SQLite gets a pointer of ours, so the only VFS has one global state.
Plan plan;
sqlite3_vfs* platform = nullptr;
sqlite3_vfs vfs{};

bool isItsTurn() {
  ++plan.operations;
  const bool fails = plan.first != 0 && plan.operations >= plan.first && plan.operations <= plan.last;
  if (fails) ++plan.failures;
  return fails;
}

/// Whether an operation that changes or opens a file has to fail.
bool changeFails() {
  return plan.fault != DiskFault::unreadable && plan.fault != DiskFault::unsynced && isItsTurn();
}

/// Byte ranges of a file, from the first byte to the one after the last.
class Ranges {
 public:
  void add(sqlite3_int64 begin, sqlite3_int64 end) {
    remove(begin, end);
    ranges_[begin] = end;
  }
  void remove(sqlite3_int64 begin, sqlite3_int64 end) {
    std::map<sqlite3_int64, sqlite3_int64> left;
    for (const auto& [first, last] : ranges_) {
      if (first < std::min(last, begin)) left[first] = std::min(last, begin);
      if (std::max(first, end) < last) left[std::max(first, end)] = last;
    }
    ranges_ = std::move(left);
  }
  void clear() { ranges_.clear(); }
  const std::map<sqlite3_int64, sqlite3_int64>& all() const { return ranges_; }

 private:
  std::map<sqlite3_int64, sqlite3_int64> ranges_;
};

/// Which parts of a file are safely on the disk, and which are not.
struct OnDisk {
  Ranges unsynced;  ///< written since the last sync
  Ranges lost;      ///< pages of a failed sync, except parts that were written again
};
std::map<std::string, OnDisk> disk;

constexpr sqlite3_int64 kernelPage = 4096;

void noteWritten(const char* name, sqlite3_int64 begin, sqlite3_int64 end) {
  OnDisk& file = disk[name];
  file.unsynced.add(begin, end);
  file.lost.remove(begin, end);
}

void noteFailedSync(const char* name) {
  OnDisk& file = disk[name];
  for (const auto& [begin, end] : file.unsynced.all())
    file.lost.add(begin / kernelPage * kernelPage, (end + kernelPage - 1) / kernelPage * kernelPage);
  file.unsynced.clear();
}

void endIfKilled() {
  if (plan.fault == DiskFault::killed) ::_exit(FailingVfs::killedStatus);
}

/// Our file object; that of the platform follows it in the same memory block.
struct File : sqlite3_file {
  const char* name = nullptr;
  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* inner(sqlite3_file* file) {
  return static_cast<File*>(file)->inner();
}

/// Unnamed files are temporary.
const char* nameOf(sqlite3_file* file) {
  const char* name = static_cast<File*>(file)->name;
  return name != nullptr ? name : "";
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (plan.fault == DiskFault::unsynced) noteWritten(nameOf(file), offset, offset + size);
  if (!changeFails()) return inner(file)->pMethods->xWrite(inner(file), data, size, offset);
  if (plan.fault == DiskFault::full) return SQLITE_FULL;
  inner(file)->pMethods->xWrite(inner(file), data, size / 2, offset);
  endIfKilled();
  return plan.fault == DiskFault::shortWrite ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  if (plan.fault == DiskFault::unreadable && isItsTurn()) return SQLITE_IOERR_READ;
  return inner(file)->pMethods->xRead(inner(file), data, size, offset);
}

int sync(sqlite3_file* file, int) {
  if (plan.fault == DiskFault::unsynced) {
    if (isItsTurn()) {
      noteFailedSync(nameOf(file));
      return SQLITE_IOERR_FSYNC;
    }
    disk[nameOf(file)].unsynced.clear();
  }
  if (!changeFails()) return SQLITE_OK;
  endIfKilled();
  return SQLITE_IOERR_FSYNC;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (!changeFails()) return inner(file)->pMethods->xTruncate(inner(file), size);
  endIfKilled();
  return SQLITE_IOERR_TRUNCATE;
}

int close(sqlite3_file* file) {
  const int result = inner(file)->pMethods->xClose(inner(file));
  file->pMethods = nullptr;
  return result;
}

// The other functions are passed on unchanged.
int fileSize(sqlite3_file* f, sqlite3_int64* size) {
  return inner(f)->pMethods->xFileSize(inner(f), size);
}
int lock(sqlite3_file* f, int level) {
  return inner(f)->pMethods->xLock(inner(f), level);
}
int unlock(sqlite3_file* f, int level) {
  return inner(f)->pMethods->xUnlock(inner(f), level);
}
int checkReserved(sqlite3_file* f, int* out) {
  return inner(f)->pMethods->xCheckReservedLock(inner(f), out);
}
int fileControl(sqlite3_file* f, int what, void* arg) {
  return inner(f)->pMethods->xFileControl(inner(f), what, arg);
}
int sectorSize(sqlite3_file* f) {
  return inner(f)->pMethods->xSectorSize(inner(f));
}
int characteristics(sqlite3_file* f) {
  return inner(f)->pMethods->xDeviceCharacteristics(inner(f));
}
int shmMap(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return inner(f)->pMethods->xShmMap(inner(f), page, size, extend, out);
}
int shmLock(sqlite3_file* f, int offset, int n, int flags) {
  return inner(f)->pMethods->xShmLock(inner(f), offset, n, flags);
}
void shmBarrier(sqlite3_file* f) {
  inner(f)->pMethods->xShmBarrier(inner(f));
}
int shmUnmap(sqlite3_file* f, int remove) {
  return inner(f)->pMethods->xShmUnmap(inner(f), remove);
}

const sqlite3_io_methods methods = [] {
  sqlite3_io_methods m{};
  m.iVersion = 2;
  m.xClose = close;
  m.xRead = read;
  m.xWrite = write;
  m.xTruncate = truncate;
  m.xSync = sync;
  m.xFileSize = fileSize;
  m.xLock = lock;
  m.xUnlock = unlock;
  m.xCheckReservedLock = checkReserved;
  m.xFileControl = fileControl;
  m.xSectorSize = sectorSize;
  m.xDeviceCharacteristics = characteristics;
  m.xShmMap = shmMap;
  m.xShmLock = shmLock;
  m.xShmBarrier = shmBarrier;
  m.xShmUnmap = shmUnmap;
  return m;
}();

int open(sqlite3_vfs*, const char* name, sqlite3_file* storage, int flags, int* outFlags) {
  auto* file = new (storage) File{};
  if (changeFails()) {
    endIfKilled();
    return SQLITE_CANTOPEN;
  }
  file->name = name;
  const int result = platform->xOpen(platform, name, file->inner(), flags, outFlags);
  if (result == SQLITE_OK) file->pMethods = &methods;
  return result;
}

}  // namespace

FailingVfs::FailingVfs() {
  plan = Plan{};
  platform = sqlite3_vfs_find(nullptr);
  vfs = *platform;
  vfs.pNext = nullptr;
  vfs.zName = "failing";
  vfs.szOsFile = static_cast<int>(sizeof(File)) + platform->szOsFile;
  vfs.xOpen = open;
  sqlite3_vfs_register(&vfs, 0);
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_unregister(&vfs);
}

void FailingVfs::failNth(std::uint64_t n, DiskFault fault) {
  plan = Plan{fault, 0, n, n, 0};
}

void FailingVfs::failFromNth(std::uint64_t n, DiskFault fault) {
  plan = Plan{fault, 0, n, std::numeric_limits<std::uint64_t>::max(), 0};
}

void FailingVfs::recover() {
  plan = Plan{};
}

std::uint64_t FailingVfs::failures() const {
  return plan.failures;
}

void FailingVfs::powerLoss(const std::string& path, const std::string& copy) {
  for (const std::string& ending : {std::string(), std::string("-wal")}) {
    const OnDisk state = std::exchange(disk[path + ending], {});
    const auto size = static_cast<sqlite3_int64>(std::filesystem::file_size(copy + ending));
    std::fstream file(copy + ending, std::ios::in | std::ios::out | std::ios::binary);
    for (const auto& [begin, end] : state.lost.all()) {
      const auto length = static_cast<std::size_t>(std::max<sqlite3_int64>(std::min(end, size) - begin, 0));
      file.seekp(begin);
      file << std::string(length, '\x5a');
    }
  }
}

}  // namespace glitch_protocol::inline v1::store
