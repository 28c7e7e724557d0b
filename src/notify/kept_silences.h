#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meta/meta_store.h"
#include "notify/silence.h"
#include "os/clock.h"

namespace weir::notify {

/// The kind of the documents of silences: its revision tells whether any silence of any tenant has changed.
inline constexpr std::string_view kSilenceKind = "silences";

/// Silences that last: each is a document of its tenant in the catalogue, written before a call returns
/// (docs/formats/silence-documents.md). Of several processes with one catalogue, each knows what another has
/// written after its next `refresh`, or when both change the same silence. Calls may wait for the catalogue.
/// Safe from any thread.
class KeptSilences {
 public:
  /// All outlive it. `silences` has what is known of them.
  KeptSilences(Silences& silences, meta::MetaStore& meta, os::Clock& clock)
      : silences_(silences), meta_(meta), clock_(clock) {}

  /// As Silences::set and Silences::expire; besides, the errors of MetaStore. kAlreadyExists where others
  /// change the same silence again and again. What failed may come to be nevertheless: a catalogue may have
  /// written what it did not answer for.
  Result<std::string> set(TenantId tenant, Silence silence, Deadline deadline);
  Status expire(TenantId tenant, std::string_view id, Deadline deadline);

  /// Takes in the silences of all tenants when any has changed since the last time, and erases the documents
  /// of those that are forgotten. Documents that cannot be read are left out, and logged. One thread at a
  /// time. Errors as MetaStore's.
  Status refresh(Deadline deadline);

  const Silences& known() const { return silences_; }

 private:
  Result<std::string> change(TenantId tenant, const std::function<Result<Silences::Change>()>& plan,
                             Deadline deadline);
  Status keep(TenantId tenant, std::vector<Silence> silences, Deadline deadline);
  Status load(TenantId tenant, Deadline deadline);

  Silences& silences_;
  meta::MetaStore& meta_;
  os::Clock& clock_;
  std::optional<uint64_t> revision_;  // of the documents that `refresh` has seen
};

}  // namespace weir::notify
