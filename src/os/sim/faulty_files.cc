#include "os/sim/faulty_files.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "os/sim/name_tree.h"

namespace weir::os::sim {
namespace {

constexpr uint64_t kInitialFreeBytes = uint64_t{1} << 40;
constexpr size_t kCallCount = static_cast<size_t>(Call::kLock) + 1;

constexpr std::array<std::string_view, kCallCount> kCallNames = {"any",
                                                                 "open",
                                                                 "create",
                                                                 "read",
                                                                 "write",
                                                                 "sync",
                                                                 "truncate",
                                                                 "allocate",
                                                                 "size",
                                                                 "map",
                                                                 "rename",
                                                                 "link",
                                                                 "remove",
                                                                 "create directories",
                                                                 "sync directory",
                                                                 "list",
                                                                 "exists",
                                                                 "free bytes",
                                                                 "lock"};

struct PendingFault {
  Fault fault;
  uint64_t matches = 0;
};

class CopiedMapping : public Mapping {
 public:
  explicit CopiedMapping(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  const std::string bytes_;
};

}  // namespace

/// All state, shared with open files so that they may outlive the FaultyFiles.
struct FaultyFiles::Disk {
  /// Runs `work` under the lock, unless the process is dead (`life` is of a former one) or a fault is due;
  /// then `failed` may leave the marks that a failing call leaves.
  template <typename Work, typename Failed>
  auto perform(Call call, const std::string& path, std::optional<uint64_t> life, Work work, Failed failed)
      -> decltype(work()) {
    if (hook) hook(call, path);
    std::lock_guard lock(mutex);
    ++calls[static_cast<size_t>(call)];
    ++calls[static_cast<size_t>(Call::kAny)];
    if (dead || life.value_or(lives) != lives) return io_error(fmt::format("{}: the process is dead", path));
    const std::optional<Fault> fault = next_fault(call, path);
    if (!fault) return work();
    if (!fault->takes_effect) {
      failed(*fault);
    } else if (auto result = work(); !result.ok()) {
      return result;
    }
    return Error{fault->code,
                 fmt::format("{} {}: injected fault", kCallNames[static_cast<size_t>(call)], path)};
  }
  template <typename Work>
  auto perform(Call call, const std::string& path, std::optional<uint64_t> life, Work work)
      -> decltype(work()) {
    return perform(call, path, life, std::move(work), [](const Fault&) {});
  }

  std::optional<Fault> next_fault(Call call, const std::string& path) {
    for (PendingFault& pending : faults) {
      const Fault& fault = pending.fault;
      if (fault.call != Call::kAny && fault.call != call) continue;
      if (path.find(fault.path_part) == std::string::npos) continue;
      ++pending.matches;
      if (fault.lasting ? pending.matches >= fault.nth : pending.matches == fault.nth) {
        ++faults_met;
        return fault;
      }
    }
    return std::nullopt;
  }

  /// Takes the room for a file's growth, if there is that much.
  Status grow(const std::string& path, uint64_t size_before, uint64_t size_after) {
    const uint64_t growth = size_after > size_before ? size_after - size_before : 0;
    if (growth > free_bytes()) {
      return resource_exhausted(fmt::format("{}: {} bytes wanted, {} free", path, growth, free_bytes()));
    }
    used_bytes += growth;
    return {};
  }

  void give_back(uint64_t bytes) { used_bytes -= std::min(used_bytes, bytes); }
  /// After names have gone: what has no name left gives its room back.
  void recount() { used_bytes = NameTree::size_bytes(tree.root()); }
  uint64_t free_bytes() const { return capacity_bytes > used_bytes ? capacity_bytes - used_bytes : 0; }

  void start_life() {
    dead = false;
    ++lives;
    locked.clear();
  }

  std::function<void(Call, const std::string&)> hook;
  mutable std::mutex mutex;
  NameTree tree;
  std::set<const Node*> locked;
  std::vector<PendingFault> faults;
  std::array<uint64_t, kCallCount> calls{};
  uint64_t faults_met = 0;
  uint64_t capacity_bytes = kInitialFreeBytes;
  uint64_t used_bytes = 0;
  uint64_t lives = 1;
  bool dead = false;
};

class FaultyFiles::OpenFile : public File {
 public:
  OpenFile(std::shared_ptr<Disk> disk, NodePtr node, std::string path, bool writable)
      : disk_(std::move(disk)),
        node_(std::move(node)),
        path_(std::move(path)),
        life_(disk_->lives),
        writable_(writable) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) const override {
    return disk_->perform(Call::kRead, path_, life_, [&]() -> Result<size_t> {
      const std::string& bytes = node_->file.live();
      const size_t got = offset < bytes.size() ? std::min<size_t>(size, bytes.size() - offset) : 0;
      std::copy_n(bytes.data() + std::min<uint64_t>(offset, bytes.size()), got, out);
      return got;
    });
  }

  Status write_at(uint64_t offset, std::string_view bytes) override {
    return disk_->perform(
        Call::kWrite, path_, life_, [&] { return write_what_fits(offset, bytes); },
        [&](const Fault& fault) {
          (void)write_what_fits(offset, bytes.substr(0, fault.written_bytes)).ok();
        });
  }

  Status sync() override {
    return disk_->perform(
        Call::kSync, path_, life_,
        [&]() -> Status {
          node_->file.sync();
          return {};
        },
        [&](const Fault&) { node_->file.lose_unsynced(); });
  }

  Status truncate(uint64_t size_bytes) override {
    return disk_->perform(Call::kTruncate, path_, life_, [&] { return resize(size_bytes); });
  }

  Status allocate(uint64_t size_bytes) override {
    return disk_->perform(Call::kAllocate, path_, life_,
                          [&] { return resize(std::max<uint64_t>(size_bytes, node_->file.live().size())); });
  }

  Result<uint64_t> size() const override {
    return disk_->perform(Call::kSize, path_, life_,
                          [&]() -> Result<uint64_t> { return node_->file.live().size(); });
  }

  const std::string& path() const override { return path_; }

 private:
  Status write_what_fits(uint64_t offset, std::string_view bytes) {
    if (!writable_) return io_error(fmt::format("{}: opened for reading", path_));
    const uint64_t size_before = node_->file.live().size();
    const uint64_t end_max = size_before + disk_->free_bytes();
    const uint64_t fits = end_max > offset ? std::min<uint64_t>(bytes.size(), end_max - offset) : 0;
    RETURN_IF_ERROR(disk_->grow(path_, size_before, fits > 0 ? offset + fits : 0));
    node_->file.write(offset, bytes.substr(0, fits));
    if (fits < bytes.size()) return resource_exhausted(fmt::format("{}: disk full", path_));
    return {};
  }

  Status resize(uint64_t size_bytes) {
    if (!writable_) return io_error(fmt::format("{}: opened for reading", path_));
    const uint64_t size_before = node_->file.live().size();
    RETURN_IF_ERROR(disk_->grow(path_, size_before, size_bytes));
    if (size_bytes < size_before) disk_->give_back(size_before - size_bytes);
    node_->file.resize(size_bytes);
    return {};
  }

  const std::shared_ptr<Disk> disk_;
  const NodePtr node_;
  const std::string path_;
  const uint64_t life_;
  const bool writable_;
};

class FaultyFiles::HeldLock : public DirectoryLock {
 public:
  HeldLock(std::shared_ptr<Disk> disk, NodePtr node)
      : disk_(std::move(disk)), node_(std::move(node)), life_(disk_->lives) {}
  ~HeldLock() override {
    std::lock_guard lock(disk_->mutex);
    if (disk_->lives == life_) disk_->locked.erase(node_.get());
  }

 private:
  const std::shared_ptr<Disk> disk_;
  const NodePtr node_;
  const uint64_t life_;
};

FaultyFiles::FaultyFiles() : disk_(std::make_shared<Disk>()) {}
FaultyFiles::~FaultyFiles() = default;

void FaultyFiles::kill() {
  std::lock_guard lock(disk_->mutex);
  disk_->dead = true;
}

void FaultyFiles::crash(Random& random) {
  std::lock_guard lock(disk_->mutex);
  disk_->tree.crash(random);
  disk_->recount();
  disk_->start_life();
}

void FaultyFiles::reopen() {
  std::lock_guard lock(disk_->mutex);
  disk_->start_life();
}

void FaultyFiles::inject(Fault fault) {
  CHECK(fault.nth >= 1, "the next call is number 1");
  std::lock_guard lock(disk_->mutex);
  disk_->faults.push_back({std::move(fault)});
}

void FaultyFiles::clear_faults() {
  std::lock_guard lock(disk_->mutex);
  disk_->faults.clear();
}

uint64_t FaultyFiles::calls(Call call) const {
  std::lock_guard lock(disk_->mutex);
  return disk_->calls[static_cast<size_t>(call)];
}

uint64_t FaultyFiles::faults_met() const {
  std::lock_guard lock(disk_->mutex);
  return disk_->faults_met;
}

void FaultyFiles::set_free_bytes(uint64_t bytes) {
  std::lock_guard lock(disk_->mutex);
  disk_->capacity_bytes = disk_->used_bytes + bytes;
}

void FaultyFiles::corrupt(const std::string& path, uint64_t offset, uint8_t mask) {
  std::lock_guard lock(disk_->mutex);
  Result<NodePtr> node = disk_->tree.find_file(path);
  CHECK(node.ok(), "only a file that exists can decay");
  (*node)->file.corrupt(offset, mask);
}

void FaultyFiles::set_hook(std::function<void(Call, const std::string&)> hook) {
  disk_->hook = std::move(hook);
}

Result<std::unique_ptr<File>> FaultyFiles::open(const std::string& path, OpenMode mode) {
  const Call call = mode == OpenMode::kCreate ? Call::kCreate : Call::kOpen;
  return disk_->perform(call, path, {}, [&]() -> Result<std::unique_ptr<File>> {
    ASSIGN_OR_RETURN(NameTree::Place place, disk_->tree.find(path));
    if (mode == OpenMode::kCreate) {
      if (place.node != nullptr) return already_exists(fmt::format("{}: exists", path));
      place.node = std::make_shared<Node>();
      disk_->tree.link(place, place.node);
    }
    ASSIGN_OR_RETURN(NodePtr node, disk_->tree.find_file(path));
    return std::unique_ptr<File>(std::make_unique<OpenFile>(disk_, node, path, mode != OpenMode::kRead));
  });
}

Result<std::unique_ptr<Mapping>> FaultyFiles::map(const std::string& path) {
  return disk_->perform(Call::kMap, path, {}, [&]() -> Result<std::unique_ptr<Mapping>> {
    ASSIGN_OR_RETURN(NodePtr node, disk_->tree.find_file(path));
    return std::unique_ptr<Mapping>(std::make_unique<CopiedMapping>(node->file.live()));
  });
}

Status FaultyFiles::rename(const std::string& from, const std::string& to) {
  return disk_->perform(Call::kRename, from, {}, [&]() -> Status {
    ASSIGN_OR_RETURN(NameTree::Place source, disk_->tree.find(from));
    ASSIGN_OR_RETURN(NameTree::Place target, disk_->tree.find(to));
    if (source.node == nullptr) return not_found(fmt::format("{}: no such file or directory", from));
    if (source.directory == nullptr || target.directory == nullptr)
      return io_error("the root cannot be renamed");
    if (source.node == target.node) return {};
    if (target.node != nullptr) {
      if (target.node->is_directory != source.node->is_directory || !target.node->live.empty()) {
        return io_error(fmt::format("rename {}: {} is in the way", from, to));
      }
    }
    disk_->tree.move(source, target);
    disk_->recount();
    return {};
  });
}

Status FaultyFiles::link(const std::string& from, const std::string& to) {
  return disk_->perform(Call::kLink, from, {}, [&]() -> Status {
    ASSIGN_OR_RETURN(NodePtr node, disk_->tree.find_file(from));
    ASSIGN_OR_RETURN(NameTree::Place target, disk_->tree.find(to));
    if (target.node != nullptr) return already_exists(fmt::format("{}: exists", to));
    disk_->tree.link(target, node);
    return {};
  });
}

Status FaultyFiles::remove(const std::string& path) {
  return disk_->perform(Call::kRemove, path, {}, [&]() -> Status {
    ASSIGN_OR_RETURN(NodePtr node, disk_->tree.find_file(path));
    ASSIGN_OR_RETURN(NameTree::Place place, disk_->tree.find(path));
    disk_->tree.remove(place);
    disk_->recount();
    return {};
  });
}

Status FaultyFiles::remove_all(const std::string& path) {
  return disk_->perform(Call::kRemove, path, {}, [&]() -> Status {
    Result<NameTree::Place> place = disk_->tree.find(path);
    if (!place.ok() || place->node == nullptr) return {};
    if (place->directory == nullptr) return io_error("the root cannot be removed");
    disk_->tree.remove(*place);
    disk_->recount();
    return {};
  });
}

Status FaultyFiles::create_directories(const std::string& path) {
  return disk_->perform(Call::kCreateDirectories, path, {},
                        [&] { return disk_->tree.create_directories(path); });
}

Status FaultyFiles::sync_directory(const std::string& path) {
  return disk_->perform(Call::kSyncDirectory, path, {}, [&]() -> Status {
    ASSIGN_OR_RETURN(NodePtr node, disk_->tree.find_directory(path));
    disk_->tree.sync(node);
    return {};
  });
}

Result<std::vector<std::string>> FaultyFiles::list(const std::string& path) {
  return disk_->perform(Call::kList, path, {}, [&]() -> Result<std::vector<std::string>> {
    ASSIGN_OR_RETURN(NodePtr node, disk_->tree.find_directory(path));
    std::vector<std::string> names;
    for (const auto& [name, child] : node->live) names.push_back(name);
    return names;
  });
}

Result<bool> FaultyFiles::exists(const std::string& path) {
  return disk_->perform(Call::kExists, path, {}, [&]() -> Result<bool> {
    Result<NameTree::Place> place = disk_->tree.find(path);
    return place.ok() && place->node != nullptr;
  });
}

Result<uint64_t> FaultyFiles::free_bytes(const std::string& path) {
  return disk_->perform(Call::kFreeBytes, path, {},
                        [&]() -> Result<uint64_t> { return disk_->free_bytes(); });
}

Result<std::unique_ptr<DirectoryLock>> FaultyFiles::lock(const std::string& directory) {
  return disk_->perform(Call::kLock, directory, {}, [&]() -> Result<std::unique_ptr<DirectoryLock>> {
    ASSIGN_OR_RETURN(NodePtr node, disk_->tree.find_directory(directory));
    if (!node->live.contains("LOCK")) disk_->tree.link({node, "LOCK", nullptr}, std::make_shared<Node>());
    if (!disk_->locked.insert(node.get()).second) {
      return unavailable(fmt::format("data directory {} is in use", directory));
    }
    return std::unique_ptr<DirectoryLock>(std::make_unique<HeldLock>(disk_, node));
  });
}

}  // namespace weir::os::sim
