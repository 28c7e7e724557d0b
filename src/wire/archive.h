#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "model/batch.h"

/// A file with samples of one tenant, to be kept or carried elsewhere. docs/formats/archive.md has the bytes.
namespace weir::wire {

/// What an archive says of itself at its end.
struct ArchiveCounts {
  uint64_t pages = 0;
  uint64_t samples = 0;
};

/// Makes the bytes of an archive piece by piece; whoever calls appends each piece to the file. Owned by one
/// thread.
class ArchiveWriter {
 public:
  /// The first piece. `tenant`: its name where the samples are from, for people; may be empty.
  std::string begin(std::string_view tenant);
  /// A page with all of `batch`, which is not empty.
  std::string page(const Batch& batch);
  /// The last piece: without it readers call the archive cut short.
  std::string end();

  const ArchiveCounts& counts() const { return counts_; }

 private:
  std::string counted(std::string piece);

  ArchiveCounts counts_;
  uint32_t checksum_ = 0;  // of all bytes so far
};

/// Reads the bytes of an archive, which may be hostile, page by page. Owned by one thread; the bytes must
/// outlive it.
class ArchiveReader {
 public:
  /// Errors: kCorruption; kUnsupported names the version.
  static Result<ArchiveReader> open(std::string_view bytes);

  const std::string& tenant() const { return tenant_; }

  /// Puts the next page's series into `batch` in place of what it held; false at the end, where counts and
  /// checksum have been compared. Errors: kCorruption names the byte, kResourceExhausted; nothing can be read
  /// after either.
  Result<bool> next(Batch& batch);

  /// Of what was read so far.
  const ArchiveCounts& counts() const { return counts_; }
  /// 0 to the number of bytes.
  size_t position() const { return in_.position(); }

 private:
  explicit ArchiveReader(std::string_view bytes) : bytes_(bytes), in_(bytes) {}
  Status check_end(size_t begin);
  Error damaged(std::string_view what) const;

  std::string_view bytes_;
  ByteReader in_;
  std::string tenant_;
  ArchiveCounts counts_;
};

}  // namespace weir::wire
