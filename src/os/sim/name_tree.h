#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/random.h"
#include "os/sim/inode.h"

namespace weir::os::sim {

struct Node;
using NodePtr = std::shared_ptr<Node>;
using Names = std::map<std::string, NodePtr, std::less<>>;

/// A file or a directory of the simulated file system.
struct Node {
  bool is_directory = false;
  Inode file;
  Names live;     ///< What programs see.
  Names durable;  ///< What a reboot finds, before unsynced changes are considered.
};

/// The directories of the simulated file system: which names there are, and which of them a power loss may
/// undo. Not thread safe; FaultyFiles guards it.
class NameTree {
 public:
  /// Where a path leads.
  struct Place {
    NodePtr directory;  ///< That holds, or would hold, the last name; null for the root.
    std::string name;
    NodePtr node;  ///< Null when nothing has that name.
  };
  /// kNotFound when a directory on the way is missing.
  Result<Place> find(std::string_view path) const;
  Result<NodePtr> find_file(std::string_view path) const { return find_existing(path, false); }
  Result<NodePtr> find_directory(std::string_view path) const { return find_existing(path, true); }

  /// Gives `place` a node; `move` takes it from another place in the same durable step.
  void link(const Place& place, const NodePtr& node);
  void move(const Place& from, const Place& to);
  /// Children first, each removal on its own, as rm -r does: a power loss may leave half a directory.
  void remove(const Place& place);
  /// Creates the directory and its parents, durably.
  Status create_directories(std::string_view path);
  /// Makes all changes of names in the directory durable.
  void sync(const NodePtr& directory);
  /// Power loss: each unsynced change of names is done or not; then every file left settles.
  void crash(Random& random);
  /// Of all files under the node; a file with several names counts once.
  static uint64_t size_bytes(const Node& node);
  const Node& root() const { return *root_; }

 private:
  /// A change of names that becomes durable whole or not at all.
  struct Change {
    struct Edit {
      NodePtr directory;
      std::string name;
      NodePtr target;  ///< Null: the name goes away.
    };
    std::vector<Edit> edits;
  };
  Result<NodePtr> find_existing(std::string_view path, bool is_directory) const;
  void apply(Change change);
  static void make_durable(const Change& change);
  static uint64_t size_bytes(const Node& node, std::set<const Node*>& counted);
  static void settle(Node& node, Random& random);

  NodePtr root_ = std::make_shared<Node>(Node{.is_directory = true, .file = {}, .live = {}, .durable = {}});
  std::vector<Change> unsynced_;
};

}  // namespace weir::os::sim
