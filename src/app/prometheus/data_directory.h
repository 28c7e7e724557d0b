#pragma once

#include <string>
#include <vector>

#include "os/files.h"
#include "wire/tsdb/block_meta.h"

/// The data directory of a Prometheus, read and never written. It need not be stopped: its blocks never
/// change.
namespace weir::app::prometheus {

struct BlockPlace {
  std::string path;
  wire::tsdb::BlockMeta meta;
};

struct Blocks {
  std::vector<BlockPlace> blocks;     ///< Oldest first.
  std::vector<std::string> left_out;  ///< A sentence for each that looks like a block and is not read.
  bool has_wal = false;               ///< There is a write-ahead log, with samples that are in no block yet.
};

/// The blocks of `directory`. One that another was made of, which Prometheus removes when it is next started,
/// is left out; what has another name than a block has is not looked at. Errors: kIo; kNotFound: no
/// directory.
Result<Blocks> list_blocks(os::FileSystem& files, const std::string& directory);

}  // namespace weir::app::prometheus
