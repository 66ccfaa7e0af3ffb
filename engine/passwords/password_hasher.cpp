// The queue of jobs and the threads that run them.
#include "engine/passwords/password_hasher.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "engine/errors.h"
#include "engine/passwords/bcrypt.h"
#include "engine/passwords/password_rules.h"

namespace glitch_protocol::inline v1 {

namespace {

unsigned threadLimit(unsigned wanted) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return wanted == 0 ? cores : std::min(wanted, cores);
}

constexpr int niceIncrement = 5;  // under contention, about a third of the processor time of a normal thread

// On Linux each thread has its own priority, and may always lower it.
void lowerPriorityOfThisThread() {
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + niceIncrement);
}

// A well-formed hash without a known password. To compare with it takes as long as with any other hash of its cost.
std::string dummyHash(int cost) {
  const std::string digits = std::to_string(cost);
  return "$2b$" + std::string(2 - digits.size(), '0') + digits + "$" + std::string(53, '.');
}

}  // namespace

/// A call that waits for its result. Lives on the caller's stack; all members except `task` are guarded by mutex_.
struct PasswordHasher::Job {
  const std::function<void()>& task;
  Condition finished{};
  bool isFinished = false;
  std::exception_ptr error = nullptr;
};

PasswordHasher::PasswordHasher(PasswordHasherConfig config, RandomSource& random)
    : config_(std::move(config)), maxThreads_(threadLimit(config_.threads)), random_(random) {
  if (config_.rounds < minBcryptCost || config_.rounds > maxBcryptCost) {
    throw std::invalid_argument("bcrypt rounds must be from 4 to 15");
  }
  threads_.reserve(maxThreads_);
}

PasswordHasher::~PasswordHasher() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  jobsChanged_.notifyAll();
  for (std::thread& thread : threads) thread.join();
}

std::string PasswordHasher::hash(std::string_view password) {
  if (std::optional<FieldError> error = checkHashable("password", password)) throw ValidationError({*error});
  std::string result;
  runOnThread([&] {
    reportWork(config_.rounds);
    result = bcryptHash(password, config_.rounds, random_);
  });
  return result;
}

bool PasswordHasher::compare(std::string_view password, std::string_view storedHash) {
  const std::optional<int> cost = bcryptCost(storedHash);
  if (!cost || !isBcryptPassword(password)) return false;
  bool matches = false;
  runOnThread([&] {
    reportWork(*cost);
    matches = bcryptCompare(password, storedHash);
  });
  return matches;
}

bool PasswordHasher::compareInConstantWork(std::string_view password,
                                           const std::optional<std::string>& storedHash) {
  bool matches = false;
  runOnThread([&] { matches = compareAndPad(password, storedHash ? *storedHash : std::string_view()); });
  return matches;
}

PasswordHasher::Load PasswordHasher::load() const {
  const MutexLock lock(mutex_);
  return {threads_.size() - idleThreads_, waiting_.size()};
}

bool PasswordHasher::isOutdated(std::string_view storedHash) const {
  const std::optional<int> cost = bcryptCost(storedHash);
  return !cost || *cost < config_.rounds || !storedHash.starts_with("$2b$");
}

// A hash of cost c takes 2^c units of work, and 2^c + (2^c + 2^(c+1) + ... + 2^(C-1)) = 2^C.
bool PasswordHasher::compareAndPad(std::string_view password, std::string_view storedHash) const {
  const std::optional<int> cost = bcryptCost(storedHash);
  if (!cost || !isBcryptPassword(password)) {
    hashDummy(std::max(cost.value_or(0), config_.rounds));
    return false;
  }
  reportWork(*cost);
  const bool matches = bcryptCompare(password, storedHash);
  for (int missing = *cost; missing < config_.rounds; ++missing) hashDummy(missing);
  return matches;
}

void PasswordHasher::hashDummy(int cost) const {
  reportWork(cost);
  bcryptCompare("dummy", dummyHash(cost));
}

void PasswordHasher::reportWork(int cost) const {
  if (config_.onWork) config_.onWork(cost);
}

void PasswordHasher::runOnThread(const std::function<void()>& task) {
  Job job{.task = task};
  MutexLock lock(mutex_);
  startThreadIfNeeded();
  if (waiting_.size() >= idleThreads_ + config_.maxWaiting)
    throw BusyError("too many passwords wait to be hashed");
  waiting_.push_back(&job);
  jobsChanged_.notifyOne();
  job.finished.wait(lock, [&job]() REQUIRES(mutex_) { return job.isFinished; });
  if (job.error) std::rethrow_exception(std::move(job.error));
}

void PasswordHasher::startThreadIfNeeded() {
  if (waiting_.size() < idleThreads_ || threads_.size() == maxThreads_) return;
  try {
    threads_.emplace_back([this] { runJobs(); });
    ++idleThreads_;
  } catch (const std::system_error&) {
    // The system cannot create another thread now. The existing ones are enough, if there are any.
    if (threads_.empty()) throw BusyError("no thread to hash passwords on");
  }
}

void PasswordHasher::runJobs() {
  lowerPriorityOfThisThread();
  MutexLock lock(mutex_);
  while (true) {
    jobsChanged_.wait(lock, [this]() REQUIRES(mutex_) { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Job& job = *waiting_.front();
    waiting_.pop_front();
    --idleThreads_;
    lock.unlock();

    std::exception_ptr error;
    try {
      job.task();
    } catch (...) {
      error = std::current_exception();
    }

    lock.lock();
    ++idleThreads_;
    job.error = std::move(error);
    job.isFinished = true;
    job.finished.notifyOne();  // while the lock is held: after its release the job may no longer exist
  }
}

}  // namespace glitch_protocol::inline v1
